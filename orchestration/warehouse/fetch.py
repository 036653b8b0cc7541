"""From the web to pages: crawl the sources, several hosts at once, and note how each of them did.

Pages are archived before anything is loaded from them. What a page says is for load.py.
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
from orchestration.warehouse.page_store import WarehouseShelf
from orchestration.warehouse.permit import Permit, PermitOver
from orchestration.warehouse.side_by_side import side_by_side
from scrapers.archive import PageArchive
from scrapers.crawling.crawl import Crawl
from scrapers.crawling.visits import Visit
from scrapers.errors import ObminError
from scrapers.http.client import Door
from scrapers.records import SourceLate
from scrapers.registry import Source
from scrapers.sample.server import serve

PAGES_BETWEEN_WORDS = 10
# The door ends a crawl's waits and requests in time; reading a page may take a little longer, and no more than this.
GRACE_SECONDS = 5.0
# Items come in out of order, and a listing's days may lie a little apart from their articles'.
OVERLAP = timedelta(days=1)
TAKEN_UP_WITHIN = timedelta(days=1)


@dataclass(slots=True)
class FetchReport:
    """How one source did. ``error`` is a sentence for a person, None when the crawl was complete; ``is_late`` when
    it is that the source's time was over.
    """

    source_id: str
    pages_seen: int = 0
    pages_new: int = 0
    newest: datetime | None = None
    drift: list[str] = field(default_factory=list)
    error: str | None = None
    is_late: bool = False


@contextmanager
def open_door(settings: Settings) -> Iterator[Door]:
    """The door to the live sites; to the server that OBMIN_REPLAY names; or, for the sample, to a replay server
    that runs meanwhile.

    Raises NoContact when the live sites are asked for and OBMIN_CONTACT names nobody.
    """
    if settings.replay is not None:
        settings.data.mkdir(parents=True, exist_ok=True)
        settings.replay_mark.touch()
        with Door(replay=settings.replay) as door:
            yield door
        return
    if settings.profile == "live":
        with Door(contact=settings.contact()) as door:
            yield door
        return
    with serve(settings.sample_archive) as address, Door(replay=address) as door:
        yield door


def fetch_all(
    connection: duckdb.DuckDBPyConnection,
    archive: PageArchive,
    door: Door,
    sources: Sequence[Source],
    first_reach: datetime,
    say: Callable[[str], None],
    source_seconds: float = SOURCE_SECONDS,
) -> Iterator[FetchReport]:
    """Crawl sources side by side; a report as each is done. What fails in one is in its report alone.

    A source that needs longer than ``source_seconds`` is late: what it brought is kept, and the next run goes on.
    Its thread, should it still be reading after a few seconds more, can write nothing any more and is left behind.
    """
    for sentence in take_in(connection, archive).sentences:
        say(sentence)
    # What crawls say is passed on by the caller's thread: a log may not be open to others.
    words: SimpleQueue[str] = SimpleQueue()
    permits = {source.id: Permit() for source in sources}
    crawls = {
        source.id: partial(
            fetch,
            permits[source.id].guard(connection),
            permits[source.id].guard(archive),
            door.within(source_seconds),
            source,
            first_reach,
            words.put,
        )
        for source in sources
    }

    def pass_on() -> None:
        while not words.empty():
            say(words.get())

    began = door.moment()
    try:
        for source_id, report in side_by_side(crawls, source_seconds + GRACE_SECONDS, pass_on):
            if report is not None:
                yield report
                continue
            permits[source_id].revoke()
            left_behind = _left_behind(source_id, source_seconds)
            _note(connection.cursor(), left_behind, began)
            say(f"{source_id}: late")
            yield left_behind
    except BaseException:
        # Stopped from outside: what the crawls had is kept, and nothing is written any more.
        door.close()
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
    door: Door,
    source: Source,
    first_reach: datetime,
    say: Callable[[str], None],
) -> FetchReport:
    """Crawl one source; ``say`` hears of progress. A failure is reported, never raised: others go on.

    A first crawl goes back to ``first_reach``; one after a crawl that broke off, to where all is known.
    """
    report = FetchReport(source.id)
    try:
        cursor, now = connection.cursor(), door.moment()
        try:
            reach, known_through = _reach(cursor, source, first_reach)
            # After a crawl that broke off, or was late, the pages of the past that it had are not asked for again.
            shelf = WarehouseShelf(connection, archive, source, now - TAKEN_UP_WITHIN if reach is not None else None)
            _note_begun(cursor, source)
            for visit in Crawl(door, source, shelf).refresh(reach, now, known_through):
                _count(report, visit, now)
                if report.pages_seen % PAGES_BETWEEN_WORDS == 0:
                    say(f"{source.id}: {report.pages_seen} pages seen, {report.pages_new} new")
        except Exception as fault:
            report.error, report.is_late = _sentence(source, fault), isinstance(fault, SourceLate)
        _note(cursor, report, now)
    except PermitOver:
        return report  # nobody waits for it
    except Exception as fault:
        # What can't be noted was not done: the next crawl begins where the last noted one did.
        report.error = _sentence(source, fault)
    ending = ", then failed" if report.error else ""
    say(f"{source.id}: {report.pages_seen} pages seen, {report.pages_new} new{ending}")
    return report


def _count(report: FetchReport, visit: Visit, now: datetime) -> None:
    report.pages_seen += 1
    report.pages_new += visit.is_new
    report.drift += visit.parsed.drift
    past = [moment for moment in visit.parsed.moments() if moment <= now]
    report.newest = max([*past, *([report.newest] if report.newest else [])], default=None)


def _sentence(source: Source, fault: Exception) -> str:
    """What broke a crawl off, for a person. A fault in one source's module must not silence the rest."""
    if said := sentence_of(fault):
        return said if isinstance(fault, ObminError) else f"{source.id}: {said}"
    return (
        f"{source.id}: reading it failed inside Obmin ({type(fault).__name__}: {fault}); what it had brought "
        f"is kept. Mend scrapers/sources/{source.parser}.py, then run again."
    )


