"""The figures of an event, as they are chosen: measure, value and the tokens that say it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from scrapers.reading.counts import Count
from scrapers.reading.unknown import Unknown


class Figure(NamedTuple):
    """One figure of an event with the tokens first..last (excluded) that say it."""

    measure: str
    value: int
    first: int
    last: int
    category: str | None = None
    within: str | None = None
    bound: str = "exact"


@dataclass(slots=True)
class Chosen:
    figures: list[Figure] = field(default_factory=list)
    rejected: list[tuple[Count, str]] = field(default_factory=list)
    unknown: list[Unknown] = field(default_factory=list)
    issues: list[str] = field(default_factory=list)


def figure_of(measure: str, count: Count, category: str | None = None, within: str | None = None) -> Figure:
    """A figure with a count's value, words and bound."""
    return Figure(measure, count.value, count.first, count.last, category, within, count.bound)
