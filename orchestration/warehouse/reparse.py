"""Re-parsing: all announcements from the archive alone, by the current parsers, into a file that replaces the old.

State that the archive lacks is carried over: alerts, backfill progress, source checks, and unlisted items. Statements
and facts follow by `obmin run`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import duckdb
import pyarrow as pa

from orchestration.warehouse.article_failures import forget_read
from orchestration.warehouse.attachment import attach
from orchestration.warehouse.damage import is_damage
from orchestration.warehouse.damaged_file import move_aside, restore_state
from orchestration.warehouse.database import DamagedFile, Warehouse, WarehouseError, create_working_file
from orchestration.warehouse.kept_state import (
    NOT_IN_THE_ARCHIVE,
    forget_lost_file,
    pages_behind,
    pages_of_lost_file,
)
from orchestration.warehouse.load import LoadReport, ReadPage, insert, load_pages, read_page
from orchestration.warehouse.page_index import index_row, page_id_of
from scrapers.archive import Damage, Location, PageArchive
from scrapers.registry import load_registry, load_web_archives

# Pages of the old file that the archive still has: the same fetch at the same location.
PAGES_HELD = """
    create temp table pages_held as
    select page_id from old.raw.pages semi join raw.pages using (archive_file, archive_offset, url, fetched_at)
"""
WAYS_OUT = (
    "Put the files of pages/ back from a back-up; or, if there is a lake, move the working file and its state file "
    "away, and run `obmin restore --from-lake`."
)
READ_ALREADY = ("readings", "statements", "doubts")
# To keep memory flat for any archive size, the file is reopened after this many pages, and DuckDB returns freed
# memory at once (`make bench-reparse`).
PAGES_AT_ONCE = 1_000
SETTINGS = "set threads = 1; set memory_limit = '192MB'; set allocator_flush_threshold = '1MB';"


@dataclass(slots=True)
class Progress:
    """What is done; ``bytes_read`` are the archive's."""

    pages: int = 0
    announcements: int = 0
    bytes_read: int = 0


@dataclass(slots=True)
class ReparseReport:
    """The result. ``no_longer_read``: stored announcements that the current parsers don't return.

    ``pages_gone``: pages that the archive lost; what was read from them is copied from the old file (``kept``
    announcements). ``pages_lost``: the same where no readable old file had anything to copy, of ``pages_expected``,
    counted by the saved state next to it. ``damaged``: a sentence for each skipped part of the archive.
    ``moved_aside``: a sentence on where an unreadable working file was moved, and what was restored instead.
    """

    pages: int
    announcements: int
    announcements_before: int = 0
    no_longer_read: int = 0
    pages_gone: int = 0
    kept: int = 0
    pages_lost: int = 0
    pages_expected: int = 0
    damaged: list[str] = field(default_factory=list)
    moved_aside: str | None = None
    quarantined: list[str] = field(default_factory=list)

    @property
    def warnings(self) -> list[str]:
        """Archive problems for the user to check, one sentence each."""
        notes = [*self.damaged, *([self.moved_aside] if self.moved_aside else [])]
        if self.pages_lost:
            notes.append(f"{self.lost} {WAYS_OUT}")
        if not self.pages_gone and not self.kept:
            return notes
        return [
            *notes,
            f"The archive lacks {self.pages_gone} pages that the working file was made from, or their source is no "
            f"longer known; {self.kept} announcements read from such pages are kept as they were. Put the archive's "
            "files back from a copy, and run `obmin reparse` again to have them read anew.",
        ]

    @property
    def lost(self) -> str:
        """What ``pages_lost`` means, as a sentence."""
        return (
            f"The archive lacks {self.pages_lost} of the {self.pages_expected} pages that the working file had "
            "before it was lost or damaged, and what was read from them is in no file here."
        )


