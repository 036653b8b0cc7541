"""One WARC file to one Parquet file: the unit of work of every engine, a function of the file and the code alone.

The rows are made here; their columns are in parquet_files.py. Which files are mined is in run.py, where in
local_workers.py and ray_workers.py.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from scrapers.errors import ObminError
from scrapers.extraction.version import reader_version
from scrapers.mining.byte_filter import passing, words_version
from scrapers.mining.outcomes import Outcome, Tally
from scrapers.mining.page_texts import NotRead, PageText, page_text
from scrapers.mining.parquet_files import ENDING, FORM, REPORT, MinedFile, UnusableFile, columns, report_in
from scrapers.mining.warc_files import WarcFile, open_warc
from scrapers.mining.warc_records import ArchivedPage, read_pages

# Pages are filtered, and rows written, so many at once.
MOST_PAGES, MOST_BYTES, MOST_ROWS = 400, 32 * 1024 * 1024, 200


class ForeignFile(ObminError):
    """A file is no WARC file. The message says what it seems to be."""


def mining_version() -> str:
    """Of all that a Parquet file depends on, besides the WARC file and libraries."""
    return f"{FORM}.{words_version()}.{reader_version()}"


def parquet_name(file: WarcFile) -> str:
    """The name of a file's Parquet file: its own, and a part of the hash of its place, as names repeat."""
    stem = PurePosixPath(file.name).name.removesuffix(".gz").removesuffix(".warc")
    return f"{stem}-{hashlib.sha256(file.place.encode('utf-8', 'surrogateescape')).hexdigest()[:10]}{ENDING}"


def mined_before(path: Path, file: WarcFile) -> MinedFile | None:
    """The report in a Parquet file, if it was made of this file, at this size, by this version; else None."""
    try:
        report = report_in(path)
    except UnusableFile:
        return None
    is_same = (report.size, report.version) == (file.size, mining_version())
    return report if is_same else None


def mine(file: WarcFile, destination: Path) -> MinedFile:
    """Write the texts of a WARC file to a Parquet file at ``destination``; returns the report.

    The same file gives the same rows. Memory does not grow with the file. Raises ForeignFile for what is no WARC
    file, UnreadableWarc when it can't be opened or read, OSError when ``destination`` can't be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it would warn of each odd page
    tally = Tally()
    with open_warc(file.name) as stream:
        head = stream.read(4)
        with pq.ParquetWriter(destination, columns(), compression="zstd") as writer:
            rows: list[dict[str, Any]] = []
            for page in _passed(read_pages(stream, file.size, tally), tally):
                if (row := _row(file, page, tally)) is not None:
                    rows.append(row)
                if len(rows) == MOST_ROWS:
                    writer.write_table(pa.Table.from_pylist(rows, columns()))
                    rows.clear()
            if not tally.records:
                raise ForeignFile(f"{file.name} {_foreign(head)}; it is left out. Name WARC files, plain or gzip.")
            writer.write_table(pa.Table.from_pylist(rows, columns()))
            report = MinedFile(file.name, file.size, mining_version(), tally.as_plain())
            written = {"warc": report.warc, "size": report.size, "version": report.version, "counts": report.counts}
            writer.add_key_value_metadata({REPORT.decode(): json.dumps(written)})
    return report


def _passed(pages: Iterable[ArchivedPage], tally: Tally) -> Iterator[ArchivedPage]:
    """The pages that pass the byte filter, in order."""
    for some in _batches(pages):
        for page, passes in zip(some, passing([page.body for page in some]), strict=True):
            if passes:
                tally.passed += 1
                yield page
            else:
                tally.count(Outcome.NO_WORDS)


def _batches(pages: Iterable[ArchivedPage]) -> Iterator[list[ArchivedPage]]:
    batch: list[ArchivedPage] = []
    size = 0
    for page in pages:
        batch.append(page)
        size += len(page.body)
        if len(batch) >= MOST_PAGES or size >= MOST_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _row(file: WarcFile, page: ArchivedPage, tally: Tally) -> dict[str, Any] | None:
    try:
        found = page_text(page)
    except NotRead as error:
        tally.count(error.outcome, page.url, page.record, page.offset, error.reason)
        return None
    tally.count(Outcome.TEXT)
    tally.texts += 1
    tally.statements += len(found.reading.statements)
    tally.guessed_charsets += found.charset_is_guessed
    return _columns(file, page, found)


def _columns(file: WarcFile, page: ArchivedPage, found: PageText) -> dict[str, Any]:
    reading = found.reading
    return {
        "url": _clean(page.url),
        "captured_at": page.captured_at,
        "published_on": found.published_on,
        "title": None if found.title is None else _clean(found.title),
        "text": found.text,
        "charset": found.charset,
        "charset_is_guessed": found.charset_is_guessed,
        "warc": file.name,
        "record": page.record,
        "record_offset": page.offset,
        "kind": reading.kind,
        "language": reading.language,
        "events": [event._asdict() for event in reading.events],
        "statements": [statement._asdict() for statement in reading.statements],
        "doubts": [
            {**doubt._asdict(), "readings": [{"label": label, "chance": chance} for label, chance in doubt.readings]}
            for doubt in reading.doubts
        ],
        "issues": reading.issues,
    }


def _clean(text: str) -> str:
    """Text that UTF-8 can store: an address may hold any bytes."""
    return text.encode("utf-8", "replace").decode()


def _foreign(head: bytes) -> str:
    """What a file without a WARC record seems to be, from its first bytes."""
    if not head:
        return "is empty"
    if head.startswith(b"PK"):
        return "is a zip file"
    if head.startswith(b"\x28\xb5\x2f\xfd"):
        return "is compressed by zstd"
    if head.startswith(b"\x1f\x8b"):
        return "is a gzip file without a whole WARC record"
    return "has no WARC record"
