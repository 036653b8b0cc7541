"""What a correction changes, and what it refuses: the event that is meant, and nothing that was not told."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from orchestration.cli.main import main
from orchestration.review.decisions import corrected, decide, review_of
from orchestration.review.labelled_export import labelled_texts
from orchestration.review.queue import StoredVersion, UnfitDecision, waiting
from orchestration.warehouse import extract, reviews
from orchestration.warehouse.database import Warehouse
from orchestration.warehouse.reviews import BrokenReviews, read_reviews, write_reviews
from scrapers.extraction.reading import read_all
from scrapers.extraction.training.labelled_texts import load_texts
from tests.conftest import deployment
from tests.support.scripted_deployment import ScriptedDeployment

HQ = "koordshtab_telegram"
AT = datetime(2026, 3, 5, 12, tzinfo=UTC)
MEETING = "Координаційний штаб провів зустріч із родинами військовополонених. Присутні 40 людей."
REPATRIATION = "Сьогодні відбулася репатріація: в Україну повернули тіла 500 загиблих. Допомагали ОАЕ."
BOTH = (
    "Сьогодні відбувся обмін полоненими: додому повернулися 189 захисників. Також Україні передали тіла 500 загиблих."
)
TWO = "Сьогодні відбувся обмін. Вранці додому повернулися 100 захисників. Ще 50 захисників прибули ввечері."


def version(text: str) -> StoredVersion:
    return StoredVersion("v", "https://example.org/1", None, text, AT, "uk", [])


def figures(text: str, *corrections: str) -> dict[str, list[tuple[str, int]]]:
    """The figures of each kind of reported event after corrections."""
    one = version(text)
    reading = corrected(one, one.reading(), corrections)
    found: dict[str, list[tuple[str, int]]] = {event.kind: [] for event in reading.events if not event.is_recap}
    for statement in reading.statements:
        if statement.event is not None and statement.value is not None:
            found[reading.events[statement.event].kind].append((statement.measure, statement.value))
    return found


@pytest.mark.parametrize(
    ("text", "correction"),
    [
        (MEETING, "released_total=none"),
        (MEETING, "mediator.uae=yes"),
        (MEETING, "official_number=76"),
        ("Сьогодні відбувся обмін полоненими: додому повернулися 189 захисників.", "bodies_to_ukraine=none"),
    ],
)
def test_what_is_not_told_is_not_made_by_taking_something_out(text: str, correction: str) -> None:
    one = version(text)
    with pytest.raises(UnfitDecision, match=r"nothing to correct|none is told"):
        corrected(one, one.reading(), [correction])


def test_a_mediator_is_of_the_event_that_is_told() -> None:
    one = version(REPATRIATION)
    reading = corrected(one, one.reading(), ["mediator.uae=yes"])
    assert [event.kind for event in reading.events] == ["repatriation"]
    assert [(s.event, s.category) for s in reading.statements if s.measure == "mediator"] == [(0, "uae")]


def test_each_figure_is_of_the_event_that_has_such() -> None:
    found = figures(BOTH, "released_total=190", "bodies_to_ukraine=501")
    assert dict(found["exchange"])["released_total"] == 190
    assert found["repatriation"] == [("bodies_to_ukraine", 501)]


def test_one_of_two_exchanges_is_not_corrected_at_random() -> None:
    one = version(TWO)
    assert len([event for event in one.reading().events if not event.is_recap]) == 2
    with pytest.raises(UnfitDecision, match="tells of 2 such events"):
        corrected(one, one.reading(), ["released_total=51"])


@pytest.mark.parametrize("correction", ["women=400", "by_service.navy=200", "officers=190"])
def test_a_part_that_exceeds_the_total_is_refused(correction: str) -> None:
    one = version("Сьогодні відбувся обмін полоненими: додому повернулися 189 захисників.")
    with pytest.raises(UnfitDecision, match="would be more than released_total=189"):
        corrected(one, one.reading(), [correction])


@pytest.mark.parametrize(
    ("corrections", "said"),
    [
        (("released_total=100", "released_total=200"), "corrected twice"),
        (("military=180", "civilians=50"), "military=180, civilians=50 would be more than released_total=189"),
        (("by_service.navy=100", "by_service.national_guard=100"), "would be more than released_total=189"),
    ],
)
def test_corrections_that_contradict_each_other_are_refused(corrections: tuple[str, ...], said: str) -> None:
    one = version("Сьогодні відбувся обмін полоненими: додому повернулися 189 захисників.")
    with pytest.raises(UnfitDecision, match=said):
        corrected(one, one.reading(), corrections)


def test_what_is_recalled_of_before_the_invasion_is_in_no_decision() -> None:
    text = (
        "Сьогодні відбувся обмін полоненими: додому повернулися 189 захисників. "
        "Нагадаємо, 29 грудня 2019 року під час обміну повернулися 76 людей."
    )
    review = review_of(version(text), "accepted", "anna")
    assert [event.date for event in review.events] == [date(2026, 3, 5)]
    assert {statement.event for statement in review.statements} == {0}


def test_news_without_a_figure_or_a_day_asks_for_one() -> None:
    text = "A repatriation took place today. The remains of Ukrainian servicemen are now on government-controlled territory."
    one = version(text)
    assert one.reading().events == []
    with pytest.raises(UnfitDecision, match="has no figure here"):
        review_of(one, "accepted", "anna")


def test_a_doubtful_total_of_a_period_keeps_nothing_from_being_accepted() -> None:
    text = "Сьогодні відбувся обмін: вдома 77 захисників. Загалом за цей час повернулися не більше 4000 людей."
    assert any(doubt.measure.startswith("total_") for doubt in read_all(text, None, AT, "uk").doubts)
    accepted = review_of(version(text), "accepted", "anna").statements
    assert {(s.measure, s.value) for s in accepted if s.value is not None} == {("released_total", 77)}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "exchnage"}, "none of exchange"),
        ({"statements": []}, "no statement of the measure event"),
        ({"value": None}, "released_total has no value"),
        ({"event": None}, "released_total is of an event"),
        ({"measure": "relesed_total"}, "none of"),
        ({"within": "navi"}, "'navi' is none of the services"),
    ],
    ids=str,
)
def test_an_entry_that_could_not_take_effect_is_refused(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    one = review_of(version("Сьогодні відбувся обмін: додому повернулися 189 захисників."), "accepted", "anna")
    path = tmp_path / "reviews.yaml"
    write_reviews(path, [one])
    (entry,) = yaml.safe_load(path.read_text("utf-8"))
    if {"kind", "statements"} & change.keys():
        entry |= change
    else:
        (total,) = (s for s in entry["statements"] if s["measure"] == "released_total")
        total |= change
    path.write_text(yaml.safe_dump([entry], allow_unicode=True, explicit_end=True), "utf-8")
    with pytest.raises(BrokenReviews, match=said):
        read_reviews(path)


def test_a_full_disk_is_not_kept_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "reviews.yaml"

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(reviews.os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write_reviews(path, [])
    assert list(tmp_path.iterdir()) == []


def test_what_waits_is_told_before_a_newer_extractor_has_read_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted = ScriptedDeployment(deployment(tmp_path))
    scripted.announce(
        HQ, "2026-03-05 12:00", "Відбувся обмін полоненими. Додому повернулися не більше 60 захисників."
    )
    scripted.extract()
    scripted.build_facts()
    assert len(waiting(Warehouse(scripted.settings))) == 1
    with monkeypatch.context() as newer:
        for module in (extract, reviews):
            newer.setattr(module, "reader_version", lambda: "newer")
        assert len(waiting(Warehouse(scripted.settings))) == 1


def test_that_nothing_was_read_is_not_told_as_that_nothing_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every source is blocked from the beginning."""
    scripted = ScriptedDeployment(deployment(tmp_path))
    scripted.extract()
    monkeypatch.setenv("OBMIN_DATA", str(scripted.settings.data.parent))
    for command in (["review", "list"], ["review"]):
        told = CliRunner().invoke(main, command)
        assert told.exit_code == 0
        assert told.output.startswith("No announcement was loaded yet")


