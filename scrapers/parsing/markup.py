"""Parses a page's characters to markup and blocks of text, within limits that no news page comes near.

HTML handling common to all sites belongs here; decoding is in charsets.py, selectors in scrapers/sources.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString, PageElement
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from scrapers.http.charsets import text_of
from scrapers.parsing.css_tokens import compile_fast
from scrapers.parsing.related import Line, selectors, without_related
from scrapers.records import Page, SourceError

BLOCKS = frozenset((
    "address", "article", "blockquote", "caption", "center", "dd", "details", "div", "dl", "dt", "fieldset", "footer",
    "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre", "section", "summary", "table",
    "tr", "ul",
))  # fmt: skip
CELLS = frozenset(("td", "th"))
NOT_TEXT = frozenset((
    "script", "style", "noscript", "template", "figure", "figcaption", "iframe", "form", "button", "nav", "aside",
    "svg", "video", "audio",
))  # fmt: skip
# Struck-out text, and text that is not visible.
STRUCK = frozenset(("del", "s", "strike"))
UNSEEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|text-decoration(?:-line)?\s*:[^;:]*line-through", re.IGNORECASE
)
# A footnote mark is the whole of a <sup>: "411<sup>[12]</sup>" means 411; the letters of 10<sup>th</sup> stay.
FOOTNOTE = re.compile(r"[\s\d\[\](){}*†‡§,;-]*")
SPACES = re.compile(r"[^\S\n]+")
# A large news page has 10,000 tags, 60 deep, with some 20 attributes each. Time and memory grow with the tags, and
# lxml truncates a tree at depth 256. libxml2's time is quadratic in the attributes of one tag: 8 minutes for 100,000,
# and half a minute for 9,000 tags of 400 each.
MOST_TAGS, DEEPEST, MOST_ATTRIBUTES, MOST_IN_LONG_TAGS = 60_000, 255, 500, 200_000
# A tag as browsers parse it: a quoted value may contain ">". Possessive quantifiers, so that it can't backtrack.
OPENING_TAG = re.compile(r"""<[a-zA-Z](?:[^>=]++|=\s*+(?:"[^"]*+"|'[^']*+')?+)*+""")
QUOTED = re.compile(r"""=\s*+(?:"[^"]*+"|'[^']*+')""")


def markup_of(page: Page) -> str:
    """A page's characters, checked against the limits.

    Raises SourceError when they can't be decoded, or exceed the limits.
    """
    text = text_of(page)
    refuse_excess(page, text)
    return text


def refuse_excess(page: Page, text: str) -> None:
    """Raise SourceError for markup with more tags or attributes than any news page."""
    if (tags := text.count("<")) > MOST_TAGS:
        raise _beyond(page, f"{tags:,} tags", f"{MOST_TAGS:,}")
    longest = (tag for tag in OPENING_TAG.findall(text) if len(tag) > 2 * MOST_ATTRIBUTES)
    counts = [len(QUOTED.sub(" ", tag).replace("/", " ").split()) for tag in longest]
    if (attributes := max(counts, default=0)) > MOST_ATTRIBUTES:
        raise _beyond(page, f"a tag with {attributes:,} attributes", str(MOST_ATTRIBUTES))
    if (attributes := sum(counts)) > MOST_IN_LONG_TAGS:
        raise _beyond(page, f"{attributes:,} attributes in long tags", f"{MOST_IN_LONG_TAGS:,}")


def soup_of(page: Page, text: str | None = None) -> BeautifulSoup:
    """A page's markup, or that of a text from it. Raises SourceError when it can't be read within the limits."""
    if text is None:
        text = text_of(page)
    refuse_excess(page, text)
    compile_fast()
    soup = BeautifulSoup(text, "lxml")
    depths = {id(soup): 0}
    for tag in soup.find_all(True):
        depths[id(tag)] = depth = depths[id(tag.parent)] + 1
        if depth > DEEPEST:
            raise _beyond(page, f"tags more than {DEEPEST} deep", str(DEEPEST))
    return soup


