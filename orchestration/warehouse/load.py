"""From pages to announcements: parse what was archived and load each version once.

Insert-or-ignore on the version's identity, so that a rerun loads nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import duckdb
import pyarrow as pa

from scrapers.announcement import Announcement, Ignored, Problem
from scrapers.archive import Location, PageArchive
from scrapers.registry import get_source, load_registry
from scrapers.sources import parser_of


@dataclass(slots=True)
class LoadReport:
    """What came in. ``quarantined`` holds one sentence an item."""

    pages: int = 0
    announcements_new: int = 0
    ignored_new: int = 0
    newest: datetime | None = None
    quarantined: list[str] = field(default_factory=list)


def load(connection: duckdb.DuckDBPyConnection, archive: PageArchive) -> LoadReport:
    """Parse every archived page that is not loaded yet, in the order of fetching."""
    report = LoadReport()
    _load_registry(connection)
    now = datetime.now(UTC).replace(tzinfo=None)
    pages = connection.execute(
        "select page_id, source_id, archive_file, archive_offset from raw.pages "
        "where loaded_at is null order by fetched_at, page_id"
    ).fetchall()
    for page_id, source_id, file, offset in pages:
        source = get_source(source_id)
        parsed = parser_of(source).parse(source, archive.read(Location(file, offset)))
        connection.execute("begin")
        report.announcements_new += _insert_announcements(connection, parsed.announcements, page_id, now)
        report.ignored_new += _insert_ignored(connection, parsed.ignored, now)
        _quarantine(connection, parsed.problems, now)
        _release(connection, parsed.announcements)
        connection.execute("update raw.pages set loaded_at = ? where page_id = ?", [now, page_id])
        connection.execute("commit")
        report.pages += 1
    report.newest = _one(connection, "select max(published_at) from raw.announcements")
    rows = connection.execute(
        "select source_id, item_id, message, excerpt from raw.quarantined_items order by all"
    ).fetchall()
    report.quarantined = [
        f"{source}: item {item} is set aside: {message} ({excerpt}). Mend the parser or the page, then run again."
        for source, item, message, excerpt in rows
    ]
    return report


def _load_registry(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("delete from raw.sources")
    connection.executemany(
        "insert into raw.sources values (?, ?, ?, ?, ?, ?)",
        [[s.id, s.publisher, s.side, s.language, s.precedence, s.url] for s in load_registry()],
    )


def _insert_announcements(
    connection: duckdb.DuckDBPyConnection, announcements: Sequence[Announcement], page_id: str, now: datetime
) -> int:
    columns: dict[str, list[Any]] = {
        "version_id": [a.version_id for a in announcements],
        "source_id": [a.source_id for a in announcements],
        "announcement_id": [a.announcement_id for a in announcements],
        "url": [a.url for a in announcements],
        "language": [a.language for a in announcements],
        "published_at": [a.published_at.astimezone(UTC).replace(tzinfo=None) for a in announcements],
        "title": [a.title for a in announcements],
        "text": [a.text for a in announcements],
        "is_edited": [a.is_edited for a in announcements],
        "forwarded_from": [a.forwarded_from for a in announcements],
    }
    return _insert(connection, "announcements", columns, {"page_id": page_id, "loaded_at": now})


def _insert_ignored(connection: duckdb.DuckDBPyConnection, ignored: Sequence[Ignored], now: datetime) -> int:
    columns: dict[str, list[Any]] = {
        "source_id": [i.source_id for i in ignored],
        "item_id": [i.item_id for i in ignored],
        "reason": [i.reason for i in ignored],
        "excerpt": [i.excerpt for i in ignored],
    }
    return _insert(connection, "ignored_items", columns, {"first_seen_at": now})


def _quarantine(connection: duckdb.DuckDBPyConnection, problems: Sequence[Problem], now: datetime) -> None:
    columns: dict[str, list[Any]] = {
        "source_id": [p.source_id for p in problems],
        "item_id": [p.item_id for p in problems],
        "message": [p.message for p in problems],
        "excerpt": [p.excerpt for p in problems],
    }
    _insert(connection, "quarantined_items", columns, {"first_seen_at": now})


def _release(connection: duckdb.DuckDBPyConnection, announcements: Sequence[Announcement]) -> None:
    """An item that can be read now leaves the quarantine."""
    connection.executemany(
        "delete from raw.quarantined_items where source_id = ? and item_id = ?",
        [[a.source_id, a.announcement_id] for a in announcements] or [["", ""]],
    )


def _insert(
    connection: duckdb.DuckDBPyConnection, table: str, columns: dict[str, list[Any]], same: dict[str, Any]
) -> int:
    """Insert rows that are not there yet; the number inserted."""
    size = len(next(iter(columns.values())))
    if not size:
        return 0
    incoming = pa.table({**columns, **{name: [value] * size for name, value in same.items()}})
    names = ", ".join(incoming.column_names)
    connection.register("incoming", incoming)
    try:
        inserted = connection.execute(
            f"insert into raw.{table} ({names}) select distinct {names} from incoming "  # noqa: S608
            "on conflict do nothing returning 1"
        ).fetchall()
    finally:
        connection.unregister("incoming")
    return len(inserted)


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> Any:
    row = connection.execute(query).fetchone()
    return row[0] if row else None
