"""Loading: parse archived pages and insert each announcement version once.

Rows that exist are ignored, so a rerun loads nothing. Finding new versions is in versions.py.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain
from typing import Any

import duckdb
import pyarrow as pa

from orchestration.warehouse.article_failures import storable
from orchestration.warehouse.page_index import forget_page, naive
from orchestration.warehouse.page_store import CANT_BE_STORED, parsed_page, source_of
from orchestration.warehouse.parsed_pages import take
from orchestration.warehouse.versions import mark_gone_and_shown, new_versions
from scrapers.archive import BrokenRecord, Location, PageArchive
from scrapers.extraction.measures import load_measures
from scrapers.parsing.mined_pages import is_mined, parse_mined
from scrapers.records import Page, PageError, ParsedPage, Problem
from scrapers.registry import load_registry, load_web_archives

ITEMS_AT_ONCE = 2_000


@dataclass(slots=True)
class LoadReport:
    """What was loaded. ``newest``: timestamp of the newest stored announcement (UTC, naive); ``newest_url``: its
    address; ``quarantined``: one sentence per item.
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
    """A page and its parsed content; ``is_lost`` when the archive no longer has it, ``is_part`` when other items of
    the page are loaded separately.
    """

    page_id: str
    page: Page
    parsed: ParsedPage
    is_lost: bool = False
    is_part: bool = False

    @property
    def seen_at(self) -> datetime:
        return naive(self.page.fetched_at)


def load(
    connection: duckdb.DuckDBPyConnection,
    archive: PageArchive,
    on_progress: Callable[[int, int], None] = lambda _, __: None,
) -> LoadReport:
    """Load every archived page that is not loaded yet, in the order of fetching; parsed unless the crawl just did.
    ``on_progress`` gets the pages that are loaded, and how many there are to load.
    """
    rows = connection.execute(
        "select page_id, source_id, url, archive_file, archive_offset from raw.pages "
        "where loaded_at is null order by fetched_at, page_id"
    ).fetchall()
    pages = _read_archived(connection, archive, rows)
    return load_pages(connection, pages, lambda report: on_progress(report.pages, len(rows)))


def _read_archived(
    connection: duckdb.DuckDBPyConnection, archive: PageArchive, rows: Sequence[tuple[str, str, str, str, int]]
) -> Iterator[ReadPage]:
    """The pages of these rows; one that the archive no longer has is a problem, and is fetched again."""
    for page_id, source_id, url, file, offset in rows:
        try:
            page = archive.read(Location(file, offset))
        except BrokenRecord as error:
            forget_page(connection, archive, page_id)
            lost = Page(source_id, url, datetime.now(UTC), 0, (), b"")
            yield ReadPage(page_id, lost, ParsedPage(problems=[_unreadable(lost, error)]), is_lost=True)
        else:
            parsed = take(archive.folder, Location(file, offset))
            yield ReadPage(page_id, page, parsed) if parsed is not None else read_page(page_id, page)


def load_pages(
    connection: duckdb.DuckDBPyConnection,
    pages: Iterable[ReadPage],
    after_batch: Callable[[LoadReport], None] = lambda _: None,
) -> LoadReport:
    """Load parsed pages, some thousand items per transaction; one batch is in memory at a time."""
    report = LoadReport()
    _load_sources(connection)
    _load_measures(connection)
    for batch in _batches(pages):
        _load_surely(connection, batch, report)
        report.pages += len(batch)
        after_batch(report)
    row = connection.execute(
        "select count(*), max(published_at), arg_max(url, published_at) from raw.announcements"
    ).fetchone()
    assert row is not None
    report.announcements, report.newest, report.newest_url = row
    report.quarantined = quarantine(connection)
    return report


