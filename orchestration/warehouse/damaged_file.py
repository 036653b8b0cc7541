"""Recovery from a damaged or missing working file: moving it aside, and restoring state that the archive lacks.

Saving and reading that state is in kept_state.py; rebuilding from the archive is in reparse.py.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from orchestration.settings import Settings
from orchestration.warehouse.attachment import attach, wal_of
from orchestration.warehouse.kept_state import ALERTED, NOT_IN_THE_ARCHIVE, restore, rows_kept

RESTORED = "What was alerted, and what waits to be, was taken from the state file next to it."
NOTHING = (
    "Nothing is known of what was alerted: the exchanges that were published count as alerted, and what waited to be "
    "delivered is lost."
)
PARTLY = (
    "What was alerted was taken from the state file next to it, which is damaged: the exchanges that were published "
    "count as alerted, and some of what waited to be delivered is lost."
)


def restore_state(connection: duckdb.DuckDBPyConnection, settings: Settings, has_all_pages: bool) -> str:
    """Restore saved state into the new file; returns a sentence on what was restored."""
    # Months count as fetched only while the archive has their pages.
    tables = NOT_IN_THE_ARCHIVE if has_all_pages else ALERTED
    return _restored(connection, settings, tables)


def restore_alerted(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Restore alert state into a new working file; state that is lost is logged."""
    outcome = _restored(connection, settings, ALERTED)
    if outcome != RESTORED and settings.base.exists() | settings.published.exists():
        logging.getLogger("obmin").warning("There was no working file, though much was published. %s", outcome)


def _restored(connection: duckdb.DuckDBPyConnection, settings: Settings, tables: Iterable[str]) -> str:
    """Unless every saved row is restored, the exchanges of the last publication count as alerted."""
    kept = rows_kept(settings.kept_state, tables)
    restored = restore(connection, settings.kept_state, tables)
    # The archive may have pages newer than the saved state, so the next crawls must not stop at them.
    connection.execute("update raw.source_checks set is_complete = false")
    if restored == kept:
        return RESTORED
    for path in (settings.base, settings.published):
        if _count_as_alerted(connection, path):
            break
    return PARTLY if restored else NOTHING


def _count_as_alerted(connection: duckdb.DuckDBPyConnection, path: Path) -> bool:
    if not path.exists():
        return False
    with suppress(duckdb.Error):
        attach(connection, path, "last", "read_only")
        try:
            connection.execute(
                "insert into raw.alerted_exchanges by name select exchange_id, to_json(exchanges) as figures, "
                "has_conflict, false as is_withdrawn, 0 as changes "
                "from last.marts.fct_exchanges as exchanges on conflict do nothing"
            )
            return True
        finally:
            connection.execute("detach last")
    return False


def move_aside(settings: Settings) -> None:
    """Move the working file and its WAL into `damaged/`."""
    settings.damaged.mkdir(exist_ok=True)
    at = f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
    for path in (settings.working, wal_of(settings.working)):
        if path.exists():
            os.replace(path, settings.damaged / f"{at}-{path.name}")
