"""Character normalization before tokenization: one form for what looks the same, and no invisible characters.

A normalized text keeps the offsets of its characters in the stored text, so that quotes point into the latter.
Lookalike letters, apostrophes and dashes are handled in tokens.py.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

# Format characters (soft hyphen, zero-width space and joiners, word joiner, direction marks, byte order mark),
# controls other than tab and line ends, and letters that are rendered as nothing.
_INVISIBLE = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u0600-\u0605\u061c\u06dd\u070f\u115f\u1160\u17b4\u17b5\u180e"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff"
)
_IS_INVISIBLE = re.compile(f"[{_INVISIBLE}]")
_FULL_WIDTH = range(0xFF01, 0xFF5F)  # "！" to "～": full-width ASCII
_TO_ASCII = 0xFEE0
# Combining marks: accents, variation selectors, the frame of a keycap.
_MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe00-\ufe0f\ufe20-\ufe2f"
# HTML entities of spaces, dashes and quotation marks that a site escaped twice, so that readers see the entity.
# Not letters, digits or "&": decoding one entity must not produce another.
_CODE = (
    "(?i:&(?:amp;)*(?:nbsp|ensp|emsp|thinsp|hairsp|shy|zwnj|zwj|ndash|mdash|laquo|raquo|ldquo|rdquo|bdquo|rsquo|lsquo|"
    "apos|quot|#0*34|#0*39|#x0*22|#x0*27|#160|#xa0|#173|#xad|#82[0-9]{2}|#x20[0-9a-f]{2}|#171|#187);)"
)
_CLUSTER = re.compile(rf"{_CODE}|[\s\S][{_MARKS}]*")
# A text in NFC without any of these is already normalized. The last class matches non-ASCII digits.
_MAY_CHANGE = re.compile(rf"[{_INVISIBLE}{_MARKS}\uff01-\uff5e]|[^\D0-9]|{_CODE}")


@dataclass(frozen=True, slots=True)
class NormalizedText:
    """``text`` is the normalized text. ``starts`` and ``ends`` are the offsets in the stored text where each of its
    characters begins and ends; both are None when the two texts are the same.
    """

    text: str
    starts: list[int] | None = None
    ends: list[int] | None = None

    def stored_span(self, start: int, end: int) -> tuple[int, int]:
        """The offsets in the stored text of text[start:end], a span of at least one character."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]


def normalize(stored: str) -> NormalizedText:
    """NFC, without invisible characters and marks that NFC leaves (stress, keycaps), digits and full-width characters
    in ASCII, and HTML entities of spaces, dashes and quotation marks decoded.
    """
    if _MAY_CHANGE.search(stored) is None and unicodedata.is_normalized("NFC", stored):
        return NormalizedText(stored)
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for piece, start, end in _clusters(stored):
        pieces.append(piece)
        starts += [start] * len(piece)
        ends += [end] * len(piece)
    return NormalizedText("".join(pieces), starts, ends)


def normalized(stored: str) -> str:
    """The normalized text alone."""
    return normalize(stored).text


def _clusters(stored: str) -> Iterator[tuple[str, int, int]]:
    """Each visible character with its combining marks, normalized, with its start and end in the stored text."""
    visible = [at for at, char in enumerate(stored) if _IS_INVISIBLE.match(char) is None]
    seen = "".join(stored[at] for at in visible)
    for match in _CLUSTER.finditer(seen):
        piece = "".join(_plain(char) for char in unicodedata.normalize("NFC", _decoded(match[0])))
        if piece:
            yield piece, visible[match.start()], visible[match.end() - 1] + 1


def _decoded(cluster: str) -> str:
    """An entity's character, nothing if that is invisible; any other cluster unchanged."""
    if not (cluster.startswith("&") and cluster.endswith(";")):
        return cluster
    return _IS_INVISIBLE.sub("", html.unescape(f"&{cluster[1:].lower().rpartition('amp;')[2]}"))


def _plain(char: str) -> str:
    """A digit of any script and a full-width character in ASCII; nothing for a combining mark."""
    if unicodedata.category(char) in ("Mn", "Me"):
        return ""
    if ord(char) in _FULL_WIDTH:
        return chr(ord(char) - _TO_ASCII)
    digit = unicodedata.decimal(char, None)
    return char if digit is None else str(digit)
