"""From a page's bytes to characters, markup, and blocks of text.

What any site's HTML has in common belongs here; which element holds what is each source's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.message import Message

from bs4 import BeautifulSoup, Tag
from bs4.dammit import EncodingDetector
from bs4.element import NavigableString

from scrapers.announcement import Page, SourceError

BLOCKS = ("p", "div", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "tr", "table", "section",
          "article", "header", "footer", "dt", "dd", "pre")  # fmt: skip
NOT_TEXT = ("script", "style", "noscript", "template", "figure", "figcaption", "iframe", "form", "button", "nav",
            "aside", "svg", "video", "audio")  # fmt: skip
LETTERS, CYRILLIC = re.compile(r"[^\W\d_]"), re.compile(r"[а-яёіїєґА-ЯЁІЇЄҐ]")
SPACES = re.compile(r"[^\S\n]+")


def text_of(page: Page) -> str:
    """A page's characters: by its byte order mark, as UTF-8 if they are that, by its header, by its own word.

    Servers name charsets that their pages are not in, and text that is valid as UTF-8 is never anything else.
    What is left may be windows-1251, when most of its letters then are Cyrillic. Raises SourceError when no
    charset fits, rather than letting broken characters pass for text.
    """
    body, marked = EncodingDetector.strip_byte_order_mark(page.body)
    named = Message()
    named["Content-Type"] = page.header("Content-Type") or "text/html"
    declared = EncodingDetector.find_declared_encoding(body, is_html=True, search_entire_document=False)
    for charset in (marked, "utf-8", named.get_content_charset(), declared):
        if charset and (text := _decoded(body, charset)) is not None:
            return text
    text = _decoded(body, "windows-1251")
    letters = LETTERS.findall(text or "")
    if text is None or len(CYRILLIC.findall(text)) * 2 <= len(letters):
        raise SourceError(
            page.source_id, f"{page.source_id}: the characters of {page.url} fit no charset; open it in a browser."
        )
    return text


def _decoded(body: bytes, charset: str) -> str | None:
    try:
        return body.decode(charset)
    except (UnicodeDecodeError, LookupError):
        return None


def soup_of(page: Page) -> BeautifulSoup:
    """A page's markup. Raises SourceError when its characters can't be read."""
    return BeautifulSoup(text_of(page), "lxml")


def blocks_of(body: Tag, drop: str = "") -> str:
    """The text of an element: a line a block or line break, without what is no text or matches ``drop``.

    The element is used up by it.
    """
    for unwanted in (*body.find_all(NOT_TEXT), *(body.select(drop) if drop else ())):
        unwanted.extract()
    for line_break in body.find_all("br"):
        line_break.replace_with("\n")
    for block in body.find_all(BLOCKS):
        block.insert_before("\n")
        block.append("\n")
    return lines_of(str(piece) for piece in body.descendants if type(piece) is NavigableString)


def lines_of(pieces: Iterable[str]) -> str:
    """Pieces of text joined; spaces run together, and no line is empty."""
    lines = (SPACES.sub(" ", line).strip() for line in "".join(pieces).split("\n"))
    return "\n".join(line for line in lines if line)


def words_of(element: Tag | None) -> str:
    """An element's text on one line; empty when there is no element."""
    return " ".join(element.get_text(" ").split()) if element is not None else ""
