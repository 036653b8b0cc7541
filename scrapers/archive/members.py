"""Reading a file of gzip members from start to end despite damage: each whole record, each damaged part.

Bytes only: a member is a record when it decompresses, its checksum matches, and its WARC header matches its length.
The content of a record is in records.py.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from scrapers.archive.damage import Damage

CHUNK = 32 * 1024
GZIP = 31
MAGIC = b"\x1f\x8b\x08"
WARC = b"WARC/1."
END_OF_RECORD = b"\r\n\r\n"
HEADER = re.compile(rb"WARC/1\.\d\r\n(?:[!-9;-~]+:[^\r\n]*\r\n)+\r\n")
KIND = re.compile(rb"\r\nWARC-Type:[ \t]*[a-z]+[ \t]*\r\n", re.IGNORECASE)
CONTENT_LENGTH = re.compile(rb"\r\nContent-Length:[ \t]*(\d{1,18})[ \t]*(?=\r\n)", re.IGNORECASE)
# A payload has at most 20 MiB (content_encoding.LARGEST_BODY), so a larger record was not written by this project.
LARGEST_RECORD = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Member:
    """One whole record: the position of its gzip member, and the decompressed record."""

    offset: int
    length: int
    record: bytes


@dataclass(frozen=True, slots=True)
class _Fault:
    """Why no record begins at an offset. ``length``: of a whole member without a record; 0 when unknown."""

    reason: str
    length: int = 0
    is_unfinished: bool = False


def scan(path: Path, start: int = 0) -> Iterator[Member | Damage]:
    """Every record and every damaged part from ``start`` on, in order and without gaps; one in memory at a time.

    After a damaged part it continues at the next gzip member that begins like a WARC record. A file that can't be
    opened, or is not a regular file, is one damaged part.
    """
    if not path.is_file():  # opening a pipe would wait for a writer for ever
        yield Damage(path.name, start, 0, "it is no regular file")
        return
    try:
        stream = path.open("rb")
    except OSError as error:
        reason = f"it can't be opened: {error.strerror}"
        yield Damage(path.name, start, path.stat().st_size - start, reason, is_refused=True)
        return
    with stream:
        offset = start
        while True:
            found = _member_at(stream, offset)
            if isinstance(found, Member):
                yield found
                offset += found.length
                continue
            if found is None:
                return
            following = offset + found.length if found.length else next_record(stream, offset + 1)
            end = stream.seek(0, 2) if following is None else following
            is_unfinished = found.is_unfinished and following is None
            yield Damage(path.name, offset, end - offset, found.reason, is_unfinished)
            if following is None:
                return
            offset = following


def member_at(path: Path, offset: int) -> Member | None:
    """The record that begins at an offset; None when none does. Raises OSError when the file can't be opened."""
    with path.open("rb") as stream:
        found = _member_at(stream, offset)
    return found if isinstance(found, Member) else None


def _member_at(stream: BinaryIO, offset: int) -> Member | _Fault | None:
    """The record at an offset, or why there is none; None at the file's end."""
    stream.seek(offset)
    data = stream.read(CHUNK)
    if not data:
        return None
    if not data.startswith(MAGIC[: len(data)]):
        return _Fault("no gzip member begins here")
    unfold, record, taken = zlib.decompressobj(GZIP), bytearray(), 0
    try:
        while not unfold.eof:
            data = data or stream.read(CHUNK)
            if not data:
                return _Fault("the record stops before its end", is_unfinished=True)
            record += unfold.decompress(data, LARGEST_RECORD + 1 - len(record))
            if len(record) > LARGEST_RECORD:
                return _Fault(f"it unfolds to more than {LARGEST_RECORD // 2**20} MiB")
            taken += len(data) - len(unfold.unconsumed_tail)
            data = unfold.unconsumed_tail
    except zlib.error as error:
        return _Fault(f"its gzip is damaged: {error}")
    length = taken - len(unfold.unused_data)
    wrong = _fault_of(record)
    return _Fault(wrong, length) if wrong else Member(offset, length, bytes(record))


def _fault_of(record: bytearray) -> str | None:
    """Why decompressed bytes are not a WARC record; None when they are."""
    if not record.startswith(WARC):
        return "it holds no WARC record"
    header = HEADER.match(record)
    lengths = CONTENT_LENGTH.findall(record, 0, header.end()) if header else []
    if header is None or len(lengths) != 1 or len(KIND.findall(record, 0, header.end())) != 1:
        return "its WARC header can't be read"
    block = len(record) - header.end() - len(END_OF_RECORD)
    if int(lengths[0]) != block or not record.endswith(END_OF_RECORD):
        return f"its WARC header announces {int(lengths[0]):,} bytes and {max(block, 0):,} are there"
    return None


def next_record(stream: BinaryIO, start: int) -> int | None:
    """The offset, from ``start`` on, of the next gzip member that begins like a WARC record, whole or not."""
    position, data = start, b""
    stream.seek(start)
    while chunk := stream.read(CHUNK * 8):
        data += chunk
        found = data.find(MAGIC)
        while found >= 0:
            if _begins_like_a_record(data[found : found + 1024]) or (
                len(data) - found < 1024 and _begins_at(stream, position + found)
            ):
                return position + found
            found = data.find(MAGIC, found + 1)
        # The next magic number may span two chunks.
        kept = data[-(len(MAGIC) - 1) :]
        position += len(data) - len(kept)
        data = kept
        stream.seek(position + len(kept))
    return None


def _begins_at(stream: BinaryIO, offset: int) -> bool:
    stream.seek(offset)
    return _begins_like_a_record(stream.read(1024))


def _begins_like_a_record(data: bytes) -> bool:
    try:
        return zlib.decompressobj(GZIP).decompress(data, len(WARC)) == WARC
    except zlib.error:
        return False
