"""From pages to announcements: parse what was archived and load each version once.

Insert-or-ignore on the version's identity, so that a rerun loads nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from typing import Any

import duckdb
import pyarrow as pa

from orchestration.warehouse.shelf import naive
from orchestration.warehouse.versions import new_versions, shown_again
from orchestration.warehouse.working import NEXT_CHANGE
from scrapers.announcement import Page, ParsedPage, SourceError
from scrapers.archive import Location, PageArchive
from scrapers.registry import get_source, load_registry
from scrapers.sources import parse

ITEMS_AT_ONCE = 2_000


@dataclass(slots=True)
class LoadReport:
    """What came in. ``newest`` is the moment of the newest announcement held (UTC, naive) and ``newest_url`` its
    address; ``quarantined`` holds one sentence an item.
    """

    pages: int = 0
    announcements: int = 0
    announcements_new: int = 0
    ignored_new: int = 0
    newest: datetime | None = None
    newest_url: str | None = None
    quarantined: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ReadPage:
    """One page and what it says."""

    page_id: str
    page: Page
    parsed: ParsedPage

    @property
    def seen_at(self) -> datetime:
        return naive(self.page.fetched_at)


def load(connection: duckdb.DuckDBPyConnection, archive: PageArchive) -> LoadReport:
    """Parse every archived page that is not loaded yet, in the order of fetching."""
    rows = connection.execute(
        "select page_id, archive_file, archive_offset from raw.pages "
        "where loaded_at is null order by fetched_at, page_id"
    ).fetchall()
    return load_pages(
        connection, (read_page(page_id, archive.read(Location(file, offset))) for page_id, file, offset in rows)
    )


def load_pages(
    connection: duckdb.DuckDBPyConnection,
    pages: Iterable[ReadPage],
    after_batch: Callable[[LoadReport], None] = lambda _: None,
) -> LoadReport:
    """Load what pages say, some thousand items a transaction; one batch is in memory at a time."""
    report = LoadReport()
    _load_registry(connection)
    for batch in _batches(pages):
        connection.execute("begin")
        _load_batch(connection, batch, report)
        connection.execute("commit")
        report.pages += len(batch)
        after_batch(report)
    row = connection.execute(
        "select count(*), max(published_at), arg_max(url, published_at) from raw.announcements"
    ).fetchone()
    assert row is not None
    report.announcements, report.newest, report.newest_url = row
    rows = connection.execute(
        "select source_id, item_id, message, excerpt from raw.quarantined_items order by all"
    ).fetchall()
    report.quarantined = [
        f"{source}: item {item} is set aside: {message} ({excerpt}). Mend the parser or the page, then run again."
        for source, item, message, excerpt in rows
    ]
    return report


def read_page(page_id: str, page: Page) -> ReadPage:
    """A page with what today's parser reads in it; nothing, where no text can be had."""
    try:
        return ReadPage(page_id, page, parse(get_source(page.source_id), page))
    except SourceError:
        # The crawl that brought the page has failed for it, and said so.
        return ReadPage(page_id, page, ParsedPage())


def _batches(pages: Iterable[ReadPage]) -> Iterator[list[ReadPage]]:
    batch: list[ReadPage] = []
    items = 0
    for read in pages:
        batch.append(read)
        items += len(read.parsed.listed()) + 1
        if items >= ITEMS_AT_ONCE:
            yield batch
            batch, items = [], 0
    if batch:
        yield batch


