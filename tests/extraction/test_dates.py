"""Days that a text names, in three languages, and the date that a human would understand."""

from __future__ import annotations

import itertools
from datetime import date

import pytest

from scrapers.extraction.dates import find_days
from scrapers.extraction.tokens import tokenize
from scrapers.extraction.vocabulary import load_vocabulary

VOCABULARY = load_vocabulary()
PUBLISHED = date(2025, 5, 26)  # a Monday


def days(text: str, published: date | None = PUBLISHED) -> list[date | None]:
    tokens = tokenize(text)
    return [day.value for day in find_days(tokens, VOCABULARY.marks(tokens), published, VOCABULARY)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("24 травня відбувся обмін", [date(2025, 5, 24)]),
        ("24-го травня 2024 року", [date(2024, 5, 24)]),
        ("обмін 31 грудня", [date(2024, 12, 31)]),  # the last one, not the next
        ("восьмого лютого", [date(2025, 2, 8)]),
        ("двадцять четвертого березня 2022", [date(2022, 3, 24)]),
        ("23–25 травня", [date(2025, 5, 25)]),
        ("5 та 6 березня", [date(2025, 3, 6)]),
        ("30.12.2024", [date(2024, 12, 30)]),
        ("30.12.24 р.", [date(2024, 12, 30)]),
        ("обмін, що відбувся 08.02, був", [date(2025, 2, 8)]),
        ("сьогодні", [PUBLISHED]),
        (
            "сьогодні, 25 травня,",
            [date(2025, 5, 25), date(2025, 5, 25)],
        ),  # written before midnight, published after it
        ("today (May 25)", [date(2025, 5, 25), date(2025, 5, 25)]),
        ("сьогодні – не те, що було 25 травня", [PUBLISHED, date(2025, 5, 25)]),
        ("напередодні", [date(2025, 5, 25)]),
        ("у п'ятницю", [date(2025, 5, 23)]),
        ("минулого року 30 грудня", [date(2024, 12, 30)]),
        ("23 травня повернулися 390, наступного дня ще 307", [date(2025, 5, 23), date(2025, 5, 24)]),
        ("23-25 травня: другого дня повернулися 307", [date(2025, 5, 25), date(2025, 5, 24)]),
        ("у серпні 2024 року", [date(2024, 8, 1)]),
        ("сегодня, 24 мая", [date(2025, 5, 24), date(2025, 5, 24)]),
        ("в прошлом году 30 декабря", [date(2024, 12, 30)]),
        ("On Saturday, May 24, 2025", [date(2025, 5, 24), date(2025, 5, 24)]),
        ("May 23-25", [date(2025, 5, 25)]),
        ("on May 23 and 25 people were freed", [date(2025, 5, 23)]),
        ("they may return", []),
        ("the day before", []),  # the day that it counts from is not given
        ("on May 24, a day earlier", [date(2025, 5, 24), date(2025, 5, 23)]),
        ("31 лютого", [None]),
        ("рахунок 3/2", []),
        ("2024-12-27", [date(2024, 12, 27)]),
        ("27-12-2024", [date(2024, 12, 27)]),
        ("2024-13-27", []),
        ("on 9/5/2024", [None]),  # the 9th of May, or the 5th of September
        ("on 27/12/2024", [date(2024, 12, 27)]),
        ("5/5/2024", [date(2024, 5, 5)]),
        ("two days ago", [date(2025, 5, 24)]),
        ("три дні тому", [date(2025, 5, 23)]),
        ("повернулися 25. 10 з них – офіцери", []),
        ("у вересні 24, а в серпні 19", [date(2024, 9, 1), date(2024, 8, 1)]),
        ("в мае 25 военных вернулись", [date(2025, 5, 1)]),
        ("in May 25 prisoners came home", [date(2025, 5, 1)]),
        ("01.01.0000", [None]),
        ("31.12.9999, наступного дня", [None]),
        ("версія 24.05.1", []),
        # A written day explains the word beside it, however long ago it is.
        ("у п'ятницю, 9 травня, відбувся", [date(2025, 5, 9), date(2025, 5, 9)]),
        ("9 травня, у п'ятницю,", [date(2025, 5, 9), date(2025, 5, 9)]),
        ("on Friday, the 9 May 2025", [date(2025, 5, 9), date(2025, 5, 9)]),
        ("минулої п'ятниці, 9 травня", [date(2025, 5, 9), date(2025, 5, 9)]),
        ("вчора, у п'ятницю, 9 травня", [date(2025, 5, 9), date(2025, 5, 9), date(2025, 5, 9)]),
        ("25 травня, вчора", [date(2025, 5, 25), date(2025, 5, 25)]),
        ("24 травня (вчора)", [date(2025, 5, 24), date(2025, 5, 24)]),
        ("після обміну 25 травня, сьогодні додому повернулися", [date(2025, 5, 25), PUBLISHED]),
        ("the exchange of May 25, today 95 more came home", [date(2025, 5, 25), PUBLISHED]),
        ("Накануне 9 мая состоялся обмен", [date(2025, 5, 8)]),
        ("On the morning of Independence Day", [date(2024, 8, 24)]),
        ("on the eve of Independence Day", []),
        ("в минулий понеділок", [date(2025, 5, 19)]),
        ("в прошлый понедельник", [date(2025, 5, 19)]),
        ("20 травня, вчора", [date(2025, 5, 20), date(2025, 5, 25)]),
        ("9 травня, у суботу", [date(2025, 5, 9), date(2025, 5, 24)]),  # no Saturday
        ("у День Незалежності, 24 серпня 2023 року", [date(2023, 8, 24), date(2023, 8, 24)]),
        ("напередодні Дня Незалежності", []),
        ("після Дня Незалежності", []),
        ("минулого понеділка", [date(2025, 5, 19)]),  # published on a Monday
        ("last Friday", [date(2025, 5, 23)]),
        ("a week ago", [date(2025, 5, 19)]),
        ("чотири дні тому", [date(2025, 5, 22)]),
        ("минулого тижня", [None]),
        ("несколько дней назад", [None]),
        ("on 12/30/2024", [date(2024, 12, 30)]),
        ("on 13/30/2024", []),
        ("о 12.10 відбувся обмін", []),  # a time of day
        ("у березні тривали перемовини, наступного дня обмін", [date(2025, 3, 1)]),
        ("обмін 24.05 115 захисників", [date(2025, 5, 24)]),
        ("30.12.24 189 людей", [date(2024, 12, 30)]),
    ],
)
def test_days(text: str, expected: list[date | None]) -> None:
    assert days(text) == expected


