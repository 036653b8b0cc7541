"""raw.pages, the index of the archive: adds rows that a crash left out, and deletes rows of lost pages.

Whether to store a page is decided in page_store.py; parsing it is in load.py.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import duckdb

from scrapers.archive import BrokenRecord, Damage, Location, PageArchive, RefusedFile, payload_digest
from scrapers.records import Page

GONE = "the archive no longer holds its page"


@dataclass(slots=True)
class TakenIn:
    """Result of an archive scan: pages indexed, pages lost, and one sentence per problem."""

    pages: int = 0
    gone: int = 0
    sentences: list[str] = field(default_factory=list)


def take_in(connection: duckdb.DuckDBPyConnection, archive: PageArchive) -> TakenIn:
    """Index pages that the archive has and raw.pages lacks, as after a crash between the two writes.

    A file that is shorter than the index, missing or replaced is compared with the index row by row: rows of lost
    pages are deleted, and those pages are fetched again. Announcements stay. Damage after the last known page is
    skipped and reported.

    Raises RefusedFile when a file may not be opened.
    """
    archive.recover()
    taken = TakenIn()
    known = {
        file: (Location(file, offset), url, moment)
        for file, offset, url, moment in connection.execute(
            "select archive_file, max(archive_offset), arg_max(url, archive_offset), "
            "arg_max(fetched_at, archive_offset) from raw.pages group by archive_file"
        ).fetchall()
    }
    for file in sorted({*known, *(path.name for path in archive.files())}):
        after = known[file][0].offset if file in known else -1
        if file in known and not _is_there(archive, *known[file]):
            _forget_what_is_gone(connection, archive, file, taken)
            after = -1
        rows = connection.execute(
            "select archive_offset from raw.pages where archive_file = ? and archive_offset > ?", [file, after]
        ).fetchall()
        held, damaged = {offset for (offset,) in rows}, list[Damage]()
        for location, page in archive.pages_of(file, after, damaged.append):
            if location.offset in held:
                continue
            insert_row(connection, index_row(page, None, location))
            taken.pages += 1
        for damage in damaged:
            if damage.is_refused:
                raise RefusedFile(damage.file, damage.reason)
            taken.sentences.append(damage.sentence)
    return taken


def forget_page(connection: duckdb.DuckDBPyConnection, archive: PageArchive, page_id: str) -> None:
    """Delete the row of a page whose record can't be read, so that the page is fetched again."""
    rows = connection.execute(
        "select page_id, source_id, url, archive_file, archive_offset, loaded_at is null from raw.pages "
        "where page_id = ?",
        [page_id],
    ).fetchall()
    _forget(connection, rows)
    for _, source_id, url, file, offset, _ in rows:
        archive.note_loss(f"{source_id}: the record of {url} at byte {offset:,} of {file} can't be read.")


def insert_row(connection: duckdb.DuckDBPyConnection, row: dict[str, Any]) -> None:
    """Insert a row of raw.pages unless it exists."""
    connection.execute(
        f"insert into raw.pages values ({', '.join('?' * len(row))}) on conflict do nothing",  # noqa: S608
        list(row.values()),
    )


def index_row(
    page: Page, fingerprint: str | None, location: Location, loaded_at: datetime | None = None
) -> dict[str, Any]:
    """A row of raw.pages, which can be rebuilt from the archive. No fingerprint: computed when needed."""
    return {
        "page_id": page_id_of(page, location),
        "source_id": page.source_id,
        "url": page.url,
        "fetched_at": naive(page.fetched_at),
        "status": page.status,
        "payload_digest": payload_digest(page.payload),
        "etag": page.validators.etag,
        "last_modified": page.validators.last_modified,
        "fingerprint": fingerprint,
        "archive_file": location.file,
        "archive_offset": location.offset,
        "loaded_at": naive(loaded_at) if loaded_at else None,
    }


def page_id_of(page: Page, location: Location) -> str:
    """A page's id: a hash of its archive location, address and fetch time.

    In a new archive, another page of the same address may be at the same location.
    """
    parts = f"{location.file} {location.offset} {page.url} {page.fetched_at.astimezone(UTC).isoformat()}"
    return hashlib.sha256(parts.encode()).hexdigest()[:24]


def naive(moment: datetime) -> datetime:
    """A timestamp as raw.* stores it: UTC, without a zone."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def read_known(archive: PageArchive, location: Location, url: str, fetched_at: datetime) -> Page:
    """The page of a row. Raises BrokenRecord when it is missing, or another one because the file was replaced.

    ``fetched_at`` is naive UTC.
    """
    page = archive.read(location)
    if (page.url, naive(page.fetched_at)) != (url, fetched_at):
        raise BrokenRecord(
            f"The archive holds another page than {url} at byte {location.offset} of {location.file}: the file is "
            "not the one that the page was written to."
        )
    return page


def _is_there(archive: PageArchive, location: Location, url: str, fetched_at: datetime) -> bool:
    try:
        read_known(archive, location, url, fetched_at)
    except BrokenRecord:
        return False
    return True


def _forget_what_is_gone(
    connection: duckdb.DuckDBPyConnection, archive: PageArchive, file: str, taken: TakenIn
) -> None:
    rows = connection.execute(
        "select page_id, source_id, url, archive_file, archive_offset, loaded_at is null, fetched_at from raw.pages "
        "where archive_file = ?",
        [file],
    ).fetchall()
    held = {(location.offset, page.url, naive(page.fetched_at)) for location, page in archive.pages_of(file)}
    gone = [row[:6] for row in rows if (row[4], row[2], row[6]) not in held]
    if not gone:
        return
    _forget(connection, gone)
    sentence = (
        f"{file} of the archive lacks {len(gone)} of the {len(rows)} pages that were written to it: it was "
        "deleted, cut, damaged or begun anew. Announcements read from them are kept, and what the sources still show "
        "is fetched again; put the file back from a copy and run `obmin reparse` to have the pages again."
    )
    archive.note_loss(sentence)
    taken.gone += len(gone)
    taken.sentences.append(sentence)


def _forget(connection: duckdb.DuckDBPyConnection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Delete rows; pages never loaded are quarantined, and their sources crawled again as if for the first time."""
    connection.execute("delete from raw.pages where page_id in (select unnest(?))", [[row[0] for row in rows]])
    unloaded = [row for row in rows if row[5]]
    for _, source_id, url, file, offset, _ in unloaded:
        connection.execute(
            "insert into raw.quarantined_items values (?, ?, ?, ?, ?) on conflict do nothing",
            [source_id, url, GONE, f"byte {offset:,} of {file}", naive(datetime.now(UTC))],
        )
    connection.execute(
        "update raw.source_checks set is_complete = false, complete_through = null "
        "where source_id in (select unnest(?))",
        [[row[1] for row in unloaded]],
    )
