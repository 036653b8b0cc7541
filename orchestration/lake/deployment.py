"""This deployment and its lake: whether the lake waits for something, and bringing it up to date.

The writing itself is in publishing.py, in a process with a time limit: an answer of the store may trickle for ever.
That process ends with this one, whichever way this one ends.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import duckdb

from orchestration.lake.connection import LakeError, LakeUnreachable, without_secrets
from orchestration.lake.publishing import OtherWriter, Request, as_json
from orchestration.lake_address import Lake
from orchestration.settings import Settings
from orchestration.warehouse.database import Warehouse, WarehouseError
from orchestration.warehouse.watermarks import state_of

# The tables whose changes alone are worth a publication to the lake, beside those that facts are built from.
NEWS = (
    "alerted_exchanges", "alerts", "article_failures", "backfill_progress", "deliveries", "publication_base",
)  # fmt: skip

NOTE = "insert or replace into raw.lake_publication values (?, ?, ?)"


@dataclass(frozen=True, slots=True)
class LakeReport:
    """``rows`` are those of each table that was written, none when the lake had everything."""

    publication_id: str
    rows: dict[str, int]


class NoLake(LakeError):
    """No lake is set."""


def lake_of(settings: Settings) -> Lake:
    """Raises NoLake when none is set."""
    if settings.lake is None:
        raise NoLake("No lake is set: OBMIN_LAKE and OBMIN_LAKE_DATA name one; docs/lake.md shows how.")
    return settings.lake


def lake_waits(connection: duckdb.DuckDBPyConnection, settings: Settings) -> bool:
    """True when there is something that the lake lacks. The lake is not asked."""
    if settings.lake is None or not settings.published.exists():
        return False
    noted = connection.execute("select state from raw.lake_publication").fetchall()
    return noted != [(_state(connection, settings),)]


def catch_up_lake(warehouse: Warehouse) -> LakeReport:
    """Publish to the lake if it waits for something; else the lake is not asked. Raises as `publish_to_lake` does."""
    lake_of(warehouse.settings)
    with warehouse.connection() as connection:
        if warehouse.settings.published.exists() and not lake_waits(connection, warehouse.settings):
            noted = connection.execute("select publication_id from raw.lake_publication").fetchone()
            assert noted is not None
            return LakeReport(noted[0], {})
    return publish_to_lake(warehouse)


def publish_to_lake(warehouse: Warehouse, takes_over: bool = False) -> LakeReport:
    """Ask the lake what it has, and bring it up to date with the published copy and the working file. ``takes_over``
    writes everything, over whatever another deployment wrote.

    Raises LakeError when that fails; then the lake is as it was, and waits.
    """
    settings = warehouse.settings
    lake = lake_of(settings)
    if not settings.published.exists():
        raise WarehouseError("Nothing was published here yet; run `obmin run` first.")
    with warehouse.writing():
        with warehouse.connection() as connection:
            noted = connection.execute("select publication_id from raw.lake_publication").fetchall()
            state = _state(connection, settings)
            publication_id = str(uuid.uuid4())
            # Without a state it is not known to be there: a process that is killed may have committed it.
            connection.execute(NOTE, [publication_id, "", datetime.now(UTC).replace(tzinfo=None)])
        # No connection is open here: the other process reads the file.
        outcome = _in_a_process(
            Request(
                lake, str(settings.working), str(settings.published), str(settings.reviews), publication_id,
                [known for (known,) in noted], takes_over,
            )
        )  # fmt: skip
        with warehouse.connection() as connection:
            if "error" not in outcome:
                note_lake(connection, publication_id, state)
            elif not outcome["may_be_written"]:
                connection.execute("delete from raw.lake_publication where publication_id = ?", [publication_id])
    if "error" in outcome:
        raise (OtherWriter if outcome["is_other_writer"] else LakeUnreachable)(outcome["error"])
    return LakeReport(publication_id, outcome["rows"])


def note_lake(connection: duckdb.DuckDBPyConnection, publication_id: str, state: str) -> None:
    """Record what the lake has: from here on only this deployment may go on from it."""
    connection.execute("begin")
    connection.execute("delete from raw.lake_publication where publication_id <> ?", [publication_id])
    connection.execute(NOTE, [publication_id, state, datetime.now(UTC).replace(tzinfo=None)])
    connection.execute("commit")


def _state(connection: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """A hash of what the lake should have. The checks of sources and the open problems, which change with every run,
    wait for other news.
    """
    tables = " union all ".join(
        f"select '{table}', count(*), coalesce(sum(hash(t)::hugeint), 0) from raw.{table} as t"  # noqa: S608
        for table in NEWS
    )
    held = connection.execute(f"{tables} order by 1").fetchall()
    lake = settings.lake
    return hashlib.sha256(f"{lake} {state_of(connection)} {held}".encode()).hexdigest()[:24]


def _in_a_process(request: Request) -> dict[str, Any]:
    """The outcome of `publish`, or its ``error``. Raises LakeError when the process takes too long, or ends early."""
    seconds = request.lake.seconds
    # A session of its own: Ctrl-C reaches only us. What it reads from stays open until we end: then it ends, too.
    with subprocess.Popen(
        [sys.executable, "-m", "orchestration.lake.publishing"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    ) as process:  # fmt: skip
        held_open, process.stdin = process.stdin, None
        assert held_open is not None
        try:
            with suppress(BrokenPipeError):
                held_open.write(f"{as_json(request)}\n")
                held_open.flush()
            told, errors = process.communicate(timeout=seconds)
        except BaseException as error:
            process.kill()
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
            raise LakeUnreachable(
                f"The lake took more than the {seconds} seconds of OBMIN_LAKE_SECONDS, so that the publication to it "
                "was ended; the next run tries again. Look whether PostgreSQL and the store are slow, or raise the "
                "limit."
            ) from None
        finally:
            with suppress(BrokenPipeError):
                held_open.close()
    if process.returncode:
        reason = without_secrets((errors.strip().splitlines() or [f"status {process.returncode}"])[-1])
        raise LakeError(f"The process that publishes to the lake ended early: {reason}. The next run tries again.")
    outcome: dict[str, Any] = json.loads(told)
    return outcome