def _reach(
    cursor: duckdb.DuckDBPyConnection, source: Source, first_reach: datetime
) -> tuple[datetime | None, datetime | None]:
    """How far back a crawl must go, None when it may stop at what is known; and up to when all is known."""
    row = cursor.execute(
        "select is_complete, complete_through from raw.source_checks where source_id = ?", [source.id]
    ).fetchone()
    if row is None or row[1] is None:
        return first_reach, None
    known_through = row[1].replace(tzinfo=UTC)
    return None if row[0] else known_through - OVERLAP, known_through


def _note_begun(cursor: duckdb.DuckDBPyConnection, source: Source) -> None:
    """Until its end is noted a crawl counts as broken off: one that is killed can't say so, and what it stored of
    the newest pages must not stop the next one there.
    """
    cursor.execute("update raw.source_checks set is_complete = false where source_id = ?", [source.id])


def _note(cursor: duckdb.DuckDBPyConnection, report: FetchReport, now: datetime) -> None:
    cursor.execute(
        """
        insert into raw.source_checks values ($1, $2, $3, $4, $5, $6)
        on conflict (source_id) do update set
            last_checked_at = excluded.last_checked_at,
            last_success_at = coalesce(excluded.last_success_at, source_checks.last_success_at),
            is_complete = excluded.is_complete,
            complete_through = greatest(excluded.complete_through, source_checks.complete_through),
            last_error = excluded.last_error
        """,
        [
            report.source_id,
            naive(now),
            None if report.error else naive(now),
            report.error is None,
            # All up to the newest item is known now; a listing without times is known up to this hour.
            None if report.error else naive(report.newest or now),
            report.error,
        ],
    )