def test_without_a_day_of_publication_only_whole_dates_are_placed() -> None:
    assert days("сьогодні, 24 травня; 30 грудня 2024", None) == [None, None, date(2024, 12, 30)]


def test_a_day_without_a_year_may_be_that_after_the_publication() -> None:
    assert days("1 січня", date(2024, 12, 31)) == [date(2025, 1, 1)]
    assert days("2 січня", date(2024, 12, 31)) == [date(2024, 1, 2)]


def test_days_do_not_overlap() -> None:
    tokens = tokenize("у п'ятницю, 23 травня 2025 року, о 10:30, сьогодні вночі")
    found = find_days(tokens, VOCABULARY.marks(tokens), PUBLISHED, VOCABULARY)
    assert all(left.last <= right.first for left, right in itertools.pairwise(found))


@pytest.mark.parametrize(
    ("text", "published", "expected"),
    [
        ("3 листопада – 107; 11-го – 45; 23-го – 36", date(2023, 1, 8), [(11, 3), (11, 11), (11, 23)]),
        ("В декабре: 1-го – 50, 31-го – 140", date(2023, 1, 8), [(12, 1), (12, 1), (12, 31)]),
        ("It happened on the 23rd, in the rain", date(2025, 5, 26), [(5, 23)]),
        ("Обмен 28-го числа", date(2025, 5, 26), [(4, 28)]),
        ("Обмін був учора, 25-го.", date(2025, 5, 26), [(5, 25), (5, 25)]),
        ("Обміни 8-го і 22-го", date(2025, 5, 26), [(5, 8), (5, 22)]),
    ],
)
def test_a_day_told_by_its_number_is_of_the_month_named_before(
    text: str, published: date, expected: list[tuple[int, int]]
) -> None:
    assert [(day.month, day.day) for day in days(text, published) if day] == expected


@pytest.mark.parametrize(
    "text",
    [
        "48-го обміну",
        "3-го корпусу",
        "бійці 1-го, 2-го і 3-го батальйонів",
        "on the 9th day",
        "on the 3rd brigade's list",
    ],
)
def test_an_ordinal_of_something_is_no_day(text: str) -> None:
    assert days(text) == []


def test_many_days_without_a_month_take_little_work() -> None:
    """Work that grows with the square of them would not end."""
    assert len(days("1-го, " * 40_000)) == 40_000


@pytest.mark.parametrize(
    ("text", "published", "expected"),
    [
        ("На Великдень додому повернулися 130 захисників", date(2023, 4, 17), date(2023, 4, 16)),
        ("They came home on Orthodox Easter", date(2025, 4, 21), date(2025, 4, 20)),
        ("на Пасху домой вернулись 130 человек", date(2024, 4, 20), date(2023, 4, 16)),
    ],
)
def test_easter_is_that_of_the_eastern_churches(text: str, published: date, expected: date) -> None:
    """16 April 2023 and 20 April 2025, by the churches' tables; that of 2024 was on 5 May."""
    assert days(text, published) == [expected]


