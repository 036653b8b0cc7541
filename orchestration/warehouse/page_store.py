"""Page storage for a crawl: pages in the archive, their index in raw.pages, and records about items.

What to request is decided in scrapers/crawling/crawl.py; loading announcements is in load.py.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import duckdb

from orchestration.warehouse.article_failures import ArticleFailures
from orchestration.warehouse.database import NEXT_CHANGE
from orchestration.warehouse.page_index import forget_page, index_row, insert_row, naive, read_known
from orchestration.warehouse.parsed_pages import remember
from scrapers.archive import BrokenRecord, Location, Original, PageArchive, payload_digest
from scrapers.crawling.visits import KnownItem, Visit
from scrapers.parsing.content_digests import content_digests
from scrapers.records import Ignored, Link, Page, PageError, ParsedPage, SourceError, Validators
from scrapers.registry import Source, UnknownSource, get_source
from scrapers.sources import fingerprint, parse, site_of

# A page that differs only around its text (other news, menus) is stored at most this often.
AROUND_EVERY = timedelta(days=1)
RECENT = timedelta(days=92)
# A page older than this is fetched in full, even if the server would call it unchanged.
UNCONDITIONAL_AFTER = timedelta(hours=6)
# Message prefix for an item that the database rejects: parsing it again would change nothing.
CANT_BE_STORED = "it can't be stored"
# The stored items of a source ($1), each with its publication time.
ITEMS = """
    select item_id, coalesce(published_at, first_seen_at) as moment from raw.ignored_items where source_id = $1
    union all
    select announcement_id, published_at from raw.announcements where source_id = $1
"""


@dataclass(frozen=True, slots=True)
class _Fingerprint:
    """Digests of a page's content and its surroundings, both parser-independent, and of the parser's result."""

    shown: str
    around: str
    parsed_digest: str

    @classmethod
    def of(cls, page: Page, parsed_digest: str) -> _Fingerprint:
        digests = content_digests(page)
        return cls(digests.shown, digests.around, parsed_digest)

    @property
    def written(self) -> str:
        return f"{self.shown}.{self.around}.{self.parsed_digest}"


@dataclass(frozen=True, slots=True)
class _Stored:
    """A row of raw.pages with its page from the archive."""

    page: Page
    fingerprint: str | None

    def is_same(self, page: Page) -> bool:
        return (self.page.status, self.page.payload) == (page.status, page.payload)

    def original(self) -> Original:
        return Original(self.page.url, self.page.fetched_at, payload_digest(self.page.payload))

    def digests(self, source: Source) -> _Fingerprint:
        """The row's digests; computed again if it has none, or they have an older format."""
        written = (self.fingerprint or "").split(".")
        if len(written) == 3:
            return _Fingerprint(*written)
        return _Fingerprint.of(self.page, _digest_of_parsed(_parsed_or_error(source, self.page)))


