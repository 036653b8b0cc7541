"""The page archive: WARC files that are only ever appended to.

Writing and reading records belongs here; what a page means does not. Format: WARC 1.1, gzip, a
member a record (ISO 28500:2017), so other tools can open it.
"""

from __future__ import annotations

import base64
import hashlib
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from warcio.archiveiterator import ArchiveIterator
from warcio.limitreader import LimitReader
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from scrapers.announcement import Page
from scrapers.errors import ObminError
from scrapers.torn import whole_until

MOMENT = "%Y-%m-%dT%H:%M:%S.%fZ"
# The stored payload has left its chunks behind, so the headers that described them no longer hold.
TRANSFER_HEADERS = {"transfer-encoding", "content-length", "connection"}
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
SAME_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"


class BrokenRecord(ObminError):
    """A record that raw.pages names is not in the archive. The message says which, and what to do."""


@dataclass(frozen=True, slots=True)
class Location:
    """Where a response lies: a file name inside the archive's folder, and the byte it begins at."""

    file: str
    offset: int


@dataclass(frozen=True, slots=True)
class Original:
    """The archived page that a later visit found unchanged."""

    url: str
    fetched_at: datetime
    payload_digest: str


@dataclass(frozen=True, slots=True)
class Staged:
    """A page that is on the disk, and not yet in the archive proper."""

    path: Path
    file: str
    offset_of_response: int


class PageArchive:
    """A folder of monthly WARC files, and of pages that came in and are not judged yet.

    A fetched page is staged first: it is on the disk before anybody parses it. Then it is committed,
    or dropped when it only repeats what is stored (a channel's page differs at every fetch in its
    counters alone). What a crash left staged is committed at the next start, and a record that it tore
    is cut off. Safe to use from several threads of one process that alone writes; others may read meanwhile,
    and see whole records only.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._is_recovered = False

    def stage(self, page: Page) -> Staged:
        """Write a page's request and response beside the archive."""
        self.recover()
        record_id = f"<urn:uuid:{uuid4()}>"
        request, response = _request(page, record_id), _response(page, record_id)
        file = _file_of(page)
        staged = Staged(self._incoming / f"{page.source_id}.{file}", file, len(request))
        staged.path.write_bytes(request + response)
        return staged

    def commit(self, staged: Staged) -> Location:
        """Put a staged page into the archive."""
        with self._lock:
            offset = self._append(staged.file, staged.path.read_bytes())
        staged.path.unlink()
        return Location(staged.file, offset + staged.offset_of_response)

    def drop(self, staged: Staged) -> None:
        """Forget a staged page that says nothing new."""
        staged.path.unlink()

    def append(self, page: Page) -> Location:
        """Stage and commit at once."""
        return self.commit(self.stage(page))

    def revisit(self, page: Page, original: Original) -> None:
        """Note that a page was asked for again and is what it was: 304, or the same payload."""
        self.recover()
        with self._lock:
            self._append(_file_of(page), _revisit(page, original))

    def read(self, location: Location) -> Page:
        """The page of one record. Raises BrokenRecord when the archive does not hold it."""
        try:
            with (self._folder / location.file).open("rb") as stream:
                stream.seek(location.offset)
                return _page(next(iter(ArchiveIterator(stream))))
        except (OSError, StopIteration) as error:
            raise BrokenRecord(
                f"The archive holds no page at byte {location.offset} of {self._folder / location.file}; put the "
                "file back from a copy; to go on without, move working.duckdb away and run `obmin reparse`."
            ) from error

    def pages(self, after: dict[str, int] | None = None) -> Iterator[tuple[Location, Page]]:
        """All archived responses, file by file in the order of writing; one page in memory at a time.

        ``after`` holds, for a file, the offset of the last response that the caller knows already.
        """
        for path in self._files():
            known = (after or {}).get(path.name, -1)
            start = max(known, 0)
            with path.open("rb") as stream:
                stream.seek(start)
                records = ArchiveIterator(LimitReader(stream, _whole_length(path) - start))
                for record in records:
                    if record.rec_type != "response":
                        continue
                    page = _page(record)  # before its offset: asking for that reads the record to its end
                    offset = start + records.get_record_offset()
                    if offset > known:
                        yield Location(path.name, offset), page

    def size(self) -> int:
        """Bytes of all files."""
        return sum(path.stat().st_size for path in self._files())

    def bytes_before(self, location: Location) -> int:
        """Bytes of the archive in front of a record, for a progress bar."""
        return location.offset + sum(path.stat().st_size for path in self._files() if path.name < location.file)

    @property
    def _incoming(self) -> Path:
        return self._folder / "incoming"

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("????-??.warc.gz"))

    def _append(self, file: str, record: bytes) -> int:
        path = self._folder / file
        with path.open("ab") as stream:
            offset = stream.tell()
            stream.write(record)
            stream.flush()
            os.fsync(stream.fileno())
        _committed(path).write_text(str(offset + len(record)))
        return offset

    def recover(self) -> None:
        """Cut what a crash tore, and take in what it left staged; once, and only by the process that writes."""
        with self._lock:
            if self._is_recovered:
                return
            self._incoming.mkdir(parents=True, exist_ok=True)
            for path in self._files():
                _cut(path)
            for path in sorted(self._incoming.glob("*.warc.gz")):
                whole = whole_until(path, 0)
                if whole:
                    self._append(".".join(path.name.split(".")[-3:]), path.read_bytes()[:whole])
                path.unlink()
            self._is_recovered = True


