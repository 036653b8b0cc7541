"""The resources of Dagster's steps: warehouse, HTTP client, notifier. The work is in the packages of their names."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg

from orchestration.alerts.delivery import DeliveryReport, deliver
from orchestration.defs.run_launcher import hold_run_lock
from orchestration.settings import Settings
from orchestration.warehouse.database import RUN_LOCK_SECONDS, Warehouse
from orchestration.warehouse.fetch import open_http_client
from scrapers.http.client import HttpClient


class WarehouseResource(dg.ConfigurableResource[Warehouse]):
    """The profile's working file. A run waits ``lock_seconds`` for another writer.

    Every step needs it, so a run's process holds the run's lock from here on (run_launcher.py).
    """

    settings: dg.ResourceDependency[Settings]
    lock_seconds: float = RUN_LOCK_SECONDS

    def create_resource(self, context: dg.InitResourceContext) -> Warehouse:
        if context.instance is not None and context.run is not None:
            hold_run_lock(Path(context.instance.root_directory), context.run.run_id)
        return Warehouse(self.settings, self.lock_seconds)


class NotifierResource(dg.ConfigurableResource[Any]):
    """Sends what waits in the warehouse's outbox to the channels of alerts.yaml."""

    warehouse: dg.ResourceDependency[Warehouse]

    def deliver(self) -> DeliveryReport:
        """Raises what alerts/delivery.py's `deliver` raises."""
        return deliver(self.warehouse)


class HttpClientResource(dg.ConfigurableResource[HttpClient]):
    """The polite HTTP client, with the settings' limits and replays; closed at the end of the run."""

    settings: dg.ResourceDependency[Settings]

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[HttpClient]:
        with open_http_client(self.settings) as client:
            yield client
