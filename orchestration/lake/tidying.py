"""Tidying the lake: old snapshots and their files, orphans of killed publications, many small files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb

from orchestration.lake.connection import open_lake
from orchestration.lake.writer_lock import writer_lock
from orchestration.lake_address import Lake

SNAPSHOT_DAYS = 30
# A reader that began before a file was given up may still read it.
READER_HOURS = 1


@dataclass(frozen=True, slots=True)
class Tidied:
    """How many snapshots were expired, and how many files were merged away, removed, or orphans."""

    snapshots: int
    files_merged: int
    files_removed: int
    orphans: int


def tidy(lake: Lake, days: int = SNAPSHOT_DAYS) -> Tidied:
    """Expire what the lake was more than ``days`` ago, merge small files, remove files that nothing needs since an
    hour, and those that no publication ever needed. Publications wait meanwhile; readers do not.

    Raises LakeUnreachable.
    """
    with writer_lock(lake), open_lake(lake, is_read_only=False) as connection:
        oldest = _oldest_kept(connection, days)
        snapshots = _rows(connection, f"call ducklake_expire_snapshots('lake', older_than => timestamptz '{oldest}')")
        merged = sum(row[2] - row[3] for row in _rows(connection, "call ducklake_merge_adjacent_files('lake')"))
        _rows(connection, "call ducklake_rewrite_data_files('lake')")
        removed = _rows(
            connection, f"call ducklake_cleanup_old_files('lake', older_than => now() - interval {READER_HOURS} hour)"
        )
        # Every writer holds the lock, so no file without an entry is about to get one.
        orphans = _rows(connection, "call ducklake_delete_orphaned_files('lake', cleanup_all => true)")
    return Tidied(len(snapshots), merged, len(removed), len(orphans))


def _oldest_kept(connection: duckdb.DuckDBPyConnection, days: int) -> str:
    """The time of the snapshot that was the lake's state ``days`` ago: a pull as of that day still finds it."""
    row = connection.execute(
        "select coalesce(max(snapshot_time) filter (where snapshot_time <= cutoff), max(cutoff))::varchar "
        "from lake.snapshots() cross join (select now() - to_days(?) as cutoff)",
        [days],
    ).fetchone()
    assert row is not None
    return str(row[0])


def _rows(connection: duckdb.DuckDBPyConnection, command: str) -> list[tuple[Any, ...]]:
    return connection.execute(command).fetchall()
