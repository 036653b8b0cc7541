"""A look at a page's raw bytes, before any parsing: whether it may tell of an exchange, in three languages.

The words are in words.yaml. It must be cheap, as nearly all pages of an archive are of something else; the extractor
looks again at the text of a page that passes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib import resources
from typing import Any

from scrapers.yaml_file import read_shipped

# Letters that sites write for Cyrillic ones: in a font they look the same.
LOOKALIKES = dict(zip("асеікортухнв", "aceikoptyxhb", strict=True))
EIGHT_BITS = ("cp1251", "koi8-u", "iso8859-5", "cp866")
APOSTROPHES = ("'", "’", "&#39;", "&#039;", "&rsquo;", "&#8217;")
# What may stand before and behind a word: blanks, markup and marks, which are the same byte in every encoding here.
EDGE = r"[\x00-/:-@\[-`{-\x7f]"
# Signs of character references and of JSON's escapes for Cyrillic letters.
REFERRING = (b"&#10", b"&#11", b"&#x4", b"&#x04", b"\\u04")
# A pattern of all encodings at once is too large for RE2's automaton, and then a thousand times slower.
UTF8, REFERRED = "utf-8", "referred"


@cache
def words_version() -> str:
    """A hash of the words: with others, other pages pass."""
    return hashlib.sha256((resources.files("scrapers.mining") / "words.yaml").read_bytes()).hexdigest()[:6]


def passing(bodies: Sequence[bytes]) -> list[bool]:
    """For each body of a page, decompressed but not decoded, whether it passes.

    Many at once, some hundred: patterns are compiled at each call, which takes as long as reading a dozen pages.
    """
    passed = [False] * len(bodies)
    by_encoding: dict[str, list[int]] = {}
    whole = [_as_utf8(body) for body in bodies]
    for position, body in enumerate(whole):
        for encoding in _encodings(body):
            by_encoding.setdefault(encoding, []).append(position)
    for encoding, positions in by_encoding.items():
        for position, passes in zip(positions, _passing([whole[p] for p in positions], encoding), strict=True):
            passed[position] |= passes
    return passed


def _passing(bodies: Sequence[bytes], encoding: str) -> list[bool]:
    import pyarrow as pa
    import pyarrow.compute as pc

    array = pa.array(bodies, pa.large_binary())

    def having(positions: Any, *groups: str) -> Any:
        """Those of the positions whose body has a word of any of the groups."""
        return positions.filter(pc.match_substring_regex(array.take(positions), _pattern(encoding, groups)))

    # Most pages have neither, and are looked through once.
    possible = having(pa.array(range(len(bodies)), pa.int64()), "alone", "who")
    passed = {*having(possible, "alone").to_pylist(), *having(having(possible, "who"), "what").to_pylist()}
    return [position in passed for position in range(len(bodies))]


def _as_utf8(body: bytes) -> bytes:
    """UTF-16 as UTF-8; any other body as it is."""
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return body.decode("utf-16", "replace").encode("utf-8", "replace")
    return body


def _encodings(body: bytes) -> Iterable[str]:
    """In which encodings a body's words are looked for. English is looked for in each."""
    try:
        body.decode("utf-8")
        yield UTF8
    except UnicodeDecodeError:
        yield from EIGHT_BITS
    if any(sign in body for sign in REFERRING):
        yield REFERRED


@cache
def _pattern(encoding: str, groups: tuple[str, ...]) -> str:
    """A regular expression over bytes, each character one byte, for the words of groups of words.yaml."""
    of_groups = read_shipped("scrapers.mining", "words.yaml")
    form = {UTF8: _in_utf8, REFERRED: _referred}.get(encoding) or (lambda letter: _in_eight_bits(letter, encoding))
    words = {word for group in groups for of_language in of_groups[group].values() for word in of_language}
    return _any_beginning(words, form)


def _any_beginning(words: Iterable[str], form: Callable[[str], str]) -> str:
    """A pattern for any of the words, which has the letters that words begin with in common only once."""
    by_first: dict[str, set[str]] = {}
    for word in words:
        by_first.setdefault(word[:1], set()).add(word[1:])
    if "" in by_first:  # a word ends here: longer ones are found by it
        return ""
    return _either(form(first) + _any_beginning(rests, form) for first, rests in sorted(by_first.items()))


def _in_eight_bits(letter: str, charset: str) -> str:
    if letter == "'":
        return _either(["'", r"&#0?39;", r"\x92"])
    return EDGE if letter == " " else _either(_escaped(one.encode(charset, "replace")) for one in _cases(letter))


def _in_utf8(letter: str) -> str:
    if letter == "'":
        return _either(_escaped(mark.encode()) for mark in APOSTROPHES)
    same = LOOKALIKES.get(letter, "")
    return EDGE if letter == " " else _either(_escaped(one.encode()) for one in (*_cases(letter), *_cases(same)))


def _referred(letter: str) -> str:
    """A letter as a character reference of HTML or an escape of JSON."""
    if letter.isascii():
        return _in_utf8(letter)
    codes = [ord(one) for one in _cases(letter)]
    return _either(form for code in codes for form in (f"&#{code};", f"&#x0?{_hex(code)};", rf"\\u0{_hex(code)}"))


def _cases(letter: str) -> Iterable[str]:
    return dict.fromkeys((letter, letter.upper())) if letter else ()


def _hex(code: int) -> str:
    return "".join(f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in f"{code:x}")


def _escaped(data: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in data)


def _either(forms: Iterable[Any]) -> str:
    different = list(dict.fromkeys(forms))
    return different[0] if len(different) == 1 else f"(?:{'|'.join(different)})"
