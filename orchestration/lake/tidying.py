"""Tidying the lake: old snapshots and their files, orphans of killed publications, many small files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb

from orchestration.lake.connection import open_lake
from orchestration.lake.writer_lock import check_catalog, writer_lock
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
    hour, and those of that age that no publication ever needed. Publications wait meanwhile; readers do not.

    Raises LakeError when there is no lake yet, LakeUnreachable.
    """
    check_catalog(lake)
    with writer_lock(lake) as check_lock, open_lake(lake, is_read_only=False) as connection:

        def rows(command: str) -> list[tuple[Any, ...]]:
            found = connection.execute(command).fetchall()
            check_lock()  # who lost it may meet a publication
            return found

        oldest = _oldest_kept(connection, days)
        snapshots = rows(f"call ducklake_expire_snapshots('lake', older_than => timestamptz '{oldest}')")
        merged = sum(row[2] - row[3] for row in rows("call ducklake_merge_adjacent_files('lake')"))
        rows("call ducklake_rewrite_data_files('lake')")
        unneeded = f"'lake', older_than => now() - interval {READER_HOURS} hour"
        removed = rows(f"call ducklake_cleanup_old_files({unneeded})")
        # One without an entry may be a running publication's, should the lock be lost just now; none takes so long.
        orphans = rows(f"call ducklake_delete_orphaned_files({unneeded})")
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
