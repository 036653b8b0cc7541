"""Where a crawl keeps what it finds: pages in the archive with their index in raw.pages, and notes on items.

The crawl decides what to ask for (scrapers/crawling.py); loading announcements is load.py's.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb

from orchestration.warehouse.article_failures import ArticleFailures
from orchestration.warehouse.working import NEXT_CHANGE
from scrapers.announcement import Ignored, Link, Page, PageError, ParsedPage, SourceError, Validators
from scrapers.archive import Location, Original, PageArchive, payload_digest
from scrapers.registry import Source, UnknownSource, get_source
from scrapers.sources import fingerprint, parse
from scrapers.visits import KnownItem, Visit

RECENT = timedelta(days=92)
# So old a page is fetched in full, whatever the server says of its age.
UNCONDITIONAL_AFTER = timedelta(hours=6)
# The beginning of the message about an item that the file refuses: reading it again would change nothing.
CANT_BE_STORED = "it can't be stored"
# What is stored of a source ($1): each item and when it was published.
ITEMS = """
    select item_id, coalesce(published_at, first_seen_at) as moment from raw.ignored_items where source_id = $1
    union all
    select announcement_id, published_at from raw.announcements where source_id = $1
"""


@dataclass(frozen=True, slots=True)
class _Stored:
    url: str
    fetched_at: datetime
    validators: Validators
    payload_digest: str
    fingerprint: str
    location: Location
    status: int

    def is_same(self, page: Page) -> bool:
        return (self.status, self.payload_digest) == (page.status, payload_digest(page.payload))


class WarehouseShelf:
    """The shelf of one source, for one thread.

    ``usable_since``: a page fetched since then need not be asked for again; None in a refresh.
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
        # Most questions are about the newest items; an older one is looked up when it is asked for.
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
            return None  # after an error the next fetch is a full one
        last = self._last(url)
        # What was set aside is judged anew at each visit, and a server that goes on saying "unchanged" is not
        # believed for longer than a quarter of a day.
        if last is None or self._set_aside or datetime.now(UTC) - last.fetched_at > UNCONDITIONAL_AFTER:
            return None
        return last.validators

    def stored(self, url: str) -> Visit | None:
        row = self._connection.execute(
            "select archive_file, archive_offset from raw.pages "
            "where source_id = ? and url = ? and (loaded_at is null or fetched_at >= ?) "
            "order by fetched_at desc limit 1",
            [self._source.id, url, naive(self._usable_since or datetime.max.replace(tzinfo=UTC))],
        ).fetchone()
        if row is None:
            return None
        page = self._archive.read(Location(*row))
        return Visit(page, parsed_page(self._source, page), is_new=False)

    def keep(self, page: Page) -> Visit:
        last = self._last(page.url)
        if last is not None and page.is_unchanged:
            # Judged at the moment of this visit: an item dated ahead may be due by now.
            page = replace(self._archive.read(last.location), fetched_at=page.fetched_at)
            return self._repeated(page, last)
        if last is not None and last.is_same(page) and not self._set_aside:
            return self._repeated(page, last)
        staged = self._archive.stage(page)
        try:
            parsed = parsed_page(self._source, page)
        except PageError as error:
            _insert_row(self._connection, index_row(page, str(error), self._archive.commit(staged)))
            raise
        said = fingerprint(parsed)
        is_repeated = said == last.fingerprint if last is not None else self._is_said(said)
        if is_repeated and not self._is_awaited(page, parsed):
            self._archive.drop(staged)
            return Visit(page, parsed, is_new=False)
        _insert_row(self._connection, index_row(page, said, self._archive.commit(staged)))
        return Visit(page, parsed, is_new=True)

    def _repeated(self, page: Page, last: _Stored) -> Visit:
        self._archive.revisit(page, Original(last.url, last.fetched_at, last.payload_digest))
        return Visit(page, parsed_page(self._source, page), is_new=False)

    def _is_awaited(self, page: Page, parsed: ParsedPage) -> bool:
        """True when what was set aside can be read by now, though the page says what it said: it is to be loaded."""
        found = {a.announcement_id for a in parsed.announcements} | {page.url}
        return bool(self._set_aside & (found - {problem.item_id for problem in parsed.problems}))

    def between(self, first: datetime, last: datetime) -> list[KnownItem]:
        rows = self._connection.execute(
            """
            select announcement_id, any_value(url), min(published_at) as published_at
            from raw.announcements
            where source_id = $1 and announcement_id not in (
                select item_id from raw.absent_items where source_id = $1
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
            "change_number = excluded.change_number "
            "where absent_items.is_deleted <> excluded.is_deleted",
            [self._source.id, item.item_id, item.url, is_deleted, naive(noticed_at)],
        )

    def newest(self) -> KnownItem | None:
        row = self._connection.execute(
            """
            select announcement_id, url, published_at from raw.announcements
            where source_id = $1 and not starts_with(url, 'https://web.archive.org/') and announcement_id not in (
                select item_id from raw.absent_items where source_id = $1
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

    def must_wait(self, item_id: str, now: datetime) -> bool:
        return self._failures.must_wait(item_id, now)

    def due(self, now: datetime, most: int) -> list[Link]:
        return self._failures.due(now, most)

    def note_failure(self, link: Link, message: str, is_counted: bool, now: datetime) -> None:
        self._failures.note(link, message, is_counted, now)

    def forget_failure(self, item_id: str) -> None:
        self._failures.forget(item_id)

    def _last(self, url: str) -> _Stored | None:
        row = self._connection.execute(
            "select url, fetched_at, etag, last_modified, payload_digest, fingerprint, archive_file, archive_offset, "
            "status from raw.pages where source_id = ? and url = ? order by fetched_at desc limit 1",
            [self._source.id, url],
        ).fetchone()
        if row is None:
            return None
        address, fetched_at, etag, last_modified, digest, said, file, offset, status = row
        validators, location = Validators(etag, last_modified), Location(file, offset)
        return _Stored(address, fetched_at.replace(tzinfo=UTC), validators, digest, said, location, status)

    def _is_said(self, said: str) -> bool:
        return bool(
            self._connection.execute(
                "select 1 from raw.pages where source_id = ? and fingerprint = ? limit 1", [self._source.id, said]
            ).fetchone()
        )


def take_in(connection: duckdb.DuckDBPyConnection, archive: PageArchive) -> int:
    """Index what the archive holds and raw.pages does not: a crash left it between them. The number of pages."""
    archive.recover()
    last = connection.execute(
        "select archive_file, max(archive_offset) from raw.pages group by archive_file"
    ).fetchall()
    taken = 0
    for location, page in archive.pages(dict(last)):
        try:
            said = fingerprint(parsed_page(source_of(page), page))
        except PageError as error:
            said = str(error)
        _insert_row(connection, index_row(page, said, location))
        taken += 1
    return taken


def source_of(page: Page) -> Source:
    """The registry's entry that a page was fetched for. Raises PageError when it is not there any more."""
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
    """What today's parser reads in a page. Raises PageError, whatever goes wrong: it concerns this page alone."""
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
            f"the archive. Mend scrapers/sources/{source.parser}.py, then run `obmin reparse`.",
            "unreadable",
        ) from fault


def _insert_row(connection: duckdb.DuckDBPyConnection, row: dict[str, Any]) -> None:
    connection.execute(
        f"insert into raw.pages values ({', '.join('?' * len(row))}) on conflict do nothing",  # noqa: S608
        list(row.values()),
    )


def index_row(page: Page, said: str, location: Location, loaded_at: datetime | None = None) -> dict[str, Any]:
    """A row of raw.pages, which is an index of the archive and can be made again from it."""
    return {
        "page_id": page_id_of(page, location),
        "source_id": page.source_id,
        "url": page.url,
        "fetched_at": naive(page.fetched_at),
        "status": page.status,
        "payload_digest": payload_digest(page.payload),
        "etag": page.validators.etag,
        "last_modified": page.validators.last_modified,
        "fingerprint": said,
        "archive_file": location.file,
        "archive_offset": location.offset,
        "loaded_at": naive(loaded_at) if loaded_at else None,
    }


def page_id_of(page: Page, location: Location) -> str:
    """A page's id: where it lies in the archive, and what it is of."""
    return hashlib.sha256(f"{location.file} {location.offset} {page.url}".encode()).hexdigest()[:24]


def naive(moment: datetime) -> datetime:
    """A moment as raw.* keeps it: UTC, without a zone."""
    return moment.astimezone(UTC).replace(tzinfo=None)