def tree_of(page: Page) -> HtmlElement:
    """The same as an lxml tree, three to five times as fast."""
    parser = HTMLParser(encoding="utf-8")
    tree = document_fromstring(f"<html>{markup_of(page)}".encode("utf-8", "replace"), parser=parser)
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        raise _beyond(page, "tags deeper, or a text longer, than the parser takes", f"{DEEPEST} deep, 10 MB long")
    return tree


def by_class(element: HtmlElement) -> dict[str, list[HtmlElement]]:
    """An element and its descendants in document order, by class: one traversal for many lookups."""
    found: dict[str, list[HtmlElement]] = {}
    for one in element.iter("*"):
        for name in dict.fromkeys(one.get("class", "").split()):
            found.setdefault(name, []).append(one)
    return found


def _beyond(page: Page, found: str, limit: str) -> SourceError:
    return SourceError(
        page.source_id,
        f"{page.source_id}: {page.url} has {found}, where no page of news comes near {limit}; open it in a browser "
        "to see what it is.",
    )


def blocks_of(body: Tag, drop: str = "") -> str:
    """The text of an element, one line for each block or line break.

    Left out are non-text elements, struck-out and hidden text, footnote marks, matches of ``drop``, and links to
    other news (related.py).
    """
    dropped = {id(unwanted) for unwanted in body.select(", ".join(filter(None, (drop, selectors()))))}
    return lines_of(f"{line}\n" for line in without_related(_lines(body, dropped)))


def _lines(body: Tag, dropped: set[int]) -> Iterator[Line]:
    pieces: list[tuple[str, bool]] = []
    for text, in_link in _pieces(body, dropped):
        first, *others = text.split("\n")
        pieces.append((first, in_link))
        for other in others:
            yield Line(pieces)
            pieces = [(other, in_link)]
    yield Line(pieces)


def _pieces(body: Tag, dropped: set[int]) -> Iterator[tuple[str, bool]]:
    """Strings in document order, and whether they are in a link; no recursion, so any depth is possible.

    Line breaks are put around blocks, and spaces around table cells.
    """
    inside: list[tuple[str, bool, Iterator[PageElement]]] = [("", False, iter(body.contents))]
    while inside:
        around, in_link, children = inside[-1]
        child = next(children, None)
        if child is None:
            yield around, False
            inside.pop()
        elif isinstance(child, Tag):
            if _is_no_word(child):
                yield " ", in_link
            elif child.name not in NOT_TEXT and id(child) not in dropped:
                around = "\n" if child.name in BLOCKS or child.name == "br" else " " if child.name in CELLS else ""
                yield around, False
                is_link = in_link or (child.name == "a" and child.has_attr("href"))
                inside.append((around, is_link, iter(child.contents)))
        elif type(child) is NavigableString:
            yield str(child), in_link


def _is_no_word(element: Tag) -> bool:
    """True for struck-out or hidden text, and footnote marks: they separate the words around them."""
    if element.name == "sup":
        return FOOTNOTE.fullmatch(element.get_text()) is not None
    return is_unseen(element.name, element.attrs)


def is_unseen(name: str, attributes: Mapping[str, Any]) -> bool:
    """Whether an element is struck out or not visible."""
    return (
        name in STRUCK
        or "hidden" in attributes
        or UNSEEN_STYLE.search(str(attributes.get("style") or "")) is not None
    )


def lines_of(pieces: Iterable[str]) -> str:
    """Pieces of text joined, with spaces collapsed and without empty lines."""
    lines = (SPACES.sub(" ", line).strip() for line in "".join(pieces).split("\n"))
    return "\n".join(line for line in lines if line)


def words_of(element: Tag | None) -> str:
    """An element's text on one line; empty when there is no element."""
    return " ".join(element.get_text(" ").split()) if element is not None else ""
