"""The sentence around a quote: a quote is only the words that a figure was read from, at times a bare number."""

from __future__ import annotations

import re

# Characters of the announcement on either side; one more, which sql/figures.sql gives, tells that the words were cut.
REACH = 120
ENDS = re.compile(r"[.!?…](?=\s)|\n")
CUT = "…"


def before_quote(words: str | None) -> str:
    """What stands before the quote in its sentence; cut at a word where that is long."""
    if not words:
        return ""
    ends = list(ENDS.finditer(words))
    if ends:
        return words[ends[-1].end() :].lstrip()
    if len(words) <= REACH:
        return words.lstrip()
    _, space, rest = words[-REACH:].partition(" ")
    return f"{CUT}{space}{rest}" if space else CUT


def after_quote(words: str | None) -> str:
    """The same for what stands after the quote."""
    if not words:
        return ""
    if end := ENDS.search(words):
        return words[: end.end()].rstrip()
    if len(words) <= REACH:
        return words.rstrip()
    rest, space, _ = words[:REACH].rpartition(" ")
    return f"{rest}{space}{CUT}" if space else CUT
