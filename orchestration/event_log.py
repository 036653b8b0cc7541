"""Dagster's embedded event log with its connections kept: reason at the class. Where it is used: instance.py."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from dagster._core.storage.event_log import ConsolidatedSqliteEventLogStorage
from dagster._core.storage.sql import create_engine
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from sqlalchemy.engine import Connection, Engine


class KeptEventLog(ConsolidatedSqliteEventLogStorage):
    """Dagster opens an engine and a connection for each statement, and with them compiles the statement anew and
    flushes the log at each close: two thirds of what a refresh with nothing new costs.
    """

    @cached_property
    def _engine(self) -> Engine:
        return create_engine(self._conn_string, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS})

    @contextmanager
    def _connect(self) -> Iterator[Connection]:
        with self._engine.connect() as connection, connection.begin():
            yield connection
