"""Labelled texts: malformed ones are rejected with file and line, valid ones keep the positions of their labels."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from scrapers.extraction.training.commands import CORPUS
from scrapers.extraction.training.labelled_texts import KINDS, MalformedLabelError, labelled_files, load_texts
from scrapers.yaml_file import BrokenYaml

GOOD = """
- id: uk-0001
  published_at: 2027-03-05
  kind: exchange
  events:
    1: {kind: exchange, role: main, date: 2027-03-05}
    2: {kind: exchange, role: recap, date: 2027-02}
  title: "{203|1.released_total} вдома"
  text: |
    {Сьогодні|1.date} обмін. Серед звільнених {понад 20|>=1.by_service.navy<armed_forces} моряків, {три|none} роки неволі.
    Усього від лютого 2022 року {8100|claim.released.since 2022-02-24}.
"""


def load(folder: Path, text: str):
    path = folder / "texts.yaml"
    path.write_text(text, "utf-8")
    return load_texts([path])


def test_labels_stand_at_their_words(tmp_path: Path) -> None:
    (text,) = load(tmp_path, GOOD)
    assert text.place == "texts.yaml:2"
    assert (text.published_at, text.language, text.title) == (date(2027, 3, 5), "uk", "203 вдома")
    assert text.events[2].date == "2027-02"
    sentence = [
        ((text.title if label.field == "title" else text.text) or "")[label.start : label.end]
        for label in text.labels
    ]
    assert sentence == ["203", "Сьогодні", "понад 20", "три", "8100"]
    sailors = text.labels[2]
    assert (sailors.measure, sailors.category, sailors.within, sailors.bound) == (
        "by_service", "navy", "armed_forces", "at_least",
    )  # fmt: skip
    assert text.labels[4].period == "since 2022-02-24"


@pytest.mark.parametrize(
    ("was", "becomes", "received"),
    [
        ("1.released_total", "3.released_total", "there is no event 3"),
        ("1.released_total", "1.released", "no label: '1.released'"),
        ("navy<armed_forces", "fleet<armed_forces", "no label"),
        ("kind: exchange\n", "kind: swap\n", "kind 'swap'"),
        ("role: main", "role: first", "event 1"),
        ("{три|none}", "{три|none", "a brace without its pair"),
        ("{три|none}", "{ три|none}", "blanks next to"),
        ("since 2022-02-24", "since February", "no label"),
        ("published_at: 2027-03-05", "published_at: yesterday", "is no day"),
        ("  title:", "  heading:", "unknown keys: heading"),
        ("date: 2027-02}", "dete: 2027-02}", "event 2: unknown keys: dete"),
        ("date: 2027-02}", "date: 2027-13}", "event 2: '2027-13' is no day"),
        ("since 2022-02-24", "since 2022-99-99", "'since 2022-99-99' is no period"),
        ("id: uk-0001", "id: foo", "does not begin with a language: uk, en, ru"),
        (
            "kind: exchange\n",
            "kind: repatriation\n",
            "the kind repatriation and the main events, exchange, do not fit",
        ),
        ("1.released_total", "1.bodies_to_ukraine", "event 1 (exchange) has the figure bodies_to_ukraine"),
        ("  title:", "  contradicts_itself: 'no'\n  title:", "contradicts_itself is true or false, not 'no'"),
        ("since 2022-02-24", "2024-12/2024-01", "'2024-12/2024-01' is no period"),
    ],
)
def test_a_malformed_text_is_refused_with_its_line(tmp_path: Path, was: str, becomes: str, received: str) -> None:
    assert was in GOOD
    with pytest.raises(MalformedLabelError, match=r"^texts\.yaml:2: ") as refused:
        load(tmp_path, GOOD.replace(was, becomes, 1))
    assert received in str(refused.value)


SUMS = """
- id: uk-0001
  kind: exchange
  events: {1: {kind: exchange, role: main}}
  text: "{100|1.released_total}: {сорок|1.by_service.navy}, {60|1.by_service.national_guard}, {70|1.military}, {30|1.civilians}"
"""


@pytest.mark.parametrize(
    ("was", "becomes", "received"),
    [
        ("{60|", "{61|", "the branches sum to 101 of 100"),
        ("{30|1.civilians}", "{29|1.civilians}", "military and civilians are 99, not 100"),
        ("{30|1.civilians}", "{130|1.women}", "women are 130 of 100"),
        ("1.by_service.national_guard", "1.by_service.airborne<navy", "60 lie within navy, which has 40"),
    ],
)
def test_sums_that_do_not_hold_are_refused(tmp_path: Path, was: str, becomes: str, received: str) -> None:
    assert load(tmp_path, SUMS)
    with pytest.raises(MalformedLabelError, match=rf"^texts\.yaml:2: event 1: {received}; fix the labels"):
        load(tmp_path, SUMS.replace(was, becomes))
    assert load(tmp_path, SUMS.replace(was, becomes).replace("  kind:", "  contradicts_itself: true\n  kind:"))


def test_a_bound_and_a_second_value_contradict_nothing(tmp_path: Path) -> None:
    assert load(tmp_path, SUMS.replace("{30|1.civilians}", "{20|>=1.civilians}"))
    assert load(tmp_path, SUMS.replace("{100|", "{90|1.released_total} {100|"))


def test_events_are_numbered(tmp_path: Path) -> None:
    events = GOOD[GOOD.index("  events:") : GOOD.index("  title:")]
    with pytest.raises(MalformedLabelError, match=r"^texts\.yaml:2: events are numbered, such as 1: "):
        load(tmp_path, GOOD.replace(events, "  events: [{kind: exchange, role: main}]\n"))


def test_a_day_that_there_is_not_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(
        BrokenYaml, match=r"texts\.yaml is not valid YAML, line \d+: in the item that begins here, day is"
    ):
        load(tmp_path, GOOD.replace("published_at: 2027-03-05", "published_at: 2027-02-30"))


def test_an_id_is_used_once(tmp_path: Path) -> None:
    with pytest.raises(MalformedLabelError, match=r"texts\.yaml:\d+: the id uk-0001 is used at texts\.yaml:2 too"):
        load(tmp_path, GOOD + GOOD)


def test_files_are_found_by_either_ending_in_any_letters(tmp_path: Path) -> None:
    """A file that a folder holds and nobody reads would be a silent loss."""
    names = ["a.yaml", "B.YML", "in/c.Yaml"]
    (tmp_path / "in").mkdir()
    for name in [*names, "notes.txt"]:
        (tmp_path / name).write_text("[]", "utf-8")
    assert labelled_files(tmp_path) == sorted(tmp_path / name for name in names)


def test_a_file_that_is_no_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BrokenYaml, match=r"texts\.yaml is no list"):
        load(tmp_path, "id: uk-0001\n")
    with pytest.raises(BrokenYaml, match=r"texts\.yaml is not valid YAML, line 2"):
        load(tmp_path, "- {id: [\n")
    with pytest.raises(BrokenYaml, match="nested more than 50 deep"):
        load(tmp_path, "[" * 100_000)


def test_the_corpus_is_well_formed_and_broad() -> None:
    texts = load_texts(sorted(CORPUS.glob("*.yaml")))
    by_language = {language: [t for t in texts if t.language == language] for language in ("uk", "ru", "en")}
    assert len(by_language["uk"]) >= 1000
    assert len(by_language["ru"]) >= 600
    assert len(by_language["en"]) >= 600
    assert sum(text.kind in ("plan", "summary", "other") for text in texts) >= 700
    assert {text.kind for text in texts} == set(KINDS)