@pytest.mark.parametrize(
    ("text", "published", "expected"),
    [
        ("on New Year's Eve 150 came home", date(2025, 1, 1), date(2024, 12, 31)),
        ("в День Победы", date(2023, 5, 10), date(2023, 5, 9)),
        ("у Міжнародний жіночий день", date(2024, 3, 8), date(2024, 3, 8)),
        ("В День памяти и скорби", date(2027, 6, 22), date(2027, 6, 22)),
    ],
)
def test_holidays_of_one_day_are_that_day(text: str, published: date, expected: date) -> None:
    assert days(text, published) == [expected]


def test_a_holiday_of_two_days_is_the_one_written_beside_it() -> None:
    assert days("on Christmas Eve, 24 December, 95 came home", date(2024, 12, 25)) == [date(2024, 12, 24)] * 2


@pytest.mark.parametrize(
    "text", ["before Christmas Eve", "on New Year's Eve", "напередодні Різдва", "ahead of Christmas Eve"]
)
def test_a_holiday_to_come_is_no_day_of_what_took_place(text: str) -> None:
    assert days(text, date(2024, 12, 30)) == []


@pytest.mark.parametrize("text", ["on Orthodox Easter eve", "Великодній обмін", "ahead of Orthodox Easter"])
def test_days_around_easter_are_not_easter(text: str) -> None:
    assert days(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "цього тижня", "на вихідних", "прошлой ночью", "over the weekend", "a year ago", "в переддень Різдва",
        "on Christmas Eve", "на Рождество", "on Victory Day",
    ],
)  # fmt: skip
def test_a_vague_time_is_a_day_that_is_not_told(text: str) -> None:
    assert days(text) == [None]


@pytest.mark.parametrize(
    ("text", "published", "expected"),
    [
        ("Минулого тижня, 21 травня, відбувся обмін", date(2025, 5, 29), date(2025, 5, 21)),
        ("Минулого тижня у вівторок відбувся обмін", date(2025, 5, 29), date(2025, 5, 20)),
        ("На прошлой неделе, во вторник, состоялся обмен", date(2025, 5, 29), date(2025, 5, 20)),
        ("A year ago, on 24 May, a swap took place", date(2025, 5, 24), date(2024, 5, 24)),
        ("Two years ago, on May 24, they came home", date(2025, 5, 24), date(2023, 5, 24)),
        ("On this day in 2022, 215 were freed", date(2025, 9, 21), date(2022, 9, 21)),
        ("Торік на День Незалежності відбувся обмін", date(2025, 9, 10), date(2024, 8, 24)),
        ("On Independence Day 2023, it took place", date(2025, 9, 10), date(2023, 8, 24)),
        ("на Великдень минулого року", date(2025, 9, 10), date(2024, 5, 5)),
        ("10 днів тому відбувся обмін", date(2025, 5, 29), date(2025, 5, 19)),
        ("три тижні тому", date(2025, 5, 29), date(2025, 5, 8)),
        ("3 days ago", date(2025, 5, 29), date(2025, 5, 26)),
        ("on the eve of May 9", date(2025, 5, 29), date(2025, 5, 8)),
        ("the 14th of May", date(2025, 5, 29), date(2025, 5, 14)),
        (
            "Рік тому, 12 квітня",
            date(2026, 4, 12),
            date(2025, 4, 12),
        ),  # Easter of 2026, which was another day in 2025
        ("рік тому, 30 грудня", date(2024, 1, 5), date(2022, 12, 30)),
        ("двадцять п'ять днів тому", date(2025, 5, 29), date(2025, 5, 4)),
        ("four years ago, on 24 May", date(2025, 5, 29), date(2021, 5, 24)),
    ],
)
def test_what_stands_beside_a_day_gives_its_year_or_week(text: str, published: date, expected: date) -> None:
    assert set(days(text, published)) == {expected}


@pytest.mark.parametrize(
    "text", ["Another 20 may follow", "on the 10th and final exchange", "on the 15th of the exchanges"]
)
def test_words_that_look_like_a_day_are_none(text: str) -> None:
    assert days(text) == []


@pytest.mark.parametrize("text", ["третього травневого обміну", "У 5 травневих обмінах"])
def test_an_exchange_of_a_month_names_no_day(text: str) -> None:
    tokens = tokenize(text)
    assert [day.basis for day in find_days(tokens, VOCABULARY.marks(tokens), PUBLISHED, VOCABULARY)] == ["month"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4 квітня та 2 травня 2023 року", [date(2023, 4, 4), date(2023, 5, 2)]),
        ("April 4 and May 2, 2023", [date(2023, 4, 4), date(2023, 5, 2)]),
        ("з січня по вересень 2023 року", [date(2023, 1, 1), date(2023, 9, 1)]),
        ("from December 30 to January 2, 2023", [date(2022, 12, 30), date(2023, 1, 2)]),
        ("30.12.22 – 02.01.2023", [date(2022, 12, 30), date(2023, 1, 2)]),
        ("two to three days ago", [None]),
        ("two or three days ago", [None]),
    ],
)
def test_what_is_joined_is_understood_together(text: str, expected: list[date | None]) -> None:
    assert days(text) == expected
