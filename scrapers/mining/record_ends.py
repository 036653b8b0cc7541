"""Where a record of a WARC file ends, and where the next one begins: what is asked when reading has stopped.

Reading is in warc_records.py. A file has gzip members, each one record or not, or it is plain.
"""

from __future__ import annotations

import re
import zlib
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO

from scrapers.archive.members import CHUNK, GZIP

WARC = b"WARC/"
END = b"\r\n\r\n"
HEADER = re.compile(
    rb"WARC/[01]\.\d+\r\n(?:[^\r\n]+\r\n)*?Content-Length:[ \t]*(\d{1,15})[ \t]*\r\n(?:[^\r\n]+\r\n)*\r\n",
    re.IGNORECASE,
)
LONGEST_HEADER = 64 * 1024


def end_of_plain(stream: BinaryIO, position: int, size: int) -> int | None:
    """Where the plain record at ``position`` ends, in a file of ``size`` bytes; None when it is not whole."""
    stream.seek(position)
    header = HEADER.match(stream.read(LONGEST_HEADER))
    end = position + header.end() + int(header[1]) + len(END) if header else size + 1
    if end > size:
        return None
    stream.seek(end - len(END))
    return end if stream.read(len(END)) == END else None


def end_of_record(stream: BinaryIO, start: int) -> int | None:
    """Where the gzip member at ``start`` ends; None when it is damaged, torn, or not one record of the length that
    its header states.
    """
    beginning, unpacked, stated = b"", 0, None
    for piece, end in _members(stream, start):
        beginning += piece[: LONGEST_HEADER - len(beginning)]
        unpacked += len(piece)
        if stated is None and (header := HEADER.match(beginning)):
            stated = header.end() + int(header[1]) + len(END)
        if end is not None:
            return end if unpacked == stated else None
        if unpacked > (stated or LONGEST_HEADER):
            break
    return None


def end_of_members(stream: BinaryIO, start: int) -> int | None:
    """Where the last of the gzip members from ``start`` on ends; None when one of them is damaged or torn."""
    last = deque((end for _, end in _members(stream, start)), maxlen=1)
    return last[0] if last else None


def _members(stream: BinaryIO, start: int) -> Iterator[tuple[bytes, int | None]]:
    """The unpacked pieces of gzip members; with the last one of a member, where it ends. The last of all has no end
    when a member is damaged or torn.
    """
    stream.seek(start)
    at, data = start, stream.read(CHUNK)
    while data:
        member = zlib.decompressobj(GZIP)
        while not member.eof:
            if not data:
                yield b"", None
                return
            try:
                piece = member.decompress(data, CHUNK)
            except zlib.error:
                yield b"", None
                return
            rest = member.unused_data if member.eof else member.unconsumed_tail
            at += len(data) - len(rest)
            data = rest if rest or member.eof else stream.read(CHUNK)
            yield piece, at if member.eof else None
        data = data or stream.read(CHUNK)


def next_plain(stream: BinaryIO, start: int) -> int | None:
    """The offset, from ``start`` on, of the next record that is not compressed."""
    position, data = start, b""
    stream.seek(start)
    sign = END + WARC
    if stream.read(len(WARC)) == WARC:
        return start
    stream.seek(start)
    while chunk := stream.read(CHUNK * 8):
        data += chunk
        found = data.find(sign)
        if found >= 0:
            return position + found + len(END)
        kept = data[-(len(sign) - 1) :]
        position += len(data) - len(kept)
        data = kept
    return None
