"""Which of several days a figure belongs to, and texts that announce exchanges of several days."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from scrapers.extraction.decoding import Decoder
from scrapers.extraction.document import Document, prepare
from scrapers.extraction.model import KINDS, Beliefs
from scrapers.extraction.nearest import group_by_nearest

PUBLISHED = date(2027, 6, 8)
MEASURES, ROLES = ("none", "date", "released_total"), ("none", "main", "recap")


def days_of(document: Document) -> dict[int, date]:
    return {i: item.day.value for i, item in enumerate(document.items) if item.day and item.day.value}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5 червня повернулися 310, 6 червня – 297.", {5: [310], 6: [297]}),
        ("310 on 5 June, 297 on 6 June.", {5: [310], 6: [297]}),
        (
            "310 вернулись 5 июня. А 6 июня домой приехали 297 человек, из них 13 гражданских.",
            {5: [310], 6: [297, 13]},
        ),
        ("Обмін відбувся 5 червня. Повернулися 310 людей.", {5: [310]}),
        ("5 червня. Далі мова про інше. І ще про інше. Нас було 310.", {}),
    ],
)
def test_a_figure_belongs_to_the_day_beside_it(text: str, expected: dict[int, list[int]]) -> None:
    document = prepare(text, None, PUBLISHED)
    figures = [i for i, item in enumerate(document.items) if item.value]
    groups = group_by_nearest(document.items, days_of(document), figures)
    found = {day.day: [document.items[i].value for i in own] for day, own in groups.items()}
    assert found == expected


def decoded(text: str, roles: dict[str, str]) -> list[tuple[date | None, list[int]]]:
    """The exchanges decoded when each item's measure is certain; ``roles`` gives roles by quote, else main."""
    document = prepare(text, None, PUBLISHED)
    measures = np.full((len(document.items), len(MEASURES)), 0.02, np.float32)
    role_of = np.full((len(document.items), len(ROLES)), 0.02, np.float32)
    for index, item in enumerate(document.items):
        quote = document.place(item.first, item.last)[3]
        measures[index][MEASURES.index("date" if item.day else "released_total")] = 0.96
        role_of[index][ROLES.index(roles.get(quote, "main"))] = 0.96
    kinds = np.array([0.95 if kind == "exchange" else 0.01 for kind in KINDS], np.float32)
    beliefs = Beliefs(measures, role_of, kinds, np.ones(len(document.items), np.float32))
    events = Decoder(document, beliefs, MEASURES, ROLES).decoded().events
    return [(event.date, [figure.value for figure in event.figures]) for event in events if not event.is_recap]


def test_exchanges_of_two_days_are_two() -> None:
    text = "The exchange is over: 310 on 5 June, 297 on 6 June."
    assert decoded(text, {}) == [(date(2027, 6, 5), [310]), (date(2027, 6, 6), [297])]


def test_one_exchange_whose_day_is_said_in_two_ways_is_one() -> None:
    text = "5 червня відбувся обмін. Про це 6 червня повідомив штаб: вдома 310."
    ((_, figures),) = decoded(text, {})
    assert figures == [310]


def test_a_recalled_day_makes_no_second_exchange() -> None:
    text = "5 червня повернулися 310 людей. 6 травня вдома були 205."
    assert decoded(text, {"6 травня": "recap", "205": "recap"}) == [(date(2027, 6, 5), [310])]


@pytest.mark.parametrize(
    "text",
    [
        "Сьогодні подвійна радість: вранці повернулися 50 людей, увечері – ще 45.",
        "Сьогодні вдома 95: вранці повернулися 50 людей, увечері – ще 45.",
        "50 came home today in the morning. In the evening another 45 came.",
    ],
)
def test_two_totals_of_one_day_that_are_set_apart_are_two_exchanges(text: str) -> None:
    assert decoded(text, {}) == [(PUBLISHED, [50]), (PUBLISHED, [45])]


@pytest.mark.parametrize(
    "text", ["Сьогодні повернулися 50 людей, за іншими даними – 45.", "Сьогодні вдома 50 людей. Уточнено: 45."]
)
def test_two_totals_of_one_day_that_only_differ_are_one_exchange(text: str) -> None:
    assert len(decoded(text, {})) == 1
