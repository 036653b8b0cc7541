"""What a crawl and the place that stores its pages say to each other: visits, steps, items, and the protocol.

Records only. Which pages to ask for is crawl.py's; where they are kept is the warehouse's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from scrapers.records import Ignored, Link, Page, ParsedPage, Validators


@dataclass(frozen=True, slots=True)
class Visit:
    """A page that was asked for, what it says, and whether it says anything that is not stored yet."""

    page: Page
    parsed: ParsedPage
    is_new: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A visit of a crawl through history, with the listing's page to go on from: None at the end.

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


class Shelf(Protocol):
    """What a crawl needs to know of what is stored, and where it puts what it finds."""

    def validators(self, url: str) -> Validators | None:
        """What to ask "has it changed?" with; None when the page is to be fetched in full."""

    def keep(self, page: Page) -> Visit:
        """Archive a page if it says anything new. For status 304, the visit is of the stored page."""

    def knows(self, item_id: str) -> datetime | None:
        """When a stored item was published (UTC), None when it is not stored."""

    def stored(self, url: str) -> Visit | None:
        """The page of this address, if it is here already and need not be asked for again."""

    def between(self, first: datetime, last: datetime) -> list[KnownItem]:
        """Stored announcements of a span, both ends included, that are not known to be unlisted."""

    def newest(self) -> KnownItem | None:
        """The newest stored announcement that has a page of its own and is not known to be unlisted."""

    def mark_absent(self, item: KnownItem, is_deleted: bool, noticed_at: datetime) -> None:
        """Note that an item is no longer listed, or is gone altogether, and since when that is known (UTC)."""

    def ignore(self, ignored: Ignored, noticed_at: datetime) -> None:
        """Note that an item carries nothing to read, and why."""

    def has_failed(self, item_id: str) -> bool:
        """True when an article could not be read the last time: what is stored of it is not what is wanted."""

    def failed_attempts(self, item_id: str) -> int:
        """How many attempts at an article have failed since it was last read, without those that are not counted."""

    def must_wait(self, item_id: str, now: datetime) -> bool:
        """True when an article failed and its next attempt is not due, or it was given up."""

    def due(self, now: datetime, most: int) -> list[Link]:
        """Articles that failed and are to be tried again, the longest due first."""

    def note_failure(self, link: Link, message: str, is_counted: bool, now: datetime) -> None:
        """Note that an article could not be read. Only an attempt that is counted brings it nearer to giving up."""

    def forget_failure(self, item_id: str) -> None:
        """An article was read after all."""
