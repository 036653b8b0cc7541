"""What an attack is: a source, the server's responses in its place, and the expected result.

The attacks themselves are in table/.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from http.server import BaseHTTPRequestHandler

# Sources that an attack can be tried on; it takes the first that is free in its batch.
CHANNELS = ("president_telegram", "diukraine_telegram", "ombudsman_telegram", "russia_mod_telegram")
NEWSWIRES = ("ukrinform", "interfax", "online_ua_uk", "ukrpravda")
# For attacks in which no listing is ever read, so that its form does not matter.
SITES = ("uae_mofa", "dpsu", "ombudsman", "mod", "wam", "gur_uk", *NEWSWIRES)


@dataclass(frozen=True, slots=True)
class Reply:
    """One complete HTTP response."""

    body: str | bytes = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: ``host`` and ``path`` as on the public web, and how often this path was requested before.

    ``round`` is 1 in the first run of the command and 2 in the second. ``day`` is the Kyiv day that belongs to the
    attack alone: its exchanges are dated on it. ``source_id`` is the source that it is tried on. ``handler`` is for
    responses that are not a complete reply.
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
        """A time on the attack's day, Kyiv time."""
        from orchestration.settings import KYIV

        return datetime(self.day.year, self.day.month, self.day.day, hour, minute, tzinfo=KYIV)


Answer = Callable[[Asked], Reply | None]


@dataclass(frozen=True, slots=True)
class Expected:
    """The expected result of a run.

    ``read``: ids of the attack's own announcements that are loaded, exactly these. ``released``: the total of the
    exchange on the attack's day, None when there must be none. ``says``: parts of the sentences that the command
    prints about the source, all of them; without any, it must print nothing about it.
    """

    read: frozenset[str] = frozenset()
    released: int | None = None
    says: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Attack:
    """``answer`` returns the server's response, None when it has responded by itself.

    ``later`` is the expected result of a second run; the attack may respond differently then. ``robots`` is the
    site's robots.txt, which is missing otherwise.
    """

    name: str
    sources: tuple[str, ...]
    answer: Answer
    expected: Expected
    later: Expected | None = None
    robots: Reply | None = None

    @property
    def has_exchange(self) -> bool:
        return any(expected is not None and expected.released is not None for expected in (self.expected, self.later))
