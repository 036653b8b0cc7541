"""A site with a listing and a page per article, built from what its module declares.

Sources with other kinds of pages (a channel, an API) have a class with the same methods in scrapers/sources.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Protocol
from urllib.parse import urlsplit

from scrapers.parsing.articles import Article
from scrapers.parsing.json_pages import JsonArticle
from scrapers.parsing.listings import HtmlList, NoPaging, Paging, Window, item_id_of
from scrapers.parsing.wayback import original_of
from scrapers.records import Page, ParsedPage
from scrapers.registry import Source


class Site(Protocol):
    """The interface of SITE in every module of scrapers/sources.

    ``reaches_back``: the listing can be paged to its beginning; else the past is in the Wayback Machine.
    """

    @property
    def reaches_back(self) -> bool: ...

    def is_stable(self, url: str) -> bool:
        """Whether an older listing page shows the same items at every request."""

    def selectors(self) -> dict[str, str]:
        """CSS by what it selects, for a check against the live site. Names for a listing begin with "list"."""

    def start(self, source: Source, window: Window | None) -> str:
        """The listing's first page; that of a window, if the site lists by date."""

    def jump(self, source: Source, front: ParsedPage, pages: int) -> str | None:
        """The address about this many pages behind the first; None when there is no such address."""

    def single(self, source: Source, item_id: str, url: str) -> str:
        """The address that shows whether an item still exists."""

    def behind(self, source: Source, url: str) -> list[str]:
        """Addresses of which one shows an item if there is anything behind an empty listing page."""

    def control(self, source: Source, url: str) -> str:
        """An address that shows an item while the site works, to compare with an empty listing page."""

    def may_be_end(self, page: Page, before: ParsedPage | None) -> bool:
        """Whether an empty page, after the page ``before``, counts as the end where the control shows nothing."""

    def ends_with_404(self) -> bool:
        """Whether a page behind the last may not exist at all."""

    def item_id(self, source: Source, url: str) -> str | None:
        """The id of the item with this address; None when the address is no item's."""

    def parse(self, source: Source, page: Page) -> ParsedPage:
        """Every item of a page: a pure function of its bytes. Raises SourceError when it has no readable text."""


class Listing(Protocol):
    """A form of listing: HtmlList, Feed, DayList, Sitemap, JsonList."""

    @property
    def item(self) -> str:
        """CSS of an item, for a check against the live site; "" where there is no markup."""

    def parse(self, source: Source, page: Page, article: re.Pattern[str]) -> ParsedPage:
        """Every item as a link, ignored with a reason, or a problem. ``article`` matches an article's path."""


@dataclass(frozen=True)
class Past:
    """Where older items are listed, if not behind the newest (a feed has only those): first page, form and paging."""

    url: str
    listing: Listing
    paging: Paging


class SinglePage:
    """A source that is one page of reference rows: no items, no other pages, no past. Subclasses parse it."""

    reaches_back = False

    def is_stable(self, url: str) -> bool:
        return False

    def selectors(self) -> dict[str, str]:
        return {}

    def start(self, source: Source, window: Window | None) -> str:
        return source.url

    def jump(self, source: Source, front: ParsedPage, pages: int) -> str | None:
        return None

    def single(self, source: Source, item_id: str, url: str) -> str:
        return url

    def behind(self, source: Source, url: str) -> list[str]:
        return []

    def control(self, source: Source, url: str) -> str:
        return source.url

    def may_be_end(self, page: Page, before: ParsedPage | None) -> bool:
        return False

    def ends_with_404(self) -> bool:
        return False

    def item_id(self, source: Source, url: str) -> str | None:
        return None


@dataclass(frozen=True)
class NewsSite:
    """``address`` finds an article's id in its path, as group ``id``; any other path is a listing's."""

    address: re.Pattern[str]
    listing: Listing
    article: Article | JsonArticle
    paging: Paging = field(default_factory=NoPaging)
    past: Past | None = None

    @property
    def reaches_back(self) -> bool:
        return self.past is not None or not isinstance(self.paging, NoPaging)

    def is_stable(self, url: str) -> bool:
        return (self.past or self).paging.is_stable(url)

    def selectors(self) -> dict[str, str]:
        listing = {"list item": self.listing.item}
        if isinstance(self.listing, HtmlList):
            listing |= {
                "list link": self.listing.link,
                "list title": self.listing.title,
                "list time": self.listing.time,
            }
        own = {}
        if isinstance(self.article, Article):
            named = {"heading": self.article.heading, "body": self.article.body, "time": self.article.time}
            own = {f"article {name}": ", ".join(selectors) for name, selectors in named.items()}
        return {name: css for name, css in (listing | own).items() if css}

    def start(self, source: Source, window: Window | None) -> str:
        if window is not None and self.past is not None:
            return self.past.paging.start(_at(source, self.past), window)
        return self.paging.start(source, window)

    def jump(self, source: Source, front: ParsedPage, pages: int) -> str | None:
        return self.past.paging.jump(_at(source, self.past), pages) if self.past else self.paging.jump(source, pages)

    def single(self, source: Source, item_id: str, url: str) -> str:
        return self.article.asked(url) if isinstance(self.article, JsonArticle) else url

    def behind(self, source: Source, url: str) -> list[str]:
        following = (self.past or self).paging.older(url)
        return [following] if following else []

    def control(self, source: Source, url: str) -> str:
        return self.start(source, None)

    def may_be_end(self, page: Page, before: ParsedPage | None) -> bool:
        return False

    def ends_with_404(self) -> bool:
        return True

    def item_id(self, source: Source, url: str) -> str | None:
        shown = self.article.shown(url) if isinstance(self.article, JsonArticle) else url
        return item_id_of(source, shown, self.address)

    def parse(self, source: Source, page: Page) -> ParsedPage:
        url = original_of(page.url)
        item_id = self.item_id(source, url)
        if item_id is not None:
            return self.article.parse(source, page, item_id)
        is_past = self.past is not None and urlsplit(url).path != urlsplit(source.url).path
        listed = self.past if is_past and self.past is not None else self
        parsed = listed.listing.parse(source, page, self.address)
        # A page past the end shows no items: there is nothing older.
        older = listed.paging.older(page.url) if parsed.items() else None
        links = [replace(link, url=self.single(source, link.item_id, link.url)) for link in parsed.links]
        return replace(parsed, links=links, older=older)


def _at(source: Source, past: Past) -> Source:
    """The source with the past's first page as its address, as the past's paging needs it."""
    return source.model_copy(update={"url": past.url})
