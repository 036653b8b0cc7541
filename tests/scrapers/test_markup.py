"""From bytes to characters and blocks of text."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from bs4 import BeautifulSoup

from scrapers.http.charsets import text_of
from scrapers.parsing.markup import blocks_of
from scrapers.records import Page, SourceError


@pytest.mark.parametrize(
    ("payload", "content_type"),
    [
        ("Обмін: 12 людей".encode("windows-1251"), "text/html; charset=windows-1251"),
        ('<meta charset="windows-1251">Обмін: 12 людей'.encode("windows-1251"), "text/html"),
        ('<meta charset="windows-1251">Обмін: 12 людей'.encode("windows-1251"), "text/html; charset=utf-8"),
        ("\ufeffОбмін: 12 людей".encode(), "text/html"),
        ("\ufeffОбмін: 12 людей".encode("utf-16"), "text/html"),
        ("Обмін: 12 людей".encode(), "text/html; charset=nonsense"),
        ("Обмін: 12 людей".encode(), ""),
    ],
)
def test_charsets(payload: bytes, content_type: str) -> None:
    page = Page("s", "https://example.org/", datetime.now(UTC), 200, (("Content-Type", content_type),), payload)
    text = text_of(page)
    assert text.removeprefix('<meta charset="windows-1251">').strip("\ufeff") == "Обмін: 12 людей"


def test_characters_that_fit_no_charset_are_an_error_and_no_text() -> None:
    page = Page("s", "https://example.org/", datetime.now(UTC), 200, (), b"\x81\x8d\x8f\x98" * 9)
    with pytest.raises(SourceError, match="fit no charset"):
        text_of(page)


def test_blocks_are_lines_and_inline_markup_is_none() -> None:
    html = "<div><p>Удома <b>12</b>, з них:</p><ul><li>10 – <i>ЗСУ</i>;<br>2 – НГУ</li></ul><script>x</script><p class=s>Ні</p></div>"
    body = BeautifulSoup(html, "lxml").div
    assert body is not None
    assert blocks_of(body, ".s") == "Удома 12, з них:\n10 – ЗСУ;\n2 – НГУ"
