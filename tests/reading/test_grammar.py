"""Numbers, days, sentences and languages one by one. Whole texts are in test_reader.py."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from scrapers.extraction.language import detect_language
from scrapers.extraction.numbers import find_numbers
from scrapers.extraction.tokens import split_sentences, tokenize
from scrapers.reading.dates import find_days
from scrapers.reading.lexicon import load_lexicon, vocabulary

PROJECT = Path(__file__).parents[2]
LEXICON = load_lexicon()


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("двоє", 2),
        ("п'ятеро", 5),
        ("п’ятнадцятьох", 15),
        ("сорок четверо", 44),
        ("сто вісімдесят дев'ять", 189),
        ("двісті сім", 207),
        ("трьохсот дев'яноста", 390),
        ("дев'яносто п'ять", 95),
        ("тисяча", 1000),
        ("1 358", 1358),
        ("1,358", 1358),
        ("1.358", 1358),
        ("3 тис. 767", 3767),
        ("4 тисячі 757", 4757),
        ("forty-nine", 49),
        ("one hundred and eighty-nine", 189),
        ("three hundred", 300),
        ("сто пятьдесят", 150),
        ("двести семь", 207),
        ("девяносто пять", 95),
    ],
)
def test_number_words(words: str, value: int) -> None:
    numbers = find_numbers(tokenize(words), LEXICON)
    assert [(n.value, n.is_ordinal) for n in numbers] == [(value, False)]


@pytest.mark.parametrize(
    ("words", "value"), [("59-й", 59), ("71-ий", 71), ("59th", 59), ("дев'ятий", 9), ("сімдесят перший", 71)]
)
def test_ordinals_are_no_counts(words: str, value: int) -> None:
    numbers = find_numbers(tokenize(words), LEXICON)
    assert [(n.value, n.is_ordinal) for n in numbers] == [(value, True)]


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("30 грудня", date(2024, 12, 30)),
        ("30 грудня 2023 року", date(2023, 12, 30)),
        ("24-го травня", date(2024, 5, 24)),
        ("15 Січ", date(2025, 1, 15)),
        ("19 берез.", date(2024, 3, 19)),
        ("December 30", date(2024, 12, 30)),
        ("January 3, 2024", date(2024, 1, 3)),
        ("25 июня", date(2024, 6, 25)),
        ("14.09.2024", date(2024, 9, 14)),
        ("сьогодні", date(2025, 1, 20)),
        ("вчора", date(2025, 1, 19)),
        ("on Friday", date(2025, 1, 17)),
        ("минулого року 30 грудня", date(2024, 12, 30)),
        ("31 лютого", None),
    ],
)
def test_days_before_20_january_2025(words: str, day: date | None) -> None:
    tokens = tokenize(words)
    days = find_days(tokens, LEXICON.marks(tokens), date(2025, 1, 20))
    assert [d.value for d in days] == [day]


def test_sentences_end_where_sentences_end() -> None:
    text = "Повернули 3 тис. 767 людей станом на 30.12.2024 р. у Києві. Далі — t.me/канал! Кінець"
    tokens = tokenize(text)
    sentences = split_sentences(tokens, LEXICON.abbreviations)
    assert [text[tokens[s.first].start : tokens[s.last - 1].end] for s in sentences] == [
        "Повернули 3 тис. 767 людей станом на 30.12.2024 р. у Києві",
        "Далі — t.me/канал",
        "Кінець",
    ]


@pytest.mark.parametrize(
    ("text", "language"), [("Обмін відбувся", "uk"), ("Обмен состоялся, объявили", "ru"), ("Exchange held", "en")]
)
def test_language_is_known_by_its_letters(text: str, language: str) -> None:
    assert detect_language(text) == language


def test_every_branch_of_the_lexicon_has_its_row_in_the_warehouse() -> None:
    with (PROJECT / "dbt_project/seeds/service_branches.csv").open(encoding="utf-8") as seed:
        assert {row["service_branch"] for row in csv.DictReader(seed)} == set(vocabulary("services"))
