"""Extraction: statements from versions that the current extractor has not read; its rules: scrapers/extraction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

import duckdb
import pyarrow as pa

from orchestration.warehouse.database import NEXT_CHANGE
from orchestration.warehouse.reviews import WAITING, Review, apply_reviews
from orchestration.warehouse.statement_rows import DOUBTS, STATEMENTS, doubts_of, rows_of
from scrapers.extraction.reading import read
from scrapers.extraction.records import Reading
from scrapers.extraction.version import reader_version

BATCH = 2_000


@dataclass(slots=True)
class ExtractReport:
    """What was extracted. ``statements``: all stored; ``waiting``: announcements that wait for review;
    ``reviews_changed``: versions whose decision changed; ``reviews_withdrawn``: those that have none any more.
    ``issues``: the extractor's warnings, each with the announcement's address.
    """

    announcements_read: int = 0
    statements: int = 0
    statements_new: int = 0
    waiting: int = 0
    reviews_changed: int = 0
    reviews_withdrawn: int = 0
    issues: list[str] = field(default_factory=list)

    @property
    def withdrawal(self) -> str | None:
        """A sentence where decisions were withdrawn; the extractor's statements count again."""
        if not self.reviews_withdrawn:
            return None
        return (
            f"Decisions of reviewers that are no longer in the file: {self.reviews_withdrawn}. What the extractor "
            "reads in these announcements counts again. If they were lost, restore the file from version control."
        )


def extract(
    connection: duckdb.DuckDBPyConnection,
    reviews: Sequence[Review],
    after_batch: Callable[[ExtractReport], None] = lambda _: None,
) -> ExtractReport:
    """Extract unread versions in batches, in order of arrival, each batch in one transaction; then apply
    ``reviews``, all the decisions there are.
    """
    report, version = ExtractReport(), reader_version()
    connection.execute("insert into raw.readers values (?, 0) on conflict do nothing", [version])
    begin = _read_through(connection) + 1
    while rows := connection.execute(
        """
        select version_id, text, title, published_at, language, url, load_seq
        from raw.announcements as announcements
        where load_seq >= $begin and not exists (
            select 1 from raw.readings as readings
            where readings.version_id = announcements.version_id and reader_version = $reader
        )
        order by load_seq, version_id
        limit $batch
        """,
        {"reader": version, "batch": BATCH, "begin": begin},
    ).fetchall():
        readings = [
            (version_id, url, read(text, title, published.replace(tzinfo=UTC), language))
            for version_id, text, title, published, language, url, _ in rows
        ]
        _store(connection, readings, version)
        begin = rows[-1][-1]  # the last load may go on in the next batch
        report.announcements_read += len(rows)
        report.statements_new += sum(len(reading.statements) for _, _, reading in readings)
        report.issues += [f"{issue} ({url})" for _, url, reading in readings for issue in reading.issues]
        after_batch(report)
    connection.execute(EVERYTHING_IS_READ, [version])
    applied = apply_reviews(connection, reviews)
    report.reviews_changed, report.reviews_withdrawn = applied
    row = connection.execute(COUNTS, {"reader": version}).fetchone()
    assert row is not None
    report.statements, report.waiting = row
    return report


EVERYTHING_IS_READ = """
update raw.readers set read_through = newest.load_seq
from (select coalesce(max(load_seq), 0) as load_seq from raw.announcements) as newest
where reader_version = $1 and read_through <> newest.load_seq
"""
COUNTS = f"select (select count(*) from raw.statements), (select count(*) from ({WAITING}))"  # noqa: S608 - our SQL


class Unread(NamedTuple):
    """Versions that a build would not see.

    ``unfinished``: all of them, when the extraction of any was begun and not ended, or an earlier extractor had read
    it; without them facts would vanish. Otherwise ``newly_loaded``: all of them, loaded since the last extraction; a
    later build takes them.
    """

    unfinished: int
    newly_loaded: int


def unread(connection: duckdb.DuckDBPyConnection) -> Unread:
    """What waits for extraction. A reader's ``read_through`` is set when an extraction has ended, never before."""
    through = _read_through(connection)
    row = connection.execute(
        """
        with waiting as materialized (select version_id from raw.announcements where load_seq > ?)
        select (select count(*) from waiting), (
            select count(distinct version_id) from raw.readings semi join waiting using (version_id)
        )
        """,
        [through],
    ).fetchone()
    assert row is not None
    waiting, read_before = row
    return Unread(waiting, 0) if read_before or not through else Unread(0, waiting)


def _read_through(connection: duckdb.DuckDBPyConnection) -> int:
    """The load number up to which the current extractor has read everything; 0 when it has never finished."""
    row = connection.execute(
        "select coalesce(max(read_through), 0) from raw.readers where reader_version = ?", [reader_version()]
    ).fetchone()
    assert row is not None
    return int(row[0])


def _store(connection: duckdb.DuckDBPyConnection, readings: list[tuple[str, str, Reading]], version: str) -> None:
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
    rows = [row for version_id, _, reading in readings for row in rows_of(version_id, version, reading)]
    doubts = [row for version_id, _, reading in readings for row in doubts_of(version_id, version, reading)]
    connection.register("done", done)
    connection.register("incoming", pa.Table.from_pylist(rows, STATEMENTS))
    connection.register("incoming_doubts", pa.Table.from_pylist(doubts, DOUBTS))
    connection.execute("begin")
    connection.execute("insert into raw.statements by name select * from incoming on conflict do nothing")
    connection.execute("insert into raw.doubts by name select * from incoming_doubts on conflict do nothing")
    connection.execute(
        f"insert into raw.readings by name select *, {NEXT_CHANGE} as change_seq from done "  # noqa: S608
        "on conflict do nothing"
    )
    connection.execute("commit")
    connection.unregister("done")
    connection.unregister("incoming")
    connection.unregister("incoming_doubts")
