"""From a page's characters to markup and blocks of text, within limits that no page of news comes near.

What any site's HTML has in common belongs here; bytes are charsets.py's, which element holds what is each site's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString, PageElement
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from scrapers.crawling.related import Line, selectors, without_related
from scrapers.http.charsets import text_of
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
# What the publisher struck out, and what no reader sees.
STRUCK = frozenset(("del", "s", "strike"))
UNSEEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
# A footnote's mark, as the whole of a <sup>: "411<sup>[12]</sup>" says 411; the letters of 10<sup>th</sup> stay.
FOOTNOTE = re.compile(r"[\s\d\[\](){}*†‡§,;-]*")
SPACES = re.compile(r"[^\S\n]+")
# A large page of news has 10,000 tags, 60 deep, with some 20 attributes each. Libraries take time and memory with the
# first, and lxml cuts a tree off at 256. Attributes of one tag cost libxml2 the square of their number: 8 minutes for
# 100,000, and half a minute for 9,000 tags of 400 each.
MOST_TAGS, DEEPEST, MOST_ATTRIBUTES, MOST_IN_LONG_TAGS = 60_000, 255, 500, 200_000
# A tag as browsers see it: a value in quotes may hold ">". Possessive, so that no page makes it go back.
OPENING_TAG = re.compile(r"""<[a-zA-Z](?:[^>=]++|=\s*+(?:"[^"]*+"|'[^']*+')?+)*+""")
QUOTED = re.compile(r"""=\s*+(?:"[^"]*+"|'[^']*+')""")


def markup_of(page: Page) -> str:
    """A page's characters, when as markup they are within the limits.

    Raises SourceError when they can't be read, or are not.
    """
    text = text_of(page)
    refuse_excess(page, text)
    return text


def refuse_excess(page: Page, text: str) -> None:
    """Raises SourceError for markup of a page that has more tags or attributes than any page of news."""
    if (tags := text.count("<")) > MOST_TAGS:
        raise _beyond(page, f"{tags:,} tags", f"{MOST_TAGS:,}")
    longest = (tag for tag in OPENING_TAG.findall(text) if len(tag) > 2 * MOST_ATTRIBUTES)
    counts = [len(QUOTED.sub(" ", tag).replace("/", " ").split()) for tag in longest]
    if (attributes := max(counts, default=0)) > MOST_ATTRIBUTES:
        raise _beyond(page, f"a tag with {attributes:,} attributes", str(MOST_ATTRIBUTES))
    if (attributes := sum(counts)) > MOST_IN_LONG_TAGS:
        raise _beyond(page, f"{attributes:,} attributes in long tags", f"{MOST_IN_LONG_TAGS:,}")


def soup_of(page: Page, text: str | None = None) -> BeautifulSoup:
    """A page's markup, or that of a text found in it. Raises SourceError when it can't be read within the limits."""
    if text is None:
        text = text_of(page)
    refuse_excess(page, text)
    soup = BeautifulSoup(text, "lxml")
    depths = {id(soup): 0}
    for tag in soup.find_all(True):
        depths[id(tag)] = depth = depths[id(tag.parent)] + 1
        if depth > DEEPEST:
            raise _beyond(page, f"tags more than {DEEPEST} deep", str(DEEPEST))
    return soup


def tree_of(page: Page) -> HtmlElement:
    """The same as lxml's own tree, three to five times as fast."""
    parser = HTMLParser(encoding="utf-8")
    tree = document_fromstring(f"<html>{markup_of(page)}".encode("utf-8", "replace"), parser=parser)
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        raise _beyond(page, "tags deeper, or a text longer, than the parser takes", f"{DEEPEST} deep, 10 MB long")
    return tree


def by_class(element: HtmlElement) -> dict[str, list[HtmlElement]]:
    """An element and all below it, in the page's order, by each of their classes: one walk for many questions."""
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
    """The text of an element: a line a block or line break.

    Left out are what is no text, what is struck out or hidden, footnotes' marks, what matches ``drop``, and links to
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
    """Strings in their order, and whether a link holds them; without recursion, however deep they lie.

    Line breaks stand around blocks, and spaces around a table's cells.
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
    """True for what is struck out or hidden, and for a footnote's mark: it parts the words around it."""
    if element.name == "sup":
        return FOOTNOTE.fullmatch(element.get_text()) is not None
    is_hidden = element.has_attr("hidden") or UNSEEN_STYLE.search(str(element.get("style") or "")) is not None
    return element.name in STRUCK or is_hidden


def lines_of(pieces: Iterable[str]) -> str:
    """Pieces of text joined; spaces run together, and no line is empty."""
    lines = (SPACES.sub(" ", line).strip() for line in "".join(pieces).split("\n"))
    return "\n".join(line for line in lines if line)


def words_of(element: Tag | None) -> str:
    """An element's text on one line; empty when there is no element."""
    return " ".join(element.get_text(" ").split()) if element is not None else ""
