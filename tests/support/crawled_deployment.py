"""A warehouse and an archive filled by crawls of a test's server, with the channel and the site to crawl.

Those servers are in sites.py; deployments filled without a crawl are in scripted_deployment.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from orchestration.warehouse.database import Warehouse
from orchestration.warehouse.fetch import FetchReport, fetch
from orchestration.warehouse.load import LoadReport, load
from scrapers.archive import PageArchive
from scrapers.http.client import HttpClient
from scrapers.registry import get_source
from tests.conftest import deployment, web

CHANNEL, SITE = get_source("koordshtab_telegram").as_excerpt(), get_source("president_uk").as_excerpt()
BEGINNING = datetime(2022, 2, 24, tzinfo=UTC)


class CrawledDeployment:
    """A warehouse and its archive, to crawl and load."""

    def __init__(self, folder: Path, connection: duckdb.DuckDBPyConnection, client: HttpClient) -> None:
        self.connection, self.client = connection, client
        self.archive = PageArchive(folder)

    def fetch(self, source: Any = CHANNEL) -> FetchReport:
        return fetch(self.connection, self.archive, self.client, source, BEGINNING, lambda _: None)

    def refresh(self, source: Any = CHANNEL) -> LoadReport:
        assert self.fetch(source).error is None
        return load(self.connection, self.archive)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()

    def ids(self) -> list[str]:
        return [
            row[0] for row in self.rows("select announcement_id from raw.announcements order by announcement_id::int")
        ]


@contextmanager
def crawling(folder: Path, answer: Any) -> Iterator[CrawledDeployment]:
    settings = deployment(folder)
    with (
        web(answer) as address,
        HttpClient(replay=address, attempts=1) as client,
        Warehouse(settings).connection() as connection,
    ):
        yield CrawledDeployment(settings.pages, connection, client)