def payload_digest(payload: bytes) -> str:
    """The digest that WARC writers give a payload: SHA-1 in base 32."""
    return "sha1:" + base64.b32encode(hashlib.sha1(payload, usedforsecurity=False).digest()).decode()


def _committed(path: Path) -> Path:
    """Where a file's length after its last whole record is noted, so that a start need not read it all."""
    return path.with_suffix(".size")


def _cut(path: Path) -> None:
    known, size = _noted_length(path), path.stat().st_size
    if size == known:
        return
    whole = whole_until(path, known if known < size else 0)
    os.truncate(path, whole)
    _committed(path).write_text(str(whole))


def _noted_length(path: Path) -> int:
    """The length after the last whole record as it was noted; 0 when it was not, or can't be true."""
    noted = _committed(path)
    written = noted.read_text() if noted.exists() else ""
    return int(written) if written.isdigit() and int(written) <= path.stat().st_size else 0


def _whole_length(path: Path) -> int:
    return _noted_length(path) or whole_until(path, 0)


def _file_of(page: Page) -> str:
    return f"{page.fetched_at:%Y-%m}.warc.gz"


def _request(page: Page, response_id: str) -> bytes:
    parts = urlsplit(page.url)
    asked = f"GET {parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    headers = StatusAndHeaders(
        asked, [("Host", parts.netloc), *page.request_headers], "HTTP/1.1", is_http_request=True
    )
    return _record(page, "request", headers, None, {"WARC-Concurrent-To": response_id})


def _response(page: Page, record_id: str) -> bytes:
    headers = [pair for pair in page.headers if pair[0].lower() not in TRANSFER_HEADERS]
    headers.append(("Content-Length", str(len(page.payload))))
    status = StatusAndHeaders(f"{page.status} OK", headers, "HTTP/1.1")
    return _record(page, "response", status, page.payload, {"WARC-Record-ID": record_id})


def _revisit(page: Page, original: Original) -> bytes:
    reason = "Not Modified" if page.is_unchanged else "OK"
    status = StatusAndHeaders(f"{page.status} {reason}", list(page.headers), "HTTP/1.1")
    about = {
        "WARC-Profile": NOT_MODIFIED if page.is_unchanged else SAME_PAYLOAD,
        "WARC-Refers-To-Target-URI": original.url,
        "WARC-Refers-To-Date": original.fetched_at.strftime(MOMENT),
        "WARC-Payload-Digest": original.payload_digest,
    }
    return _record(page, "revisit", status, None, about)


def _record(page: Page, kind: str, headers: StatusAndHeaders, payload: bytes | None, about: dict[str, str]) -> bytes:
    written = BytesIO()
    writer = WARCWriter(written, gzip=True, warc_version="WARC/1.1")
    named = {"WARC-Date": page.fetched_at.strftime(MOMENT), "Obmin-Source": page.source_id, **about}
    writer.write_record(
        writer.create_warc_record(
            page.url,
            kind,
            payload=None if payload is None else BytesIO(payload),
            http_headers=headers,
            warc_headers_dict=named,
        )
    )
    return written.getvalue()


def _page(record: Any) -> Page:
    return Page(
        source_id=record.rec_headers.get_header("Obmin-Source"),
        url=record.rec_headers.get_header("WARC-Target-URI"),
        fetched_at=datetime.strptime(record.rec_headers.get_header("WARC-Date"), MOMENT).replace(tzinfo=UTC),
        status=int(record.http_headers.get_statuscode()),
        headers=tuple(record.http_headers.headers),
        payload=record.raw_stream.read(),
    )
