"""From announcements to statements: read every version that today's reader has not read yet."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import duckdb
import pyarrow as pa

from orchestration.warehouse.working import NEXT_CHANGE
from scrapers.reading import Reading, read, reader_version

BATCH = 2_000
SCHEMA = pa.schema(
    [
        ("statement_id", pa.string()), ("version_id", pa.string()), ("reader_version", pa.string()),
        ("event_index", pa.int32()), ("event_kind", pa.string()), ("event_date", pa.date32()),
        ("date_basis", pa.string()), ("is_recap", pa.bool_()), ("measure", pa.string()),
        ("value", pa.int32()), ("category", pa.string()), ("within", pa.string()), ("bound", pa.string()),
        ("period", pa.string()), ("field", pa.string()), ("quote", pa.string()),
        ("quote_start", pa.int32()), ("quote_end", pa.int32()),
    ]
)  # fmt: skip


@dataclass(slots=True)
class ExtractReport:
    """What was read; ``statements`` are all that are held. ``issues`` are the reader's oddities, each with the
    announcement's address.
    """

    announcements_read: int = 0
    statements: int = 0
    statements_new: int = 0
    issues: list[str] = field(default_factory=list)


def extract(connection: duckdb.DuckDBPyConnection) -> ExtractReport:
    """Read unread versions in batches, in the order they came in; each batch is one transaction."""
    report, version = ExtractReport(), reader_version()
    connection.execute("insert into raw.readers values (?, 0) on conflict do nothing", [version])
    while rows := connection.execute(
        """
        select version_id, text, title, published_at, language, url, arrival_number
        from raw.announcements
        where arrival_number >= (select read_through from raw.readers where reader_version = $reader)
            and version_id not in (select version_id from raw.readings where reader_version = $reader)
        order by arrival_number, version_id
        limit $batch
        """,
        {"reader": version, "batch": BATCH},
    ).fetchall():
        readings = [
            (version_id, url, read(text, title, published.replace(tzinfo=UTC), language))
            for version_id, text, title, published, language, url, _ in rows
        ]
        _store(connection, readings, version, read_through=rows[-1][-1])
        report.announcements_read += len(rows)
        report.statements_new += sum(len(reading.statements) for _, _, reading in readings)
        report.issues += [f"{issue} ({url})" for _, url, reading in readings for issue in reading.issues]
    row = connection.execute("select count(*) from raw.statements").fetchone()
    assert row is not None
    report.statements = row[0]
    return report


def unread(connection: duckdb.DuckDBPyConnection) -> int:
    """How many versions today's reader has not read."""
    row = connection.execute(
        "select (select count(*) from raw.announcements) - count(*) from raw.readings where reader_version = ?",
        [reader_version()],
    ).fetchone()
    assert row is not None
    return int(row[0])


def _store(
    connection: duckdb.DuckDBPyConnection,
    readings: list[tuple[str, str, Reading]],
    version: str,
    read_through: int,
) -> None:
    now = datetime.now(UTC).replace(tzinfo=None)
    done = pa.table(
        {
            "version_id": [v for v, _, _ in readings],
            "reader_version": [version] * len(readings),
            "kind": [r.kind for _, _, r in readings],
            "language": [r.language for _, _, r in readings],
            "issues": pa.array([r.issues for _, _, r in readings], pa.list_(pa.string())),
            "read_at": [now] * len(readings),
        }
    )
    rows = [row for version_id, _, reading in readings for row in _rows(version_id, version, reading)]
    statements = pa.Table.from_pylist(rows, SCHEMA)
    connection.register("done", done)
    connection.register("incoming", statements)
    connection.execute("begin")
    connection.execute("insert into raw.statements select * from incoming on conflict do nothing")
    connection.execute(
        f"insert into raw.readings by name select *, {NEXT_CHANGE} as change_number from done "  # noqa: S608
        "on conflict do nothing"
    )
    connection.execute("update raw.readers set read_through = ? where reader_version = ?", [read_through, version])
    connection.execute("commit")
    connection.unregister("done")
    connection.unregister("incoming")


def _rows(version_id: str, version: str, reading: Reading) -> Iterable[dict[str, Any]]:
    for statement in reading.statements:
        event = None if statement.event is None else reading.events[statement.event]
        identity = (
            version_id, version, statement.event, statement.measure, statement.category, statement.within,
            statement.period, statement.field, statement.start,
        )  # fmt: skip
        yield {
            "statement_id": hashlib.sha256(repr(identity).encode()).hexdigest()[:24],
            "version_id": version_id,
            "reader_version": version,
            "event_index": statement.event,
            "event_kind": event.kind if event else None,
            "event_date": event.date if event else None,
            "date_basis": event.date_basis if event else None,
            "is_recap": event.is_recap if event else None,
            "measure": statement.measure,
            "value": statement.value,
            "category": statement.category,
            "within": statement.within,
            "bound": statement.bound,
            "period": statement.period,
            "field": statement.field,
            "quote": statement.quote,
            "quote_start": statement.start,
            "quote_end": statement.end,
        }
