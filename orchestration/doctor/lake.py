"""Checks of the lake, where one is set: its libraries, the catalog, the store, and how old what it has is.

It is only read; publishing to it is in orchestration/lake.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import duckdb

from orchestration.doctor.results import CheckResult, fault, fault_of, ok, warning
from orchestration.doctor.words import ago
from orchestration.lake.connection import LakeError, open_lake
from orchestration.lake.publishing import Held, read_held
from orchestration.lake.writer_lock import has_catalog
from orchestration.lake_address import Lake
from orchestration.settings import Settings
from orchestration.warehouse.schema import NEWEST

AREA = "lake"
# Weeks without an exchange are normal, but sources are checked and pages come in every day.
OLD = timedelta(days=2)
NOT_ITSELF = "Look whether the extra `lake` and DuckDB are of one version: run `make setup` or install it again."


def check_lake(settings: Settings, now: datetime) -> list[CheckResult]:
    """One result: what is wrong first, or when the lake was last written. None without a lake."""
    if settings.lake is None:
        return []
    try:
        held = _held(settings.lake)
    except LakeError as error:
        return [fault_of(AREA, "lake", str(error))]
    except duckdb.Error as error:  # of an extension that can't be loaded; its text has no secret, but many lines
        reason = str(error).splitlines()[0][:200].rstrip(".")
        return [fault(AREA, "lake", f"The lake's libraries can't be used: {reason}.", NOT_ITSELF)]
    if held is None:
        return [ok(AREA, "lake", "The lake's catalog and store answer; nothing was published to it yet.")]
    if held.schema_version > NEWEST:
        sentence = (
            f"The lake was written by a newer Obmin: it has version {held.schema_version}, and this one {NEWEST}."
        )
        return [warning(AREA, "lake", sentence, "Upgrade this Obmin before it restores from the lake.")]
    age = now - held.written_at.replace(tzinfo=UTC)
    answers = "The lake's catalog and store answer"
    if age > OLD and settings.working.exists():
        sentence = f"{answers}, but it was last written {ago(age)} ago."
        cure = "Run `obmin lake publish`: it says what it waits for, or that the lake has everything."
        return [warning(AREA, "lake", sentence, cure)]
    return [ok(AREA, "lake", f"{answers}; it was last written {ago(age)} ago.")]


def _held(lake: Lake) -> Held | None:
    """What the lake has. Where that is nothing, the store is asked for what it has instead."""
    with open_lake(lake, is_read_only=True, with_catalog=False) as connection:
        # The first publication makes it: until then DuckLake can't open it.
        if not has_catalog(lake):
            _ask_store(connection, lake)
            return None
    with open_lake(lake, is_read_only=True) as connection:
        held = read_held(connection)
        if held is None:
            _ask_store(connection, lake)
        return held


def _ask_store(connection: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    connection.execute("select count(*) from (from glob(?) limit 1)", [f"{lake.data}*"])
