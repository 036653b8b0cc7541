"""What an attack is: a source, what the server answers in its place, and what must come out. No attack is here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from http.server import BaseHTTPRequestHandler

# Sources that an attack can be tried on: it takes the first that is free in its batch.
CHANNELS = ("president_telegram", "diukraine_telegram", "ombudsman_telegram", "russia_mod_telegram")
NEWSWIRES = ("ukrinform", "interfax", "online_ua_uk", "ukrpravda")


@dataclass(frozen=True, slots=True)
class Reply:
    """One whole HTTP answer."""

    body: str | bytes = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: ``host`` and ``path`` as the public web has them, and how often this path was asked before.

    ``round`` is 1 in the first run of the command and 2 in the second. ``day`` is the Kyiv day that belongs to the
    attack alone: its exchanges are told to have been on it. ``source_id`` is the source that it is tried on.
    ``handler`` is for answers that are no whole reply.
    """

    handler: BaseHTTPRequestHandler
    host: str
    path: str
    query: dict[str, str]
    times: int
    round: int
    source_id: str
    day: date

    def at(self, hour: int = 12, minute: int = 0) -> datetime:
        """A moment of the attack's day, Kyiv time."""
        from orchestration.settings import KYIV

        return datetime(self.day.year, self.day.month, self.day.day, hour, minute, tzinfo=KYIV)


Answer = Callable[[Asked], Reply | None]


@dataclass(frozen=True, slots=True)
class Expected:
    """What must be there after a run.

    ``read``: ids of the attack's own announcements that are loaded, exactly these. ``released``: the total of the
    exchange on the attack's day, None when there must be none. ``says``: parts of the sentences that the command
    prints about the source, all of them; without any, it must print nothing about it.
    """

    read: frozenset[str] = frozenset()
    released: int | None = None
    says: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Attack:
    """``answer`` gives what the server answers, None when it has answered by itself.

    ``later`` is what must be there after a second run; the attack may answer differently then. ``robots`` is the
    site's robots.txt, which it lacks otherwise.
    """

    name: str
    sources: tuple[str, ...]
    answer: Answer
    expected: Expected
    later: Expected | None = None
    robots: Reply | None = None
