"""Decoding a page's bytes to text, even when its server, markup or editor declares a wrong charset.

Markup is in scrapers/parsing/markup.py. Every irregularity is returned as a note, never decoded silently.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

import webencodings
from bs4.dammit import EncodingDetector

from scrapers.records import Page, SourceError

# The charsets of Ukrainian, Russian and English pages that are not UTF-8 and declare no correct charset.
USUAL = ("windows-1251", "koi8-u", "koi8-r", "iso-8859-5", "ibm866", "windows-1252")
# The commonest small letters of Ukrainian and Russian: some 85 of 100 non-ASCII characters in a text decoded with
# the right charset, at most 37 in one decoded with another (test_charsets.py).
COMMON = frozenset("оаинетвірслкмдпуязьбыг")
LEAST_COMMON = 0.5
# English has hardly any non-ASCII letters.
MOST_ACCENTED = 0.1
# Decoded as UTF-8, text in another charset is broken at nearly each letter, damaged text at single ones.
MOST_BROKEN = 0.25
ENOUGH_TO_JUDGE = 20_000
ASCII = bytes(range(128))
TAG = re.compile(r"<[^<>]*>")
BROKEN = "\ufffd"
# UTF-8 that was mistaken for another charset and encoded again: the characters that begin each Cyrillic letter then.
TWICE = {"windows-1252": "ÐÑ", "windows-1251": "РС"}
LEAST_TWICE = 0.3


@dataclass(frozen=True, slots=True)
class Characters:
    """A page's text, and a sentence for each irregularity of its encoding. ``is_guessed``: the charset is neither
    proved by the bytes, as UTF-8 is, nor declared.
    """

    text: str
    notes: tuple[str, ...] = ()
    charset: str = "utf-8"
    is_guessed: bool = False


def text_of(page: Page) -> str:
    """A page's text, as in ``characters_of``."""
    return characters_of(page).text


def notes_on(page: Page) -> list[str]:
    """The irregularities of a page's encoding; none when it can't be decoded at all."""
    try:
        return list(characters_of(page).notes)
    except SourceError:
        return []


def characters_of(page: Page) -> Characters:
    """A page's text: decoded by its byte order mark, as UTF-8 if valid, else in the charset that gives text.

    Servers declare wrong charsets, and text that is valid UTF-8 is never anything else. Text that is nearly UTF-8,
    is in no charset that the page declares, or was encoded twice, is decoded with a note. NUL is dropped, as in
    browsers. Raises SourceError when no charset gives a text, rather than returning broken characters.
    """
    body, marked = EncodingDetector.strip_byte_order_mark(page.body)
    charset = marked or _unmarked_utf16(body) or "utf-8"
    try:
        return _decoded_once(page, body.decode(charset).replace("\0", ""), charset)
    except UnicodeError:
        text = body.decode(charset, "replace").replace("\0", "")
    broken, beyond_ascii = text.count(BROKEN), len(text) - len(text.encode("ascii", "ignore"))
    if marked or broken <= MOST_BROKEN * beyond_ascii:
        notes = (f"{page.url}: {broken} of its characters can't be read, being no {charset}",)
        return Characters(text, notes, charset)
    return _in_eight_bits(page, body)


def _unmarked_utf16(body: bytes) -> str | None:
    """In UTF-16 each character of the markup has a zero byte."""
    if body.count(0) * 8 < len(body) or not body:
        return None
    charset = "utf-16-be" if body[::2].count(0) > body[1::2].count(0) else "utf-16-le"
    try:
        body.decode(charset)
    except UnicodeError:
        return None
    return charset


def _in_eight_bits(page: Page, body: bytes) -> Characters:
    """Decode in the declared or usual charset that looks most like text. Raises SourceError when none does."""
    declared = list(_declared(page, body))
    candidates = dict.fromkeys((*declared, *USUAL))
    beyond_ascii = body.translate(None, ASCII)[:ENOUGH_TO_JUDGE]
    likeness = {charset: _likeness(beyond_ascii.decode(charset, "replace")) for charset in candidates}
    charset = max(likeness, key=likeness.__getitem__)
    if likeness[charset] < LEAST_COMMON:
        charset = next(iter(declared), "windows-1252")
        if not _is_english(body.decode(charset, "replace")):
            raise SourceError(
                page.source_id,
                f"{page.source_id}: the characters of {page.url} fit no charset; open it in a browser.",
            )
    text, notes = body.decode(charset, "replace").replace("\0", ""), []
    if charset not in declared:
        names = " and ".join(declared) or "no such charset"
        notes.append(f"{page.url}: names {names}, and is text only as {charset}, as which it was read")
    if broken := text.count(BROKEN):
        notes.append(f"{page.url}: {broken} of its characters can't be read, being no {charset}")
    return Characters(text, tuple(notes), charset, charset not in declared)


def _declared(page: Page, body: bytes) -> Iterator[str]:
    """The charsets that the header and the page declare, except Unicode's, by the names that browsers recognize."""
    named = Message()
    named["Content-Type"] = page.header("Content-Type") or "text/html"
    own = EncodingDetector.find_declared_encoding(body, is_html=True, search_entire_document=False)
    for label in (named.get_content_charset(), own):
        known = webencodings.lookup(label) if label else None
        if known is not None and not known.name.startswith(("utf-", "x-")):
            yield known.name


def _likeness(beyond_ascii: str) -> float:
    """The share of common Cyrillic letters among a text's non-ASCII characters."""
    return sum(map(beyond_ascii.count, COMMON)) / len(beyond_ascii) if beyond_ascii else 0.0


def _is_english(text: str) -> bool:
    """True when nearly all visible letters are Latin; tags don't count."""
    seen = TAG.sub(" ", text[: 20 * ENOUGH_TO_JUDGE])
    letters = sum(map(str.isalpha, seen))
    accented = sum(character.isalpha() or character == BROKEN for character in seen if not character.isascii())
    return letters > 0 and accented <= MOST_ACCENTED * letters


def _decoded_once(page: Page, text: str, charset: str) -> Characters:
    """Decode a text that was encoded twice once more, when the result is valid throughout."""
    for mistaken, leads in TWICE.items():
        count = sum(map(text.count, leads))
        if not count or count <= LEAST_TWICE * (len(text) - len(text.encode("ascii", "ignore"))):
            continue
        try:
            once = text.encode(mistaken, "one-byte").decode("utf-8")
        except UnicodeError:
            continue
        notes = (f"{page.url}: is encoded twice, being UTF-8 taken for {mistaken}; it was read so",)
        return Characters(once, notes, charset, is_guessed=True)
    return Characters(text, (), charset)


def _one_byte(error: UnicodeError) -> tuple[bytes, int]:
    """Browsers map the unassigned bytes of a charset to control characters."""
    assert isinstance(error, UnicodeEncodeError)
    return error.object[error.start : error.end].encode("latin-1"), error.end


codecs.register_error("one-byte", _one_byte)
