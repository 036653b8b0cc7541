"""What a reading consists of: statements with their words, events, rejected numbers, doubts. Records only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple


class Statement(NamedTuple):
    """One claim of a text, with the words that make it.

    ``quote`` equals text[start:end]; with ``field`` "title" the offsets are the title's. ``event`` is an index into
    Reading.events, None for a total claimed for ``period``. ``category`` is a service branch, a mediator, what a
    `part` is of, or a claim's scope; ``within`` the branch that already counts these people. ``confidence`` is the
    chance of being right.
    """

    measure: str
    value: int | None
    quote: str
    start: int
    end: int
    event: int | None = None
    category: str | None = None
    within: str | None = None
    bound: str = "exact"
    period: str | None = None
    field: str = "text"
    confidence: float = 1.0


class Event(NamedTuple):
    """What happened on one day. ``date`` is Kyiv's; ``date_basis`` "text" or "publication"; ``is_recap`` when the
    text only looks back.
    """

    kind: str
    date: date | None
    date_basis: str
    is_recap: bool


class Rejected(NamedTuple):
    """A number that no statement uses, and why. Offsets as in Statement."""

    quote: str
    start: int
    end: int
    reason: str
    field: str = "text"


class Doubt(NamedTuple):
    """A number, or a whole text, that is too uncertain to be stated: what it may mean, the likeliest first.

    ``value`` is the number, None where ``measure`` is "event": it is doubtful whether the text announces one.
    """

    measure: str
    value: int | None
    quote: str
    start: int
    end: int
    readings: list[tuple[str, float]]
    field: str = "text"


@dataclass(slots=True)
class Reading:
    """What a text says. ``issues`` are oddities for a person to look at, ``doubts`` what a person has to decide."""

    kind: str
    language: str
    kinds: dict[str, float] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    issues: list[str] = field(default_factory=list)
