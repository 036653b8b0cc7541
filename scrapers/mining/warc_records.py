"""Reading the HTML pages of a WARC file of any crawler from start to end, despite damage: nothing is lost unsaid.

fastwarc reads the records. It ends without an error at a torn gzip and gives a record before its checksum is seen, so
a page is passed on only when what follows it was reached. What a page says is in page_texts.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import BinaryIO

from fastwarc.stream_io import BrotliReader
from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType
from warcio.bufferedreaders import ChunkedDataReader

from scrapers.archive.members import CHUNK, MAGIC, next_record
from scrapers.content_encoding import LARGEST_BODY, BrokenPayload, decode
from scrapers.mining.outcomes import Lost, Outcome, Tally
from scrapers.mining.record_ends import WARC, end_of_members, end_of_plain, end_of_record, next_plain

HTML = ("text/html", "application/xhtml+xml", "application/xhtml")
# Where the header names no type, or only "bytes", browsers look at the beginning.
MARKUP = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head|body|\?xml|!--)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ArchivedPage:
    """An HTML page that was answered with status 200. ``captured_at`` is UTC; ``body`` is decompressed, not decoded.

    ``record`` is the number of its record, from 0 on, among the whole ones of its file. ``offset`` is where the
    record begins, in bytes; None in a gzip whose members are not records, as nothing can be read from there.
    """

    url: str
    captured_at: datetime
    record: int
    offset: int | None
    content_type: str
    body: bytes


def read_pages(stream: BinaryIO, size: int, tally: Tally) -> Iterator[ArchivedPage]:
    """The pages of a file of ``size`` bytes. All else is counted in ``tally``: other records by their outcome, and
    the parts of the file that can't be read. One page is in memory at a time, of at most 20 MiB.

    Raises UnreadableWarc as the stream does.
    """
    position: int | None = 0
    while position is not None and position < size:
        segment = _Segment(stream, size, position, tally)
        yield from segment.pages()
        position = segment.following


class _Segment:
    """A file from one position to its end or to the next damage; ``following`` is where reading can go on."""

    def __init__(self, stream: BinaryIO, size: int, start: int, tally: Tally) -> None:
        self._stream, self._size, self._start, self._tally = stream, size, start, tally
        self.following: int | None = None
        self._last: int | None = None  # where the last record begins that was reached
        self._has_members = self._begins_with(start, MAGIC)
        self._is_plain = self._begins_with(start, WARC)
        self._is_by_record = True  # each gzip member is a record, as it should be

    def pages(self) -> Iterator[ArchivedPage]:
        held: ArchivedPage | _Counted | None = None
        reason = ""
        self._stream.seek(self._start)
        try:
            for record in ArchiveIterator(self._stream, record_types=WarcRecordType.any_type, parse_http=False):
                if held is not None:
                    yield from self._accepted(held)
                self._look_at_form(record.stream_pos)
                self._last, held = record.stream_pos, None
                held = self._page_of(record)
        except _Short as short:
            reason = str(short)
        except OSError as error:  # the stream's own are UnreadableWarc
            reason = str(error).removeprefix("Gzip decompression error: ")
        end = self._end_of_last(is_sound=not reason)
        if held is not None and end is not None:
            yield from self._accepted(held)
        if end is None:
            begin = self._start if self._last is None else self._last
            self._lose(begin, begin + 1, reason)
        elif end < self._size:
            self._lose(end, end, reason)

    def _accepted(self, held: ArchivedPage | _Counted) -> Iterator[ArchivedPage]:
        self._tally.records += 1
        if isinstance(held, _Counted):
            self._tally.count(held.outcome, held.url, self._tally.records - 1, self._offset(held.offset), held.reason)
            return
        self._tally.pages += 1
        yield held

    def _page_of(self, record: WarcRecord) -> ArchivedPage | _Counted:
        position = record.stream_pos
        url = record.headers.get("WARC-Target-URI") or ""
        try:
            return self._parsed(record, url.strip("<>"))
        except _NoPage as no_page:
            return _Counted(no_page.outcome, url, position, no_page.reason)

    def _parsed(self, record: WarcRecord, url: str) -> ArchivedPage:
        if record.record_type != WarcRecordType.response:
            is_revisit = record.record_type == WarcRecordType.revisit
            raise _NoPage(Outcome.REVISIT if is_revisit else Outcome.NO_RESPONSE)
        if not record.is_http:
            raise _NoPage(Outcome.NOT_HTTP)
        captured_at = _moment(record.headers.get("WARC-Date") or "")
        if not url or captured_at is None:
            raise _NoPage(Outcome.BROKEN_HEADERS, "it has no address or no time of capture")
        headers = _headers_of_html(record)
        body = _decompressed(_payload(record), headers)
        if not body.strip():
            raise _NoPage(Outcome.EMPTY)
        kind = headers.get("content-type", "")
        if _media_type(kind) not in HTML and not MARKUP.match(body):
            raise _NoPage(Outcome.NOT_HTML)
        return ArchivedPage(url, captured_at, self._tally.records, self._offset(record.stream_pos), kind, body)

    def _offset(self, position: int) -> int | None:
        return position if self._is_by_record else None

    def _look_at_form(self, position: int) -> None:
        """At the second record: whether the first one is a gzip member of its own."""
        if self._has_members and self._is_by_record and self._last == self._start:
            here = self._stream.tell()
            self._is_by_record = end_of_record(self._stream, self._start) == position
            self._stream.seek(here)

    def _begins_with(self, position: int, sign: bytes) -> bool:
        self._stream.seek(position)
        return self._stream.read(len(sign)) == sign

    def _end_of_last(self, is_sound: bool) -> int | None:
        """Where the last record that was reached ends; None when it is not whole, or there is none, or nobody knows:
        in a gzip whose members are not records, all of it must be sound.
        """
        if self._last is None:
            return None
        if self._is_plain:
            return end_of_plain(self._stream, self._last, self._size)
        if self._is_by_record:
            return end_of_record(self._stream, self._last)
        return self._size if is_sound and end_of_members(self._stream, self._start) == self._size else None

    def _lose(self, begin: int, least: int, reason: str) -> None:
        """Count what can't be read from ``begin`` on, up to the next record, at ``least`` or behind, if any."""
        if not self._is_plain:
            self.following = next_record(self._stream, least)
        if not self._has_members and self.following is None:
            self.following = next_plain(self._stream, least)
        if self.following == begin:
            return  # it is the record there that is damaged: the next segment says how
        end = self._size if self.following is None else self.following
        self._tally.lost.append(Lost(begin, end - begin, reason or "the file stops within a record"))


