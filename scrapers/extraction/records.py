"""The records of a reading: statements with quotes, events, rejected numbers, doubts. No logic is here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

DAY = "date"  # the measure of a doubt about an event's day


class Statement(NamedTuple):
    """One claim of a text, with its quote.

    ``quote`` equals text[start:end]; with ``field`` "title" the offsets are the title's. ``event`` is an index into
    Reading.events, None for a total claimed for ``period``. ``category`` is a service branch, a mediator, the group
    of a `part`, a claim's scope, or "further" for an exchange that is added to another one of its day; ``within`` the
    branch whose count includes these people. ``confidence`` is the probability of being right.
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
    """An event on one day. ``date`` is Kyiv's; ``date_basis`` "text" or "publication"; ``is_recap`` when the text
    only recalls it.
    """

    kind: str
    date: date | None
    date_basis: str
    is_recap: bool


class Rejected(NamedTuple):
    """A number that no statement uses, with the reason. Offsets as in Statement."""

    quote: str
    start: int
    end: int
    reason: str
    field: str = "text"


class Doubt(NamedTuple):
    """A number, or a whole text, that is too uncertain to be stated, with its possible labels, the likeliest first.

    ``value`` is the number, None where ``measure`` is "event": it is uncertain whether the text announces one; or
    DAY: it is uncertain on which day.
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
    """The result for one text. ``issues`` are oddities for the user to check, ``doubts`` for the user to decide."""

    kind: str
    language: str
    kinds: dict[str, float] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    issues: list[str] = field(default_factory=list)
