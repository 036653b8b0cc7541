"""Stores the findings of every run, however it was started. Delivery is in alerts/delivery.py."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import duckdb

from orchestration.alerts.config import load_channels
from orchestration.alerts.digest import decide_digest
from orchestration.alerts.problems import Finding, note
from orchestration.defs.run_outcomes import findings_of
from orchestration.report.report import bring_up_to_date
from orchestration.settings import Settings
from orchestration.warehouse.database import Warehouse
from scrapers.errors import ObminError

if TYPE_CHECKING:
    import dagster as dg

# Drawing the report is a step of a run with news; what it owes after other runs is the same cause when it fails.
REPORT_STEP = "publication__report"


def note_run(warehouse: Warehouse, events: Iterable[dg.DagsterEvent], job: str) -> list[str]:
    """Store the findings of a run of ``job``, and once a day the review digest; bring the report up to date. Returns
    why that failed, if it did.

    Raises BrokenAlerts when alerts.yaml can't be used, WarehouseError when the working file can't.
    """
    events = list(events)
    channels = load_channels(warehouse.settings.alerts_file)
    with warehouse.connection() as connection:
        of_report = _of_report(warehouse.settings, connection, events)
        note(connection, [*findings_of(events, job), *of_report], channels)
        decide_digest(connection, channels)
    return [finding.sentence for finding in of_report if not finding.is_well]


def _of_report(
    settings: Settings, connection: duckdb.DuckDBPyConnection, events: Sequence[dg.DagsterEvent]
) -> list[Finding]:
    """Whether the report is up to date. A run whose own step failed to draw it has tried just now."""
    has_failed = any(event.step_key == REPORT_STEP and event.is_step_failure for event in events)
    if not settings.draws_report or not settings.published.exists() or has_failed:
        return []
    checks = connection.execute(
        "select source_id, last_checked_at, last_success_at, last_error from raw.source_checks"
    )
    try:
        bring_up_to_date(settings, checks.to_arrow_table().to_pylist(), datetime.now(UTC).replace(tzinfo=None))
    except ObminError as error:
        return [Finding(f"step {REPORT_STEP}", False, str(error))]
    return [Finding(f"step {REPORT_STEP}", True)]