class WarehousePageStore:
    """The page store of one source, for one thread.

    ``usable_since``: a page fetched since then need not be requested again; None in a refresh.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        archive: PageArchive,
        source: Source,
        usable_since: datetime | None = None,
    ) -> None:
        self._connection = connection.cursor()
        self._archive, self._source, self._usable_since = archive, source, usable_since
        row = self._connection.execute(
            "select is_complete from raw.source_checks where source_id = ?", [source.id]
        ).fetchone()
        self._was_complete = bool(row and row[0])
        self._failures = ArticleFailures(self._connection, source.id)
        rows = self._connection.execute(
            "select item_id from raw.quarantined_items where source_id = ? and not starts_with(message, ?)",
            [source.id, CANT_BE_STORED],
        ).fetchall()
        self._set_aside = {item_id for (item_id,) in rows}
        # Most lookups are for the newest items; an older one is queried on demand.
        self._known: dict[str, datetime | None] = dict(
            self._connection.execute(
                f"select item_id, moment from ({ITEMS}) where moment >= $2",  # noqa: S608
                [source.id, naive(datetime.now(UTC) - RECENT)],
            ).fetchall()
        )

    def knows(self, item_id: str) -> datetime | None:
        if item_id not in self._known:
            row = self._connection.execute(
                f"select moment from ({ITEMS}) where item_id = $2",  # noqa: S608
                [self._source.id, item_id],
            ).fetchone()
            self._known[item_id] = row[0] if row else None
        found = self._known[item_id]
        return found.replace(tzinfo=UTC) if found is not None else None

    def validators(self, url: str) -> Validators | None:
        if not self._was_complete:
            return None  # after an error, the next fetch is a full one
        if self._is_back(url):
            return None  # were it gone again, "unchanged" would be a page that the archive can't hold
        # A 304 response is usable only if the stored page can still be read.
        last = self._last(url)
        # Quarantined items are parsed again at each visit, and "unchanged" responses are trusted for at most a
        # quarter of a day.
        if last is None or self._set_aside or datetime.now(UTC) - last.page.fetched_at > UNCONDITIONAL_AFTER:
            return None
        return last.page.validators

    def stored(self, url: str) -> Visit | None:
        since = naive(self._usable_since or datetime.max.replace(tzinfo=UTC))
        last = self._last(url, "and (loaded_at is null or fetched_at >= ?)", since)
        # A page that can't be read is asked for again: the site may have answered badly once.
        parsed = _parsed_or_error(self._source, last.page) if last is not None else None
        return Visit(last.page, parsed, is_new=False) if last is not None and isinstance(parsed, ParsedPage) else None

    def keep(self, page: Page) -> Visit:
        """Store a page when anything but its counters changed, whatever the parser's result, or when it tells of a
        deletion that is not marked.
        """
        last = self._last(page.url)
        if page.is_unchanged and last is None:
            raise SourceError(
                self._source.id,
                f"{self._source.id}: {page.url} is reported as unchanged, but the archive can't give that page any "
                "more; run again, and it is fetched in full.",
            )
        if last is not None and page.is_unchanged:
            # Parsed with this visit's time: an item dated in the future may be due by now.
            self._archive.revisit(page, last.original())
            stored = replace(last.page, fetched_at=page.fetched_at)
            return Visit(stored, parsed_page(self._source, stored), is_new=False)
        if last is not None and last.is_same(page) and not self._set_aside:
            repeated = parsed_page(self._source, page)
            if not self._is_new_deletion(repeated):
                self._archive.revisit(page, last.original())
                return Visit(page, repeated, is_new=False)
        staged = self._archive.stage(page)
        parsed = _parsed_or_error(self._source, page)
        now = _Fingerprint.of(page, _digest_of_parsed(parsed))
        is_new = self._is_new(page, now, last) or self._is_awaited(page, parsed)
        if is_new:
            location = self._archive.commit(staged)
            insert_row(self._connection, index_row(page, now.written, location))
            if isinstance(parsed, ParsedPage):
                remember(self._archive.folder, location, parsed)
        else:
            self._archive.drop(staged)
        if isinstance(parsed, PageError):
            raise parsed
        return Visit(page, parsed, is_new)

    def _is_awaited(self, page: Page, parsed: ParsedPage | PageError) -> bool:
        """True when a page must be loaded though it is unchanged: a quarantined item can be read now, or an item that
        was back is gone again.
        """
        if isinstance(parsed, PageError):
            return False
        if self._is_new_deletion(parsed):
            return True
        found = {a.announcement_id for a in parsed.announcements} | {page.url}
        return bool(self._set_aside & (found - {problem.item_id for problem in parsed.problems}))

    def _is_new_deletion(self, parsed: ParsedPage) -> bool:
        return any(self.knows(item_id) is not None and not self.is_deleted(item_id) for item_id in parsed.gone)

    def _is_back(self, url: str) -> bool:
        """True for the page of an item that was deleted or unlisted, and is shown again."""
        found = self._connection.execute(
            "select 1 from raw.absent_items where source_id = ? and item_id = ? and noticed_at is null",
            [self._source.id, site_of(self._source).item_id(self._source, url)],
        ).fetchone()
        return found is not None

    def between(self, first: datetime, last: datetime) -> list[KnownItem]:
        rows = self._connection.execute(
            """
            select announcement_id, any_value(url), min(published_at) as published_at
            from raw.announcements
            where source_id = $1 and announcement_id not in (
                select item_id from raw.absent_items where source_id = $1 and noticed_at is not null
            )
            group by announcement_id
            having min(published_at) between $2 and $3
            order by published_at
            """,
            [self._source.id, naive(first), naive(last)],
        ).fetchall()
        return [KnownItem(item_id, url, moment.replace(tzinfo=UTC)) for item_id, url, moment in rows]

    def mark_absent(self, item: KnownItem, is_deleted: bool, noticed_at: datetime) -> None:
        self._connection.execute(
            f"insert into raw.absent_items values (?, ?, ?, ?, ?, {NEXT_CHANGE}) on conflict do update set "  # noqa: S608
            "is_deleted = excluded.is_deleted, noticed_at = excluded.noticed_at, "
            "change_seq = excluded.change_seq "
            "where absent_items.is_deleted <> excluded.is_deleted or absent_items.noticed_at is null",
            [self._source.id, item.item_id, item.url, is_deleted, naive(noticed_at)],
        )

    def is_deleted(self, item_id: str) -> bool:
        found = self._connection.execute(
            "select 1 from raw.absent_items where source_id = ? and item_id = ? and is_deleted",
            [self._source.id, item_id],
        ).fetchone()
        return found is not None

    def newest(self) -> KnownItem | None:
        row = self._connection.execute(
            """
            select announcement_id, url, published_at from raw.announcements
            where source_id = $1 and not starts_with(url, 'https://web.archive.org/') and announcement_id not in (
                select item_id from raw.absent_items where source_id = $1 and noticed_at is not null
            )
            order by published_at desc limit 1
            """,
            [self._source.id],
        ).fetchone()
        return KnownItem(row[0], row[1], row[2].replace(tzinfo=UTC)) if row else None

    def ignore(self, ignored: Ignored, noticed_at: datetime) -> None:
        published_at = naive(ignored.published_at) if ignored.published_at else None
        self._connection.execute(
            "insert into raw.ignored_items values (?, ?, ?, ?, ?, ?) on conflict do nothing",
            [
                ignored.source_id, ignored.item_id, ignored.reason, ignored.excerpt, published_at, naive(noticed_at),
            ],
        )  # fmt: skip
        self._known.pop(ignored.item_id, None)

    def has_failed(self, item_id: str) -> bool:
        return self._failures.has(item_id)

    def failed_attempts(self, item_id: str) -> int:
        return self._failures.attempts(item_id)

    def must_wait(self, item_id: str, now: datetime) -> bool:
        return self._failures.must_wait(item_id, now)

    def due(self, now: datetime, most: int) -> list[Link]:
        return self._failures.due(now, most)

    def note_failure(self, link: Link, message: str, is_counted: bool, now: datetime) -> None:
        self._failures.note(link, message, is_counted, now)

    def forget_failure(self, item_id: str) -> None:
        self._failures.forget(item_id)

    def _is_new(self, page: Page, now: _Fingerprint, last: _Stored | None) -> bool:
        if last is None:
            return not self._is_stored(now)
        before = last.digests(self._source)
        if (now.shown, now.parsed_digest) != (before.shown, before.parsed_digest):
            return True
        return now.around != before.around and page.fetched_at - last.page.fetched_at >= AROUND_EVERY

    def _last(self, url: str, condition: str = "", *parameters: datetime) -> _Stored | None:
        """The newest readable stored page of an address; unreadable ones are deleted, and fetched again."""
        query = f"""
            select page_id, archive_file, archive_offset, fetched_at, fingerprint from raw.pages
            where source_id = ? and url = ? {condition} order by fetched_at desc
        """  # noqa: S608
        rows = self._connection.execute(query, [self._source.id, url, *parameters]).fetchall()
        for page_id, file, offset, fetched_at, written in rows:
            try:
                return _Stored(read_known(self._archive, Location(file, offset), url, fetched_at), written)
            except BrokenRecord:
                forget_page(self._connection, self._archive, page_id)
        return None

    def _is_stored(self, now: _Fingerprint) -> bool:
        """Whether the same content is stored under another address."""
        return bool(
            self._connection.execute(
                "select 1 from raw.pages where source_id = ? and fingerprint = ? limit 1",
                [self._source.id, now.written],
            ).fetchone()
        )


def _parsed_or_error(source: Source, page: Page) -> ParsedPage | PageError:
    try:
        return parsed_page(source, page)
    except PageError as error:
        return error


def _digest_of_parsed(parsed: ParsedPage | PageError) -> str:
    """A digest of the current parser's result: it may add a reason to store a page, never remove one."""
    if isinstance(parsed, ParsedPage):
        return fingerprint(parsed)[:20]
    return hashlib.sha256(str(parsed).encode("utf-8", "replace")).hexdigest()[:20]


def source_of(page: Page) -> Source:
    """The registry entry that a page was fetched for. Raises PageError when it no longer exists."""
    try:
        return get_source(page.source_id)
    except UnknownSource as error:
        raise PageError(
            page.source_id,
            f"The archive holds pages of {page.source_id!r}, which registry.yaml does not know; put its entry back, "
            "then run `obmin reparse`.",
            "unreadable",
        ) from error


def parsed_page(source: Source, page: Page) -> ParsedPage:
    """The current parser's result for a page. Raises PageError for any failure: it concerns this page alone."""
    try:
        return parse(source, page)
    except PageError:
        raise
    except SourceError as error:
        raise PageError(source.id, str(error), "unreadable") from error
    except Exception as fault:
        raise PageError(
            source.id,
            f"{source.id}: reading {page.url} failed inside Obmin ({type(fault).__name__}: {fault}); it is kept in "
            f"the archive. Fix scrapers/sources/{source.parser}.py, then run `obmin reparse`.",
            "unreadable",
        ) from fault
