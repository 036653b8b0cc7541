"""A backfill of some months of a source from a test's server, and the channel that is backfilled.

Crawls of what is new are in crawled_deployment.py.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from orchestration.warehouse.backfill import MonthReport, backfill_month
from orchestration.warehouse.database import Warehouse
from scrapers.archive import PageArchive
from scrapers.http.client import HttpClient
from scrapers.http.throttling import Clock
from scrapers.registry import Source, get_source
from tests.conftest import deployment

CHANNEL = get_source("koordshtab_telegram").as_excerpt()


def run(
    folder: Path, address: str, source: Source, *months: date, way: Any = "listing", clock: Clock | None = None
) -> list[MonthReport]:
    settings, clock = deployment(folder), clock or Clock()
    with (
        Warehouse(settings).connection() as connection,
        HttpClient(replay=address, attempts=1, clock=clock) as client,
    ):
        archive = PageArchive(settings.pages)
        return [backfill_month(connection, archive, client, source, month, way) for month in months]
