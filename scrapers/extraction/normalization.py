"""Characters before anything reads them: one form for what looks the same, and nothing that can't be seen.

A normalized text remembers where each of its characters stood, so that a quote points into the text as stored.
Letters, apostrophes and dashes that only look alike are tokens.py's.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

# Format characters (soft hyphen, zero-width space and joiners, word joiner, direction marks, byte order mark),
# controls other than tab and line ends, and letters that are drawn as nothing.
_INVISIBLE = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u0600-\u0605\u061c\u06dd\u070f\u115f\u1160\u17b4\u17b5\u180e"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff"
)
_IS_INVISIBLE = re.compile(f"[{_INVISIBLE}]")
_FULL_WIDTH = range(0xFF01, 0xFF5F)  # "！" to "～": ASCII in the width of a Chinese letter
_TO_ASCII = 0xFEE0
# What stands on a character: accents, variation selectors, the frame of a keycap.
_MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe00-\ufe0f\ufe20-\ufe2f"
# Spaces, dashes and quotation marks that a site has escaped twice, so that readers see the code itself. Not letters,
# digits or "&": one code is not to make another.
_CODE = (
    "(?i:&(?:amp;)*(?:nbsp|ensp|emsp|thinsp|hairsp|shy|zwnj|zwj|ndash|mdash|laquo|raquo|ldquo|rdquo|bdquo|rsquo|lsquo|"
    "#160|#xa0|#173|#xad|#82[0-9]{2}|#x20[0-9a-f]{2}|#171|#187);)"
)
_CLUSTER = re.compile(rf"{_CODE}|[\s\S][{_MARKS}]*")
# A text without any of these, in NFC, is as it should be. The last class is of digits other than ASCII's.
_MAY_CHANGE = re.compile(rf"[{_INVISIBLE}{_MARKS}\uff01-\uff5e]|[^\D0-9]|{_CODE}")


@dataclass(frozen=True, slots=True)
class NormalizedText:
    """``text`` is what is read. ``starts`` and ``ends`` hold, for each of its characters, the offsets in the text as
    stored where it begins and ends; both are None when the two texts are the same.
    """

    text: str
    starts: list[int] | None = None
    ends: list[int] | None = None

    def stored_span(self, start: int, end: int) -> tuple[int, int]:
        """The offsets in the stored text of text[start:end]; the span holds at least one character."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]


def normalize(stored: str) -> NormalizedText:
    """NFC, without what can't be seen and without marks that NFC leaves (stress, keycaps), digits and full-width
    characters in ASCII, and with the spaces, dashes and quotation marks that are written as HTML's codes.
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
    """Each visible character with its marks, normalized, and where it stands in the stored text."""
    visible = [at for at, char in enumerate(stored) if _IS_INVISIBLE.match(char) is None]
    seen = "".join(stored[at] for at in visible)
    for match in _CLUSTER.finditer(seen):
        piece = "".join(_plain(char) for char in unicodedata.normalize("NFC", _decoded(match[0])))
        if piece:
            yield piece, visible[match.start()], visible[match.end() - 1] + 1


def _decoded(cluster: str) -> str:
    """What a code stands for, nothing if that can't be seen; anything else as it is."""
    if not (cluster.startswith("&") and cluster.endswith(";")):
        return cluster
    return _IS_INVISIBLE.sub("", html.unescape(f"&{cluster[1:].lower().rpartition('amp;')[2]}"))


def _plain(char: str) -> str:
    """A digit of any script and a full-width character in ASCII; nothing for a mark that stands on no letter."""
    if unicodedata.category(char) in ("Mn", "Me"):
        return ""
    if ord(char) in _FULL_WIDTH:
        return chr(ord(char) - _TO_ASCII)
    digit = unicodedata.decimal(char, None)
    return char if digit is None else str(digit)
