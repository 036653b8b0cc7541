"""The same text in other characters gives the same reading, and its quotes point into the text as stored."""

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

from scrapers.extraction.document import prepare
from scrapers.extraction.normalization import normalize, normalized
from scrapers.extraction.reading import read
from scrapers.extraction.records import Reading
from scrapers.extraction.training.commands import CORPUS
from scrapers.extraction.training.labelled_texts import load_texts
from scrapers.registry import get_source

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
    """The contents of a reading, without positions."""
    sentence = [item._replace(start=0, end=0, quote=normalized(item.quote)) for item in reading.statements]
    rejected = [item._replace(start=0, end=0, quote=normalized(item.quote)) for item in reading.rejected]
    doubts = [item._replace(start=0, end=0, quote=normalized(item.quote)) for item in reading.doubts]
    return [reading.kind, reading.language, reading.events, sentence, rejected, doubts, reading.issues]


@pytest.mark.parametrize("way", WAYS)
def test_no_labelled_text_reads_otherwise(way: str) -> None:
    for one in load_texts([CORPUS / "uk_short.yaml", CORPUS / "en_short.yaml"])[::4]:
        text, title, day = one.text, one.title, one.published_at
        other, heading = WAYS[way](text), WAYS[way](title) if title else None
        reading = read(other, heading, day)
        assert without_places(reading) == without_places(read(text, title, day)), one.id
        for sentence in [*reading.statements, *reading.rejected, *reading.doubts]:
            whole = heading if sentence.field == "title" else other
            assert whole is not None
            assert whole[sentence.start : sentence.end] == sentence.quote != ""


@pytest.mark.parametrize(
    ("number", "value"),
    [
        ("1️⃣0️⃣3️⃣", 103), ("1\u00ad50", 150), ("１５０", 150), ("1\u200b5\u20600", 150), ("1\x005", 15),
        ("1&shy;50", 150), ("1&amp;#8203;50", 150), ("𝟏𝟓𝟎", 150), ("١٥٠", 150), ("1\ufeff03", 103),
    ],
)  # fmt: skip
def test_a_number_is_read_whole(number: str, value: int) -> None:
    text = f"Відбувся обмін: з полону звільнено {number} воїнів."
    document = prepare(text, None, DAY)
    (item,) = [item for item in document.items if item.kind == "number"]
    assert item.value == value
    assert document.place(item.first, item.last)[3].startswith(number)


@pytest.mark.parametrize("space", ["&nbsp;", "&amp;nbsp;", "&#160;", "&thinsp;", "&#X202F;"])
def test_a_space_that_is_escaped_twice_is_a_space(space: str) -> None:
    text = f"Відбувся обмін: з полону звільнено 150{space}воїнів,{space}серед них{space}12{space}офіцерів."
    document = prepare(text, None, DAY)
    assert [item.value for item in document.items] == [150, 12]
    assert [token.text for token in document.tokens if token.kind == "number"] == ["150", "12"]


@pytest.mark.parametrize("code", ["&#39;", "&#039;", "&#x27;", "&apos;", "&amp;#39;"])
def test_an_escaped_apostrophe_is_no_number(code: str) -> None:
    (item,) = prepare(f"Повернулися п{code}ятдесят захисників.", None, DAY).items
    assert item.value == 50


@given(st.text(alphabet="&amp;#nbs12036xa \u00ad", max_size=40))
def test_no_code_makes_another(text: str) -> None:
    assert normalized(normalized(text)) == normalized(text)


def test_a_footnote_is_no_digit() -> None:
    text = "Відбувся обмін: з полону звільнено 150² воїнів."
    assert 1502 not in [item.value for item in prepare(text, None, DAY).items]


def test_the_stress_and_the_breve_of_a_quote_are_whole() -> None:
    text = decomposed("Відбувся обмін: з полону звільнено 51 військовий.")
    document = prepare(text, None, DAY)
    assert document.place(0, len(document.tokens) - 1)[3] == text.removesuffix(".")


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
