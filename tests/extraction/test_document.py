"""A prepared text: items with their positions in the text as stored, whatever characters it is written with."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from scrapers.extraction.document import prepare

DAY = date(2025, 10, 2)
TITLE = "Додому повернулися 205 українців"
TEXT = "У четвер, 2 жовтня, відбувся обмін: 185 військових і 20 цивільних.\nДопомогли Об'єднані Арабські Емірати."


def sentence(title: str | None, text: str) -> list[tuple[str, str, str]]:
    document = prepare(text, title, DAY)
    found = []
    for item in document.items:
        field, start, end, quote = document.place(item.first, item.last)
        assert {"title": title, "text": text}[field][start:end] == quote  # type: ignore[index]
        found.append((item.kind, field, quote))
    return found


def test_items_in_the_order_of_the_text() -> None:
    assert sentence(TITLE, TEXT) == [
        ("number", "title", "205"),
        ("day", "text", "четвер"),
        ("day", "text", "2 жовтня"),
        ("number", "text", "185"),
        ("number", "text", "20"),
        ("mediator", "text", "Об'єднані Арабські Емірати"),
    ]


def test_a_title_that_the_text_repeats_is_read_once() -> None:
    document = prepare(f"{TITLE}\n{TEXT}", TITLE, DAY)
    assert not document.has_title
    assert [item.value for item in document.items if item.kind == "number"] == [205, 185, 20]


def test_quotes_point_into_the_text_as_stored() -> None:
    hidden = TEXT.replace("185", "1\u00ad8\u200b5").replace("20 цив", "2️⃣0️⃣ цив")
    numbers = [quote for kind, _, quote in sentence(None, hidden) if kind == "number"]
    assert numbers == ["1\u00ad8\u200b5", "2️⃣0️⃣"]


def test_us_in_small_letters_is_no_country() -> None:
    assert [item.mediator for item in prepare("They told us that the US helped", None, DAY).items] == ["usa"]


@given(st.text(max_size=300), st.none() | st.text(max_size=60))
def test_any_text_has_places(text: str, title: str | None) -> None:
    document = prepare(text, title, DAY)
    for item in document.items:
        field, start, end, quote = document.place(item.first, item.last)
        assert {"title": title, "text": text}[field][start:end] == quote  # type: ignore[index]
        assert quote
