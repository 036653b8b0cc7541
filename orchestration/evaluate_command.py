"""`obmin evaluate`: labelled texts from a file or a folder, the reader's precision and recall on them.

Reading the labels and showing the result; the scoring is in scrapers/reading/evaluation.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from orchestration.reading_command import UnfitText, check_text, moment_of
from scrapers.reading import read
from scrapers.reading.evaluation import Judgement, Score, judge, scores
from scrapers.reading.interface import as_json
from scrapers.reading.lexicon import LANGUAGES
from scrapers.yaml_file import read_yaml

SUFFIXES = (".jsonl", ".json", ".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Miss:
    """A value that the reader gave wrongly, or not at all."""

    text: str
    language: str
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class Evaluation:
    texts: int
    scores: dict[str, dict[str, Score]]
    misses: list[Miss]


def evaluate(path: Path) -> Evaluation:
    """Read every labelled text under ``path``. Raises UnfitText when one can't be used."""
    judged: list[tuple[str, Judgement]] = []
    misses: list[Miss] = []
    texts = 0
    for where, labelled in _labelled(path):
        texts += 1
        language = labelled.get("language")
        published = labelled.get("published_at")
        moment = moment_of(str(published), f"published_at of {where}") if published is not None else None
        result = as_json(read(labelled["text"], labelled.get("title"), moment, language))
        column = language or result["language"]
        whole = "\n".join(filter(None, (labelled.get("title"), labelled["text"])))
        try:
            found = judge(whole, result, labelled["gold"])
        except (KeyError, TypeError, AttributeError) as error:
            raise UnfitText(
                f"The gold label of {where} can't be used ({error}); docs/teach-the-reader.md has its form."
            ) from error
        judged += [(column, judgement) for judgement in found]
        misses += [Miss(where, column, judgement) for judgement in found if not judgement.is_right]
    if not texts:
        raise UnfitText(f"{path} holds no labelled text; each needs a text and a gold label.")
    return Evaluation(texts, scores(judged), misses)


def as_plain(evaluation: Evaluation) -> dict[str, Any]:
    """The evaluation as plain dictionaries, for --json."""
    return {
        "texts": evaluation.texts,
        "fields": {
            field: {
                column: {
                    "precision": score.precision,
                    "recall": score.recall,
                    "right": score.right,
                    "given": score.given,
                    "expected": score.expected,
                }
                for column, score in columns.items()
            }
            for field, columns in evaluation.scores.items()
        },
        "misses": [
            {
                "text": miss.text,
                "language": miss.language,
                "field": miss.judgement.field,
                "expected": miss.judgement.expected,
                "given": miss.judgement.given,
                "quote": miss.judgement.quote,
            }
            for miss in evaluation.misses
        ],
    }


def show(evaluation: Evaluation, console: Console) -> None:
    """Precision and recall of each field by language, then each miss with its quote."""
    table = Table(title=f"The reader on {evaluation.texts} labelled texts: precision/recall", box=SIMPLE_HEAD)
    table.add_column("field", no_wrap=True)
    for column in (*LANGUAGES, "all"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("values", justify="right")
    for field, columns in evaluation.scores.items():
        cells = (_cell(columns.get(column)) for column in (*LANGUAGES, "all"))
        table.add_row(field, *cells, str(columns["all"].expected))
    console.print(table)
    for miss in evaluation.misses:
        judgement = miss.judgement
        expected, given = (
            "nothing" if value is None else str(value) for value in (judgement.expected, judgement.given)
        )
        head = f"{miss.text}: {judgement.field}: expected {expected}, given {given}"
        console.print(f"[bold]{escape(head)}[/bold]\n    {escape(judgement.quote)}", soft_wrap=True)
    if not evaluation.misses:
        console.print("No miss.")


def _cell(score: Score | None) -> str:
    if score is None:
        return ""
    shown = ("–" if value is None else f"{100 * value:.3g}" for value in (score.precision, score.recall))
    return "/".join(shown)


def _labelled(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    files = sorted(f for f in path.rglob("*") if f.suffix in SUFFIXES) if path.is_dir() else [path]
    for file in files:
        for order, labelled in enumerate(_objects(file), start=1):
            where = f"{file.name}:{order}"
            check_text(labelled, f"Item {where}")
            if not isinstance(labelled.get("gold"), dict):
                raise UnfitText(f'Item {where} has no "gold" label; docs/teach-the-reader.md has its form.')
            name = labelled.get("name") or labelled.get("url")
            yield f"{where} {name}" if name else where, labelled


def _objects(file: Path) -> list[Any]:
    """The items of a file: JSON lines, or one JSON or YAML list or object."""
    if file.suffix in (".yaml", ".yml"):
        loaded = read_yaml(file)
        return loaded if isinstance(loaded, list) else [loaded]
    try:
        content = file.read_text("utf-8-sig")
        if file.suffix == ".json":
            loaded = json.loads(content)
        else:
            loaded = [json.loads(line) for line in content.splitlines() if line.strip()]
    except (ValueError, RecursionError) as error:
        if file.suffix not in SUFFIXES:
            raise UnfitText(
                f"{file} can't be read: it holds no JSON lines; give a file that ends with {', '.join(SUFFIXES)}, or "
                "a folder of such. docs/teach-the-reader.md has the form."
            ) from error
        raise UnfitText(f"{file} can't be read as {file.suffix[1:]}: {error}.") from error
    return loaded if isinstance(loaded, list) else [loaded]
