"""The interface between a crawl and its page store: visits, steps, items, and the protocol.

Records only. Which pages to request is in crawl.py, storing in orchestration/warehouse/page_store.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from scrapers.records import Ignored, Link, Page, ParsedPage, Validators


@dataclass(frozen=True, slots=True)
class Visit:
    """A requested page, its parsed content, and whether any of that is not stored yet."""

    page: Page
    parsed: ParsedPage
    is_new: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A visit of a crawl through history, with the listing's page to resume from: None at the end.

    ``reached`` is the listing's page where the window was last seen; the window before it begins there.
    """

    visit: Visit
    resume: str | None
    reached: str | None


@dataclass(frozen=True, slots=True)
class KnownItem:
    item_id: str
    url: str
    published_at: datetime


class PageStore(Protocol):
    """The page store: what a crawl needs to know of stored items, and where it stores its results."""

    def validators(self, url: str) -> Validators | None:
        """Validators for a conditional request; None when the page is to be fetched in full."""

    def keep(self, page: Page) -> Visit:
        """Archive a page if it has new content. For status 304, the visit is of the stored page."""

    def knows(self, item_id: str) -> datetime | None:
        """When a stored item was published (UTC); None when it is not stored."""

    def stored(self, url: str) -> Visit | None:
        """The stored page of this address, if it need not be requested again."""

    def between(self, first: datetime, last: datetime) -> list[KnownItem]:
        """Stored announcements of a span, both ends included, that are not known to be unlisted."""

    def newest(self) -> KnownItem | None:
        """The newest stored announcement that has a page of its own and is not known to be unlisted."""

    def is_deleted(self, item_id: str) -> bool:
        """True when an item is marked as deleted."""

    def mark_absent(self, item: KnownItem, is_deleted: bool, noticed_at: datetime) -> None:
        """Record that an item is no longer listed, or is deleted, and since when that is known (UTC)."""

    def ignore(self, ignored: Ignored, noticed_at: datetime) -> None:
        """Record that an item has nothing to read, and why."""

    def has_failed(self, item_id: str) -> bool:
        """True when an article could not be read the last time: its stored page is not the one wanted."""

    def failed_attempts(self, item_id: str) -> int:
        """How many counted attempts at an article have failed since it was last read."""

    def must_wait(self, item_id: str, now: datetime) -> bool:
        """True when an article failed and its next attempt is not due, or it was given up."""

    def due(self, now: datetime, most: int) -> list[Link]:
        """At most ``most`` articles that failed and are due for a retry, the longest due first."""

    def note_failure(self, link: Link, message: str, is_counted: bool, now: datetime) -> None:
        """Record that an article could not be read. Only counted attempts lead to giving up."""

    def forget_failure(self, item_id: str) -> None:
        """Delete the record of an article's failures: it was read after all."""
