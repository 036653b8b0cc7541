"""Totals that a text claims for a period: which numbers are such totals. Finding the period is in periods.py."""

from __future__ import annotations

from typing import NamedTuple

from scrapers.extraction.document import Document
from scrapers.extraction.model import Beliefs
from scrapers.extraction.periods import Periods

# A claim's role is one of two kinds of period.
CLAIM_SINCE_INVASION, CLAIM_OF_A_PERIOD = "claim.since_invasion", "claim.of_a_period"
LIKELY = 0.5


class Claimed(NamedTuple):
    """A total for a period: ``measure`` is released, exchanges, bodies, civilians or released_change; ``period`` is
    None where the text does not give one.
    """

    measure: str
    value: int
    period: str | None
    item: int
    belief: float


def claims_of(
    document: Document, beliefs: Beliefs, measures: tuple[str, ...], roles: tuple[str, ...]
) -> list[Claimed]:
    """One claim per measure and period: an exact figure rather than a bound, then the likeliest."""
    found: dict[tuple[str, str | None], tuple[tuple[bool, float], Claimed]] = {}
    periods = Periods(document)
    for index, item in enumerate(document.items):
        if item.number is None or not item.number.value:
            continue
        for place, measure in enumerate(measures):
            belief = float(beliefs.measures[index][place])
            if not measure.startswith("claim.") or belief < LIKELY:
                continue
            is_of_the_war = roles[int(beliefs.roles[index].argmax())] == CLAIM_SINCE_INVASION
            claim = Claimed(
                measure.removeprefix("claim."), item.number.value, periods.of(item, is_of_the_war), index, belief
            )
            rank, key = (document.bound(item) == "exact", belief), (claim.measure, claim.period)
            if key not in found or rank > found[key][0]:
                found[key] = rank, claim
    return [claim for _, claim in found.values()]
