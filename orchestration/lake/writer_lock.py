"""One writer of the lake at a time: an advisory lock in PostgreSQL, which ends with its connection.

Without it two writers at once would duplicate rows: DuckLake has no unique keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from orchestration.lake.connection import (
    NEEDS_LIBRARIES,
    SCHEMA,
    LakeError,
    LakeUnreachable,
    conninfo,
    without_secrets,
)
from orchestration.lake_address import Lake

# The letters of "obmin" as a number: PostgreSQL's advisory locks have numbers as names.
LOCK = int.from_bytes(b"obmin")
# A publication takes seconds; one that takes longer is waited for by the next run.
WAIT_SECONDS = 30


@contextmanager
def writer_lock(lake: Lake, wait_seconds: int = WAIT_SECONDS) -> Iterator[Callable[[], None]]:
    """Hold the lake's writer lock. Raises LakeUnreachable when another process holds it for too long, or PostgreSQL
    does not answer; so does what it yields when the lock was lost meanwhile, with its connection.
    """
    psycopg = _psycopg()
    try:
        with psycopg.connect(conninfo(lake), autocommit=True) as session:
            _wait(session, wait_seconds)
            yield partial(_check, session)
    except psycopg.errors.LockNotAvailable:
        raise LakeUnreachable(
            f"Another process has written to the lake for {wait_seconds} seconds; the next run tries again."
        ) from None
    except psycopg.Error as error:
        raise _unusable(error) from None


def _wait(session: Any, seconds: int) -> None:
    session.execute("select set_config('lock_timeout', %s, false)", [f"{seconds}s"])
    session.execute("select pg_advisory_lock(%s)", [LOCK])


def _check(session: Any) -> None:
    psycopg = _psycopg()
    try:
        session.execute("select 1")  # the lock is the session's: it ends with it, and not before
    except psycopg.Error:
        raise LakeUnreachable(
            "PostgreSQL ended the connection that held the lake's lock: nothing was written; the next run tries "
            "again."
        ) from None


def has_catalog(lake: Lake) -> bool:
    """Whether there is a catalog in the database. Raises LakeUnreachable as `writer_lock` does."""
    psycopg = _psycopg()
    try:
        with psycopg.connect(conninfo(lake)) as session:
            row = session.execute("select to_regclass(%s) is not null", [f"{SCHEMA}.ducklake_metadata"]).fetchone()
    except psycopg.Error as error:
        raise _unusable(error) from None
    return bool(row and row[0])


def check_catalog(lake: Lake) -> None:
    """Raises LakeError when nothing was ever published to the lake, LakeUnreachable as `writer_lock` does."""
    if not has_catalog(lake):
        raise LakeError(
            "The lake is empty: nothing was published to it yet. `obmin lake publish` does it, on the machine that "
            "builds the record."
        )


def _psycopg() -> Any:
    try:
        import psycopg
    except ImportError:
        raise LakeError(NEEDS_LIBRARIES) from None
    return psycopg


def _unusable(error: Exception) -> LakeUnreachable:
    return LakeUnreachable(
        f"The lake's catalog can't be used: {without_secrets(str(error))}. Look whether PostgreSQL runs, and "
        "OBMIN_LAKE and PG* are right."
    )
