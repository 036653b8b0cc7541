"""Stores the findings of every run, however it was started. Delivery is in alerts/delivery.py."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from orchestration.alerts.config import load_channels
from orchestration.alerts.digest import decide_digest
from orchestration.alerts.problems import note
from orchestration.defs.run_outcomes import findings_of
from orchestration.warehouse.database import Warehouse

if TYPE_CHECKING:
    import dagster as dg


def note_run(warehouse: Warehouse, events: Iterable[dg.DagsterEvent], job: str) -> None:
    """Store the findings of a run of ``job``, and once a day the review digest.

    Raises BrokenAlerts when alerts.yaml can't be used, WarehouseError when the working file can't.
    """
    channels = load_channels(warehouse.settings.alerts_file)
    with warehouse.connection() as connection:
        note(connection, findings_of(events, job), channels)
        decide_digest(connection, channels)
