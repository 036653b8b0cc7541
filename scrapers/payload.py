"""What came over the wire, without its compression: gzip and deflate, with a limit on what they unfold to.

Bytes to bytes only; characters and markup are markup.py's.
"""

from __future__ import annotations

import zlib

LARGEST_BODY = 20 * 1024 * 1024
AUTO_HEADER, RAW_DEFLATE = 47, -15


class BrokenPayload(ValueError):
    """A payload that can't be unfolded. The message ends a sentence that began with an address."""


def decode(payload: bytes, encoding: str) -> bytes:
    """The bytes that a Content-Encoding was put upon; at most 20 MiB.

    Raises BrokenPayload when they are damaged, end early, are of an unknown encoding, or unfold to more.
    """
    for name in reversed([part.strip().lower() for part in encoding.split(",") if part.strip()]):
        if name in ("gzip", "x-gzip", "deflate"):
            payload = _inflate(payload)
        elif name != "identity":
            raise BrokenPayload(f"is encoded as {name!r}, which was not asked for")
    return payload


def _inflate(payload: bytes) -> bytes:
    if not payload:
        return b""
    try:
        return _unfold(payload, AUTO_HEADER)
    except zlib.error:
        pass
    try:
        # Some servers send deflate without its zlib header.
        return _unfold(payload, RAW_DEFLATE)
    except zlib.error as error:
        raise BrokenPayload(f"is damaged: it can't be decompressed ({error})") from error


def _unfold(payload: bytes, window: int) -> bytes:
    unfolded = bytearray()
    while payload:
        member = zlib.decompressobj(window)
        unfolded += member.decompress(payload, LARGEST_BODY + 1 - len(unfolded))
        if len(unfolded) > LARGEST_BODY:
            raise BrokenPayload(f"unfolds to more than {LARGEST_BODY // 2**20} MiB")
        if not member.eof:
            raise BrokenPayload("is cut short: its compressed body has no end")
        payload = member.unused_data
    return bytes(unfolded)
