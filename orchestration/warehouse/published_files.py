"""The files of publications: swapping in a new copy, and storing the last ones in `previous/`.

What is written to them is in publish.py.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from orchestration.settings import Settings
from orchestration.warehouse.database import WarehouseError, reading
from orchestration.warehouse.watermarks import is_intact

COPIES_KEPT = 3
READ_ONLY, OWN = 0o444, 0o600


@dataclass(frozen=True, slots=True)
class LastPublication:
    """The last publication: when it was built (UTC, naive), and the ids of its exchanges; neither if it can't be
    read. ``is_intact``: the file that users open is as it was published.
    """

    built_at: datetime | None = None
    exchanges: frozenset[str] = frozenset()
    is_intact: bool = False


def read_last(connection: duckdb.DuckDBPyConnection, settings: Settings) -> LastPublication:
    """What is published now, read from its copy, or from the base where users changed or lost that."""
    whole = is_intact(connection, settings)
    try:
        with reading(settings.published if whole else settings.base) as last:
            row = last.execute("select built_at from meta.about").fetchone()
            ids = last.execute("select exchange_id from marts.fct_exchanges").fetchall()
    except (duckdb.Error, WarehouseError):
        return LastPublication()
    return LastPublication(row[0] if row else None, frozenset(exchange_id for (exchange_id,) in ids), whole)


def _kept(settings: Settings, last: LastPublication) -> Path | None:
    """The path in `previous/` of the last publication; None if it can't be read."""
    if last.built_at is None:
        return None
    return settings.previous / f"obmin-{last.built_at:%Y%m%dT%H%M%S%f}Z.duckdb"


def keep_last(settings: Settings, last: LastPublication) -> None:
    """Copy the base to `previous/` before it changes, where users changed or lost the copy that was made of it."""
    if (kept := _kept(settings, last)) and not last.is_intact:
        shutil.copyfile(settings.base, kept)
        os.chmod(kept, READ_ONLY)


def swap(settings: Settings, copy: Path, last: LastPublication) -> None:
    """Swap in the new copy; the last one and two before it stay in `previous/`."""
    if (kept := _kept(settings, last)) and last.is_intact:
        kept.unlink(missing_ok=True)
        # Two names for a moment, so that there is a file to open at any time.
        try:
            os.link(settings.published, kept)
        except OSError:  # a file system without links
            shutil.copyfile(settings.published, kept)
            os.chmod(kept, READ_ONLY)
    replace_file(copy, settings.published)
    flush(settings.data)
    for path in sorted(settings.previous.glob("obmin-*.duckdb"))[:-COPIES_KEPT]:
        path.unlink()


def replace_file(fresh: Path, path: Path) -> None:
    """Put a new file in place of another. A WAL left by a program that had the old one open would be read into it."""
    wal = _wal_of(path)
    wal.unlink(missing_ok=True)
    os.replace(fresh, path)
    wal.unlink(missing_ok=True)


def remove_files(*paths: Path) -> None:
    """Remove database files and their WALs, if there are any."""
    for path in paths:
        path.unlink(missing_ok=True)
        _wal_of(path).unlink(missing_ok=True)


def _wal_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.wal")


def flush(path: Path) -> None:
    """Flush a file, or a folder's entries, to disk before anything relies on them."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
