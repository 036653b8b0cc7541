"""A working file that is damaged or gone is moved aside; what the archive can't tell goes into the new one."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime

import duckdb

from orchestration.settings import Settings
from orchestration.warehouse.kept_state import ALERTED, NOT_IN_THE_ARCHIVE, pages_behind, restore
from orchestration.warehouse.working import attach


def restore_state(connection: duckdb.DuckDBPyConnection, settings: Settings, pages: int) -> str:
    """Put what is kept beside the old file into the new one, which holds ``pages``; a sentence on what was had.

    Without it the exchanges of the last publication count as told: none of them is alerted anew.
    """
    # Months count as fetched only while the archive has what was fetched.
    tables = NOT_IN_THE_ARCHIVE if pages >= pages_behind(settings.kept_state) else ALERTED
    if restore(connection, settings.kept_state, tables):
        return "What was alerted, and what waits to be, was taken from what is kept beside it."
    with suppress(duckdb.Error, OSError):
        attach(connection, settings.base if settings.base.exists() else settings.published, "last", "read_only")
        connection.execute(
            "insert into raw.told_exchanges select exchange_id, to_json(exchanges), has_conflict, false, 0 "
            "from last.marts.fct_exchanges as exchanges"
        )
        connection.execute("detach last")
    return (
        "Nothing is known of what was alerted: the exchanges that were published count as told, and what waited to "
        "be delivered is lost."
    )


def move_aside(settings: Settings) -> None:
    """Move the working file and its WAL into `damaged/`."""
    settings.damaged.mkdir(exist_ok=True)
    at = f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
    for path in (settings.working, settings.working.with_name(f"{settings.working.name}.wal")):
        if path.exists():
            os.replace(path, settings.damaged / f"{at}-{path.name}")
