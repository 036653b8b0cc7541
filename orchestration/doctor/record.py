"""What the working file and the published copy say, read once for all checks of them.

Nothing is created or upgraded. What it means is judged in sources.py, storage.py, alerts.py and clock.py.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime

import duckdb

from orchestration.alerts.outbox import DownChannel, channels_down, given_up
from orchestration.settings import Settings
from orchestration.warehouse.database import Warehouse, WarehouseBusy, WarehouseError, reading
from orchestration.warehouse.schema import NEWEST, check_tables, version_of
from orchestration.warehouse.watermarks import published_copy

# Reading a larger file takes seconds, and a check has few.
MOST_READ = 5 * 10**8


@dataclass(frozen=True, slots=True)
class SourceCheck:
    """A source's last check and last success (UTC, aware), and its last error."""

    last_checked_at: datetime | None
    last_success_at: datetime | None
    last_error: str | None


@dataclass(slots=True)
class StoredRecord:
    """``refusal``, ``copy_refusal``: why the working file, or the published copy, can't be read. ``version`` is None
    while the file was not read. Times are aware.
    """

    is_busy: bool = False
    refusal: str | None = None
    version: int | None = None
    is_read_whole: bool = False
    pages: int = 0
    newest_page_at: datetime | None = None
    is_copy_unchanged: bool | None = None
    waiting: list[DownChannel] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    copy_refusal: str | None = None
    copy_built_at: datetime | None = None
    exchanges: int = 0
    checks: dict[str, SourceCheck] | None = None
    alive_at: datetime | None = None  # the daemon's heartbeat


def read_record(settings: Settings) -> StoredRecord:
    record = StoredRecord()
    if settings.published.exists():
        _read_copy(settings, record)
    if settings.working.exists():
        _read_working_file(settings, record)
    if settings.heartbeat.exists():
        try:
            record.alive_at = datetime.fromisoformat(json.loads(settings.heartbeat.read_text("utf-8"))["alive_at"])
        except (OSError, ValueError, TypeError, KeyError):
            record.alive_at = datetime.fromtimestamp(settings.heartbeat.stat().st_mtime, UTC)
    return record


def _read_copy(settings: Settings, record: StoredRecord) -> None:
    try:
        with reading(settings.published) as connection:
            row = connection.execute("select built_at from meta.about").fetchone()
            count = connection.execute("select count(*) from marts.fct_exchanges").fetchone()
            record.checks = _checks(connection, "meta.sources")
    except WarehouseError as error:
        record.copy_refusal = str(error)
    except duckdb.Error:
        record.copy_refusal = f"{settings.published} is none of Obmin's. Run `obmin run`: it is published anew."
    else:
        record.copy_built_at = _aware(row[0]) if row else None
        record.exchanges = count[0] if count else 0


def _read_working_file(settings: Settings, record: StoredRecord) -> None:
    try:
        with Warehouse(settings, lock_timeout=0).as_it_is() as connection:
            record.version = version_of(connection, settings.working)
            if record.version != NEWEST:
                return
            check_tables(connection, settings.working)
            if settings.working.stat().st_size <= MOST_READ:
                _read_whole(connection)
                record.is_read_whole = True
            row = connection.execute("select count(*), max(fetched_at) from raw.pages").fetchone()
            assert row is not None
            record.pages, record.newest_page_at = row[0], _aware(row[1])
            record.is_copy_unchanged = published_copy(connection, settings) is not None
            record.waiting, record.given_up = channels_down(connection), given_up(connection)
            record.checks = _checks(connection, "raw.source_checks")
    except WarehouseBusy:
        record.is_busy = True
    except WarehouseError as error:
        record.refusal = str(error)


def _read_whole(connection: duckdb.DuckDBPyConnection) -> None:
    """Read every row, so that damage within the file is found."""
    tables = connection.execute("select schema_name, table_name from duckdb_tables() order by all").fetchall()
    for schema, table in tables:
        connection.execute(f'select bit_xor(hash(held)) from "{schema}"."{table}" as held').fetchone()  # noqa: S608


def _checks(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, SourceCheck]:
    rows = connection.execute(
        f"select source_id, last_checked_at, last_success_at, last_error from {table}"  # noqa: S608
    ).fetchall()
    return {source: SourceCheck(_aware(checked), _aware(success), error) for source, checked, success, error in rows}


def _aware(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None
