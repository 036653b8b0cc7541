"""The published copy, made on another machine from the lake, as it is now or was at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import get_args

import duckdb

from orchestration.lake.connection import LakeError, open_lake
from orchestration.lake.deployment import lake_of
from orchestration.lake.proof import can_prove, prove
from orchestration.lake.publishing import Held, read_held
from orchestration.lake.tables import LocalTable, copy_comments
from orchestration.lake.writer_lock import check_catalog
from orchestration.output.output_file import refuse_own
from orchestration.settings import KYIV, Profile, Settings
from orchestration.warehouse.attachment import attach
from orchestration.warehouse.database import WarehouseError
from orchestration.warehouse.publish import STORAGE_VERSION
from orchestration.warehouse.published_files import READ_ONLY, flush, new_file, replace_file

SCHEMAS = ("marts", "reports", "meta")


@dataclass(frozen=True, slots=True)
class Pulled:
    """``written_at`` (UTC, naive) is when the lake's publication was written; ``is_proved`` when every table's
    content hash is the one noted then, which takes the same version of DuckDB.
    """

    path: Path
    tables: int
    exchanges: int
    publication_id: str
    written_at: datetime
    is_proved: bool


class WrongTime(LakeError):
    """The text is no time."""


def pull(settings: Settings, path: Path | None = None, as_of: str | None = None) -> Pulled:
    """Make ``path``, or the profile's published copy, from the lake; a file that is there stays until the new one is
    whole. ``as_of`` is a day (Kyiv; its end) or a time in UTC, such as 2026-05-01 or 2026-05-01T12:00.

    Raises WrongTime, LakeError when the lake can't be used, is empty or was read wrongly, WarehouseError when the
    profile builds its own copy, UnusableOutput for a place among Obmin's own files.
    """
    target = path or settings.published
    if path is not None:
        for profile in get_args(Profile):
            refuse_own(path, settings.data.parent / profile)
        refuse_own(path, settings.data)
    elif settings.working.exists():
        raise WarehouseError(
            f"{settings.data} builds its own copy, which a pull would replace: name another file with --output, or "
            "another folder with OBMIN_DATA."
        )
    at = _time_of(as_of) if as_of is not None else None
    lake = lake_of(settings)
    check_catalog(lake)
    target.parent.mkdir(parents=True, exist_ok=True)
    with _only_one(target.parent), new_file(target) as fresh:
        with open_lake(lake, is_read_only=True, at=at) as connection:
            attach(connection, fresh, "copy", f"storage_version '{STORAGE_VERSION}'")
            connection.execute("begin")  # one snapshot for all that is read, whatever is published meanwhile
            held = read_held(connection)
            if held is None:
                raise LakeError("The lake is empty: nothing was published to it yet.")
            pulled = _fill(connection, held, target)
            connection.execute("commit")
            connection.execute("detach copy")
        os.chmod(fresh, READ_ONLY)
        flush(fresh)
        replace_file(fresh, target)
    return pulled


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Hold a lock on a folder: two pulls of one file would write to the same new one."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise LakeError(f"Another pull writes to {folder}: wait until it has ended.") from None
    finally:
        os.close(handle)


def _fill(connection: duckdb.DuckDBPyConnection, held: Held, target: Path) -> Pulled:
    tables = [LocalTable(*key) for key in sorted(held.tables) if key[0] in SCHEMAS]
    for schema in SCHEMAS:
        connection.execute(f"create schema copy.{schema}")
    for table in tables:
        connection.execute(f"create table {table.local} as from {table.in_lake}")
        copy_comments(connection, table, "lake", table.local)
        prove(connection, held, table, table.local)
    row = connection.execute("select count(*) from copy.marts.fct_exchanges").fetchone()
    assert row is not None
    return Pulled(target, len(tables), row[0], held.publication_id, held.written_at, can_prove(held))


def _time_of(written: str) -> str:
    """A time for DuckLake, in UTC. Raises WrongTime."""
    try:
        if len(written.strip()) == len("2026-05-01"):
            day = date.fromisoformat(written.strip())
            at = datetime.combine(day + timedelta(days=1), time(), KYIV)
        else:
            at = datetime.fromisoformat(written.strip())
    except (ValueError, OverflowError):
        raise WrongTime(
            f"{written[:40]!r} is no time; write a day or a time in UTC, 2026-05-01 or 2026-05-01T12:00."
        ) from None
    return f"{at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}+00"
