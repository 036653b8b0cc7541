"""How much of a file of gzip members is whole: what a crash tore is after it.

Bytes only; which file, and what to do about it, is archive.py's.
"""

from __future__ import annotations

import zlib
from pathlib import Path

CHUNK = 256 * 1024
GZIP = 31


def whole_until(path: Path, start: int) -> int:
    """The offset after the last whole member at or behind ``start``, which is where a member begins."""
    whole = start
    with path.open("rb") as stream:
        stream.seek(start)
        member, rest = zlib.decompressobj(GZIP), b""
        try:
            while data := rest or stream.read(CHUNK):
                member.decompress(data)
                rest = member.unused_data
                if member.eof:
                    whole = stream.tell() - len(rest)
                    member = zlib.decompressobj(GZIP)
        except zlib.error:
            pass  # what follows is no member: the last whole one stands
    return whole
