"""Decoding with given beliefs: which event a mediator belongs to, counts that name no branch, each side's numbers."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from scrapers.extraction.confidence import load_calibration
from scrapers.extraction.decoding import Decoder
from scrapers.extraction.document import prepare
from scrapers.extraction.model import KINDS, Beliefs
from scrapers.extraction.reading import reading_of
from scrapers.extraction.records import Reading
from scrapers.extraction.training.examples import Example, example
from scrapers.extraction.training.labelled_texts import load_texts
from scrapers.extraction.training.outcomes import outcomes_of

MEASURES, ROLES = ("none", "date", "mediator", "released_total", "bodies_to_ukraine"), ("none", "main")
COUNTS = {"160": "released_total", "502": "bodies_to_ukraine"}


def mediators(text: str, kind: str) -> dict[str, set[str | None]]:
    """The mediators of each event, by its kind."""
    document = prepare(text, None, date(2027, 6, 8))
    measures = np.full((len(document.items), len(MEASURES)), 0.01, np.float32)
    for index, item in enumerate(document.items):
        quote = document.place(item.first, item.last)[3]
        measure = item.kind if item.kind == "mediator" else COUNTS.get(quote, "none")
        measures[index][MEASURES.index(measure)] = 0.96
    roles = np.tile(np.array([0.02, 0.98], np.float32), (len(document.items), 1))
    kinds = np.array([0.95 if name == kind else 0.01 for name in KINDS], np.float32)
    beliefs = Beliefs(measures, roles, kinds, np.ones(len(document.items), np.float32))
    events = Decoder(document, beliefs, MEASURES, ROLES).decoded().events
    return {event.kind: {document.items[item].mediator for item, _ in event.mediators} for event in events}


def test_who_helped_to_hand_over_bodies_is_no_mediator_of_the_exchange() -> None:
    text = "Вдома 160 наших людей, посередником були ОАЕ. Передано 502 тіла, допоміг Червоний Хрест."
    assert mediators(text, "exchange_and_repatriation") == {"exchange": {"uae"}, "repatriation": {"icrc"}}


def test_of_one_event_all_are_mediators() -> None:
    text = "Вдома 160 наших людей, посередником були ОАЕ. Допоміг також Червоний Хрест."
    assert mediators(text, "exchange") == {"exchange": {"uae", "icrc"}}


def counts_of_branches(text: str, number: int) -> tuple[list[int], float]:
    """Numbers taken for a branch's people, and the chance of a total, where the network finds the former likelier."""
    document = prepare(text, None, date(2027, 6, 8))
    names = ("none", "by_service", "released_total")
    measures = np.tile(np.array([0.94, 0.03, 0.03], np.float32), (len(document.items), 1))
    index = next(i for i, item in enumerate(document.items) if item.value == number)
    measures[index] = [0.1, 0.6, 0.3]
    roles = np.tile(np.array([0.02, 0.98], np.float32), (len(document.items), 1))
    kinds = np.full(len(KINDS), 1 / len(KINDS), np.float32)
    decoder = Decoder(document, Beliefs(measures, roles, kinds, np.ones(len(measures), np.float32)), names, ROLES)
    return [document.items[i].value or 0 for i in decoder.counts_of_branches()], decoder.chance(index, names[2])


def test_defenders_without_a_branch_are_no_branch_s_but_people_of_an_unknown_one_may_be() -> None:
    taken, total = counts_of_branches("Список 103 захисників, звільнених сьогодні з полону.", 103)
    assert (taken, round(total, 2)) == ([], 0.75)
    assert counts_of_branches("Серед звільнених сьогодні 103 кінологи.", 103)[0] == [103]
    assert counts_of_branches("Серед звільнених сьогодні 103 захисники з Нацгвардії.", 103)[0] == [103]