def reparse(
    warehouse: Warehouse,
    on_progress: Callable[[Progress], None],
    carried_over: tuple[str, ...] = (*NOT_IN_THE_ARCHIVE, *READ_ALREADY),
    check: Callable[[ReparseReport], None] = lambda _: None,
) -> ReparseReport:
    """Rebuild raw.pages and everything parsed from them. If killed at any point, the old file stays as it was.

    ``carried_over``: raw tables taken from the old file; if that is damaged or missing, state that the archive lacks
    comes from the saved state next to it, and from the last publication.

    Announcements whose pages the archive lost are copied from the old file, with everything else read from such
    pages; damaged parts of the archive are skipped. Both are in the report, which ``check`` may refuse by raising,
    before the old file is replaced.

    Raises WarehouseError when the old file is locked or from a newer Obmin, or an archive file may not be opened.
    """
    settings = warehouse.settings
    fresh = settings.working.with_suffix(".rebuilt.duckdb")
    _remove(fresh)
    try:
        report = _reparse(warehouse, fresh, on_progress, carried_over)
        check(report)
    except BaseException:
        _remove(fresh)  # a full disk may need its space
        raise
    if report.moved_aside:
        move_aside(settings)
    settings.working.with_name(f"{settings.working.name}.wal").unlink(missing_ok=True)
    os.replace(fresh, settings.working)
    forget_lost_file(settings.kept_state)
    with warehouse.connection():
        pass  # its state is saved, with the pages that it was made from
    return report


def _remove(path: Path) -> None:
    for part in (path, path.with_name(f"{path.name}.wal")):
        part.unlink(missing_ok=True)


def _reparse(
    warehouse: Warehouse, fresh: Path, on_progress: Callable[[Progress], None], carried_over: tuple[str, ...]
) -> ReparseReport:
    """Fill a new file from the archive, and with state that only the old file has."""
    # Arrow's own pool holds freed memory: some 20 MiB here.
    pa.set_memory_pool(pa.system_memory_pool())
    progress, archive = Progress(), PageArchive(warehouse.settings.pages)
    archive.recover()
    damaged: list[Damage] = []
    reads = _read_archive(archive, progress, damaged)
    is_done = False
    while not is_done:
        with create_working_file(fresh) as connection:
            connection.execute(SETTINGS)
            is_done = not _load_some(connection, reads, progress, on_progress)
            if is_done:
                report = ReparseReport(progress.pages, progress.announcements)
                report.damaged = [damage.sentence for damage in damaged]
                _take_over(connection, warehouse, carried_over, report)
                report.quarantined = load_pages(connection, ()).quarantined
    return report


def _load_some(
    connection: duckdb.DuckDBPyConnection,
    reads: Iterator[tuple[ReadPage, Location]],
    progress: Progress,
    on_progress: Callable[[Progress], None],
) -> bool:
    """Load the next pages and their index rows; False when there were none."""
    pages_before, announcements_before = progress.pages, progress.announcements
    waiting: list[tuple[ReadPage, Location]] = []

    def pages() -> Iterator[ReadPage]:
        for read, location in islice(reads, PAGES_AT_ONCE):
            waiting.append((read, location))
            yield read

    def after_batch(report: LoadReport) -> None:
        now = datetime.now(UTC)
        rows = [index_row(read.page, None, location, now) for read, location in waiting]
        insert(connection, "pages", rows)
        progress.pages += len(waiting)
        progress.announcements = announcements_before + report.announcements_new
        waiting.clear()
        on_progress(progress)

    load_pages(connection, pages(), after_batch)
    return progress.pages > pages_before


def _read_archive(
    archive: PageArchive, progress: Progress, damaged: list[Damage]
) -> Iterator[tuple[ReadPage, Location]]:
    def note(damage: Damage) -> None:
        if damage.is_refused:  # it may be whole, and must not be left out of a rebuild
            raise WarehouseError(f"{damage.file} of the archive: {damage.reason}. Fix that, then run again.")
        damaged.append(damage)

    for location, page in archive.pages(on_damage=note):
        progress.bytes_read = archive.bytes_before(location)
        yield read_page(page_id_of(page, location), page), location


def _take_over(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, tables: tuple[str, ...], report: ReparseReport
) -> None:
    """Take state that the archive lacks from the old file, or else from the saved state next to it."""
    settings = warehouse.settings
    if settings.working.exists():
        try:
            _carry_over(connection, warehouse, tables, report)
            return
        except (DamagedFile, duckdb.Error) as error:
            if isinstance(error, duckdb.Error) and not is_damage(error):
                raise
            report.pages_gone = report.kept = 0
            report.moved_aside = f"{str(error).splitlines()[0]} It is in {settings.damaged} now."
    expected = pages_behind(settings.kept_state)
    report.pages_expected, report.pages_lost = expected.count, expected.missing_in(connection, "raw.pages")
    had = restore_state(connection, settings, has_all_pages=not report.pages_lost)
    if report.moved_aside:
        report.moved_aside += f" {had}"


