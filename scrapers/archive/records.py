"""Conversion of pages to WARC records (request, response, revisit), and of a response record to its page.

One record in memory; files and offsets are in pages.py.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from requests.utils import requote_uri
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders, StatusAndHeadersParserException
from warcio.warcwriter import WARCWriter

from scrapers.records import Page

MOMENT = "%Y-%m-%dT%H:%M:%S.%fZ"
# The stored payload is no longer chunked, so the headers that describe its transfer do not apply.
TRANSFER_HEADERS = {"transfer-encoding", "content-length", "connection"}
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
SAME_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
# The requested address, where it redirected to the record's own.
ASKED = "Obmin-Asked-URI"
RESPONSE = re.compile(rb"\r\nWARC-Type:[ \t]*response[ \t]*\r\n", re.IGNORECASE)


class UnreadableRecord(ValueError):
    """A whole WARC record that is not a page of this project. The message is the reason, for a Damage."""


@dataclass(frozen=True, slots=True)
class Original:
    """The archived page that a later request found unchanged."""

    url: str
    fetched_at: datetime
    payload_digest: str


def payload_digest(payload: bytes) -> str:
    """The digest that WARC writers use for a payload: SHA-1 in base 32."""
    return "sha1:" + base64.b32encode(hashlib.sha1(payload, usedforsecurity=False).digest()).decode()


def request_record(page: Page, response_id: str) -> bytes:
    """The gzip member of a page's request."""
    parts = urlsplit(requote_uri(page.url))  # as sent: a request line is ASCII
    asked = f"GET {parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    headers = StatusAndHeaders(
        asked, [("Host", parts.netloc), *page.request_headers], "HTTP/1.1", is_http_request=True
    )
    return _member(page, "request", headers, None, {"WARC-Concurrent-To": response_id})


def response_record(page: Page, record_id: str) -> bytes:
    """The gzip member of a page's response."""
    headers = [pair for pair in page.headers if pair[0].lower() not in TRANSFER_HEADERS]
    headers.append(("Content-Length", str(len(page.payload))))
    status = StatusAndHeaders(f"{page.status} OK", headers, "HTTP/1.1")
    about = {"WARC-Record-ID": record_id, **({ASKED: page.asked_url} if page.asked_url else {})}
    return _member(page, "response", status, page.payload, about)


def revisit_record(page: Page, original: Original) -> bytes:
    """The gzip member that records a request which found the page unchanged."""
    reason = "Not Modified" if page.is_unchanged else "OK"
    status = StatusAndHeaders(f"{page.status} {reason}", list(page.headers), "HTTP/1.1")
    about = {
        "WARC-Profile": NOT_MODIFIED if page.is_unchanged else SAME_PAYLOAD,
        "WARC-Refers-To-Target-URI": original.url,
        "WARC-Refers-To-Date": original.fetched_at.strftime(MOMENT),
        "WARC-Payload-Digest": original.payload_digest,
    }
    return _member(page, "revisit", status, None, about)


def is_response(record: bytes) -> bool:
    """Whether a WARC record is a response, so that the others need not be parsed."""
    return RESPONSE.search(record, 0, record.find(b"\r\n\r\n") + 2) is not None


def page_of(record: bytes) -> Page:
    """The page of a response record. Raises UnreadableRecord."""
    try:
        return _page(next(iter(ArchiveIterator(BytesIO(record)))))
    except UnreadableRecord:
        raise
    except (ArchiveLoadFailed, StatusAndHeadersParserException, EOFError, StopIteration) as error:
        raise UnreadableRecord(f"its headers can't be read: {type(error).__name__}") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise UnreadableRecord(f"it is no page of Obmin's: {error}") from error


def _member(page: Page, kind: str, headers: StatusAndHeaders, payload: bytes | None, about: dict[str, str]) -> bytes:
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
    about = {name: record.rec_headers.get_header(name) for name in ("Obmin-Source", "WARC-Target-URI", "WARC-Date")}
    if missing := [name for name, value in about.items() if not value]:
        raise UnreadableRecord(f"it is no page of Obmin's: its header {missing[0]} is missing")
    if record.rec_type != "response":
        raise UnreadableRecord(f"it is a {record.rec_type}, no response")
    return Page(
        source_id=about["Obmin-Source"],
        url=about["WARC-Target-URI"],
        fetched_at=_moment(about["WARC-Date"]),
        status=int(record.http_headers.get_statuscode()),
        headers=tuple(record.http_headers.headers),
        payload=record.raw_stream.read(),
        asked_url=record.rec_headers.get_header(ASKED) or "",
    )


def _moment(written: str) -> datetime:
    moment = datetime.fromisoformat(written)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