def test_a_number_that_may_be_each_side_s_or_the_total_is_the_total_either_way() -> None:
    document = prepare("Україна та Росія обміняли по 77 військових.", None, date(2027, 6, 8))
    names = ("none", "each_side", "each_side_military", "released_total")
    kinds = np.array([0.95 if name == "exchange" else 0.01 for name in KINDS], np.float32)
    beliefs = Beliefs(
        np.array([[0.05, 0.8, 0.08, 0.04]], np.float32), np.array([[0.02, 0.98]], np.float32), kinds, np.ones(1)
    )
    [event] = Decoder(document, beliefs, names, ROLES).decoded().events
    counted = {figure.measure: (figure.value, round(figure.belief, 2)) for figure in event.figures}
    assert counted == {"released_total": (77, 0.92), "returned_to_russia": (77, 0.88)}


LABELLED = """
- id: uk-1
  published_at: 2027-06-08
  kind: exchange
  invented: true
  events:
    1: {kind: exchange, role: main, date: 2027-06-07}
    2: {kind: exchange, role: main, date: 2027-06-08}
    3: {kind: exchange, role: recap, date: 2027-05-05}
  text: |
    TEXT
"""


def decoder_of(folder: Path, text: str) -> tuple[Example, Decoder]:
    """A labelled text, and a decoder as if the network were nearly certain of the labels."""
    (folder / "one.yaml").write_text(LABELLED.replace("TEXT", text))
    [labelled] = load_texts([folder / "one.yaml"])
    one = example(labelled)
    measures, roles = tuple(sorted({*one.measures, "none"})), tuple(sorted({*one.roles, "none"}))
    kinds = np.array([0.95 if name == "exchange" else 0.01 for name in KINDS], np.float32)
    beliefs = Beliefs(
        np.array([[0.96 if name == own else 0.01 for name in measures] for own in one.measures], np.float32),
        np.array([[0.96 if name == own else 0.01 for name in roles] for own in one.roles], np.float32),
        kinds, np.ones(len(one.measures), np.float32),
    )  # fmt: skip
    return one, Decoder(one.document, beliefs, measures, roles)


def read_as_labelled(folder: Path, text: str) -> Reading:
    return reading_of(decoder_of(folder, text)[1], load_calibration().without_thresholds(), "uk")


def figures_of(reading: Reading, *measures: str) -> list[tuple[str, int | None]]:
    return [(one.measure, one.value) for one in reading.statements if one.measure in measures]


@pytest.mark.parametrize(
    ("text", "totals"),
    [
        (
            "{7 червня|1.date} вдома {200|1.released_total}. {8 червня|2.date} повернулися ще {200|2.released_total}.",
            2,
        ),
        ("{7 червня|1.date} вдома {200|1.released_total}. {8 червня|2.date} кажуть про {200|2.released_total}.", 1),
        ("Уранці обміняли по {50|1.each_side} людей, увечері – ще по {70|2.each_side}.", 2),
    ],
)
def test_exchanges_with_the_same_number_or_one_for_each_side_are_told_apart(
    tmp_path: Path, text: str, totals: int
) -> None:
    assert len(figures_of(read_as_labelled(tmp_path, text), "released_total")) == totals


def test_a_branch_that_is_named_twice_counts_once(tmp_path: Path) -> None:
    guards = "{10|1.by_service.national_guard}"
    text = (
        f"Удома {guards} нацгвардійців. Усього {{50|1.released_total}}, серед них {guards} нацгвардійців. ЗСУ – "
        f"{{30|1.by_service.armed_forces}}, Держприкордонслужба – {{10|1.by_service.border_guard}}, Нацгвардія – {guards}."
    )
    found = figures_of(read_as_labelled(tmp_path, text), "released_total", "by_service")
    assert sorted(found) == [("by_service", 10), ("by_service", 10), ("by_service", 30), ("released_total", 50)]


