"""Parses news listings, HTML or feeds, to links; and how each kind pages back in time.

Selectors are in scrapers/sources; whether to follow a link is decided in crawl.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from typing import Protocol
from urllib.parse import parse_qsl, unquote, urlencode, urljoin, urlsplit, urlunsplit
from xml.sax import SAXException
from zoneinfo import ZoneInfo

from bs4 import BeautifulSoup, Tag

from scrapers.parsing.item_errors import UnreadableItem, item_guard
from scrapers.parsing.markup import markup_of, soup_of, words_of
from scrapers.parsing.timestamps import feed_moment, machine_moment, written_moment
from scrapers.records import Ignored, Link, Page, PageError, ParsedPage
from scrapers.registry import Source

DATE_IN_FIGURES = re.compile(r"(?<!\d)\d{1,2}\.\d{1,2}\.\d{4}(?:,?\s+\d{1,2}:\d{2})?(?!\d)")


# It names a charset, which may be wrong; the text is already decoded.
XML_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
FEED_BEGINS = re.compile(r"<(?:\w+:)?(?:rss|feed|rdf)\b", re.IGNORECASE)
FEED_ENDS = re.compile(r"</(?:\w+:)?(?:rss|feed|rdf)\s*>", re.IGNORECASE)
LAST_WORDS = 1_000  # characters that may hold a feed's end and comments behind it
AS_DECODED = {"content-type": "application/xml; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Window:
    """A span of publication times: from ``since`` (inclusive) to ``until`` (exclusive); both UTC."""

    since: datetime
    until: datetime


class Paging(Protocol):
    """How the addresses of a listing's pages are built."""

    def is_stable(self, url: str) -> bool:
        """True when an older page shows the same items at every request."""

    def start(self, source: Source, window: Window | None) -> str:
        """The first page; that of a window, if the site lists by date."""

    def older(self, url: str) -> str | None:
        """The page behind this one; None when there is none."""

    def jump(self, source: Source, pages: int) -> str | None:
        """The page this many pages behind the first; None when it has no such address."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """?page=N, from 1; with ``first_day`` and ``last_day``, the parameters that bound a period in DD-MM-YYYY."""

    parameter: str = "page"
    first_day: str = ""
    last_day: str = ""

    def is_stable(self, url: str) -> bool:
        """Only within a period: without one the items move as news come in."""
        return bool(self.first_day) and self.first_day in dict(parse_qsl(urlsplit(url).query))

    def start(self, source: Source, window: Window | None) -> str:
        if window is None or not self.first_day:
            return source.url
        zone = ZoneInfo(source.time_zone)
        last = (window.until - timedelta(microseconds=1)).astimezone(zone)
        return _with(
            source.url,
            {self.first_day: f"{window.since.astimezone(zone):%d-%m-%Y}", self.last_day: f"{last:%d-%m-%Y}"},
        )

    def older(self, url: str) -> str | None:
        written = dict(parse_qsl(urlsplit(url).query)).get(self.parameter, "1")
        number = int(written) if written.isdecimal() and len(written) < 10 else 1
        return _with(url, {self.parameter: str(number + 1)})

    def jump(self, source: Source, pages: int) -> str | None:
        return None if self.first_day else _with(source.url, {self.parameter: str(1 + pages)})


@dataclass(frozen=True, slots=True)
class InPath:
    """A number in the path: ``page`` is the address of the pages behind the first, ".../latest-{}.html", ``second``
    the number of the second page.
    """

    page: str
    second: int = 2

    def is_stable(self, url: str) -> bool:
        return False

    def start(self, source: Source, window: Window | None) -> str:
        return source.url

    def older(self, url: str) -> str | None:
        before, _, after = self.page.partition("{}")
        number = url.removeprefix(before).removesuffix(after)
        is_behind = before + number + after == url and number.isdecimal() and len(number) < 10
        return self.page.format(int(number) + 1 if is_behind else self.second)

    def jump(self, source: Source, pages: int) -> str | None:
        return self.page.format(self.second + pages - 1)


@dataclass(frozen=True, slots=True)
class NoPaging:
    """A feed, or a page of only the newest items: its past is in the Wayback Machine."""

    def is_stable(self, url: str) -> bool:
        return False

    def start(self, source: Source, window: Window | None) -> str:
        return source.url

    def older(self, url: str) -> str | None:
        return None

    def jump(self, source: Source, pages: int) -> str | None:
        return None


@dataclass(frozen=True, slots=True)
class HtmlList:
    """CSS of an item; within it, of its link, title and time. ``link`` "" means that the item is the link, ``time``
    "" that a date in figures is somewhere in the item's text. ``may_lack_hour``: the list gives days only; an item's
    time is then that day's midnight.
    """

    item: str
    link: str = "a[href]"
    title: str = ""
    time: str = "time[datetime]"
    may_lack_hour: bool = False

    def parse(self, source: Source, page: Page, article: re.Pattern[str]) -> ParsedPage:
        parsed, shown, soup = ParsedPage(), Shown(source), soup_of(page)
        base = _base(page, soup)
        for item in _innermost(soup.select(self.item)):
            link = item.select_one(self.link) if self.link else item
            address = str(link.get("href") or "") if link is not None else ""
            with item_guard(parsed, source, f"{page.url}#{address}", lambda item=item: words_of(item)):  # type: ignore[misc]
                if link is None or not address:
                    raise UnreadableItem("a list item has no address")
                title = words_of(item.select_one(self.title) if self.title else link) or words_of(item)
                shown.add(urljoin(base, address), article, title, words_of(item), self._time(source, item))
        return shown.judged(source, parsed)

    def _time(self, source: Source, item: Tag) -> datetime | None:
        shown = item.select_one(self.time) if self.time else item
        if shown is None:
            return None
        words = words_of(shown)
        if not self.time:
            # A title may tell of another day.
            heading = words_of(item.select_one(self.title)) if self.title else ""
            outside, whole = (set(DATE_IN_FIGURES.findall(text)) for text in (words.replace(heading, " "), words))
            dates = outside or whole
            words = dates.pop() if len(dates) == 1 else ""
        machine = machine_moment(str(shown.get("datetime") or ""), source.time_zone)
        return machine or written_moment(words, source.language, source.time_zone, self.may_lack_hour)


def _innermost(items: Sequence[Tag]) -> list[Tag]:
    """Items without those that contain others: an element that contains items is the list."""
    found = {id(item) for item in items}
    lists = {id(above) for item in items for above in item.parents if id(above) in found}
    return [item for item in items if id(item) not in lists]


@dataclass(frozen=True, slots=True)
class Feed:
    """RSS or Atom. A feed that breaks off is refused: what is behind the break would be missed without a word."""

    item: str = "item, entry"

    def parse(self, source: Source, page: Page, article: re.Pattern[str]) -> ParsedPage:
        import feedparser

        text = XML_DECLARATION.sub("", markup_of(page))
        if FEED_BEGINS.search(text) is not None and FEED_ENDS.search(text[-LAST_WORDS:]) is None:
            raise PageError(
                source.id,
                f"{source.id}: the feed {page.url} breaks off after {text[-60:]!r}; run again, and if it stays so "
                "open it in a browser.",
                "damaged",
            )
        parsed, shown = ParsedPage(), Shown(source)
        # A stream: a string that looks like an address or a file would be opened.
        feed = feedparser.parse(BytesIO(text.encode("utf-8", "replace")), response_headers=AS_DECODED)
        if isinstance(feed.get("bozo_exception"), SAXException):
            parsed.drift.append(f"{page.url}: the feed is no valid XML ({feed['bozo_exception']}).")
        for entry in feed.entries:
            link, title = str(entry.get("link", "")).strip(), " ".join(str(entry.get("title", "")).split())
            with item_guard(parsed, source, f"{page.url}#{link}", lambda title=title: title):  # type: ignore[misc]
                if not link:
                    raise UnreadableItem("a feed's entry has no address")
                moment = feed_moment(str(entry.get("published", "") or entry.get("updated", "")))
                shown.add(urljoin(page.url, link), article, title, str(entry.get("summary", "")), moment)
        return shown.judged(source, parsed)


def _base(page: Page, soup: BeautifulSoup) -> str:
    """The base of a page's relative addresses (HTML, 4.2.3)."""
    named = soup.select_one("base[href]")
    try:
        return urljoin(page.url, str(named["href"])) if named is not None else page.url
    except ValueError:  # http://[bad
        return page.url


