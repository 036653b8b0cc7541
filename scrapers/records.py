"""The records that travel between the rooms: Page, Announcement, and what a parser says of a page.

Plain immutable data belongs here; fetching, parsing and storing do not.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import ClassVar

from scrapers.errors import ObminError
from scrapers.http.content_encoding import decode


class SourceError(ObminError):
    """A source could not be read. The message is one sentence: what happened, where, what to do.

    ``kind`` names the fault in a word or two, for programs; it stays when a sentence is put better.
    ``ends_crawl`` tells a crawl what an error of one article means. True: nothing more can be asked of this
    source in this run. False: that article's request failed, the crawl notes it, tries it again another time,
    and goes on to the next: see PageError, and answers.Unanswered for an error of the host. The try counts against
    that article then, and when it answered with a rate limit, so that the next run does not end at the same one.
    An error of the source's listing ends its crawl in every case.
    """

    kind: str = "source"
    ends_crawl: ClassVar[bool] = True

    def __init__(self, source_id: str, message: str, kind: str | None = None) -> None:
        super().__init__(message)
        self.source_id = source_id
        self.kind = kind or self.kind


class PageError(SourceError):
    """This one address can't be read, and nothing is said of the source's other pages.

    Kinds: "gone" (404, 410), "refused" (401, 403 and their like), "status" (another that is no page's),
    "server error" (5xx, after retries), "redirect" (to another host, or round and round), "robots" (forbidden by
    robots.txt), "address" (no address of the web), "content type" (a PDF, a picture), "too large", "damaged"
    (its compression), "empty", and what came in place of the page: "log-in", "consent", "maintenance".
    It never opens the host's circuit, however often it comes.
    """

    kind = "page"
    ends_crawl = False


class SourceLate(SourceError):
    """The source's time in this run is over, or would be before it may be asked again. What it had is kept.

    Of kind "rate limit" when an address itself answered with 429 and a wait too long; an article that does so has had
    a try. Otherwise no page is to blame, and nothing counts against the one that was next.
    """

    kind = "late"


class Gone(PageError):
    """The address answers that nothing is there any more (404 or 410); ``page`` is that answer."""

    kind = "gone"

    def __init__(self, page: Page) -> None:
        super().__init__(
            page.source_id,
            f"{page.source_id}: {page.url} answered with status {page.status}: nothing is there. Check the address.",
        )
        self.page = page


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave to ask "has it changed?" with: the ETag and Last-Modified of an answer."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True)
class Page:
    """One response as it came: ``payload`` is exactly what the server sent, still compressed.

    ``url`` is the public address that answered, also when a replay server stood in for it;
    ``asked_url`` is the address that redirected to it, empty when none did.
    ``fetched_at`` is UTC. Status 304 has no payload: the page is what it was.
    """

    source_id: str
    url: str
    fetched_at: datetime
    status: int
    headers: tuple[tuple[str, str], ...]
    payload: bytes
    request_headers: tuple[tuple[str, str], ...] = ()
    asked_url: str = ""

    @property
    def is_unchanged(self) -> bool:
        return self.status == 304

    @property
    def validators(self) -> Validators:
        return Validators(self.header("ETag") or None, self.header("Last-Modified") or None)

    @cached_property
    def body(self) -> bytes:
        """The payload without its compression. Raises BrokenPayload."""
        return decode(self.payload, self.header("Content-Encoding"))

    def header(self, name: str) -> str:
        """A header's value, or an empty string."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


@dataclass(frozen=True, slots=True)
class Announcement:
    """One version of one post or article. ``published_at`` is UTC; ``text`` keeps its line breaks."""

    source_id: str
    announcement_id: str
    url: str
    language: str
    published_at: datetime
    title: str | None
    text: str
    is_edited: bool = False
    forwarded_from: str | None = None

    @property
    def version_id(self) -> str:
        """Identity of this version: the same words at the same address are the same version.

        View counts, the edited mark and the hour of fetching do not enter it.
        """
        parts = (self.source_id, self.announcement_id, self.title or "", self.text)
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class Ignored:
    """An item within reach that carries nothing to read, with the reason it was left aside."""

    source_id: str
    item_id: str
    reason: str
    excerpt: str = ""
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """An item that should have been read and could not be: it is quarantined, not dropped."""

    source_id: str
    item_id: str
    message: str
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """An item that a listing shows and whose own page is to be read. ``published_at`` is UTC."""

    item_id: str
    url: str
    title: str
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReferenceRow:
    """One row of somebody's table of exchanges, to compare with ours; ``cells`` by column heading.

    ``day``, ``released`` (to Ukraine) and ``returned`` (to Russia) are None where the cells give none.
    """

    row_id: str
    cells: dict[str, str]
    day: date | None = None
    released: int | None = None
    returned: int | None = None


@dataclass(frozen=True, slots=True)
class ParsedPage:
    """All that a parser found on one page; every item is in exactly one of the first four lists.

    ``gone`` holds the ids that the page itself says are deleted, ``older`` the address of the listing's
    next page back in time, ``drift`` what the site's own selectors should have found and did not.
    """

    announcements: list[Announcement] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    rows: list[ReferenceRow] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    older: str | None = None
    drift: list[str] = field(default_factory=list)

    def moments(self) -> list[datetime]:
        """When the items were published that the page gives a time for."""
        return [moment for moment in self.listed().values() if moment is not None]

    def items(self) -> set[str]:
        """Ids of the posts and articles that a listing shows. A link that leads elsewhere is none, nor is an entry
        without an address: these have an address in the place of an id.
        """
        return {item_id for item_id in self.listed() if "://" not in item_id}

    def listed(self) -> dict[str, datetime | None]:
        """Ids of all items that the page shows, with their times where it gives them."""
        shown: dict[str, datetime | None] = {problem.item_id: None for problem in self.problems}
        shown |= {item.item_id: item.published_at for item in self.ignored}
        shown |= {link.item_id: link.published_at for link in self.links}
        return shown | {a.announcement_id: a.published_at for a in self.announcements}