@pytest.mark.parametrize(
    ("soldiers", "civilians", "bound"),
    [
        ("{150|1.military} військових", "{близько 20|~1.civilians} цивільних", "about"),
        ("{понад 150|>=1.military} військових", "{20|1.civilians} цивільних", "at_least"),
        ("{понад 150|>=1.military} військових", "{близько 20|~1.civilians} цивільних", "about"),
        ("{150|1.military} військових", "{20|1.civilians} цивільних", "exact"),
    ],
)
def test_a_sum_is_no_more_exact_than_its_parts(tmp_path: Path, soldiers: str, civilians: str, bound: str) -> None:
    reading = read_as_labelled(tmp_path, f"Повернулися {soldiers} та {civilians}.")
    assert [(one.value, one.bound) for one in reading.statements if one.measure == "released_total"] == [(170, bound)]


@pytest.mark.parametrize(("day", "is_right"), [("5 травня", True), ("4 травня", False)])
def test_confidence_learns_from_recalled_exchanges_too(tmp_path: Path, day: str, is_right: bool) -> None:
    text = f"Сьогодні вдома {{200|1.released_total}} людей, а {{{day}|3.date}} повернули {{90|3.released_total}}."
    one, decoder = decoder_of(tmp_path, text)
    one.text.events.pop(2)  # one exchange is news
    found = {outcome.measure: outcome.is_right for outcome in outcomes_of([(one, decoder)], [0])}
    assert found["recap.event.exchange"] is is_right
    assert found["event.exchange"]


def reading_of_a_day(text: str, is_main: float) -> Reading:
    """What is read of a total and a day that is the event's with a probability, else another one's."""
    names = ("none", "main", "recap")
    document = prepare(text, None, date(2027, 6, 8))
    of_number, of_day = (
        [i for i, item in enumerate(document.items) if (item.day is None) == is_number] for is_number in (True, False)
    )
    measures = np.full((len(document.items), len(MEASURES)), 0.01, np.float32)
    measures[of_number, MEASURES.index("released_total")] = 0.96
    measures[of_day, MEASURES.index("date")] = 0.96
    roles = np.tile(np.array([0.01, 0.98, 0.01], np.float32), (len(document.items), 1))
    roles[of_day] = [0.0, is_main, 1 - is_main]
    kinds = np.array([0.95 if name == "exchange" else 0.01 for name in KINDS], np.float32)
    beliefs = Beliefs(measures, roles, kinds, np.ones(len(document.items), np.float32))
    everything = load_calibration().without_thresholds()
    return reading_of(Decoder(document, beliefs, MEASURES, names), everything, "uk")


@pytest.mark.parametrize(
    ("is_main", "day", "basis"),
    [(0.9, date(2027, 6, 1), "text"), (0.45, None, "text"), (0.1, date(2027, 6, 8), "publication")],
)
def test_a_day_as_likely_the_event_s_as_another_one_s_leaves_the_day_open(
    is_main: float, day: date | None, basis: str
) -> None:
    reading = reading_of_a_day("Вдома 160 наших людей. 1 червня домовилися про обмін.", is_main)
    (event,) = (one for one in reading.events if not one.is_recap)
    assert (event.date, event.date_basis) == (day, basis)
    doubted = ["this day may be that of what is reported, or of another event: “1 червня”"] if day is None else []
    assert reading.issues == doubted
    assert [doubt.quote for doubt in reading.doubts if doubt.measure == "date"] == ["1 червня"] * len(doubted)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("05.07.2027 відбувся обмін. Вдома 160 наших людей.", None),  # a slip of the month
        ("Вдома 160 наших людей.\nФото: обмін полоненими, 05.07.2027", date(2027, 6, 8)),
    ],
)
def test_a_day_ahead_of_the_publication_is_the_event_s_nowhere(text: str, day: date | None) -> None:
    """Before the figures it leaves the day open; behind them it is that of a photograph, and says nothing."""
    (event,) = reading_of_a_day(text, 0.9).events
    assert event.date == day
