"""The same text written with other characters reads the same, and its quotes point into the text as stored."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.extraction.normalization import normalize, normalized
from scrapers.reading import Reading, read
from scrapers.registry import get_source
from tests.reading.test_laws import GOLD

DAY = date(2025, 5, 1)
UNSEEN = "\u00ad\u200b\u200c\u200d\u2060\ufeff\u200e\u202e\x00"


def keycaps(text: str) -> str:
    return re.sub(r"[0-9]", lambda digit: f"{digit[0]}\ufe0f\u20e3", text)


def full_width(text: str) -> str:
    return re.sub(r"[0-9]", lambda digit: chr(ord(digit[0]) + 0xFEE0), text)


def decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def with_unseen(text: str) -> str:
    chance = random.Random(len(text))
    return "".join(char + (chance.choice(UNSEEN) if chance.random() < 0.3 else "") for char in text)


WAYS: dict[str, Callable[[str], str]] = {
    "decomposed": decomposed,
    "unseen characters": with_unseen,
    "keycaps": keycaps,
    "full width": full_width,
    "all": lambda text: with_unseen(keycaps(decomposed(text))),
}


def without_places(reading: Reading) -> list[Any]:
    """What a reading says, apart from where it stands."""
    said = [item._replace(start=0, end=0, quote=normalized(item.quote)) for item in reading.statements]
    rejected = [item._replace(start=0, end=0, quote=normalized(item.quote)) for item in reading.rejected]
    return [reading.kind, reading.language, reading.events, said, rejected, reading.issues]


@pytest.mark.parametrize("way", WAYS)
def test_no_labelled_text_reads_otherwise(way: str) -> None:
    for case in GOLD:
        text, title, day = case["text"], case.get("title"), case["published_at"]
        other, heading = WAYS[way](text), WAYS[way](title) if title else None
        reading = read(other, heading, day)
        assert without_places(reading) == without_places(read(text, title, day)), case.get("name")
        for said in [*reading.statements, *reading.rejected]:
            whole = heading if said.field == "title" else other
            assert whole is not None
            assert whole[said.start : said.end] == said.quote != ""


@pytest.mark.parametrize(
    ("number", "value"),
    [
        ("1️⃣0️⃣3️⃣", 103), ("1\u00ad50", 150), ("１５０", 150), ("1\u200b5\u20600", 150), ("1\x005", 15),
        ("1&shy;50", 150), ("1&amp;#8203;50", 150), ("𝟏𝟓𝟎", 150), ("١٥٠", 150), ("1\ufeff03", 103),
    ],
)  # fmt: skip
def test_a_number_is_read_whole(number: str, value: int) -> None:
    text = f"Відбувся обмін: з полону звільнено {number} воїнів."
    (total,) = [s for s in read(text, None, DAY).statements if s.measure == "released_total"]
    assert total.value == value
    assert total.quote.startswith(number)


@pytest.mark.parametrize("space", ["&nbsp;", "&amp;nbsp;", "&#160;", "&thinsp;", "&#X202F;"])
def test_a_space_that_is_escaped_twice_is_a_space(space: str) -> None:
    text = f"Відбувся обмін: з полону звільнено 150{space}воїнів,{space}серед них{space}12{space}офіцерів."
    found = {s.measure: (s.value, s.quote) for s in read(text, None, DAY).statements}
    assert found["released_total"] == (150, f"150{space}воїнів")
    assert found["officers"][0] == 12


@given(st.text(alphabet="&amp;#nbs12036xa \u00ad", max_size=40))
def test_no_code_makes_another(text: str) -> None:
    assert normalized(normalized(text)) == normalized(text)


def test_a_footnote_is_no_digit() -> None:
    text = "Відбувся обмін: з полону звільнено 150² воїнів."
    assert 1502 not in [s.value for s in read(text, None, DAY).statements]


def test_the_stress_and_the_breve_of_a_quote_are_whole() -> None:
    text = decomposed("Відбувся обмін: з полону звільнено 51 військовий.")
    quotes = [s.quote for s in read(text, None, DAY).statements if s.measure == "released_total"]
    assert quotes == [decomposed("51 військовий")]


@given(st.text(max_size=60))
def test_normalizing_is_idempotent_and_keeps_places(text: str) -> None:
    own = normalize(text)
    assert normalized(own.text) == own.text
    for at, char in enumerate(own.text):
        start, end = own.stored_span(at, at + 1)
        assert 0 <= start < end <= len(text)
        assert char in normalized(text[start:end])


def test_a_title_in_other_characters_is_ours_too() -> None:
    assert get_source("president_uk").wants(decomposed("Додому повернулися воїни"))
    assert get_source("president_uk").wants("З по\u00adло\u00adну")
