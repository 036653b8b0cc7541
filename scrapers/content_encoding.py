"""Decompression of response bodies: gzip and deflate, with a limit on the decompressed size.

Bytes to bytes only; charsets are in charsets.py, markup in scrapers/parsing/markup.py.
"""

from __future__ import annotations

import zlib

LARGEST_BODY = 20 * 1024 * 1024
# A server compresses once; a proxy that compresses again is known to exist. More is an attack on the client's time.
MOST_LAYERS = 3
# RFC 1952 allows many members per file, and programs that write in blocks make some hundreds of them in 20 MiB.
MOST_MEMBERS = 4_096
# The rest of a block after a member's end is copied for the next member, so blocks are small.
BLOCK = 4_096
AUTO_HEADER, RAW_DEFLATE = 47, -15


class BrokenPayload(ValueError):
    """A payload that can't be decompressed. The message ends a sentence that begins with an address."""


def decode(payload: bytes, encoding: str) -> bytes:
    """The decompressed payload, at most 20 MiB, in a time that depends on the payload's size alone.

    Raises BrokenPayload when the payload is damaged, truncated, in an unknown encoding, compressed too many times,
    or larger than that when decompressed.
    """
    names = [part.strip().lower() for part in encoding.split(",")]
    layers = [name for name in reversed(names) if name not in ("", "identity")]
    unknown = next((name for name in layers if name not in ("gzip", "x-gzip", "deflate")), None)
    if unknown is not None:
        raise BrokenPayload(f"is encoded as {unknown[:40]!r}, which was not asked for")
    if len(layers) > MOST_LAYERS:
        raise BrokenPayload(f"is compressed {len(layers)} times over")
    for _ in layers:
        payload = _inflate(payload)
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
    member, members = zlib.decompressobj(window), 1
    view = memoryview(payload)
    for start in range(0, len(payload), BLOCK):
        block: bytes | memoryview = view[start : start + BLOCK]
        while block:
            if member.eof:
                # Zeros after the last member are padding (as gzip's own programs write to tapes).
                if not any(block) and not any(view[start + BLOCK :]):
                    return bytes(unfolded)
                member, members = zlib.decompressobj(window), members + 1
                if members > MOST_MEMBERS:
                    raise BrokenPayload(f"is compressed in more than {MOST_MEMBERS:,} pieces")
            unfolded += member.decompress(block, LARGEST_BODY + 1 - len(unfolded))
            if len(unfolded) > LARGEST_BODY:
                raise BrokenPayload(f"unfolds to more than {LARGEST_BODY // 2**20} MiB")
            block = member.unused_data if member.eof else member.unconsumed_tail
    if not member.eof:
        raise BrokenPayload("is cut short: its compressed body has no end")
    return bytes(unfolded)
