"""Folds of a cross-validation: no day's news and no report is on both sides of one."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import pytest

from scrapers.extraction.training.commands import CORPUS, FOLDS
from scrapers.extraction.training.folds import folds_of
from scrapers.extraction.training.labelled_texts import LabelledText, load_texts

TEXT = """
- id: uk-{number}
  published_at: {published}
  kind: {kind}
  {after}
  events: {events}
  text: Повернення з полону.
"""


@pytest.fixture(scope="module")
def corpus() -> list[LabelledText]:
    return load_texts(sorted(CORPUS.glob("*.yaml")))


def grouped(folder: Path, *texts: tuple[str, str, str | None, str | None]) -> list[set[int]]:
    """The places of texts that are never apart, by (published, kind, day of the main event, report)."""
    (folder / "one.yaml").write_text(
        "".join(
            TEXT.format(
                number=number,
                published=published,
                kind=kind,
                after=f"after: {after}" if after else "invented: true",
                events=f"{{1: {{kind: exchange, role: main{f', date: {day}' if day else ''}}}}}"
                if kind == "exchange"
                else "{}",
            )
            for number, (published, kind, day, after) in enumerate(texts)
        )
    )
    found: dict[int, set[int]] = defaultdict(set)
    for place, fold in enumerate(folds_of(load_texts([folder / "one.yaml"]), len(texts))):
        found[fold].add(place)
    return sorted(found.values(), key=min)


def test_one_day_and_one_report_are_together(tmp_path: Path) -> None:
    assert grouped(
        tmp_path,
        ("2027-06-08", "exchange", "2027-06-08", None),
        ("2027-06-20", "exchange", "2027-06-08", None),
        ("2027-06-08", "other", None, None),
        ("2027-06-09", "other", None, None),
        ("2027-07-01", "exchange", "2027-07-01", "https://example.org/1"),
        ("2028-01-01", "plan", None, "https://example.org/1"),
    ) == [{0, 1, 2}, {3}, {4, 5}]


def test_undated_news_of_the_morning_after_is_of_the_evening_before(tmp_path: Path) -> None:
    assert grouped(
        tmp_path,
        ("2027-06-08", "exchange", "2027-06-08", None),
        ("2027-06-09", "exchange", None, None),
        ("2027-06-09", "plan", None, None),
    ) == [{0, 1}, {2}]


def test_no_day_and_no_report_of_the_corpus_is_on_both_sides(corpus: list[LabelledText]) -> None:
    folds: dict[str, set[int]] = defaultdict(set)
    assigned = folds_of(corpus, FOLDS)
    for text, fold in zip(corpus, assigned, strict=True):
        for event in text.events.values():
            if event.role == "main" and event.date is not None and len(event.date) == len("2027-06-08"):
                folds[event.date].add(fold)
        if text.after is not None:
            folds[text.after].add(fold)
    assert {len(own) for own in folds.values()} == {1}
    sizes = Counter(assigned)
    assert set(sizes) == set(range(FOLDS))
    assert max(sizes.values()) < 1.05 * len(corpus) / FOLDS