def _load_batch(connection: duckdb.DuckDBPyConnection, batch: Sequence[ReadPage], report: LoadReport) -> None:
    shown = [(a, read.page_id, read.seen_at) for read in batch for a in read.parsed.announcements]
    report.announcements_new += insert(connection, "announcements", new_versions(connection, shown))
    report.ignored_new += insert(
        connection,
        "ignored_items",
        [
            {
                "source_id": i.source_id, "item_id": i.item_id, "reason": i.reason, "excerpt": i.excerpt,
                "published_at": naive(i.published_at) if i.published_at else None, "first_seen_at": read.seen_at,
            }
            for read in batch for i in read.parsed.ignored
        ],
    )  # fmt: skip
    insert(
        connection,
        "quarantined_items",
        [
            {
                "source_id": p.source_id, "item_id": p.item_id, "message": p.message, "excerpt": p.excerpt,
                "first_seen_at": read.seen_at,
            }
            for read in batch for p in read.parsed.problems
        ],
    )  # fmt: skip
    _release(connection, batch)
    shown_again(connection, shown)
    _insert_gone(connection, batch)
    _insert_reference_rows(connection, batch)
    connection.execute(
        "update raw.pages set loaded_at = ? where page_id in (select unnest(?))",
        [naive(datetime.now(UTC)), [read.page_id for read in batch]],
    )


def _release(connection: duckdb.DuckDBPyConnection, batch: Sequence[ReadPage]) -> None:
    """An item that can be read now leaves the quarantine."""
    if not _one(connection, "select count(*) from raw.quarantined_items"):
        return
    connection.executemany(
        "delete from raw.quarantined_items where source_id = ? and item_id = ?",
        [[a.source_id, a.announcement_id] for read in batch for a in read.parsed.announcements] or [["", ""]],
    )


def _insert_gone(connection: duckdb.DuckDBPyConnection, batch: Sequence[ReadPage]) -> None:
    for read in batch:
        for item_id in read.parsed.gone:
            connection.execute(
                f"insert into raw.absent_items values (?, ?, ?, true, ?, {NEXT_CHANGE}) "  # noqa: S608
                "on conflict do update set is_deleted = true, noticed_at = excluded.noticed_at, "
                "change_number = excluded.change_number where not absent_items.is_deleted",
                [read.page.source_id, item_id, read.page.url, read.seen_at],
            )


def _insert_reference_rows(connection: duckdb.DuckDBPyConnection, batch: Sequence[ReadPage]) -> None:
    for read in batch:
        for row in read.parsed.rows:
            connection.execute(
                "insert into raw.reference_rows values (?, ?, ?, ?, ?, ?, ?, ?) on conflict do update set "
                "cells = excluded.cells, day = excluded.day, released = excluded.released, "
                "returned = excluded.returned, page_id = excluded.page_id",
                [
                    read.page.source_id, row.row_id, json.dumps(row.cells, ensure_ascii=False), row.day, row.released,
                    row.returned, read.page_id, read.seen_at,
                ],
            )  # fmt: skip
        # A row that the table no longer has is not compared with.
        if read.parsed.rows:
            connection.execute(
                "delete from raw.reference_rows where source_id = ? and page_id <> ?",
                [read.page.source_id, read.page_id],
            )


def _load_registry(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("delete from raw.sources")
    rows = [
        (s.id, s.publisher, s.side, s.language, s.precedence, s.url) for s in load_registry() if s.role == "facts"
    ]
    # One statement: DuckDB plans each of many anew.
    places = ", ".join(["(?, ?, ?, ?, ?, ?)"] * len(rows))
    connection.execute(f"insert into raw.sources values {places}", list(chain.from_iterable(rows)))  # noqa: S608


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[dict[str, Any]]) -> int:
    """Insert into a table of raw the rows that are not there yet; of one key seen twice, the first.

    Gives the number inserted.
    """
    if not rows:
        return 0
    incoming = pa.Table.from_pylist(rows)
    names = ", ".join(incoming.column_names)
    connection.register("incoming", incoming)
    try:
        inserted = connection.execute(
            f"insert into raw.{table} ({names}) select {names} from incoming "  # noqa: S608
            "on conflict do nothing returning 1"
        ).fetchall()
    finally:
        connection.unregister("incoming")
    return len(inserted)


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> Any:
    row = connection.execute(query).fetchone()
    return row[0] if row else None
