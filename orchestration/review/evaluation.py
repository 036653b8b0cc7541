"""`obmin evaluate`: precision and recall of the extractor on labelled texts from a file or a folder.

Display only; reading the labels and scoring is in scrapers/extraction/training.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.output.tables import Screen, Table, paragraph, table_text
from orchestration.review.reading_input import UnfitText
from scrapers.extraction.reading import read
from scrapers.extraction.training.evaluation import DATES, SEVERAL, Report, expected, judge, stated
from scrapers.extraction.training.examples import Example, example
from scrapers.extraction.training.labelled_texts import MalformedLabelError, labelled_files, load_texts


@dataclass(frozen=True, slots=True)
class Miss:
    """A value that was stated wrongly, or not at all. ``text`` is its id and location."""

    text: str
    field: str
    expected: object
    stated: object


@dataclass(frozen=True, slots=True)
class Evaluation:
    report: Report
    misses: list[Miss]


def evaluate(path: Path, on_progress: Callable[[int, int], None] = lambda _, __: None) -> Evaluation:
    """Evaluate every labelled text under ``path``; ``on_progress`` gets how many are read, of how many. Raises
    UnfitText when one can't be used.
    """
    files = labelled_files(path) if path.is_dir() else [path]
    try:
        texts = load_texts(files)
    except MalformedLabelError as error:
        raise UnfitText(f"{error}; docs/label-a-text.md has the form.") from error
    if not texts:
        raise UnfitText(f"{path} holds no labelled text; docs/label-a-text.md has the form.")
    pairs = []
    for number, one in enumerate(map(example, texts)):
        on_progress(number, len(texts))
        pairs.append((one, read(one.text.text, one.text.title, one.text.published_at)))
    misses = [miss for one, reading in pairs for miss in _misses(one, reading.kind, stated(reading))]
    return Evaluation(judge(pairs), misses)


def as_plain(evaluation: Evaluation) -> dict[str, Any]:
    """The evaluation as plain dictionaries, for --json."""
    report = evaluation.report
    return {
        "texts": report.texts,
        "kinds_right": report.kinds_right,
        "false_exchanges": report.false_exchanges,
        "missed_exchanges": report.missed_exchanges,
        "fields": {
            field: {
                "precision": score.precision, "recall": score.recall, "right": score.right, "stated": score.stated,
                "expected": score.expected,
            }
            for field, score in sorted(report.fields.items())
        },
        "misses": [
            {"text": m.text, "field": m.field, "expected": _plain(m.expected), "stated": _plain(m.stated)}
            for m in evaluation.misses
        ],
    }  # fmt: skip


def as_text(evaluation: Evaluation, screen: Screen) -> str:
    """Precision and recall of each field, then each miss."""
    report = evaluation.report
    summary = (
        f"{report.texts} labelled texts: kind right {report.kinds_right:.1%}, false exchanges "
        f"{report.false_exchanges} of {report.traps}, missed {report.missed_exchanges} of "
        f"{report.texts - report.traps}"
    )
    rows = [
        (field, score.expected, f"{score.recall:.1%}", f"{score.precision:.1%}", score.stated - score.right)
        for field, score in sorted(report.fields.items())
    ]
    names = ("field", "expected", "recall", "precision", "wrong")
    misses = [
        f"{miss.text}: {miss.field}: expected {_shown(miss.expected)}, stated {_shown(miss.stated)}"
        for miss in evaluation.misses
    ]
    below = "".join(f"{paragraph(line, screen, '    ')}\n" for line in misses or ["No miss."])
    return f"{paragraph(summary, screen)}\n{table_text(Table(names, rows, by_importance=names), screen)}{below}"


def _misses(one: Example, kind: str, facts: dict[tuple[str, str], object]) -> list[Miss]:
    where = f"{one.text.id} ({one.text.place})"
    want = expected(one)
    found = [] if kind == one.text.kind else [Miss(where, "kind", one.text.kind, kind)]
    if SEVERAL in facts and SEVERAL not in want and any(key[0].startswith("exchange.") for key in want):
        # Their other figures are not compared one by one.
        found.append(Miss(where, "exchanges", "one", f"several, with the totals {_shown(facts[SEVERAL])}"))
        want = {key: value for key, value in want.items() if not key[0].startswith("exchange.")}
        facts = {key: value for key, value in facts.items() if key != SEVERAL}
    for key in sorted(want.keys() | facts.keys()):
        unasked = key[0] in DATES and key not in want
        if want.get(key) != facts.get(key) and not unasked:
            found.append(Miss(where, " ".join(filter(None, key)), want.get(key), facts.get(key)))
    return found


def _plain(value: object) -> object:
    return sorted(value, key=str) if isinstance(value, frozenset) else value


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join("none" if one is None else str(one) for one in value)
    return "nothing" if value is None else str(_plain(value))