def _carry_over(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, tables: tuple[str, ...], report: ReparseReport
) -> None:
    """Copy state that only the old file has, in one transaction, and count how it differs from the new one."""
    with warehouse.connection():
        pass  # raises if the file is locked, damaged or of another version
    attach(connection, warehouse.settings.working, "old", "read_only")
    connection.execute("begin")
    try:
        _copy(connection, tables, report)
        connection.execute("commit")
    except duckdb.Error:
        connection.execute("rollback")
        raise
    row = connection.execute(
        "select count(*), count(*) filter (version_id not in (select version_id from raw.announcements)) "
        "from old.raw.announcements"
    ).fetchone()
    expected = pages_of_lost_file(warehouse.settings.kept_state)
    report.pages_expected = expected.count
    report.pages_lost = expected.missing_in(connection, "raw.pages", "old.raw.pages")
    connection.execute("detach old")
    assert row is not None
    report.announcements_before, report.no_longer_read = row


def _copy(connection: duckdb.DuckDBPyConnection, tables: tuple[str, ...], report: ReparseReport) -> None:
    _keep_what_is_gone(connection, report)
    for table in tables:
        of_versions = "where version_id in (select version_id from raw.announcements)"
        kept = of_versions if table in READ_ALREADY else ""
        connection.execute(f"insert into raw.{table} by name select * from old.raw.{table} {kept}")  # noqa: S608
    connection.execute(
        "insert into raw.absent_items by name select * from old.raw.absent_items where not is_deleted or $1 "
        "on conflict do nothing",
        [report.pages_gone > 0],
    )
    # Sources whose pages were lost before loading are crawled again as if for the first time.
    connection.execute(
        "update raw.source_checks set is_complete = false, complete_through = null where source_id in ("
        "select source_id from old.raw.pages anti join pages_held using (page_id) where loaded_at is null)"
    )
    forget_read(connection)


def _keep_what_is_gone(connection: duckdb.DuckDBPyConnection, report: ReparseReport) -> None:
    """Copy the old file's rows from pages that the archive lacks, or of sources that the registry lacks.

    All versions of such an item are copied: with one missing, a text that was edited back would not be recognised.
    """
    connection.execute(PAGES_HELD)
    row = connection.execute("select count(*) from old.raw.pages anti join pages_held using (page_id)").fetchone()
    assert row is not None
    report.pages_gone = row[0]
    kept = connection.execute(
        """
        with items as (
            select distinct source_id, announcement_id from old.raw.announcements
            where page_id not in (select page_id from pages_held) or source_id not in (select unnest($1))
        ), arrived as (select coalesce(max(load_seq), 0) as before from raw.announcements)
        insert into raw.announcements by name
        select announcements.* replace (load_seq + before as load_seq)
        from old.raw.announcements semi join items using (source_id, announcement_id), arrived
        where version_id not in (select version_id from raw.announcements)
        returning 1
        """,
        [[load_web_archives().id, *(source.id for source in load_registry())]],
    ).fetchall()
    report.kept = len(kept)
    if not report.pages_gone:
        return
    connection.execute(
        "insert into raw.ignored_items by name select * from old.raw.ignored_items as old_items where not exists ("
        "from raw.announcements as read where read.source_id = old_items.source_id "
        "and read.announcement_id = old_items.item_id) on conflict do nothing"
    )
    connection.execute(
        "insert into raw.quarantined_items by name select * from old.raw.quarantined_items as old_items where not "
        "exists (from raw.announcements as read where read.source_id = old_items.source_id "
        "and read.announcement_id = old_items.item_id) on conflict do nothing"
    )
    connection.execute(
        "insert into raw.reference_rows by name select * from old.raw.reference_rows "
        "where source_id not in (select source_id from raw.reference_rows)"
    )
