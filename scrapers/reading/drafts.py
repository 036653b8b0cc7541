"""An event while its text is read: the sentences that speak of it, and the counts that they give.

Which sentence goes to which draft is for events.py; what figures they come to, for choice.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from scrapers.reading.claims import Claim
from scrapers.reading.counts import Count
from scrapers.reading.sentences import View
from scrapers.reading.unknown import Unknown

Date = date  # Draft has a field of that name


@dataclass
class Draft:
    """An event being gathered. ``kind``: exchange, release_outside_exchange or repatriation.

    ``date_basis``: "text", "publication", or "report" for the day on which somebody reported it.
    """

    kind: str
    date: Date | None
    date_basis: str
    origin: View
    is_recap: bool = False
    since: Date | None = None  # told with the days since then: a figure without its own day is their sum
    counts: list[tuple[View, int]] = field(default_factory=list)
    values: set[int] = field(default_factory=set)  # of ``counts``, for a quick look
    # People of whom the sentence does not say that they came home: a total only if sums prove it.
    unsaid: list[Count] = field(default_factory=list)
    views: list[View] = field(default_factory=list)

    def add(self, view: View, position: int) -> None:
        """Count ``view.counts[position]`` among this event's."""
        self.counts.append((view, position))
        self.values.add(view.counts[position].value)


@dataclass
class Gathered:
    """All events and claims of a text, and the counts left out with the reason."""

    drafts: list[Draft] = field(default_factory=list)
    claims: list[tuple[View, Claim]] = field(default_factory=list)
    rejected: list[tuple[Count, str]] = field(default_factory=list)
    issues: list[str] = field(default_factory=list)
    unknown: list[Unknown] = field(default_factory=list)
    speaks_of_plans: bool = False
    opens_with_plans: bool = False
    opening: Draft | None = None  # the event that the text opens with, however old
