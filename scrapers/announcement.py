"""The records that travel between the rooms: Page, Announcement, and what a parser says of a page.

Plain immutable data belongs here; fetching, parsing and storing do not.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime


class SourceError(Exception):
    """A source could not be read. The message is one sentence: what happened, where, what to do."""

    def __init__(self, source_id: str, message: str) -> None:
        super().__init__(message)
        self.source_id = source_id


@dataclass(frozen=True, slots=True)
class Page:
    """One response as it came: the body's bytes are exactly what the server sent after decoding.

    ``url`` is the public address, also when a replay server answered; ``fetched_at`` is UTC.
    """

    source_id: str
    url: str
    fetched_at: datetime
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Announcement:
    """One version of one post or article. ``published_at`` is UTC; ``text`` keeps its line breaks."""

    source_id: str
    announcement_id: str
    url: str
    language: str
    published_at: datetime
    title: str | None
    text: str
    is_edited: bool = False
    forwarded_from: str | None = None

    @property
    def version_id(self) -> str:
        """Identity of this version: the same words at the same address are the same version.

        View counts, the edited mark and the hour of fetching do not enter it.
        """
        parts = (self.source_id, self.announcement_id, self.title or "", self.text)
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class Ignored:
    """An item within reach that carries nothing to read, with the reason it was left aside."""

    source_id: str
    item_id: str
    reason: str
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """An item that should have been read and could not be: it is quarantined, not dropped."""

    source_id: str
    item_id: str
    message: str
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class ParsedPage:
    """All that a parser found on one page; every item is in exactly one of the three lists."""

    announcements: list[Announcement] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
