"""Replay of the sample's history as a live deployment would see it: a crawl before and after each edit and deletion.

Only the sample's history can be requested again. Crawling is in fetch.py, the timestamps in
scrapers/sample/archive.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import duckdb

from orchestration.settings import Settings
from orchestration.warehouse.fetch import fetch_all
from orchestration.warehouse.load import load
from orchestration.warehouse.page_index import take_in
from scrapers.archive import PageArchive
from scrapers.http.client import HttpClient
from scrapers.http.throttling import Clock
from scrapers.records import SourceError
from scrapers.registry import Source
from scrapers.sample.archive import SampleArchive
from scrapers.sample.server import serve


def replay_history(
    connection: duckdb.DuckDBPyConnection,
    archive: PageArchive,
    settings: Settings,
    sources: Sequence[Source],
    on_progress: Callable[[str], None],
) -> None:
    """Crawl and load the sample at each timestamp of its history that is not replayed yet.

    Raises SourceError when a source of the sample can't be read: only the sample can be at fault.
    """
    for sentence in take_in(connection, archive).sentences:
        on_progress(sentence)  # progress of the crawls below is not reported
    for moment in _moments_ahead(connection, settings):
        existing = [source for source in sources if _exists(settings, source, moment)]
        with (
            serve(settings.sample_archive, as_of=moment) as address,
            HttpClient(replay=address, clock=Clock(moment=lambda at=moment: at)) as client,  # type: ignore[misc]
        ):
            for report in fetch_all(connection, archive, client, existing, settings.first_reach, lambda _: None):
                if report.error:
                    raise SourceError(report.source_id, f"The sample as it was at {moment}: {report.error}")
        load(connection, archive)
        on_progress(f"as it was at {moment:%Y-%m-%d %H:%M}: {len(existing)} sources")


def _moments_ahead(connection: duckdb.DuckDBPyConnection, settings: Settings) -> list[datetime]:
    row = connection.execute("select max(last_checked_at) from raw.source_checks").fetchone()
    last = row[0].replace(tzinfo=UTC) if row and row[0] else settings.first_reach
    moments = [moment.astimezone(UTC) for moment in SampleArchive(settings.sample_archive).moments()]
    return [moment for moment in moments if moment > last]


def _exists(settings: Settings, source: Source, moment: datetime) -> bool:
    archive = SampleArchive(settings.sample_archive, moment)
    return bool(archive.posts(source.id) if source.parser == "telegram" else archive.articles(source.id))