@dataclass(frozen=True, slots=True)
class _Counted:
    """A record that is no page to read."""

    outcome: Outcome
    url: str
    offset: int
    reason: str


class _Short(Exception):
    """A record ends before the length that its header states."""


class _NoPage(Exception):
    def __init__(self, outcome: Outcome, reason: str = "") -> None:
        super().__init__(reason)
        self.outcome, self.reason = outcome, reason


def _headers_of_html(record: WarcRecord) -> dict[str, str]:
    """The HTTP headers, by their names in small letters, of a response that may be HTML; the payload comes next."""
    try:
        record.parse_http(auto_decode="none")
    except (OSError, ValueError) as error:
        raise _NoPage(Outcome.BROKEN_HEADERS, f"its HTTP headers can't be read: {error}") from error
    if record.http_headers is None or record.http_headers.status_code != 200:
        raise _NoPage(Outcome.STATUS)
    headers = {name.lower(): value for name, value in record.http_headers.items()}
    if _media_type(headers.get("content-type", "")) not in (*HTML, "", "application/octet-stream"):
        raise _NoPage(Outcome.NOT_HTML)
    return headers


def _media_type(content_type: str) -> str:
    return content_type.split(";", maxsplit=1)[0].strip().lower()


def _payload(record: WarcRecord) -> bytes:
    announced = record.content_length
    if announced > LARGEST_BODY:
        raise _NoPage(Outcome.TOO_LARGE, f"it has {announced:,} bytes")
    payload = record.reader.read() if record.reader is not None else b""
    if len(payload) < announced:
        raise _Short(f"a record has {len(payload):,} of {announced:,} bytes")
    return payload


def _decompressed(payload: bytes, headers: dict[str, str]) -> bytes:
    """A page's bytes. Some crawlers store a payload as the headers say, others unpacked, and leave the headers."""
    if "chunked" in headers.get("transfer-encoding", "").lower():
        payload = _unchunked(payload)
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding in ("", "identity") or MARKUP.match(payload):
        return payload
    try:
        return _unbrotlied(payload) if encoding == "br" else decode(payload, encoding)
    except BrokenPayload as error:
        is_large = "unfolds to more" in str(error)
        raise _NoPage(Outcome.TOO_LARGE if is_large else Outcome.BROKEN_ENCODING, f"it {error}") from error


def _unchunked(payload: bytes) -> bytes:
    reader = ChunkedDataReader(BytesIO(payload), decomp_type=None)
    pieces = []
    while piece := reader.read(CHUNK):
        pieces.append(piece)
    return b"".join(pieces)


def _unbrotlied(payload: bytes) -> bytes:
    try:
        body = BrotliReader(BytesIO(payload)).read(LARGEST_BODY + 1)
    except (OSError, ValueError) as error:
        raise BrokenPayload(f"is damaged: it can't be decompressed ({error})") from error
    if len(body) > LARGEST_BODY:
        raise BrokenPayload(f"unfolds to more than {LARGEST_BODY // 2**20} MiB")
    return body


def _moment(written: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
