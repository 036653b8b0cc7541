"""Dagster's event log in PostgreSQL, without planned checks: event_log.py has the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

from dagster import EventLogEntry
from dagster_postgres.event_log import PostgresEventLogStorage
from dagster_postgres.utils import pg_url_from_config

from orchestration.defs.event_log import is_planned_check


class PostgresEventLog(PostgresEventLogStorage):
    """Dagster's class, but for the events that are not stored."""

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Mapping[str, Any]) -> Self:
        # Dagster's own names its class instead of asking for it.
        return cls(pg_url_from_config(config_value), inst_data=inst_data)

    def store_event(self, event: EventLogEntry) -> None:
        if not is_planned_check(event):
            super().store_event(event)

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Planned events come in batches, which Dagster's class stores in another way."""
        super().store_event_batch([event for event in events if not is_planned_check(event)])
