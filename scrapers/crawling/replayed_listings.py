"""Rebuilds a source's listing as of its last crawl from stored pages, each of them whole.

A site's older pages were stored when first read, its newest page often since then: each in turn shows the next items.
No page is generated. Serving is in scrapers/crawling/replay_server.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlsplit

from scrapers.archive import Location, PageArchive
from scrapers.archive.damage import BrokenRecord
from scrapers.parsing.site import Site
from scrapers.parsing.wayback import original_of
from scrapers.records import Page, ParsedPage, SourceError
from scrapers.registry import Source
from scrapers.sources import parse, site_of
from scrapers.sources.telegram import BEFORE, Channel


@dataclass(slots=True)
class _Shown:
    """An item: when it was published, as far as known, and the newest listing page that shows it."""

    location: Location
    published_at: datetime


@dataclass(slots=True)
class ReplayedListing:
    """Locations of the pages behind the first of a source's listing. Built once, from all pages of the source.

    ``locations`` are its stored pages, oldest first. A page that can't be read or parsed is skipped.
    """

    archive: PageArchive
    source: Source
    locations: list[Location]
    _items: dict[str, _Shown] = field(default_factory=dict)
    _pages: dict[str, Location] = field(default_factory=dict)
    _empty: Location | None = None

    def __post_init__(self) -> None:
        site = site_of(self.source)
        fronts: dict[str, Location] = {}
        moments: dict[str, datetime] = {}
        gone: set[str] = set()
        for location, page, parsed in self._read():
            if site.item_id(self.source, original_of(page.url)) is not None:
                gone |= set(parsed.gone)
                moments |= {item: moment for item, moment in parsed.listed().items() if moment is not None}
                continue
            fronts[page.url] = fronts[page.asked_url or page.url] = location
            if not parsed.items():
                self._empty = location
            for item, moment in _dated(parsed, page).items():
                self._items[item] = _Shown(location, moment)
                gone.discard(item)
        for item in gone & set(self._items):
            del self._items[item]
        for item, moment in moments.items():
            if item in self._items:
                self._items[item].published_at = moment
        if not isinstance(site, Channel):
            self._follow(site, fronts)

    def page_at(self, url: str) -> Location | None:
        """The stored page to show at an address behind the first; None when the listing has no such page."""
        if not isinstance(site_of(self.source), Channel):
            return self._pages.get(url)
        before = BEFORE.search(url)
        below = (
            [int(item) for item in self._items if item.isdecimal() and int(item) < int(before[1])] if before else []
        )
        return self._items[str(max(below))].location if below else None

    def _follow(self, site: Site, fronts: dict[str, Location]) -> None:
        """Follow the listing as a crawl does; each page is the newest that shows the next item."""
        url: str | None = site.start(self.source, None)
        location = fronts.get(url or "")
        shown: set[str] = set()
        in_order = iter(sorted(self._items, key=lambda item: self._items[item].published_at, reverse=True))
        while url is not None and location is not None:
            page = self.archive.read(location)
            if self._pages:
                page = replace(page, url=url)
            parsed = parse(self.source, page)
            self._pages[url] = location
            shown |= set(parsed.listed())
            following = next((item for item in in_order if item not in shown), None)
            url, location = parsed.older, self._items[following].location if following else self._empty
            if following is None and url is not None and location is not None:
                self._pages[url] = location
                return

    def _read(self) -> Iterable[tuple[Location, Page, ParsedPage]]:
        for location in self.locations:
            try:
                page = self.archive.read(location)
                yield location, page, parse(self.source, page)
            except (BrokenRecord, SourceError):
                continue


def _dated(parsed: ParsedPage, page: Page) -> dict[str, datetime]:
    """A page's items with their times; one without gets the page's newest time, or that of the fetch."""
    newest = max(parsed.moments(), default=page.fetched_at)
    return {item: moment or newest for item, moment in parsed.listed().items()}


def could_hold(source: Source, url: str) -> bool:
    """Whether an address may belong to a source's listing: a channel's by name, a site's by host."""
    asked, own = urlsplit(url), urlsplit(source.url)
    if isinstance(site_of(source), Channel):
        return (asked.hostname, asked.path.lower()) == (own.hostname, own.path.lower())
    return asked.hostname in source.hosts
