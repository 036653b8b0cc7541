"""Prints `make evaluate`: scores by language, kind and field, precision at coverage, reliability, learning curve.

Formatting only; the figures are computed in evaluation.py and calibration.py.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scrapers.extraction.model import KINDS
from scrapers.extraction.training.calibration import Bin, Coverage
from scrapers.extraction.training.cross_validation import Readings
from scrapers.extraction.training.evaluation import Report, judge

LANGUAGES = ("uk", "ru", "en")


@dataclass(frozen=True, slots=True)
class Tables:
    """``readings`` are by table heading."""

    readings: Mapping[str, Readings]
    reliability: list[Bin]
    coverage: list[Coverage]
    curve: list[tuple[int, float]]


def print_tables(tables: Tables, as_json: bool) -> None:
    reports = {title: by_language(readings) for title, readings in tables.readings.items()}
    if as_json:
        shown = {
            "scores": reports, "reliability": [row._asdict() for row in tables.reliability],
            "coverage": [row._asdict() for row in tables.coverage], "learning_curve": tables.curve,
        }  # fmt: skip
        print(json.dumps(shown, indent=1, default=_figures))
        return
    for title, by in reports.items():
        print(title)
        print_scores(by)
    print("confidence: statements, predicted right, right")
    for bin_ in tables.reliability:
        print(f"  {bin_.least:.2f}-{bin_.most:.2f}{bin_.figures:>9}{bin_.predicted:>9.1%}{bin_.right:>9.1%}")
    print("precision at coverage: the surest half, three quarters, nine tenths; all; the threshold, stated, wrong")
    for row in tables.coverage:
        shares = "".join(f"{precision:>8.1%}" for precision in row.precisions)
        print(f"  {row.measure:34}{row.figures:>6}{shares}{row.least:>8.3f}{row.stated:>8.1%}{row.wrong:>8.2%}")
    print("learning curve: texts learned from, kinds right in the first fold")
    for texts, right in tables.curve:
        print(f"  {texts:>6}{right:>9.1%}")


def by_language(readings: Readings) -> dict[str, Report]:
    """A report on all texts, and one per language."""
    groups = {"all": readings} | {
        language: [pair for pair in readings if pair[0].text.language == language] for language in LANGUAGES
    }
    return {name: judge(pairs) for name, pairs in groups.items() if pairs}


def print_scores(reports: Mapping[str, Report]) -> None:
    for name, report in reports.items():
        print(
            f"  {name}: {report.texts} texts, kind right {report.kinds_right:.1%}, "
            f"false exchanges {report.false_exchanges} of {report.traps} traps, "
            f"missed {report.missed_exchanges} of {report.texts - report.traps}"
        )
    for kind in KINDS:
        own = {got: n for (want, got), n in reports["all"].confused.items() if want == kind}
        right, texts = own.get(kind, 0), sum(own.values())
        if texts:
            print(f"  {kind:34}{texts:>9}{right / texts:>9.1%}")
    print(f"  {'field':34}{'expected':>9}{'recall':>9}{'precision':>11}{'wrong':>7}")
    for field, score in sorted(reports["all"].fields.items(), key=lambda pair: -pair[1].expected):
        wrong = score.stated - score.right
        print(f"  {field:34}{score.expected:>9}{score.recall:>9.1%}{score.precision:>11.1%}{wrong:>7}")


def _figures(report: Report) -> dict[str, Any]:
    return {
        "texts": report.texts, "kinds_right": report.kinds_right, "traps": report.traps,
        "false_exchanges": report.false_exchanges, "missed_exchanges": report.missed_exchanges,
        "fields": {
            field: {"expected": s.expected, "recall": s.recall, "precision": s.precision}
            for field, s in report.fields.items()
        },
    }  # fmt: skip
