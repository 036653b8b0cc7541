"""A number's bound, in three languages: an upper bound is never a figure, nor a lower bound."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scrapers.extraction.document import prepare
from scrapers.extraction.reading import read

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


def bound_and_words(text: str) -> tuple[str, str]:
    """The bound of the text's only number, and the words that a quote of it has."""
    document = prepare(text, None, NOON.date())
    (number,) = (item for item in document.items if item.kind == "number")
    return document.bound_of_people(number), document.place(*document.with_label(number))[3]


@pytest.mark.parametrize(
    ("text", "bound", "words"),
    [
        ("Удома 60 захисників.", "exact", "60 захисників"),
        ("Удома понад 60 захисників.", "at_least", "понад 60 захисників"),
        ("Удома не менше 60 захисників.", "at_least", "не менше 60 захисників"),
        ("Удома не менш ніж 60 захисників.", "at_least", "не менш ніж 60 захисників"),
        ("Удома більше 60 захисників.", "at_least", "більше 60 захисників"),
        ("Удома 60 або більше захисників.", "at_least", "60 або більше захисників"),
        ("Удома близько 60 захисників.", "about", "близько 60 захисників"),
        ("Удома до 60 захисників.", "about", "до 60 захисників"),
        ("Удома не більше 60 захисників.", "at_most", "не більше 60 захисників"),
        ("Удома не більш як 60 захисників.", "at_most", "не більш як 60 захисників"),
        ("Удома менше 60 захисників.", "at_most", "менше 60 захисників"),
        ("Удома щонайбільше 60 захисників.", "at_most", "щонайбільше 60 захисників"),
        ("Дома не менее 60 военных.", "at_least", "не менее 60 военных"),
        ("Дома не более 60 военных.", "at_most", "не более 60 военных"),
        ("Дома менее 60 военных.", "at_most", "менее 60 военных"),
        ("More than 60 defenders are home.", "at_least", "More than 60 defenders"),
        ("At least 60 defenders are home.", "at_least", "At least 60 defenders"),
        ("No fewer than 60 defenders are home.", "at_least", "No fewer than 60 defenders"),
        ("Home are 60+ defenders.", "at_least", "60+ defenders"),
        ("No more than 60 defenders are home.", "at_most", "No more than 60 defenders"),
        ("Fewer than 60 defenders are home.", "at_most", "Fewer than 60 defenders"),
        ("Russia handed over 60 defenders.", "exact", "60 defenders"),
        ("Russia handed over more than 60 defenders.", "at_least", "more than 60 defenders"),
        ("They told the families about the 60 defenders.", "exact", "60 defenders"),
        ("There is good news about 60 defenders.", "exact", "60 defenders"),
        ("Home are about 60 defenders.", "about", "about 60 defenders"),
        ("Удома менше, ніж 60 захисників.", "at_most", "менше, ніж 60 захисників"),
        ("Удома не більше, ніж 60 захисників.", "at_most", "не більше, ніж 60 захисників"),
        ("Удома не менше, ніж 60 захисників.", "at_least", "не менше, ніж 60 захисників"),
        ("Удома менше за 60 захисників.", "at_most", "менше за 60 захисників"),
        ("Удома не більше за 60 захисників.", "at_most", "не більше за 60 захисників"),
        ("Дома меньше, чем 60 военных.", "at_most", "меньше, чем 60 военных"),
        ("Удома більше, аніж 60 захисників.", "at_least", "більше, аніж 60 захисників"),
        ("Удома не більше аніж 60 захисників.", "at_most", "не більше аніж 60 захисників"),
        ("Дома не больше, нежели 60 военных.", "at_most", "не больше, нежели 60 военных"),
        ("Not over 60 defenders are home.", "at_most", "Not over 60 defenders"),
        ("Under 60 defenders are home.", "at_most", "Under 60 defenders"),
        ("Fewer than the planned 60 defenders are home.", "at_most", "Fewer than the planned 60 defenders"),
        ("Провівши в неволі понад рік, 60 захисників удома.", "exact", "60 захисників"),
        ("After more than a year 60 defenders are home.", "exact", "60 defenders"),
    ],
)
def test_bounds(text: str, bound: str, words: str) -> None:
    assert bound_and_words(text) == (bound, words)


def test_a_range_and_a_growing_total_are_exact() -> None:
    document = prepare(
        "Тіла передано у співвідношенні 1000 до 41. Число звільнених зросло до 3767.", None, NOON.date()
    )
    assert [document.bound(item) for item in document.items] == ["exact"] * 3
    assert document.bound_of_people(document.items[1]) == "exact"


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("Повернулися від 90 до 95 захисників.", ["exact", "about"]),
        ("От 90 до 95 военных дома.", ["exact", "about"]),
        ("Between 90 and 95 defenders are home.", ["exact", "about"]),
        ("Удома 5-7 цивільних.", ["exact", "about"]),
        ("Обмін 95-95.", ["exact", "exact"]),
        ("Обмін 90-95 відбувся.", ["exact", "exact"]),
        ("From 90 to 95 defenders are home.", ["exact", "about"]),
        ("Повернулися від 50 до 100 захисників.", ["exact", "about"]),
        ("Передали від 1 000 до 1 200 тіл.", ["exact", "about"]),
        ("Кількість звільнених зросла з 50 до 60.", ["exact", "exact"]),
        ("Число звільнених зросло з 95 до 3767.", ["exact", "exact"]),
    ],
)
def test_the_upper_end_of_a_range_is_a_round_number(text: str, bounds: list[str]) -> None:
    document = prepare(text, None, NOON.date())
    assert [document.bound_of_people(item) for item in document.items if item.kind == "number"] == bounds


@pytest.mark.parametrize(
    "text",
    [
        "Відбувся обмін полоненими. Додому повернулися не більше 60 захисників.",
        "Состоялся обмен пленными. Домой вернулись не более 60 украинских военных.",
        "A prisoner exchange took place today. Fewer than 60 Ukrainian defenders returned home.",
    ],
)
def test_an_upper_bound_waits_for_a_person(text: str) -> None:
    reading = read(text, None, NOON)
    assert [(event.kind, event.date) for event in reading.events] == [("exchange", NOON.date())]
    assert [statement.value for statement in reading.statements if statement.value is not None] == []
    assert [doubt.value for doubt in reading.doubts] == [60]
