"""Dagster's event log as we store it: without planned checks; the embedded one with pooled connections.

dagster_yaml.py names the classes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from threading import local
from typing import Any

from dagster import DagsterEventType, EventLogEntry
from dagster._core.storage.event_log import ConsolidatedSqliteEventLogStorage
from dagster._core.storage.sql import create_engine
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine


def is_planned_check(event: EventLogEntry) -> bool:
    """An event that is not stored: a run plans all checks, and skips those of a step that has nothing new. After
    almost every run Dagster would show "skipped" instead of each check's last result.
    """
    return event.dagster_event_type == DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED


class PooledSqliteEventLogStorage(ConsolidatedSqliteEventLogStorage):
    """Reuses one engine, and stores each event in one transaction. Dagster opens an engine and a connection for each
    statement, so it recompiles the statement, flushes the log at each close, and queries for each event which tables
    and columns exist: two thirds of the cost of a refresh with nothing new.
    """

    def store_event(self, event: EventLogEntry) -> None:
        """The event with its rows in the tables of assets and checks: all or none."""
        if is_planned_check(event):
            return
        with self._connect() as connection:
            self._open.connection = connection
            try:
                super().store_event(event)
            finally:
                self._open.connection = None

    @cached_property
    def _engine(self) -> Engine:
        engine = create_engine(self._conn_string, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS})
        event.listen(engine, "connect", _flush_at_checkpoints)
        return engine

    @cached_property
    def _open(self) -> local:
        """This thread's transaction."""
        return local()

    @contextmanager
    def _connect(self) -> Iterator[Connection]:
        if (connection := getattr(self._open, "connection", None)) is not None:
            yield connection
            return
        with self._engine.connect() as connection, connection.begin():
            yield connection

    @cached_property
    def _tables(self) -> set[str]:
        return set()

    def has_table(self, table_name: str) -> bool:
        # An existing table stays; a missing one may be created by a migration.
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    @cached_property
    def _columns(self) -> set[str]:
        return set()

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        if column_name not in self._columns and super()._has_asset_key_col_on_connection(conn, column_name):
            self._columns.add(column_name)
        return column_name in self._columns


def _flush_at_checkpoints(connection: Any, _: object) -> None:
    """Power loss may cost the last events, never the file: https://www.sqlite.org/pragma.html#pragma_synchronous"""
    connection.execute("pragma synchronous = normal")