@dataclass(slots=True)
class _Item:
    url: str
    title: str
    words: str
    published_at: datetime | None


class Shown:
    """A listing's items, one entry each: a picture and a title may be two links to one article."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._articles: dict[str, _Item] = {}
        self._others: dict[str, _Item] = {}

    def add(self, url: str, article: re.Pattern[str], title: str, words: str, published_at: datetime | None) -> None:
        item_id = item_id_of(self._source, url, article)
        items = self._others if item_id is None else self._articles
        item = items.setdefault(url if item_id is None else item_id, _Item(url, title, "", published_at))
        item.title = item.title or title
        item.words = f"{item.words} {words}"
        item.published_at = item.published_at or published_at

    def judged(self, source: Source, parsed: ParsedPage) -> ParsedPage:
        """The page with the links to follow, and the ignored items with their reasons, added."""
        for item_id, item in self._articles.items():
            if source.wants(item.title, item.words):
                parsed.links.append(Link(item_id, item.url, item.title, item.published_at))
            else:
                reason = "title is about something else"
                parsed.ignored.append(Ignored(source.id, item_id, reason, item.title[:200], item.published_at))
        for url, item in self._others.items():
            reason = "the address is no article's"
            parsed.ignored.append(Ignored(source.id, url, reason, item.title[:200], item.published_at))
        return parsed


def item_id_of(source: Source, url: str, article: re.Pattern[str]) -> str | None:
    """The id in an article's address: the pattern's group ``id``; None when the address is no article's, or its host
    is not the source's.

    ' and %27 give one id, and so do upper and lower case where the pattern ignores case.
    """
    parts = urlsplit(url)
    match = article.search(unquote(parts.path)) if parts.hostname in source.hosts else None
    if match is None:
        return None
    return match["id"].lower() if article.flags & re.IGNORECASE else match["id"]


def _with(url: str, parameters: dict[str, str]) -> str:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query)) | parameters
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(query), ""))
