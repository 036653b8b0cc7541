"""Loading of mined texts: from the Parquet files of `obmin mine` to the archive, and from there as any other page.

Which texts are loaded is decided here. How one is kept in the archive, and read from it, is in
scrapers/parsing/mined_pages.py; the announcements are inserted by load.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from orchestration.settings import INVASION, KYIV
from orchestration.warehouse.load import insert, load
from orchestration.warehouse.page_index import index_row, naive, take_in
from scrapers.archive import PageArchive, payload_digest
from scrapers.extraction.reading import read
from scrapers.extraction.version import reader_version
from scrapers.mining.parquet_files import ENDING, UnusableFile, report_in, rows_of
from scrapers.parsing.mined_pages import MinedText, addresses_of, page_of, parse_mined
from scrapers.parsing.sanitize import CLOCKS_APART, FIRST_PAGE
from scrapers.records import Page
from scrapers.registry import load_web_archives

COLUMNS = ["url", "captured_at", "published_on", "title", "text", "warc", "record", "kind", "statements"]
FIRST_DAY = INVASION.astimezone(KYIV).date()
# A capture is linked with its address at the Wayback Machine by the announcements that were read from it.
CRAWLED = """
    create or replace temp table crawled_addresses as
    select distinct regexp_replace(url, '^https?://web\\.archive\\.org/web/[0-9]{4,14}([a-z]{2}_)?/', '') as url
    from raw.announcements where source_id <> $1
"""


@dataclass(slots=True)
class MinedReport:
    """What became of each text. ``archived``: new in the archive; ``loaded_before``: there already;
    ``of_crawled_sources``: of an address that a crawled source has; ``without_statements``: about something else;
    ``before_the_invasion``: published before the record begins. ``without_day``: addresses of those without a day of
    publication; ``left_out``: sentences for those that can't be stored. ``announcements_new``: versions.
    """

    files: int = 0
    texts: int = 0
    archived: int = 0
    loaded_before: int = 0
    of_crawled_sources: int = 0
    without_statements: int = 0
    before_the_invasion: int = 0
    without_day: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    announcements_new: int = 0
    warnings: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def load_mined(
    connection: duckdb.DuckDBPyConnection,
    archive: PageArchive,
    folder: Path,
    on_progress: Callable[[int, int], None] = lambda _, __: None,
) -> MinedReport:
    """Put the texts of a folder's Parquet files into the archive, then load what the archive has and raw.* lacks. A
    second call changes nothing. ``on_progress`` gets the files that are read, and how many there are.
    """
    report = MinedReport(warnings=take_in(connection, archive).sentences)
    paths = sorted(folder.glob(f"*{ENDING}"))
    if not paths:
        report.failures.append(f"{folder} has no *{ENDING} file; name the folder that `obmin mine --out` wrote.")
    # What loading begins with is there: an earlier load may have been stopped before it.
    load(connection, archive)
    connection.execute(CRAWLED, [load_web_archives().id])
    for number, path in enumerate(paths):
        on_progress(number, len(paths))
        try:
            is_read_by_this = report_in(path).reader_version == reader_version()
            for rows in rows_of(path, COLUMNS):
                _archive(connection, archive, _wanted(rows, is_read_by_this, report), report)
        except UnusableFile as error:
            report.failures.append(str(error))
        else:
            report.files += 1
    connection.execute("drop table crawled_addresses")
    loaded = load(connection, archive)
    report.announcements_new = loaded.announcements_new
    report.failures += loaded.quarantined
    return report


def _wanted(rows: Sequence[dict[str, Any]], is_read_by_this: bool, report: MinedReport) -> list[Page]:
    """The pages of the texts that are worth keeping, whatever the warehouse has; all others are counted."""
    wanted = []
    for row in rows:
        report.texts += 1
        if not _tells(row, is_read_by_this):
            report.without_statements += 1
        elif row["published_on"] is None:
            report.without_day.append(str(row["url"]))
        elif row["published_on"] < FIRST_DAY:
            report.before_the_invasion += 1
        elif fault := _fault(row):
            report.left_out.append(f"{row['url']}: {fault}.")
        else:
            page = page_of(MinedText(**{name: row[name] for name in MinedText.__dataclass_fields__}))
            problems = parse_mined(page).problems
            report.left_out += [f"{page.url}: {problem.message} ({problem.excerpt})." for problem in problems[:1]]
            wanted += [] if problems else [page]
    return wanted


def _tells(row: dict[str, Any], is_read_by_this: bool) -> bool:
    """Whether a text is of an event or has statements, by today's extractor."""
    if is_read_by_this:
        return row["kind"] != "other" or bool(row["statements"])
    reading = read(row["text"] or "", row["title"], row["published_on"])
    return reading.kind != "other" or bool(reading.statements)


def _fault(row: dict[str, Any]) -> str | None:
    """Why a row is no text that was mined."""
    if lacking := [name for name in ("url", "captured_at", "text", "warc", "record") if row[name] is None]:
        return f"its {lacking[0]} is missing"
    if row["captured_at"] > datetime.now(UTC) + CLOCKS_APART:
        return f"its capture is dated {row['captured_at']:%Y-%m-%d %H:%M} UTC, which is in the future"
    if row["captured_at"] < FIRST_PAGE:
        return f"its capture is dated {row['captured_at'].date()}, which is before the web's first page"
    return None


def _archive(
    connection: duckdb.DuckDBPyConnection, archive: PageArchive, pages: Sequence[Page], report: MinedReport
) -> None:
    """Put the pages that are new into the archive and its index."""
    if not pages:
        return
    crawled, known = _places(connection, pages)
    rows: dict[str, dict[str, Any]] = {}
    seen: set[tuple[str, datetime, str]] = set()
    for place, page in enumerate(pages):
        key = (page.url, page.fetched_at, payload_digest(page.payload))
        if place in known or key in seen:
            report.loaded_before += 1
        elif place in crawled:
            report.of_crawled_sources += 1
        else:
            seen.add(key)
            row = index_row(page, None, archive.append(page))
            rows[row["page_id"]] = row
            report.archived += 1
    insert(connection, "pages", list(rows.values()))


def _places(connection: duckdb.DuckDBPyConnection, pages: Sequence[Page]) -> tuple[set[int], set[int]]:
    """Which of the pages a crawled source has, and which are in the archive's index."""
    numbers = range(len(pages))
    addresses = [(place, address) for place in numbers for address in addresses_of(pages[place].url)]
    connection.register(
        "mined_addresses",
        pa.table({"place": [place for place, _ in addresses], "url": [address for _, address in addresses]}),
    )
    connection.register(
        "mined_pages",
        pa.table(
            {
                "place": list(numbers),
                "url": [page.url for page in pages],
                "fetched_at": pa.array([naive(page.fetched_at) for page in pages], pa.timestamp("us")),
                "payload_digest": [payload_digest(page.payload) for page in pages],
            }
        ),
    )
    try:
        crawled = connection.execute(
            "select distinct place from mined_addresses semi join crawled_addresses using (url)"
        ).fetchall()
        known = connection.execute(
            "select place from mined_pages semi join (from raw.pages where source_id = $1) as held "
            "using (url, fetched_at, payload_digest)",
            [load_web_archives().id],
        ).fetchall()
    finally:
        connection.unregister("mined_addresses")
        connection.unregister("mined_pages")
    return {place for (place,) in crawled}, {place for (place,) in known}
