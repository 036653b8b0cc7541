"""Two exchanges of one day in one text, and texts that add an exchange to an earlier one of their day."""

from __future__ import annotations

from datetime import date

import pytest

from scrapers.extraction.document import prepare
from scrapers.extraction.handovers import are_set_apart, is_further, is_second_of_day, totals_set_apart

PUBLISHED = date(2027, 6, 8)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ввечері додому повернулися ще 45 захисників.", True),
        ("Another 45 defenders came home.", True),
        ("More than 45 defenders came home.", False),
        ("No more than 45 defenders came home.", False),
        ("Додому повернулися ще понад 45 захисників.", True),
        ("45 more people crossed the border in the evening.", True),
        ("Вечером вернулись еще сорок пять человек.", True),
        ("Додому повернулися 45 захисників.", False),
        ("Удома вже 45 захисників. Ще чекаємо на інших.", False),
        ("Ще 12 рідних прийшли зустріти 45 захисників.", False),
    ],
)
def test_a_number_is_called_another_one(text: str, expected: bool) -> None:
    document = prepare(text, None, PUBLISHED)
    (total,) = [item for item in document.items if item.value == 45]
    assert is_further(document, total) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Відбувся вже другий обмін за день: вдома 45 людей.", True),
        ("The second exchange of the day brought 45 people home.", True),
        ("Это второй обмен за сутки.", True),
        ("Це другий обмін цього тижня.", False),
        ("ДРУГИЙ ОБМІН ЗА ДЕНЬ: вдома 45 людей", True),
        ("Second Exchange Today: 45 Home", True),
        ("It is the second exchange after Independence Day: 45 are home.", False),
        ("Це другий обмін полоненими після Дня Незалежності: вдома 45 людей.", False),
        ("Сьогодні відбувся другий обмін цього тижня: вдома 45 людей.", False),
        ("Сьогодні відбувся 59-й обмін.", False),
        ("Другого дня після обміну їх відвідали рідні.", False),
        ("Сегодня состоялся обмен, второй обмен за три дня.", False),
    ],
)
def test_an_ordinal_counts_the_exchanges_of_the_day(text: str, expected: bool) -> None:
    assert is_second_of_day(prepare(text, None, PUBLISHED)) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Вранці повернулися 50 людей, увечері – 45.", True),
        ("50 came home in the morning. In the evening there were 45.", True),
        ("Спершу повернулися 50 людей, потім ще 45.", True),
        ("За одними даними, повернулися 50 людей, за іншими – 45.", False),
        ("Вранці повернулися 50 людей. Пізніше уточнили: 45.", False),
    ],
)
def test_two_totals_are_set_apart_by_words(text: str, expected: bool) -> None:
    document = prepare(text, None, PUBLISHED)
    earlier, later = (next(item for item in document.items if item.value == value) for value in (50, 45))
    assert are_set_apart(document, earlier, later) is expected


@pytest.mark.parametrize(
    ("text", "exchanges"),
    [
        ("Вранці повернулися 60 людей, увечері ще 60. Разом за день 120.", [[60], [60]]),
        ("Вранці повернулися 60 людей, увечері ще 60.", [[60], [60]]),
        ("Ще 60 людей удома. Сьогодні з полону повернули ще 60 захисників.", []),  # the lead, and again
        ("Вранці повернулися 50 людей, увечері ще 45. Разом 95. Увечері було 45.", [[50], [45, 45]]),
    ],
)
def test_the_same_number_is_another_exchange_only_in_another_part_of_the_day(
    text: str, exchanges: list[list[int]]
) -> None:
    document = prepare(text, None, PUBLISHED)
    totals = {place: item.value for place, item in enumerate(document.items) if item.value}
    first_of = totals_set_apart(document, totals)
    found = [
        [totals[one] for one, held in first_of.items() if held == first] for first in sorted(set(first_of.values()))
    ]
    assert found == exchanges
