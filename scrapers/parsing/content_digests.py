"""Digests of a page's content, independent of its parser: has more than its counters changed?

They cover visible text, link targets, JSON-LD and meta elements, without what content_digests.yaml leaves out.
Parsing is in scrapers/sources.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from lxml import etree

from scrapers.http.charsets import text_of
from scrapers.records import Page, SourceError
from scrapers.yaml_file import read_shipped

# Larger or deeper pages are compared byte by byte; no listing or article comes near.
LARGEST_MARKUP = 4 * 1024 * 1024
DEEPEST_DATA = 200
LONGEST_COUNTER = 40
SPACES, NUMBER = re.compile(r"\s+"), re.compile(r"[\d\s.,+%()\u00a0]+")
NUMBERS, AROUND_A_NUMBER = re.compile(r"\d+"), 28
IS_MARKUP = re.compile(r"\s*(<!--.*?-->\s*)*<(?!\?xml|rss|feed|urlset|sitemapindex)", re.DOTALL | re.IGNORECASE)
CLASSES = etree.XPath("//@class", smart_strings=False)
OF_CLASS, OF_ANY_CLASS = etree.XPath("//*[@class=$classes]"), etree.XPath("//*[@class]")
# A query for each class is faster where few matter, and slower on a page with many.
FEW_CLASSES = 40
ELEMENTS_WITH_WORDS = etree.XPath("//meta[@content] | //time[@datetime]")
DATA = etree.XPath("//script[@type='application/ld+json']/text()")
LINKS = etree.XPath("//a/@href | //area/@href | //link[@rel='canonical' or @rel='next' or @rel='prev']/@href")


Element = Any  # lxml's element, which has no types


@dataclass(frozen=True, slots=True)
class ContentDigests:
    """``shown``: digest of the page's own content; ``around``: of surrounding parts about other pages."""

    shown: str
    around: str


def content_digests(page: Page) -> ContentDigests:
    """Digests of a page's content, or of its bytes where the content can't be parsed. Never raises."""
    try:
        shown, around = _content(page)
    except (SourceError, ValueError, LookupError, RecursionError, etree.Error):
        return ContentDigests(_digest([str(page.status)], page.payload), "")
    return ContentDigests(_digest([str(page.status), *shown]), _digest(around))


def _digest(parts: Iterable[str], raw: bytes = b"") -> str:
    written = hashlib.sha256(raw)
    for part in parts:
        written.update(part.encode("utf-8", "surrogatepass") + b"\x1f")
    return written.hexdigest()[:20]


def _content(page: Page) -> tuple[list[str], list[str]]:
    if len(page.body) > LARGEST_MARKUP:
        raise ValueError("too large to be compared by its markup")
    text = text_of(page)
    beginning = text.lstrip("\ufeff \t\r\n")[:1]
    if beginning in ("{", "["):
        return list(_pairs(json.loads(text))), []
    if beginning == "<" and not IS_MARKUP.match(text):
        return list(_nodes(etree.fromstring(text.encode(), _xml_parser()))), []
    if beginning == "<":
        return _shown_by(_tree_of(text))
    return [_words(text)], []


def _xml_parser() -> Any:
    return etree.XMLParser(encoding="utf-8", resolve_entities=False, no_network=True, recover=True)


def _tree_of(text: str) -> Element:
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True)
    tree = etree.fromstring(f"<html>{text}".encode(), parser)
    if len(parser.error_log.filter_from_fatals()):
        raise ValueError("the parser stopped before the end")
    return tree


def _shown_by(tree: Element) -> tuple[list[str], list[str]]:
    """The content of an HTML page, and the parts around it. Elements of the tree are removed."""
    known = _known()
    shown = [part for script in DATA(tree) for part in _pairs_of_text(script)]
    shown += [words for element in ELEMENTS_WITH_WORDS(tree) if (words := _words_of(element))]
    etree.strip_elements(tree, *known.silent, with_tail=False)
    outside: list[Element] = list(tree.iter(*known.around_elements))
    for element, kind in _classified(tree):
        if kind == "left out" or (kind == "counter" and _is_number(element)):
            _remove(element)
        elif kind == "around":
            outside.append(element)
    around = [part for element in outside for part in _text_and_links(element)]
    # Removed after all of them were read, since they may be nested.
    for element in outside:
        _remove(element)
    return [*shown, *_text_and_links(tree)], around


def _classified(tree: Element) -> Iterator[tuple[Element, str]]:
    """Elements whose class marks them as a counter, left out or around the content, with that kind."""
    named = {classes: kind for classes in set(CLASSES(tree)) if (kind := _kind(classes))}
    if len(named) > FEW_CLASSES:
        every = ((element, named.get(element.get("class"))) for element in OF_ANY_CLASS(tree))
        yield from ((element, kind) for element, kind in every if kind)
        return
    for classes, kind in sorted(named.items()):
        yield from ((element, kind) for element in OF_CLASS(tree, classes=classes))


def _text_and_links(element: Element) -> Iterator[str]:
    yield _words(" ".join(element.itertext()))
    if element.getroottree().getroot() is element:
        yield from (_link(href) for href in LINKS(element))
    else:
        yield from (_link(a.get("href", "")) for a in element.iter("a"))


