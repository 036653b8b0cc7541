"""From bytes to characters: pages are seldom in the declared charset, and unreadable bytes are never guessed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scrapers.http.charsets import characters_of
from scrapers.records import Page, SourceError
from scrapers.registry import get_source
from scrapers.sources import parse

SAID = "Сьогодні додому повернулися 150 українських захисників. Серед них воїни ЗСУ, НГУ та прикордонники."
# Sixty Latin words of markup to twelve Cyrillic ones.
HTML = "<html><head><title>x</title></head>" + '<div class="row"><span id="wrapper">' * 30 + f"<p>{SAID}</p></html>"
PRESIDENT = get_source("president_uk")
ARTICLE = f"<h1>Обмін</h1><p class=date>30 грудня 2024 року - 17:05</p><div class=article_content>{SAID}</div>"


def page(body: bytes, kind: str = "text/html") -> Page:
    url = "https://www.president.gov.ua/news/obmin-5"
    return Page("president_uk", url, datetime(2026, 11, 1, tzinfo=UTC), 200, (("Content-Type", kind),), body)


@pytest.mark.parametrize("charset", ["windows-1251", "koi8-u", "iso-8859-5"])
@pytest.mark.parametrize(
    "named",
    ["", "utf-8", "iso-8859-1", "us-ascii", "undefined", "utf-7", "unicode_escape", "koi8-r", "big5", "x" * 9_000],
)
def test_a_false_charset_over_cyrillic_text_is_seen_through(charset: str, named: str) -> None:
    read = characters_of(page(HTML.encode(charset), f"text/html; charset={named}"))
    assert read.text == HTML
    (note,) = read.notes
    assert charset in note


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (HTML.encode("windows-1251"), "text/html; charset=cp1251"),
        (HTML.encode("koi8-u"), "text/html; charset=KOI8-U"),
        (b"\xef\xbb\xbf" + HTML.encode(), "text/html; charset=windows-1251"),
        (HTML.encode("utf-16"), "text/html"),
        (HTML.encode("utf-16-le"), "text/html"),
        (HTML.encode("utf-16-be"), "text/html; charset=utf-8"),
        (HTML.encode(), "text/html; charset=undefined"),
        (HTML.replace("воїни", "во\0їни").encode(), "text/html"),
    ],
)
def test_what_is_as_declared_or_sure_has_no_note(body: bytes, kind: str) -> None:
    read = characters_of(page(body, kind))
    assert (read.text, read.notes) == (HTML, ())


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (HTML.encode().replace("воїни".encode(), "во".encode() + b"\xff" + "їни".encode()), HTML.replace("воїни", "во�їни")),
        (HTML.encode().replace("воїни".encode(), "вої".encode() + b"\xd0" + "и".encode()), HTML.replace("воїни", "вої�и")),
        (HTML.encode("utf-16") + b"<", HTML + "�"),
        ("Обмін".encode()[:-1], "Обмі�"),
    ],
)  # fmt: skip
def test_bytes_that_are_nearly_right_are_read_with_a_note(body: bytes, text: str) -> None:
    read = characters_of(page(body, "text/html; charset=windows-1251"))
    assert read.text == text
    assert "1 of its characters can't be read" in read.notes[0]


@pytest.mark.parametrize("charset", ["windows-1252", "windows-1251"])
def test_text_encoded_twice_is_read_once_more(charset: str) -> None:
    once = ARTICLE.encode()
    # Browsers' charsets have a control character where Python's have no character.
    twice = "".join(
        character if (character := bytes([byte]).decode(charset, "replace")) != "�" else chr(byte) for byte in once
    ).encode()
    parsed = parse(PRESIDENT, page(twice, "text/html; charset=utf-8"))
    assert parsed.announcements[0].text == SAID
    assert "encoded twice" in parsed.drift[0]


def test_a_damaged_character_is_reported_and_beside_a_figure_it_is_set_aside() -> None:
    broken = ARTICLE.encode().replace("воїни".encode(), b"\xd0" + "оїни".encode())
    parsed = parse(PRESIDENT, page(broken))
    assert parsed.announcements[0].text == SAID.replace("воїни", "�оїни")
    assert "1 of its characters can't be read" in parsed.drift[0]
    parsed = parse(PRESIDENT, page(ARTICLE.encode().replace(b"150", b"15\xff")))
    assert (parsed.announcements, [p.message for p in parsed.problems]) == (
        [],
        ["a character next to a figure can't be read"],
    )


def test_english_needs_no_cyrillic() -> None:
    text = "<p>Ukraine’s soldiers came home: a café, a “zone”.</p>"
    assert characters_of(page(text.encode("windows-1252"), "text/html; charset=iso-8859-1")).text == text
    read = characters_of(page(text.encode("windows-1252"), "text/html; charset=utf-8"))
    assert (read.text, len(read.notes)) == (text, 1)


@pytest.mark.parametrize("body", [b"\x81\x8d\x8f\x98" * 9, bytes(range(128, 256)) * 20])
def test_what_is_no_text_is_an_error(body: bytes) -> None:
    with pytest.raises(SourceError, match="fit no charset"):
        characters_of(page(body, "text/html; charset=windows-1252"))