def quarantine(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """One sentence for each item that is set aside."""
    rows = connection.execute(
        "select source_id, item_id, message, excerpt from raw.quarantined_items order by all"
    ).fetchall()
    return [
        f"{source}: item {item} is set aside: {message} ({excerpt}). Fix the parser or the page, then run again."
        for source, item, message, excerpt in rows
    ]


def read_page(page_id: str, page: Page) -> ReadPage:
    """A page parsed by the current parser; an unreadable one gives a problem with the page's address."""
    try:
        parsed = parse_mined(page) if is_mined(page) else parsed_page(source_of(page), page)
        return ReadPage(page_id, page, parsed)
    except PageError as error:
        return ReadPage(page_id, page, ParsedPage(problems=[_unreadable(page, error)]))


def _unreadable(page: Page, error: Exception) -> Problem:
    reason = str(error).removeprefix(f"{page.source_id}: ").rstrip(".")
    return Problem(page.source_id, page.url, "the page can't be read", reason)


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


def _load_surely(connection: duckdb.DuckDBPyConnection, batch: Sequence[ReadPage], report: LoadReport) -> None:
    """Load a batch as one transaction. If it can't be stored, its pages, then their items, are tried one by one, and
    only the failing item is quarantined.
    """
    before = replace(report)
    connection.execute("begin")
    try:
        _load_batch(connection, batch, report)
        connection.execute("commit")
    except Exception as fault:
        connection.execute("rollback")
        report.announcements_new, report.ignored_new = before.announcements_new, before.ignored_new
        parts = [[read] for read in batch] if len(batch) > 1 else [[part] for part in _items_of(batch[0])]
        if len(parts) > 1:
            for part in parts:
                _load_surely(connection, part, report)
        else:
            refused = _refused(batch[0], fault)
            if refused == batch[0].parsed:
                raise  # even the problem can't be stored: the file itself is at fault
            _load_surely(connection, [replace(batch[0], parsed=refused)], report)


def _items_of(read: ReadPage) -> list[ReadPage]:
    """Split a page into pages of one item each."""
    parsed = read.parsed
    parts = [ParsedPage(announcements=[item]) for item in parsed.announcements]
    parts += [ParsedPage(ignored=[item]) for item in parsed.ignored]
    parts += [ParsedPage(problems=[item]) for item in parsed.problems]
    parts += [ParsedPage(gone=[item]) for item in parsed.gone]
    # A table's rows stay together: those missing from a page are deleted.
    parts += [ParsedPage(rows=parsed.rows)] if parsed.rows else []
    return [replace(read, parsed=part, is_part=True) for part in parts]


def _refused(read: ReadPage, fault: Exception) -> ParsedPage:
    """Replacement for a page whose single item can't be stored: a problem, in characters that any file accepts."""
    parsed = read.parsed
    items = [item.announcement_id for item in parsed.announcements] + parsed.gone
    items += [item.item_id for item in parsed.ignored] + [item.item_id for item in parsed.problems]
    item_id = storable(items[0]) if items else read.page.url
    message = f"{CANT_BE_STORED} ({type(fault).__name__}: {fault})"
    return ParsedPage(problems=[Problem(read.page.source_id, item_id, storable(message)[:500], read.page.url)])


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
    _quarantine(connection, batch)
    mark_gone_and_shown(
        connection,
        [
            (read.page.source_id, item_id, read.page.url, read.seen_at)
            for read in batch
            for item_id in read.parsed.gone
        ],
        shown,
    )
    _insert_reference_rows(connection, batch)
    connection.execute(
        "update raw.pages set loaded_at = ? where page_id in (select unnest(?))",
        [naive(datetime.now(UTC)), [read.page_id for read in batch if not read.is_lost]],
    )


def _quarantine(connection: duckdb.DuckDBPyConnection, batch: Sequence[ReadPage]) -> None:
    """Quarantine items and pages that can't be read, and release them when a later fetch can be read, or shows that
    there is nothing to read.

    A problem of a page that belongs to no item (its id is the page's address, # and more) ends when the page is read
    without it.
    """
    found: dict[tuple[str, str], tuple[Problem, datetime] | None] = {}
    held = connection.execute("select source_id, item_id from raw.quarantined_items").fetchall()
    of_pages: defaultdict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for source_id, item_id in held:
        of_pages[source_id, item_id.partition("#")[0]].append((source_id, item_id))
    for read in batch:
        if not read.is_part:
            own = (read.page.source_id, read.page.url)
            found |= dict.fromkeys((own, *of_pages.get(own, ())))
        found |= {(a.source_id, a.announcement_id): None for a in read.parsed.announcements}
        found |= {(i.source_id, i.item_id): None for i in read.parsed.ignored}
        found |= {(read.page.source_id, item_id): None for item_id in read.parsed.gone}
        for problem in read.parsed.problems:
            key = (problem.source_id, problem.item_id)
            of_pages[problem.source_id, problem.item_id.partition("#")[0]].append(key)
            earlier = found.get(key)
            found[key] = (problem, earlier[1] if earlier else read.seen_at)
    for key in held:
        if found.get(key, "not seen") is None:
            connection.execute("delete from raw.quarantined_items where source_id = ? and item_id = ?", [*key])
    for key, problem_and_moment in found.items():
        if problem_and_moment is not None:
            problem, seen_at = problem_and_moment
            connection.execute(
                "insert into raw.quarantined_items values (?, ?, ?, ?, ?) on conflict do update set "
                "message = excluded.message, excerpt = excluded.excerpt",
                [*key, problem.message, problem.excerpt, seen_at],
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
        # A row that was removed from the source's table is not compared.
        if read.parsed.rows:
            connection.execute(
                "delete from raw.reference_rows where source_id = ? and page_id <> ?",
                [read.page.source_id, read.page_id],
            )


def _load_sources(connection: duckdb.DuckDBPyConnection) -> None:
    mined = load_web_archives()
    rows = [
        *((s.id, s.publisher, s.side, s.language, s.precedence, s.url) for s in load_registry() if s.role == "facts"),
        (mined.id, mined.publisher, mined.side, None, mined.precedence, None),
    ]
    _replace(connection, "sources", rows)


def _load_measures(connection: duckdb.DuckDBPyConnection) -> None:
    rows = [
        (m.name, m.of, m.unit, m.part_of, m.of == "event", m.names.get("uk"), m.names.get("en"))
        for m in load_measures().values()
        if m.is_stated
    ]
    _replace(connection, "measures", rows)


def _replace(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Make a raw table hold exactly these rows; the same rows are left as they are."""
    held = connection.execute(f"from raw.{table}").fetchall()
    if sorted(held, key=repr) == sorted(rows, key=repr):
        return
    connection.execute(f"delete from raw.{table}")  # noqa: S608
    # One statement, because DuckDB plans each one separately.
    places = ", ".join([f"({', '.join('?' * len(rows[0]))})"] * len(rows))
    connection.execute(f"insert into raw.{table} values {places}", list(chain.from_iterable(rows)))  # noqa: S608


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[dict[str, Any]]) -> int:
    """Insert new rows into a raw table; of rows with the same key, the first.

    Returns the number inserted.
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
