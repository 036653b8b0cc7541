"""Monthly backfill: crawl a source's history month by month, and resume where it stopped.

A month's state is one row of raw.backfill_progress; its pages are in the archive. Paging back is in
scrapers/crawling/crawl.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Literal, Protocol

import duckdb

from orchestration.settings import INVASION, KYIV
from orchestration.warehouse.database import Warehouse
from orchestration.warehouse.load import load, quarantine
from orchestration.warehouse.page_index import take_in
from orchestration.warehouse.page_store import WarehousePageStore
from scrapers.archive import PageArchive
from scrapers.crawling.crawl import Crawl
from scrapers.crawling.visits import Step, Visit
from scrapers.errors import ObminError
from scrapers.http.client import HttpClient
from scrapers.parsing.listings import Window
from scrapers.registry import Source

Way = Literal["listing", "wayback"]


@dataclass(slots=True)
class MonthReport:
    """Result of one month. ``error`` is a sentence; an interrupted month is resumed. ``quarantined``: one sentence
    per item that the month's pages added to the quarantine.
    """

    source_id: str
    month: date
    was_complete: bool = False
    pages: int = 0
    items: int = 0
    announcements_new: int = 0
    error: str | None = None
    quarantined: list[str] = field(default_factory=list)

    @property
    def failures(self) -> list[str]:
        """What a person has to look at, one sentence each."""
        return [*([self.error] if self.error else []), *self.quarantined]


def months_between(first: date, last: date) -> list[date]:
    """First days of the months from ``first`` to ``last``, both included, newest first."""
    months = []
    year, month = last.year, last.month
    while (year, month) >= (first.year, first.month):
        months.append(date(year, month, 1))
        year, month = (year - 1, 12) if month == 1 else (year, month - 1)
    return months


def window_of(month: date) -> Window:
    """A month in Kyiv time; the first one begins with the invasion."""
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return Window(max(_midnight(month), INVASION), _midnight(following))


class BackfillProgress(Protocol):
    """What a backfill reports while it runs."""

    def source_begins(self, source: Source) -> None: ...

    def month_begins(self, month: date) -> None: ...

    def visited(self, visit: Visit) -> None: ...

    def month_ended(self) -> None: ...


def backfill(
    warehouse: Warehouse,
    client: HttpClient,
    sources: Iterable[Source],
    months: Sequence[date],
    way: Way,
    progress: BackfillProgress,
) -> list[MonthReport]:
    """Backfill every month of every source, in the order given. A failure ends its source; the next one continues.

    Raises WarehouseError when the working file can't be used.
    """
    reports: list[MonthReport] = []
    archive = PageArchive(warehouse.settings.pages)
    with warehouse.connection() as connection:
        for source in sources:
            progress.source_begins(source)
            for month in months:
                progress.month_begins(month)
                report = backfill_month(connection, archive, client, source, month, way, progress.visited)
                reports.append(report)
                progress.month_ended()
                if report.error:
                    break
    return reports


def backfill_month(
    connection: duckdb.DuckDBPyConnection,
    archive: PageArchive,
    client: HttpClient,
    source: Source,
    month: date,
    way: Way,
    on_visit: Callable[[Visit], None] = lambda _: None,
) -> MonthReport:
    """Fetch and load one month of one source; a complete month is not requested again.

    A failure is reported; only an archive that may not be read raises RefusedFile. If killed at any point, the next
    call resumes at the same page and takes already stored pages from the archive; a month that is not over begins
    anew.
    """
    report = MonthReport(source.id, month)
    state = _state(connection, source, month, way)
    if state.is_complete:
        report.was_complete = True
        return report
    quarantined = quarantine(connection)
    try:
        take_in(connection, archive)
        # What waits to be loaded counts as usable, though it may have been fetched before the month was over.
        load(connection, archive)
        _crawl_month(connection, archive, client, source, report, way, state, on_visit)
    except ObminError as failure:
        report.error = str(failure)
    except Exception as fault:
        report.error = (
            f"{source.id}: {month:%Y-%m} failed inside Obmin ({type(fault).__name__}: {fault}); what came before is "
            f"kept. Fix scrapers/sources/{source.parser}.py, then run again."
        )
    loaded = load(connection, archive)
    report.announcements_new = loaded.announcements_new
    report.quarantined = [sentence for sentence in loaded.quarantined if sentence not in quarantined]
    return report


def _crawl_month(
    connection: duckdb.DuckDBPyConnection,
    archive: PageArchive,
    client: HttpClient,
    source: Source,
    report: MonthReport,
    way: Way,
    state: _State,
    on_visit: Callable[[Visit], None],
) -> None:
    """Crawl a month and record each page; it is complete only if the crawl ended without an error."""
    month, window = report.month, window_of(report.month)
    # A crawl that began before the end of the month has not seen its last items: it completes nothing, and a later
    # one must not go on from where it stopped.
    is_over = window.until <= client.moment()
    resume = state.resume_url if is_over else None
    # A page fetched after the end of the month has all of its items.
    page_store = WarehousePageStore(connection, archive, source, usable_since=window.until)
    for step in _steps(Crawl(client, source, page_store), window, way, resume, state.newer_ended_at):
        report.pages += 1
        report.items += len(step.visit.parsed.announcements)
        _note(connection, source, month, way, step.resume if is_over else None, step.reached)
        on_visit(step.visit)
    if is_over:
        connection.execute(
            "update raw.backfill_progress set is_complete = true where source_id = ? and month = ? and way = ?",
            [source.id, month, way],
        )


@dataclass(frozen=True, slots=True)
class _State:
    resume_url: str | None
    is_complete: bool
    newer_ended_at: str | None


def _steps(crawl: Crawl, window: Window, way: Way, resume: str | None, newer_ended_at: str | None) -> Iterator[Step]:
    if way == "wayback":
        return crawl.captures(window, resume)
    return crawl.history(window, resume, newer_ended_at)


def _state(connection: duckdb.DuckDBPyConnection, source: Source, month: date, way: Way) -> _State:
    connection.execute(
        "insert into raw.backfill_progress values (?, ?, ?, null, null, false) on conflict do nothing",
        [source.id, month, way],
    )
    following = months_between(month, window_of(month).until.astimezone(KYIV).date())[0]
    row = connection.execute(
        """
        select resume_url, is_complete, (
            select last_url from raw.backfill_progress as newer
            where newer.source_id = $1 and newer.way = $3 and newer.month = $4 and newer.is_complete
        )
        from raw.backfill_progress where source_id = $1 and month = $2 and way = $3
        """,
        [source.id, month, way, following],
    ).fetchone()
    assert row is not None
    return _State(*row)


def _note(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    month: date,
    way: Way,
    resume: str | None,
    reached: str | None,
) -> None:
    connection.execute(
        "update raw.backfill_progress set resume_url = ?, last_url = coalesce(?, last_url) "
        "where source_id = ? and month = ? and way = ?",
        [resume, reached, source.id, month, way],
    )


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=KYIV).astimezone(UTC)
