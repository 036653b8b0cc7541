"""From the web to pages: crawl a source, archive what is new, note how the source did.

Pages are archived before anything is loaded from them. What a page says is for load.py.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from orchestration.settings import Settings
from scrapers.announcement import Page, SourceError
from scrapers.archive import PageArchive, content_hash
from scrapers.http import Door
from scrapers.registry import Source
from scrapers.sample.server import serve
from scrapers.sources import fingerprint, parser_of

PAGES_BETWEEN_WORDS = 10


@dataclass(frozen=True, slots=True)
class FetchReport:
    """How one source did. ``error`` is a sentence for a person, None when the crawl was complete."""

    source_id: str
    pages_seen: int
    pages_new: int
    error: str | None


@contextmanager
def open_door(settings: Settings) -> Iterator[Door]:
    """The door to the live sites, or, for the sample, to a replay server that runs meanwhile."""
    if settings.profile == "live":
        with Door() as door:
            yield door
        return
    with serve(settings.sample_archive) as address, Door(replay=address) as door:
        yield door


def fetch(
    connection: duckdb.DuckDBPyConnection,
    archive: PageArchive,
    door: Door,
    source: Source,
    say: Callable[[str], None],
) -> FetchReport:
    """Crawl one source; ``say`` hears of progress. A failure is reported, never raised: others go on."""
    seen = new = 0
    error = None
    parser = parser_of(source)
    known = _known_items(connection, source)
    # After a crawl that broke off, stopping at the first known page would leave a hole behind it.
    deep = not _was_complete(connection, source)
    try:
        for page in parser.crawl(door, source, known.__contains__, deep):
            seen += 1
            new += _store(connection, archive, page, fingerprint(parser.parse(source, page)))
            if seen % PAGES_BETWEEN_WORDS == 0:
                say(f"{source.id}: {seen} pages seen, {new} new")
    except SourceError as failure:
        error = str(failure)
    _note(connection, source, error)
    return FetchReport(source.id, seen, new, error)


def _known_items(connection: duckdb.DuckDBPyConnection, source: Source) -> set[str]:
    rows = connection.execute(
        "select announcement_id from raw.announcements where source_id = $1 "
        "union select item_id from raw.ignored_items where source_id = $1",
        [source.id],
    ).fetchall()
    return {row[0] for row in rows}


def _was_complete(connection: duckdb.DuckDBPyConnection, source: Source) -> bool:
    row = connection.execute("select is_complete from raw.source_checks where source_id = ?", [source.id]).fetchone()
    return bool(row and row[0])


def _store(connection: duckdb.DuckDBPyConnection, archive: PageArchive, page: Page, said: str) -> bool:
    """Archive a page unless the last one from this address said the same; True when archived."""
    # The list's address carries today's date; what a page says is what makes it new.
    last = connection.execute(
        "select 1 from raw.pages where source_id = ? and fingerprint = ? limit 1", [page.source_id, said]
    ).fetchone()
    if last is not None:
        return False
    location = archive.append(page)
    page_id = hashlib.sha256(f"{location.file} {location.offset} {page.url}".encode()).hexdigest()[:24]
    connection.execute(
        "insert into raw.pages values (?, ?, ?, ?, ?, ?, ?, ?, ?, null)",
        [
            page_id,
            page.source_id,
            page.url,
            _utc(page.fetched_at),
            page.status,
            content_hash(page.body),
            said,
            location.file,
            location.offset,
        ],
    )
    return True


def _note(connection: duckdb.DuckDBPyConnection, source: Source, error: str | None) -> None:
    now = _utc(datetime.now(UTC))
    connection.execute(
        """
        insert into raw.source_checks values ($1, $2, $3, $4, $5)
        on conflict (source_id) do update set
            last_checked_at = excluded.last_checked_at,
            last_success_at = coalesce(excluded.last_success_at, source_checks.last_success_at),
            is_complete = excluded.is_complete,
            last_error = excluded.last_error
        """,
        [source.id, now, None if error else now, error is None, error],
    )


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
