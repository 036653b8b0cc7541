"""The records that pass between the layers: Page, Announcement, and the result of parsing a page.

Immutable data only. Fetching is in scrapers/http, parsing in scrapers/sources, storing in scrapers/archive.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import ClassVar

from scrapers.content_encoding import decode
from scrapers.errors import ObminError


class SourceError(ObminError):
    """A source could not be read. The message is one sentence: what happened, where, what to do.

    ``kind`` names the fault in a word or two, for programs; it does not change with the message's wording.
    ``ends_crawl`` is what an error of one article means for the crawl. True: no more requests to this source in
    this run. False: that article's request failed; the crawl records it, retries it in a later run, and continues
    with the next article: see PageError, and responses.Unanswered for an error of the host. The attempt then counts
    against that article; so does a rate limit, so that the next run does not end at the same article.
    An error of the source's listing always ends its crawl.
    """

    kind: str = "source"
    ends_crawl: ClassVar[bool] = True

    def __init__(self, source_id: str, message: str, kind: str | None = None) -> None:
        super().__init__(message)
        self.source_id = source_id
        self.kind = kind or self.kind


class PageError(SourceError):
    """This one address can't be read; the source's other pages may be readable.

    Kinds: "gone" (404, 410), "refused" (401, 403 and similar), "status" (any other but 200),
    "server error" (5xx, after retries), "redirect" (to another host, or in a loop), "robots" (forbidden by
    robots.txt), "address" (not a web address), "content type" (a PDF, an image), "too large", "damaged"
    (its compression), "empty", and pages served in place of the requested one: "log-in", "consent", "maintenance".
    It never opens the host's circuit breaker, however often it occurs.
    """

    kind = "page"
    ends_crawl = False


class SourceLate(SourceError):
    """The source's time limit in this run passed, or would pass before its next request. Fetched pages stay stored.

    Of kind "rate limit" when an address itself responded with 429 and too long a wait, which counts as an attempt of
    an article. Otherwise no page is at fault, and nothing counts against the next one.
    """

    kind = "late"


class Gone(PageError):
    """The address responded 404 or 410; ``page`` is that response."""

    kind = "gone"

    def __init__(self, page: Page) -> None:
        super().__init__(
            page.source_id,
            f"{page.source_id}: {page.url} answered with status {page.status}: nothing is there. Check the address.",
        )
        self.page = page


@dataclass(frozen=True, slots=True)
class Validators:
    """The ETag and Last-Modified of a response, for conditional requests."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True)
class Page:
    """One response as received: ``payload`` is exactly what the server sent, still compressed.

    ``url`` is the public address of the response, also when a replay server sent it;
    ``asked_url`` is the address that redirected to it, empty when none did.
    ``fetched_at`` is UTC. Status 304 has no payload: the page is unchanged.
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
        """The decompressed payload. Raises BrokenPayload."""
        return decode(self.payload, self.header("Content-Encoding"))

    def header(self, name: str) -> str:
        """A header's value, or an empty string."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


@dataclass(frozen=True, slots=True)
class Announcement:
    """One version of one post or article. ``published_at`` is UTC; ``text`` includes line breaks."""

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
        """Identity of this version: the same title and text of one announcement are the same version.

        View counts, the edited mark and the fetch time are not part of it.
        """
        parts = (self.source_id, self.announcement_id, self.title or "", self.text)
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class Ignored:
    """An item in scope with nothing to extract, and the reason it was skipped."""

    source_id: str
    item_id: str
    reason: str
    excerpt: str = ""
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """An item that should have been parsed and could not be: it is quarantined, not dropped."""

    source_id: str
    item_id: str
    message: str
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """An item of a listing whose own page is to be fetched. ``published_at`` is UTC."""

    item_id: str
    url: str
    title: str
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReferenceRow:
    """One row of another publisher's table of exchanges, to compare with ours; ``cells`` by column heading.

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

    ``gone`` holds the ids that the page marks as deleted, ``older`` the address of the listing's next older
    page, ``drift`` what the site's own selectors should have matched and did not.
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
        """Publication times of the items that the page dates."""
        return [moment for moment in self.listed().values() if moment is not None]

    def items(self) -> set[str]:
        """Ids of the posts and articles on a listing. Links that lead elsewhere and entries without an address are
        excluded: they have an address in place of an id.
        """
        return {item_id for item_id in self.listed() if "://" not in item_id}

    def listed(self) -> dict[str, datetime | None]:
        """Ids of all items on the page, with their publication times where it states them."""
        shown: dict[str, datetime | None] = {problem.item_id: None for problem in self.problems}
        shown |= {item.item_id: item.published_at for item in self.ignored}
        shown |= {link.item_id: link.published_at for link in self.links}
        return shown | {a.announcement_id: a.published_at for a in self.announcements}
