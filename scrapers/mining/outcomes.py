"""What became of each record of a WARC file, and which parts of it are lost: counted, and named where one may ask.

Data only; outcomes are decided in warc_records.py, page_texts.py and mined_file.py.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """Every record of a file has one of these. docs/mine.md lists them for users."""

    TEXT = "text"
    NO_RESPONSE = "no response"
    REVISIT = "revisit"
    NOT_HTTP = "not HTTP"
    STATUS = "status"
    NOT_HTML = "not HTML"
    TOO_LARGE = "too large"
    EMPTY = "empty"
    BROKEN_HEADERS = "broken headers"
    BROKEN_ENCODING = "broken encoding"
    NO_WORDS = "no words"
    NO_CHARSET = "no charset"
    TOO_MUCH_MARKUP = "too much markup"
    NO_MAIN_TEXT = "no main text"
    TOO_SLOW = "too slow"
    ERROR = "error"


# Outcomes of pages that may have told of an exchange, as far as anybody can say: these are named, all are counted.
NAMED = frozenset({
    Outcome.TOO_LARGE, Outcome.BROKEN_HEADERS, Outcome.BROKEN_ENCODING, Outcome.NO_CHARSET, Outcome.TOO_MUCH_MARKUP,
    Outcome.TOO_SLOW, Outcome.ERROR,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Skipped:
    """A page that was not read, with its address, its place as in ArchivedPage, and the reason."""

    url: str
    record: int
    offset: int | None
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class Lost:
    """A part of a file, in bytes, that can't be read."""

    offset: int
    length: int
    reason: str


@dataclass(slots=True)
class Tally:
    """The counts of one file. ``records`` are whole ones, ``passed`` those of the byte filter."""

    records: int = 0
    pages: int = 0
    passed: int = 0
    texts: int = 0
    statements: int = 0
    guessed_charsets: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    skipped: list[Skipped] = field(default_factory=list)
    lost: list[Lost] = field(default_factory=list)

    def count(
        self, outcome: Outcome, url: str = "", record: int = 0, offset: int | None = None, reason: str = ""
    ) -> None:
        """Count a record, and keep its address where its outcome is one of NAMED."""
        self.outcomes[outcome.value] += 1
        if outcome in NAMED:
            self.skipped.append(Skipped(url, record, offset, outcome.value, reason))

    def as_plain(self) -> dict[str, Any]:
        return asdict(self) | {"outcomes": dict(sorted(self.outcomes.items()))}
