"""Fetching: crawl the sources, several hosts in parallel, and record each one's result.

Pages are archived before anything is loaded from them. Loading is in load.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from queue import SimpleQueue

import duckdb

from orchestration.errors import sentence_of
from orchestration.settings import SOURCE_SECONDS, Settings
from orchestration.warehouse.page_index import naive, take_in
from orchestration.warehouse.page_store import WarehousePageStore
from orchestration.warehouse.permit import Permit, PermitOver
from orchestration.warehouse.side_by_side import side_by_side
from scrapers.archive import PageArchive
from scrapers.crawling.crawl import Crawl
from scrapers.crawling.visits import Visit
from scrapers.errors import ObminError
from scrapers.http.client import HttpClient
from scrapers.records import SourceError, SourceLate
from scrapers.registry import Source
from scrapers.sample.server import serve

PAGES_BETWEEN_WORDS = 10
# The HTTP client ends waits and requests in time; parsing a page may take at most this much longer.
GRACE_SECONDS = 5.0
# Items arrive out of order, and a listing's dates may differ a little from its articles' dates.
OVERLAP = timedelta(days=1)
TAKEN_UP_WITHIN = timedelta(days=1)


@dataclass(slots=True)
class FetchReport:
    """Result of one source. ``error``: a sentence, None when the crawl was complete; ``error_kind``: the kind of a
    SourceError; ``is_late``: the error is that the source's time limit was reached.
    """

    source_id: str
    pages_seen: int = 0
    pages_new: int = 0
    newest: datetime | None = None
    drift: list[str] = field(default_factory=list)
    error: str | None = None
    error_kind: str | None = None
    is_late: bool = False


@contextmanager
def open_http_client(settings: Settings) -> Iterator[HttpClient]:
    """An HTTP client for the live sites; for the server in OBMIN_REPLAY; or, for the sample, for a replay server that
    runs while the client is open.

    Raises NoContact when the live sites are requested and OBMIN_CONTACT is not set.
    """
    if settings.replay is not None:
        settings.data.mkdir(parents=True, exist_ok=True)
        settings.replay_mark.touch()
        with HttpClient(replay=settings.replay) as client:
            yield client
        return
    if settings.profile == "live":
        with HttpClient(contact=settings.contact()) as client:
            yield client
        return
    with serve(settings.sample_archive) as address, HttpClient(replay=address) as client:
        yield client


def fetch_all(
    connection: duckdb.DuckDBPyConnection,
    archive: PageArchive,
    client: HttpClient,
    sources: Sequence[Source],
    first_reach: datetime,
    on_progress: Callable[[str], None],
    source_seconds: float = SOURCE_SECONDS,
) -> Iterator[FetchReport]:
    """Crawl sources in parallel; yields a report as each is done. A failure is only in its source's report.

    A source that takes longer than ``source_seconds`` is late: its pages are stored, and the next run continues. If
    its thread is still parsing a few seconds later, it can no longer write and is abandoned.
    """
    for sentence in take_in(connection, archive).sentences:
        on_progress(sentence)
    # Crawls' progress is reported from the caller's thread, because a log may not be usable from others.
    words: SimpleQueue[str] = SimpleQueue()
    permits = {source.id: Permit() for source in sources}
    crawls = {
        source.id: partial(
            fetch,
            permits[source.id].guard(connection),
            permits[source.id].guard(archive),
            client.within(source_seconds),
            source,
            first_reach,
            words.put,
        )
        for source in sources
    }

    def pass_on() -> None:
        while not words.empty():
            on_progress(words.get())

    began = client.moment()
    try:
        for source_id, report in side_by_side(crawls, source_seconds + GRACE_SECONDS, pass_on):
            if report is not None:
                yield report
                continue
            permits[source_id].revoke()
            left_behind = _left_behind(source_id, source_seconds)
            _note(connection.cursor(), left_behind, began)
            on_progress(f"{source_id}: late")
            yield left_behind
    except BaseException:
        # Stopped from outside: fetched pages stay stored, and nothing more is written.
        client.close()
        for permit in permits.values():
            permit.revoke()
        raise


def _left_behind(source_id: str, seconds: float) -> FetchReport:
    return FetchReport(
        source_id,
        error=f"{source_id} is late: its {seconds:.0f} seconds are over and a page of it is still being read; what "
        "it brought is kept, and the next run goes on. If it stays so, look at the page that it read last.",
        is_late=True,
    )


def fetch(
    connection: duckdb.DuckDBPyConnection,
    archive: PageArchive,
    client: HttpClient,
    source: Source,
    first_reach: datetime,
    on_progress: Callable[[str], None],
) -> FetchReport:
    """Crawl one source; ``on_progress`` gets its progress. A failure is reported, never raised: others continue.

    A first crawl goes back to ``first_reach``; one after an interrupted crawl, to where everything is known.
    """
    report = FetchReport(source.id)
    try:
        cursor, now = connection.cursor(), client.moment()
        try:
            reach, known_through = _reach(cursor, source, first_reach, now)
            # After an interrupted or late crawl, older pages that it fetched are not requested again.
            page_store = WarehousePageStore(
                connection, archive, source, now - TAKEN_UP_WITHIN if reach is not None else None
            )
            _note_begun(cursor, source)
            for visit in Crawl(client, source, page_store).refresh(reach, now, known_through):
                _count(report, visit, now)
                if report.pages_seen % PAGES_BETWEEN_WORDS == 0:
                    on_progress(f"{source.id}: pages seen: {report.pages_seen}, new: {report.pages_new}")
            _release_listing(cursor, source)
        except Exception as fault:
            report.error, report.is_late = _sentence(source, fault), isinstance(fault, SourceLate)
            report.error_kind = fault.kind if isinstance(fault, SourceError) else None
        _note(cursor, report, now)
    except PermitOver:
        return report  # the caller no longer waits
    except Exception as fault:
        # An unrecorded crawl does not count: the next one begins where the last recorded one did.
        report.error = _sentence(source, fault)
    ending = ", then failed" if report.error else ""
    on_progress(f"{source.id}: pages seen: {report.pages_seen}, new: {report.pages_new}{ending}")
    return report


def _count(report: FetchReport, visit: Visit, now: datetime) -> None:
    report.pages_seen += 1
    report.pages_new += visit.is_new
    report.drift += visit.parsed.drift
    past = [moment for moment in visit.parsed.moments() if moment <= now]
    report.newest = max([*past, *([report.newest] if report.newest else [])], default=None)


def _sentence(source: Source, fault: Exception) -> str:
    """Message for a failed crawl. A fault in one source's module must not stop the rest."""
    if sentence := sentence_of(fault):
        return sentence if isinstance(fault, ObminError) else f"{source.id}: {sentence}"
    return (
        f"{source.id}: reading it failed inside Obmin ({type(fault).__name__}: {fault}); what it had brought "
        f"is kept. Fix scrapers/sources/{source.parser}.py, then run again."
    )


