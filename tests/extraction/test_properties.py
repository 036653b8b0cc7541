"""Properties of any text: it has a reading, quotes are at their positions, work is linear in the length."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers.extraction.interface import as_json
from scrapers.extraction.reading import read

DAY = date(2025, 1, 20)
FRAGMENTS = st.sampled_from(
    ["обмін", "полону", "звільнено", "150", "на", "ЗСУ", "–", "(", ")", ",", ".", "\n", "з них", "двоє", "цивільних",
     "30 грудня", "2024", "році", "exchange", "returned", "people", "взамен", "тіла", "59-й", "сьогодні", "\u0301", "№"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=300), st.lists(FRAGMENTS, max_size=60).map(" ".join)))
def test_any_text_is_read_and_every_quote_is_in_it(text: str) -> None:
    reading = read(text, None, DAY)
    for message in [*reading.statements, *reading.rejected, *reading.doubts]:
        assert text[message.start : message.end] == message.quote


@pytest.mark.parametrize("unit", ["7", "(", ")", "а", "\u0301", "а\u0301", "'"])
def test_a_megabyte_of_one_character_says_nothing(unit: str) -> None:
    reading = read(unit * (1_000_000 // len(unit)), None, DAY)
    assert (reading.kind, reading.statements) == ("other", [])


MONTHS = ("січня", "травня", "вересня", "грудня")
HOSTILE: dict[str, Callable[[int], str]] = {
    "number words": lambda i: "сто ",
    "numbers": lambda i: f"{i % 90 + 2} ",
    "subsets": lambda i: f"{i % 300 + 2} зсу (з них {i % 20 + 2} тро, ",
    "lists": lambda i: f"звільнено {i % 90 + 2} воїнів, ",
    "one day again and again": lambda i: "Нагадаємо, 3 січня звільнено 5 воїнів. ",
    "many days": lambda i: (
        f"{i % 28 + 1} {MONTHS[i % 4]} {1991 + i % 99} року з полону звільнено {i % 90 + 2} воїнів. "
    ),
    "claims": lambda i: f"За {1991 + i % 99} рік з полону звільнено {i + 1000} українців. ",
    "releases": lambda i: f"Сьогодні з полону звільнено {i % 300 + 2} воїнів та {i % 7 + 2} цивільних. ",
    "civilians among": lambda i: (
        f"{i % 28 + 1} травня звільнено {i % 300 + 9} воїнів, серед них {i % 7 + 2} цивільних. "
    ),
    "people of whom nothing is said": lambda i: f"Обмін відбувся. {i % 300 + 2} людей. ",
    "beside the exchange": lambda i: f"Обмін відбувся. Ще {i % 30 + 2} людей повернуто поза обміном. ",
    "bodies": lambda i: f"Репатріація: повернуто тіла {i % 3000 + 2} загиблих. ",
    "thanks": lambda i: "Сьогодні обмін. Дякуємо ОАЕ за посередництво.\n",
    "brought and never home": lambda i: "brought ",
    "days in one sentence": lambda i: f"{i % 28 + 1} травня з полону звільнено {i % 90 + 2}, ",
    "the following day": lambda i: "On 3 May an exchange took place. The following day 5 people were freed. ",
    "spans": lambda i: f"{i % 20 + 1} та {i % 20 + 3} травня відбувся обмін, звільнено {i % 90 + 2} воїнів. ",
    "as many": lambda i: (
        f"Нагадаємо, {i % 28 + 1} {MONTHS[i % 4]} {1991 + i % 99} року звільнено {i % 90 + 2} воїнів, стільки ж віддано. "
    ),
    "unknown units": lambda i: f"В обміні звільнено {i % 90 + 2} бійців «Хартії», 5 — ЗСУ, Січова варта — 7. ",
    "exchanged captives": lambda i: "сторони обмінялися полоненими для ",
    "both sides": lambda i: f"The UAE mediated the release of {i % 90 + 2} captives between Russia and Ukraine. ",
    "lists of theirs": lambda i: "Ukraine handed over to Russia:\n• 5 officers\n• 7 soldiers\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_work_grows_with_the_text_and_no_faster(name: str) -> None:
    def text(length: int) -> str:
        units, size = [], 0
        while size < length:
            units.append(HOSTILE[name](len(units)))
            size += len(units[-1])
        return "".join(units)

    read(text(4_000), None, DAY)  # this fills the caches by word
    assert _steps(text(32_000)) < 5 * _steps(text(8_000))


def _steps(text: str) -> int:
    """Calls and resumed generators while reading: a measure of work that machine load does not change."""
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        as_json(read(text, None, DAY))
    finally:
        sys.setprofile(None)
    return calls
