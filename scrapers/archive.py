"""The page archive: WARC files that are only ever appended to.

Writing and reading records belongs here; what a page means does not. Format: WARC 1.1, gzip, a
member a record (ISO 28500:2017), so other tools can open it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from scrapers.announcement import Page

# The stored body is decoded, so the headers that described its transfer no longer hold.
TRANSFER_HEADERS = {"content-encoding", "transfer-encoding", "content-length", "connection"}


@dataclass(frozen=True, slots=True)
class Location:
    """Where a record lies: a file name inside the archive's folder, and the byte it begins at."""

    file: str
    offset: int


class PageArchive:
    """A folder of monthly WARC files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def append(self, page: Page) -> Location:
        """Write one response record; it is on the disk when this returns."""
        self._folder.mkdir(parents=True, exist_ok=True)
        name = f"{page.fetched_at:%Y-%m}.warc.gz"
        with (self._folder / name).open("ab") as stream:
            offset = stream.tell()
            writer = WARCWriter(stream, gzip=True, warc_version="WARC/1.1")
            headers = [pair for pair in page.headers if pair[0].lower() not in TRANSFER_HEADERS]
            headers.append(("Content-Length", str(len(page.body))))
            writer.write_record(
                writer.create_warc_record(
                    page.url,
                    "response",
                    payload=BytesIO(page.body),
                    http_headers=StatusAndHeaders(f"{page.status} OK", headers, protocol="HTTP/1.1"),
                    warc_headers_dict={
                        "WARC-Date": page.fetched_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                        "Obmin-Source": page.source_id,
                    },
                )
            )
            stream.flush()
        return Location(name, offset)

    def read(self, location: Location) -> Page:
        """The page of one record.

        Raises FileNotFoundError when the archive's file is gone.
        """
        with (self._folder / location.file).open("rb") as stream:
            stream.seek(location.offset)
            record = next(iter(ArchiveIterator(stream)))
            return Page(
                source_id=record.rec_headers.get_header("Obmin-Source"),
                url=record.rec_headers.get_header("WARC-Target-URI"),
                fetched_at=datetime.strptime(
                    record.rec_headers.get_header("WARC-Date"), "%Y-%m-%dT%H:%M:%SZ"
                ).replace(tzinfo=UTC),
                status=int(record.http_headers.get_statuscode()),
                headers=tuple(record.http_headers.headers),
                body=record.content_stream().read(),
            )


def content_hash(body: bytes) -> str:
    """SHA-256 of a body, in hex."""
    return hashlib.sha256(body).hexdigest()
