"""Functions that damage one record of an archive file, wherever it is in the file.

Damage to whole files is in the tests of it.
"""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scrapers.archive.members import scan


@dataclass(frozen=True, slots=True)
class Span:
    """The byte range of one record's gzip member."""

    begin: int
    end: int


def spans_of_responses(path: Path) -> list[Span]:
    """The ranges of an undamaged file's responses, in order."""
    found = [member for member in scan(path) if b"WARC-Type: response" in getattr(member, "record", b"")]
    return [Span(member.offset, member.offset + member.length) for member in found]


def flipped_byte(data: bytes, span: Span) -> bytes:
    middle = (span.begin + span.end) // 2
    return data[:middle] + bytes([data[middle] ^ 0x55]) + data[middle + 1 :]


def zeroed_block(data: bytes, span: Span) -> bytes:
    return data[: span.begin] + bytes(span.end - span.begin) + data[span.end :]


def zeroed_inside(data: bytes, span: Span) -> bytes:
    first = span.begin + 40
    return data[:first] + bytes(60) + data[first + 60 :]


def foreign_bytes(data: bytes, span: Span) -> bytes:
    return data[: span.begin] + b"not a WARC record \x1f\x8b\x08 at all" * 20 + data[span.end :]


def foreign_bytes_before(data: bytes, span: Span) -> bytes:
    return data[: span.begin] + random.Random(7).randbytes(5000) + data[span.begin :]


def first_half_only(data: bytes, span: Span) -> bytes:
    return data[: (span.begin + span.end) // 2] + data[span.end :]


def second_half_only(data: bytes, span: Span) -> bytes:
    return data[: span.begin] + data[(span.begin + span.end) // 2 :]


def wrong_checksum(data: bytes, span: Span) -> bytes:
    return (
        data[: span.end - 8] + bytes(byte ^ 0xFF for byte in data[span.end - 8 : span.end - 4]) + data[span.end - 4 :]
    )


def broken_magic(data: bytes, span: Span) -> bytes:
    return data[: span.begin] + b"XX" + data[span.begin + 2 :]


def _rewritten(data: bytes, span: Span, change: Callable[[bytes], bytes]) -> bytes:
    record = zlib.decompress(data[span.begin : span.end], 31)
    return data[: span.begin] + gzip.compress(change(record)) + data[span.end :]


def garbage_header(data: bytes, span: Span) -> bytes:
    return _rewritten(data, span, lambda record: b"WARC/1.1\r\n\xff\xfe garbage without an end" + record[200:])


def huge_content_length(data: bytes, span: Span) -> bytes:
    """The WARC header announces more bytes than there are."""
    return _rewritten(data, span, lambda record: _with_length(record, b"99999999999"))


def short_content_length(data: bytes, span: Span) -> bytes:
    return _rewritten(data, span, lambda record: _with_length(record, b"12"))


def negative_content_length(data: bytes, span: Span) -> bytes:
    return _rewritten(data, span, lambda record: _with_length(record, b"-5"))


def no_source(data: bytes, span: Span) -> bytes:
    """A record of another tool."""
    return _rewritten(data, span, lambda record: record.replace(b"Obmin-Source:", b"Other-Source:", 1))


def no_date(data: bytes, span: Span) -> bytes:
    return _rewritten(data, span, lambda record: record.replace(b"WARC-Date: 2", b"WARC-Date: X", 1))


def garbage_status_line(data: bytes, span: Span) -> bytes:
    return _rewritten(data, span, lambda record: record.replace(b"HTTP/1.1 200 OK", b"SMTP/\xff 2x0 OK"[:15], 1))


def bomb(data: bytes, span: Span) -> bytes:
    return data[: span.begin] + gzip.compress(b"WARC/1.1\r\n" + bytes(3 * 2**20)) + data[span.end :]


def gone_altogether(data: bytes, span: Span) -> bytes:
    """Not damage: the record is missing."""
    return data[: span.begin] + data[span.end :]


def truncated_here(data: bytes, span: Span) -> bytes:
    return data[: (span.begin + span.end) // 2]


def _with_length(record: bytes, length: bytes) -> bytes:
    begin = record.index(b"Content-Length: ") + len(b"Content-Length: ")
    return record[:begin] + length + record[record.index(b"\r\n", begin) :]


DAMAGED_IN_PLACE = (
    flipped_byte, zeroed_block, zeroed_inside, foreign_bytes, first_half_only, second_half_only, wrong_checksum,
    broken_magic, garbage_header, huge_content_length, short_content_length, negative_content_length, no_source,
    no_date, garbage_status_line, bomb,
)  # fmt: skip