def _remove(element: Element) -> None:
    if element.getparent() is not None:
        element.clear(keep_tail=True)


def _is_number(element: Element) -> bool:
    words = "".join(element.itertext()).strip()
    return len(words) <= LONGEST_COUNTER and NUMBER.fullmatch(words.rstrip("KMkmКМк")) is not None


def _words_of(element: Element) -> str:
    """The value of a <time>, or of a meta element that describes the page."""
    if element.tag == "time":
        return str(element.get("datetime"))
    name = (element.get("property") or element.get("name") or element.get("itemprop") or "").lower()
    return f"{name}={element.get('content')}" if _known().meta.fullmatch(name) else ""


def _pairs_of_text(text: str) -> Iterable[str]:
    try:
        return list(_pairs(json.loads(text, strict=False)))
    except (ValueError, RecursionError):
        return [_words(text)]


def _pairs(data: Any, name: str = "", depth: int = 0) -> Iterator[str]:
    """Names and values of JSON in their order, without counters."""
    if depth > DEEPEST_DATA:
        raise ValueError("too deep to be compared by its names")
    if isinstance(data, dict):
        for key, value in data.items():
            if not _counts(str(key)):
                yield from _pairs(value, str(key), depth + 1)
    elif isinstance(data, list):
        for value in data:
            yield from _pairs(value, name, depth + 1)
    else:
        yield f"{name}={_words(data) if isinstance(data, str) else data}"


def _nodes(tree: Any) -> Iterator[str]:
    """Names, texts and attributes of XML in their order, without counters."""
    if tree is None:
        raise ValueError("no XML")
    for element in tree.iter(etree.Element):
        name = etree.QName(element).localname
        if not _counts(name):
            values = [_link(value) for value in element.attrib.values()]
            yield f"{name}={_link((element.text or '').strip())} {values} {(element.tail or '').strip()}"


def _words(text: str) -> str:
    """Text with single spaces, without the numbers that are counters."""
    text = SPACES.sub(" ", text)
    kept, position = [], 0
    for start, end in _near_numbers(text):
        kept += [text[position:start], _known().text.sub(" ", text[start:end])]
        position = end
    return "".join([*kept, text[position:]])


def _near_numbers(text: str) -> Iterator[tuple[int, int]]:
    """Spans around numbers; the patterns are tried only there, since they are slow."""
    start = end = 0
    for number in NUMBERS.finditer(text):
        if number.start() - AROUND_A_NUMBER > end:
            if end:
                yield start, end
            start = max(number.start() - AROUND_A_NUMBER, 0)
        end = number.end() + AROUND_A_NUMBER
    if end:
        yield start, end


@lru_cache(4096)
def _link(href: str) -> str:
    """An address without its fragment and the parameters that identify the visit."""
    if "?" not in href and "#" not in href and ";" not in href:
        return href
    try:
        parts = urlsplit(href)
        kept = [(name, value) for name, value in parse_qsl(parts.query, True) if not _names_the_visit(name)]
        return urlunsplit((parts.scheme, parts.netloc, parts.path.partition(";")[0], urlencode(kept), ""))
    except ValueError:
        return href


@lru_cache(4096)
def _kind(classes: str) -> str:
    known = _known()
    named = classes.split()
    for kind, pattern in (
        ("left out", known.left_out_classes),
        ("counter", known.counter_classes),
        ("around", known.around_classes),
    ):
        if any(pattern.fullmatch(name.lower()) for name in named):
            return kind
    return ""


@lru_cache(4096)
def _counts(name: str) -> bool:
    return any(pattern.fullmatch(name) for pattern in _known().data_names)


@lru_cache(4096)
def _names_the_visit(name: str) -> bool:
    return _known().link_parameters.fullmatch(name.lower()) is not None


@dataclass(frozen=True, slots=True)
class _Known:
    silent: tuple[str, ...]
    around_elements: tuple[str, ...]
    counter_classes: re.Pattern[str]
    left_out_classes: re.Pattern[str]
    around_classes: re.Pattern[str]
    text: re.Pattern[str]
    link_parameters: re.Pattern[str]
    meta: re.Pattern[str]
    data_names: tuple[re.Pattern[str], ...]


@cache
def _known() -> _Known:
    """content_digests.yaml, compiled."""
    data = read_shipped("scrapers.parsing", "content_digests.yaml")

    def any_of(name: str) -> re.Pattern[str]:
        return re.compile("|".join(f"(?:{pattern})" for pattern in data[name]))

    text = "|".join(f"(?:{pattern.removeprefix('(?i)')})" for pattern in data["text"])
    return _Known(
        tuple(data["silent"]),
        tuple(data["around_elements"]),
        any_of("counter_classes"),
        any_of("left_out_classes"),
        any_of("around_classes"),
        re.compile(text, re.IGNORECASE),
        any_of("link_parameters"),
        re.compile(data["meta"]),
        tuple(re.compile(pattern) for pattern in data["data_names"]),
    )
