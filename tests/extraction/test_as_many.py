"""Phrases that repeat a number for the other side: "as many", in three languages."""

from __future__ import annotations

from datetime import date

import pytest

from scrapers.extraction.as_many import other_side
from scrapers.extraction.document import Document, prepare
from scrapers.extraction.figures import Figure
from scrapers.extraction.reading import read_all

DAY = date(2027, 5, 25)


def figure(document: Document, measure: str, value: int) -> Figure:
    (item,) = [index for index, item in enumerate(document.items) if item.value == value]
    return Figure(measure, value, 0.9, 0.0, (item,))


def repeated(text: str, *received: tuple[str, int], title: str | None = None) -> list[tuple[str, int]]:
    document = prepare(text, title, DAY)
    found = other_side(document, [figure(document, measure, value) for measure, value in received])
    return [(one.measure, one.value) for one in found]


@pytest.mark.parametrize(
    "words",
    [
        "стільки ж російських військових", "таку саму кількість росіян", "рівну кількість полонених",
        "столько же российских солдат", "такое же число военных", "равное количество пленных",
        "as many Russians", "the same number of soldiers", "an equal number of prisoners",
    ],
)  # fmt: skip
def test_the_other_side_is_reported_by_a_word(words: str) -> None:
    text = f"Додому повернулися 88 захисників. Росії передано {words}."
    assert repeated(text, ("released_total", 88)) == [("returned_to_russia", 88)]
    assert repeated(text, ("returned_to_russia", 88)) == [("released_total", 88)]


def test_the_soldiers_are_repeated_not_the_sum_with_civilians() -> None:
    text = "Повернулися 61 військовий і 9 цивільних. Росіянам віддали стільки ж військових, скільки отримали."
    received = [("military", 61), ("civilians", 9)]
    assert repeated(text, *received) == []  # neither side's total is stated
    document = prepare(text, None, DAY)
    figures = [figure(document, measure, value) for measure, value in received]
    whole = Figure("released_total", 70, 0.9, 0.0, figures[0].items + figures[1].items)
    (found,) = other_side(document, [*figures, whole])
    assert (found.measure, found.value) == ("returned_to_russia", 61)


@pytest.mark.parametrize(
    "text",
    [
        "157 defenders are home. As many as 50 of the Ukrainian soldiers are wounded.",
        "157 defenders are home. Twice as many Russian soldiers went back.",
        "157 defenders are home. Almost as many Russian soldiers went back.",
        "157 захисників удома, майже стільки ж росіян повернули Росії.",
        "157 defenders returned, the same number as in June.",
        "З полону повернулися 157 захисників – стільки ж, скільки у червні.",
        "157 захисників повернулися з полону. Стільки ж часу тривали перемовини з росіянами.",
    ],
)
def test_words_that_repeat_no_number_of_the_other_side(text: str) -> None:
    assert repeated(text, ("released_total", 157)) == []


@pytest.mark.parametrize(
    ("text", "received"),
    [
        ("Вернулись 60 военных, переданы 61. Столько же дней прошло.", [("released_total", 60), ("returned_to_russia", 61)]),
        ("Вернулись 60 военных. Их встретили родные. Потом был концерт. Столько же песен.", [("released_total", 60)]),
        ("Столько же, сколько вчера: вернулись 60 военных.", [("released_total", 60)]),
        ("Вернулись 60 военных, как и сколько их было, не сказано.", [("released_total", 60)]),
    ],
)  # fmt: skip
def test_nothing_is_repeated(text: str, received: list[tuple[str, int]]) -> None:
    """Both sides are stated; the number is too far back; it comes only after the phrase; there is no such phrase."""
    assert repeated(text, *received) == []


def test_the_quote_runs_from_the_number_to_the_words_that_repeat_it() -> None:
    text = "Сьогодні відбувся обмін полоненими. Додому повернулися 157 громадян. Стільки ж людей передали Росії."
    (found,) = [s for s in read_all(text, None, DAY).statements if s.measure == "returned_to_russia"]
    assert (found.value, found.quote) == (157, "157 громадян. Стільки ж")
    assert text[found.start : found.end] == found.quote
