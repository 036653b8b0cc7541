"""Parses sitemaps (sitemaps.org, protocol 0.9) to links, with titles and dates of Google's news sitemaps if given.

HTML lists and feeds are in listings.py.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

from lxml import etree

from scrapers.content_encoding import BrokenPayload, decode
from scrapers.parsing.listings import item_id_of
from scrapers.parsing.timestamps import machine_moment
from scrapers.records import Ignored, Link, Page, ParsedPage, Problem
from scrapers.registry import Source

# The protocol's own limit for one file.
MOST_ADDRESSES = 50_000
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Entry:
    """One <url>: its address, title and time from a news sitemap, and when its page changed, as written."""

    url: str
    title: str
    published: str
    changed: str


@dataclass(slots=True)
class _Told:
    """Entries with the same result: how many, and the first of them."""

    count: int = 0
    first: str = ""

    def add(self, words: str) -> None:
        self.count += 1
        self.first = self.first or words[:200]


@dataclass(frozen=True, slots=True)
class Sitemap:
    """``changed_within``: of a whole site's sitemap, only pages that changed this long before the fetch or later.

    An entry is selected by its news title, or, without one, by the words in its address. A link's time is the news
    sitemap's; a <lastmod> is no publication time, since a page may change years later.
    In a whole site's sitemap, entries out of scope are one ignored item per reason, with the number of addresses.
    """

    changed_within: timedelta | None = None
    item: str = "url"

    def parse(self, source: Source, page: Page, article: re.Pattern[str]) -> ParsedPage:
        parsed, tally = ParsedPage(), _Tally(source, page.url)
        try:
            for number, entry in enumerate(_entries(page)):
                if number == MOST_ADDRESSES:
                    tally.problem(f"more than {MOST_ADDRESSES} addresses: the rest is not read", entry.url)
                    break
                self._judge(source, page, article, entry, parsed, tally)
        except (etree.XMLSyntaxError, BrokenPayload, _NoSitemap) as error:
            excerpt = page.body[:200].decode("utf-8", "replace")
            tally.problem(f"the answer is no sitemap ({str(error)[:200]})", excerpt)
        tally.into(parsed)
        return parsed

    def _judge(
        self, source: Source, page: Page, article: re.Pattern[str], entry: Entry, parsed: ParsedPage, tally: _Tally
    ) -> None:
        if not entry.url:
            return tally.problem("an entry has no address", entry.title)
        try:
            item_id = item_id_of(source, entry.url, article)
        except ValueError:
            return tally.problem("an entry's address can't be read", entry.url)
        if item_id is None:
            return tally.ignored("the address is no article's", entry.url)
        if self.changed_within is not None:
            changed = _latest(entry.changed, source.time_zone)
            if changed is None:
                return tally.problem("an entry does not say when it changed", entry.url)
            if changed < page.fetched_at - self.changed_within:
                return tally.ignored(f"not changed within {self.changed_within.days} days", entry.url)
        published = machine_moment(entry.published, source.time_zone)
        if entry.published and published is None and not DAY.fullmatch(entry.published):
            return tally.problem("an entry's date can't be read", f"{entry.url} {entry.published}")
        if source.wants(entry.title) if entry.title else source.wants_address(entry.url):
            parsed.links.append(Link(item_id, entry.url, entry.title or entry.url, published))
        elif entry.title:
            reason = "title is about something else"
            parsed.ignored.append(Ignored(source.id, item_id, reason, entry.title[:200], published))
        else:
            parsed.ignored.append(Ignored(source.id, item_id, "address is about something else", entry.url[:200]))
        return None


class _NoSitemap(ValueError):
    """The root element is not a sitemap's."""


@dataclass(slots=True)
class _Tally:
    """Problems and ignored items that are reported once for all their entries."""

    source: Source
    url: str
    _problems: dict[str, _Told] = field(default_factory=lambda: defaultdict(_Told))
    _ignored: dict[str, _Told] = field(default_factory=lambda: defaultdict(_Told))

    def problem(self, message: str, words: str) -> None:
        self._problems[message].add(words)

    def ignored(self, reason: str, words: str) -> None:
        self._ignored[reason].add(words)

    def into(self, parsed: ParsedPage) -> None:
        for message, tally in self._problems.items():
            summary = f"{tally.count} such, the first: {tally.first}"
            item_id = f"{self.url}#{message.partition(' (')[0]}"
            parsed.problems.append(Problem(self.source.id, item_id, message, summary))
        for reason, tally in self._ignored.items():
            summary = f"{tally.count} addresses, such as {tally.first}"
            parsed.ignored.append(Ignored(self.source.id, f"{self.url}#{reason}", reason, summary))


def _entries(page: Page) -> Iterator[Entry]:
    """Raises XMLSyntaxError, BrokenPayload, and _NoSitemap (for a sitemap index too, naming its newest)."""
    body = decode(page.body, "gzip") if page.body.startswith(GZIP) else page.body
    # Entities are not resolved, so that none can expand or load external content.
    steps = etree.iterparse(BytesIO(body), events=("start", "end"), resolve_entities=False, no_network=True)
    root = ""
    for event, element in steps:
        if not isinstance(element.tag, str):
            continue  # a comment
        name = etree.QName(element).localname
        if event == "start":
            if not root:
                root = name
                if root == "sitemapindex":
                    raise _NoSitemap(_index_in_words(body))
                if root != "urlset":
                    raise _NoSitemap(f"its root is <{root[:40]}>")
        elif name == "url":
            # A picture's <image:loc> is nested deeper than the page's address.
            fields, news = _parts_of(element), element.find("{*}news")
            news_fields = _parts_of(news) if news is not None else {}
            yield Entry(
                fields.get("loc", ""),
                news_fields.get("title", ""),
                news_fields.get("publication_date", ""),
                fields.get("lastmod", ""),
            )
            element.clear()


def _parts_of(element: etree._Element) -> dict[str, str]:
    """The text of an element's children, by their names without a namespace."""
    return {
        etree.QName(part).localname: " ".join("".join(part.itertext()).split())
        for part in element
        if isinstance(part.tag, str)
    }


def _index_in_words(body: bytes) -> str:
    """The instruction for a sitemap index: name the sitemap that changed last in the registry."""
    found: list[tuple[str, str]] = []
    for _, element in etree.iterparse(BytesIO(body), resolve_entities=False, no_network=True, tag="{*}sitemap"):
        fields = _parts_of(element)
        found.append((fields.get("lastmod", ""), fields.get("loc", "")))
    newest = max(found)[1] if found else ""
    return (
        f"an index of {len(found)}; name the one to read in registry.yaml, such as {newest[:100] or 'none is named'}"
    )


def _latest(written: str, time_zone: str) -> datetime | None:
    """A <lastmod> in UTC; the end of the day when it gives only a day. None when it can't be read."""
    if DAY.fullmatch(written):
        try:
            day = datetime.fromisoformat(written).replace(tzinfo=ZoneInfo(time_zone))
            return (day + timedelta(days=1)).astimezone(UTC)
        except (ValueError, OverflowError):
            return None
    return machine_moment(written, time_zone)