def _reach(
    cursor: duckdb.DuckDBPyConnection, source: Source, first_reach: datetime, now: datetime
) -> tuple[datetime | None, datetime | None]:
    """How far back a crawl must go, None when it may stop at known items; and up to when everything is known.

    A time that is still to come is of a clock that was ahead: nothing is known by it.
    """
    row = cursor.execute(
        "select is_complete, complete_through from raw.source_checks where source_id = ?", [source.id]
    ).fetchone()
    if row is None or row[1] is None or row[1] > naive(now):
        return first_reach, None
    known_through = row[1].replace(tzinfo=UTC)
    return None if row[0] else known_through - OVERLAP, known_through


def _note_begun(cursor: duckdb.DuckDBPyConnection, source: Source) -> None:
    """A crawl counts as interrupted until its end is recorded: a killed one can't record it, and the newest pages
    that it stored must not stop the next one there.
    """
    cursor.execute("update raw.source_checks set is_complete = false where source_id = ?", [source.id])


def _release_listing(cursor: duckdb.DuckDBPyConnection, source: Source) -> None:
    """After a complete crawl an older page of the listing that could not be read is no fault any more: what it showed
    was read elsewhere, and its address (?before=120) need not come up again. Where a backfill could not read one,
    its month stays open and tells so.
    """
    cursor.execute(
        "delete from raw.quarantined_items where source_id = ? and starts_with(item_id, ?)",
        [source.id, f"{source.url}?"],
    )


def _note(cursor: duckdb.DuckDBPyConnection, report: FetchReport, now: datetime) -> None:
    cursor.execute(
        """
        insert into raw.source_checks values ($1, $2, $3, $4, $5, $6)
        on conflict (source_id) do update set
            last_checked_at = excluded.last_checked_at,
            last_success_at = coalesce(excluded.last_success_at, source_checks.last_success_at),
            is_complete = excluded.is_complete,
            complete_through = greatest(excluded.complete_through, case
                when source_checks.complete_through <= excluded.last_checked_at then source_checks.complete_through
            end),
            last_error = excluded.last_error
        """,
        [
            report.source_id,
            naive(now),
            None if report.error else naive(now),
            report.error is None,
            # Everything up to the newest item is known now; a listing without times is known up to now.
            None if report.error else naive(report.newest or now),
            report.error,
        ],
    )
