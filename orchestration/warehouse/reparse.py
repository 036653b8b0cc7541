"""All announcements anew from the archive alone, with today's parsers, in a file that then takes the old one's place.

What the archive can't tell is carried over: what was alerted, how far history was fetched, when sources
were checked, and what is unlisted. Statements and facts follow by `obmin run`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

import duckdb

from orchestration.settings import Settings
from orchestration.warehouse.article_failures import forget_read
from orchestration.warehouse.load import LoadReport, ReadPage, insert, load_pages, read_page
from orchestration.warehouse.shelf import index_row, page_id_of
from orchestration.warehouse.working import WarehouseError, attach, create_working_file, working_file
from scrapers.archive import Location, PageArchive
from scrapers.sources import fingerprint

NOT_IN_THE_ARCHIVE = (
    "source_checks", "history", "article_failures", "told_exchanges", "problems", "alerts", "deliveries",
)  # fmt: skip
READ_ALREADY = ("readings", "statements")
# So that memory stays flat however long the archive is: the file is opened anew after so many pages, and
# DuckDB gives back at once what it frees (`make bench-reparse`).
PAGES_AT_ONCE = 1_000
SETTINGS = "set threads = 1; set memory_limit = '192MB'; set allocator_flush_threshold = '1MB';"


@dataclass(slots=True)
class Progress:
    """What is behind; ``bytes_read`` are the archive's."""

    pages: int = 0
    announcements: int = 0
    bytes_read: int = 0


@dataclass(slots=True)
class ReparseReport:
    """What came out, and what differs from before: announcements of old that today's parsers don't give."""

    pages: int
    announcements: int
    announcements_before: int
    no_longer_read: int
    quarantined: list[str]


def reparse(
    settings: Settings,
    say: Callable[[Progress], None],
    carried_over: tuple[str, ...] = (*NOT_IN_THE_ARCHIVE, *READ_ALREADY),
) -> ReparseReport:
    """Rebuild raw.pages and everything parsed from them. Killed at any point, it leaves the old file as it was.

    ``carried_over`` are the tables of raw that are taken from the old file.

    Raises WarehouseError when the archive lacks pages that the old file was made from.
    """
    fresh = settings.working.with_suffix(".rebuilt.duckdb")
    for path in (fresh, fresh.with_name(f"{fresh.name}.wal")):
        path.unlink(missing_ok=True)
    progress, archive = Progress(), PageArchive(settings.pages)
    archive.recover()
    reads = _read_archive(archive, progress)
    is_done = False
    while not is_done:
        with create_working_file(fresh) as connection:
            connection.execute(SETTINGS)
            is_done = not _load_some(connection, reads, progress, say)
            if is_done:
                report = _finish(connection, settings, progress, carried_over)
    os.replace(fresh, settings.working)
    return report


def _load_some(
    connection: duckdb.DuckDBPyConnection,
    reads: Iterator[tuple[ReadPage, Location]],
    progress: Progress,
    say: Callable[[Progress], None],
) -> bool:
    """Load the next pages and their index rows; False when there were none."""
    before = progress.pages
    waiting: list[tuple[ReadPage, Location]] = []

    def pages() -> Iterator[ReadPage]:
        for read, location in islice(reads, PAGES_AT_ONCE):
            waiting.append((read, location))
            yield read

    def after_batch(report: LoadReport) -> None:
        now = datetime.now(UTC)
        rows = [index_row(read.page, fingerprint(read.parsed), location, now) for read, location in waiting]
        insert(connection, "pages", rows)
        progress.pages += len(waiting)
        waiting.clear()
        say(progress)

    progress.announcements += load_pages(connection, pages(), after_batch).announcements_new
    return progress.pages > before


def _finish(
    connection: duckdb.DuckDBPyConnection, settings: Settings, progress: Progress, carried_over: tuple[str, ...]
) -> ReparseReport:
    loaded = load_pages(connection, ())
    before, lost = _carry_over(connection, settings, carried_over) if settings.working.exists() else (0, 0)
    return ReparseReport(progress.pages, progress.announcements, before, lost, loaded.quarantined)


def _read_archive(archive: PageArchive, progress: Progress) -> Iterator[tuple[ReadPage, Location]]:
    for location, page in archive.pages():
        progress.bytes_read = archive.bytes_before(location)
        yield read_page(page_id_of(page, location), page), location


def _carry_over(
    connection: duckdb.DuckDBPyConnection, settings: Settings, tables: tuple[str, ...]
) -> tuple[int, int]:
    """Copy what only the old file knows; how many announcements it had, and how many of them are not read now."""
    with working_file(settings):
        pass  # a file that is locked, broken or of another version is refused with a sentence
    attach(connection, settings.working, "old", "read_only")
    missing = connection.execute(
        "select archive_file, archive_offset from old.raw.pages "
        "where page_id not in (select page_id from raw.pages) order by all"
    ).fetchall()
    if missing:
        raise WarehouseError(
            f"{settings.pages} lacks {len(missing)} of the pages that {settings.working.name} was made from, the "
            f"first at byte {missing[0][1]} of {missing[0][0]}; put the archive's files back, then run again. "
            "Nothing was changed. To go on without them, move the working file away first."
        )
    for table in tables:
        of_versions = "where version_id in (select version_id from raw.announcements)"
        kept = of_versions if table in READ_ALREADY else ""
        connection.execute(f"insert into raw.{table} by name select * from old.raw.{table} {kept}")  # noqa: S608
    connection.execute(
        "insert into raw.absent_items by name select * from old.raw.absent_items where not is_deleted "
        "on conflict do nothing"
    )
    forget_read(connection)
    row = connection.execute(
        "select count(*), count(*) filter (version_id not in (select version_id from raw.announcements)) "
        "from old.raw.announcements"
    ).fetchone()
    connection.execute("detach old")
    assert row is not None
    return row[0], row[1]
