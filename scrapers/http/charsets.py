"""From a page's bytes to its characters, whatever its server, its markup or its editor say of them.

Characters only; markup is markup.py's. What is not as it should be is told as a note, never read silently.
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

# What Ukrainian, Russian and English pages are in that are no UTF-8 and say nothing true.
USUAL = ("windows-1251", "koi8-u", "koi8-r", "iso-8859-5", "ibm866", "windows-1252")
# The commonest small letters of Ukrainian and Russian: some 85 of 100 characters beyond ASCII in a text that is read
# in the right charset, at most 37 in one read in another (test_charsets.py).
COMMON = frozenset("оаинетвірслкмдпуязьбыг")
LEAST_COMMON = 0.5
# English has hardly a letter beyond ASCII.
MOST_ACCENTED = 0.1
# Text in another charset is broken at nearly each letter when it is read as UTF-8, damaged text at single ones.
MOST_BROKEN = 0.25
ENOUGH_TO_JUDGE = 20_000
ASCII = bytes(range(128))
TAG = re.compile(r"<[^<>]*>")
BROKEN = "\ufffd"
# UTF-8 that was taken for another charset and encoded again: what each Cyrillic letter then begins with.
TWICE = {"windows-1252": "ÐÑ", "windows-1251": "РС"}
LEAST_TWICE = 0.3


@dataclass(frozen=True, slots=True)
class Characters:
    """A page's characters, and a sentence for each thing about them that is not as it should be."""

    text: str
    notes: tuple[str, ...] = ()


def text_of(page: Page) -> str:
    """A page's characters, as in ``characters_of``."""
    return characters_of(page).text


def notes_on(page: Page) -> list[str]:
    """What is not as it should be about a page's characters; nothing when they can't be read at all."""
    try:
        return list(characters_of(page).notes)
    except SourceError:
        return []


def characters_of(page: Page) -> Characters:
    """A page's characters: by its byte order mark, as UTF-8 if they are that, else in the charset that makes text.

    Servers name charsets that their pages are not in, and text that is valid as UTF-8 is never anything else. What
    is nearly UTF-8, is in no charset that the page names, or was encoded twice, is read and noted. NUL is dropped,
    as browsers drop it. Raises SourceError when no charset gives a text, rather than letting broken characters pass.
    """
    body, marked = EncodingDetector.strip_byte_order_mark(page.body)
    charset = marked or _unmarked_utf16(body) or "utf-8"
    try:
        return _decoded_once(page, body.decode(charset).replace("\0", ""))
    except UnicodeError:
        text = body.decode(charset, "replace").replace("\0", "")
    broken, beyond_ascii = text.count(BROKEN), len(text) - len(text.encode("ascii", "ignore"))
    if marked or broken <= MOST_BROKEN * beyond_ascii:
        return Characters(text, (f"{page.url}: {broken} of its characters can't be read, being no {charset}",))
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
    """Of the charsets that the page names and the usual ones, the one in which it looks most like text."""
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
        said = " and ".join(declared) or "no such charset"
        notes.append(f"{page.url}: names {said}, and is text only as {charset}, as which it was read")
    if broken := text.count(BROKEN):
        notes.append(f"{page.url}: {broken} of its characters can't be read, being no {charset}")
    return Characters(text, tuple(notes))


def _declared(page: Page, body: bytes) -> Iterator[str]:
    """The charsets that the header and the page name, apart from Unicode's, as browsers understand the names."""
    named = Message()
    named["Content-Type"] = page.header("Content-Type") or "text/html"
    own = EncodingDetector.find_declared_encoding(body, is_html=True, search_entire_document=False)
    for label in (named.get_content_charset(), own):
        known = webencodings.lookup(label) if label else None
        if known is not None and not known.name.startswith(("utf-", "x-")):
            yield known.name


def _likeness(beyond_ascii: str) -> float:
    """The share of common Cyrillic letters in what a text has beyond ASCII."""
    return sum(map(beyond_ascii.count, COMMON)) / len(beyond_ascii) if beyond_ascii else 0.0


def _is_english(text: str) -> bool:
    """True when nearly all letters that a reader sees are Latin ones; tags don't count."""
    seen = TAG.sub(" ", text[: 20 * ENOUGH_TO_JUDGE])
    letters = sum(map(str.isalpha, seen))
    accented = sum(character.isalpha() or character == BROKEN for character in seen if not character.isascii())
    return letters > 0 and accented <= MOST_ACCENTED * letters


def _decoded_once(page: Page, text: str) -> Characters:
    """A text that was encoded twice is decoded once more, when all of it is valid then."""
    for charset, leads in TWICE.items():
        count = sum(map(text.count, leads))
        if not count or count <= LEAST_TWICE * (len(text) - len(text.encode("ascii", "ignore"))):
            continue
        try:
            once = text.encode(charset, "one-byte").decode("utf-8")
        except UnicodeError:
            continue
        return Characters(once, (f"{page.url}: is encoded twice, being UTF-8 taken for {charset}; it was read so",))
    return Characters(text)


def _one_byte(error: UnicodeError) -> tuple[bytes, int]:
    """Browsers give the places that a charset leaves empty to control characters."""
    assert isinstance(error, UnicodeEncodeError)
    return error.object[error.start : error.end].encode("latin-1"), error.end


codecs.register_error("one-byte", _one_byte)
