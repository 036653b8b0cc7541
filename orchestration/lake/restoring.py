"""A working file made from the lake on another machine, so that a run there goes on where the lost one ended.

The archive of pages is not in the lake: copy `pages/` too if it exists. What a run does next is not decided here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from orchestration.lake.connection import LakeError, open_lake
from orchestration.lake.deployment import lake_of, note_lake
from orchestration.lake.proof import can_prove, prove
from orchestration.lake.publishing import Held, read_held
from orchestration.lake.tables import LocalTable
from orchestration.lake.writer_lock import check_catalog
from orchestration.settings import Settings
from orchestration.warehouse.database import Warehouse, WarehouseError, new_working_file
from orchestration.warehouse.published_files import flush, new_file, replace_file
from orchestration.warehouse.schema import NEWEST

# A state that no deployment has: the next run publishes to the lake, and so becomes its writer.
RESTORED = "restored"


@dataclass(frozen=True, slots=True)
class Restored:
    """``written_at`` (UTC, naive) is when the lake's publication was written; ``is_proved`` as in Pulled;
    ``decisions`` the file that the reviewers' decisions were written to, None when there were none.
    """

    path: Path
    announcements: int
    alerts: int
    written_at: datetime
    is_proved: bool
    decisions: Path | None


def restore_from_lake(settings: Settings) -> Restored:
    """Make the working file, and the file of decisions, from the lake.

    Raises WarehouseError when there is a working file already, LakeError when the lake can't be used, is empty, was
    changed by another program, is from another version of Obmin, or holds other decisions than the file here.
    """
    warehouse = Warehouse(settings)
    with warehouse.writing():
        if settings.working.exists():
            raise WarehouseError(
                f"There is a working file already, {settings.working}: it is not replaced. Move it and "
                f"{settings.kept_state.name} away, or name another folder with OBMIN_DATA."
            )
        lake = lake_of(settings)
        check_catalog(lake)
        with new_file(settings.working) as fresh:
            with open_lake(lake, is_read_only=True) as connection, new_working_file(connection, fresh):
                connection.execute("begin")  # one snapshot for all that is read, whatever is published meanwhile
                held = read_held(connection)
                if held is None:
                    raise LakeError("The lake is empty: there is nothing to restore.")
                _check(held, settings)
                announcements, alerts = _fill(connection, held)
                connection.execute("commit")
                note_lake(connection, held.publication_id, RESTORED)
            flush(fresh)
            decisions = _write_decisions(held, settings)
            replace_file(fresh, settings.working)
        with warehouse.connection():
            pass  # state that an archive lacks is saved beside it from here on
    return Restored(settings.working, announcements, alerts, held.written_at, can_prove(held), decisions)


def _check(held: Held, settings: Settings) -> None:
    if held.schema_version != NEWEST:
        raise LakeError(
            f"The lake was written by Obmin {held.obmin_version}, whose working file has version "
            f"{held.schema_version}, and this one's has {NEWEST}: install that version, restore, then upgrade."
        )
    there = settings.reviews.read_text("utf-8") if settings.reviews.exists() else held.decisions
    if there != held.decisions:
        raise LakeError(
            f"{settings.reviews} holds other decisions than the lake: nothing was restored. Move it away, or name "
            "another file with OBMIN_REVIEWS."
        )


def _fill(connection: duckdb.DuckDBPyConnection, held: Held) -> tuple[int, int]:
    """Copy the raw tables; returns how many versions of announcements and how many alerts they have."""
    counts: dict[str, int] = {}
    for schema, table in sorted(held.tables):
        if schema != "raw" or table == "schema_version":  # the file has its own id
            continue
        connection.execute(f"delete from raw.{table}")  # noqa: S608
        row = connection.execute(f"insert into raw.{table} by name from lake.raw.{table}").fetchone()
        counts[table] = row[0] if row else 0
        prove(connection, held, LocalTable(schema, table), f"raw.{table}")
    return counts.get("announcements", 0), counts.get("alerts", 0)


def _write_decisions(held: Held, settings: Settings) -> Path | None:
    if held.decisions is None:
        return None
    settings.reviews.parent.mkdir(parents=True, exist_ok=True)
    settings.reviews.write_text(held.decisions, "utf-8")
    return settings.reviews
