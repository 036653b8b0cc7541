"""Totals that a text claims for a period: which numbers are such totals. Finding the period is in periods.py."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

import numpy as np

from scrapers.extraction.document import Document
from scrapers.extraction.model import Beliefs
from scrapers.extraction.periods import PERIOD_KINDS, Periods

CLAIM = "claim."  # begins the measures of claims, and their roles: the kinds of their periods
LIKELY = 0.5


class Claimed(NamedTuple):
    """A total for a period: ``measure`` is released, exchanges, bodies, civilians or released_change; ``period`` is
    None where the text does not give one; ``belief`` and ``period_belief`` are the probabilities of both.
    """

    measure: str
    value: int
    period: str | None
    item: int
    belief: float
    period_belief: float


def claims_of(
    document: Document, beliefs: Beliefs, measures: tuple[str, ...], roles: tuple[str, ...]
) -> list[Claimed]:
    """One claim per measure and period: an exact figure rather than a bound, then the likeliest. Where exact figures
    differ, the period of one of them is wrong, and theirs is taken for uncertain.
    """
    of_claims = [place for place, measure in enumerate(measures) if measure.startswith(CLAIM)]
    likely = np.argwhere(beliefs.measures[:, of_claims] >= LIKELY).tolist()
    if not likely:
        return []  # most texts: finding periods would be for nothing
    found: dict[tuple[str, str | None], tuple[tuple[bool, float], Claimed]] = {}
    exact: dict[tuple[str, str | None], set[int]] = defaultdict(set)
    periods = Periods(document)
    for index, column in likely:
        item, place = document.items[index], of_claims[column]
        if item.number is None or not item.number.value:
            continue
        chances = {kind: _chance(beliefs, index, roles, CLAIM + kind) for kind in PERIOD_KINDS}
        period, sure = periods.of(item, chances)
        measure, belief = measures[place].removeprefix(CLAIM), float(beliefs.measures[index, place])
        claim = Claimed(measure, item.number.value, period, index, belief, sure)
        is_exact, key = document.bound(item) == "exact", (measure, period)
        if is_exact:
            exact[key].add(claim.value)
        rank = is_exact, belief
        if key not in found or rank > found[key][0]:
            found[key] = rank, claim
    return [claim if len(exact[key]) < 2 else claim._replace(period=None) for key, (_, claim) in found.items()]


def _chance(beliefs: Beliefs, item: int, roles: tuple[str, ...], role: str) -> float:
    return float(beliefs.roles[item, roles.index(role)]) if role in roles else 0.0