def test_a_number_for_both_sides_is_exported_as_one_label(tmp_path: Path) -> None:
    """The loader takes the export; the day is labelled, too."""
    scripted = ScriptedDeployment(deployment(tmp_path))
    item = scripted.announce(HQ, "2026-03-05 12:00", "5 березня з обох сторін обміняно по 100 полонених.")
    scripted.extract()
    one = scripted.version_of(item)
    decide(Warehouse(scripted.settings), one, "corrected", "anna", ["released_total=100", "returned_to_russia=100"])
    (tmp_path / "decided.yaml").write_text(labelled_texts(Warehouse(scripted.settings)), "utf-8")
    (text,) = load_texts([tmp_path / "decided.yaml"])
    assert {(label.measure, text.text[label.start : label.end]) for label in text.labels} == {
        ("date", "5 березня"), ("each_side", "100"),
    }  # fmt: skip
    assert text.events[1].date == "2026-03-05"
    assert date(2026, 3, 5) == text.published_at


def test_a_decision_is_one_and_can_be_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the address as a terminal shows it, without https."""
    scripted = ScriptedDeployment(deployment(tmp_path))
    item = scripted.announce(HQ, "2026-03-05 12:00", "Сьогодні відбувся обмін: додому повернулися 189 захисників.")
    scripted.extract()
    monkeypatch.setenv("OBMIN_DATA", str(scripted.settings.data.parent))
    address = scripted.version_of(item).url.removeprefix("https://")

    def review(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(main, ["review", *arguments])
        return result.exit_code, result.output

    status, said = review("decide", address, "--accept", "--not-an-exchange")
    assert (status, "Give one of" in said) == (2, True)
    assert review("decide", address, "--set", "released_total=190", "--by", "anna")[0] == 0
    assert [one.decided_by for one in read_reviews(scripted.settings.reviews)] == ["anna"]
    assert review("take-back", address)[0] == 0
    assert read_reviews(scripted.settings.reviews) == []
    status, said = review("take-back", address)
    assert (status, "There is no decision about" in said) == (1, True)
