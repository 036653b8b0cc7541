"""Arithmetic as a judge: which parts are siblings, which lie within another, which fit nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from scrapers.reading.counts import Count
from scrapers.reading.lexicon import load_lexicon

LARGEST_SEARCH = 14


def divide(parts: Sequence[Count], totals: Sequence[int]) -> tuple[list[Count], list[Count]] | None:
    """Split service counts into siblings and nested ones so that the siblings sum to a total.

    ``totals`` are the sums allowed, best first. What the text says of nesting is tried first, then
    all as siblings, then the fewest further parts nested. None when nothing fits.
    """
    said = [p for p in parts if p.nested_in is None]
    for total in totals:
        for siblings in (said, list(parts)):
            if sum(p.value for p in siblings) == total:
                return siblings, [p for p in parts if p not in siblings]
    movable = [p for p in said if _can_lie_within(p, said, ())]
    if len(movable) > LARGEST_SEARCH:
        return None
    whole = sum(p.value for p in said)
    for total in totals:
        for size in range(1, len(movable) + 1):
            fitting = [
                moved
                for moved in combinations(movable, size)
                if whole - sum(p.value for p in moved) == total
                and all(_can_lie_within(part, said, moved) for part in moved)
            ]
            # Two divisions as near to the text as each other prove nothing.
            if len(fitting) == 1:
                siblings = [p for p in said if p not in fitting[0]]
                return siblings, [p for p in parts if p not in siblings]
            if fitting:
                break
    return None


def holder(part: Count, siblings: Sequence[Count]) -> Count | None:
    """The sibling that a nested part lies within: the one named, else the last before it."""
    if part.nested_in is not None and part.nested_in in siblings:
        return part.nested_in
    before = [s for s in siblings if _may_hold(s, part)]
    return before[-1] if before else None


def _may_hold(whole: Count, part: Count) -> bool:
    """By law, or because the text says that the part is of something."""
    if whole.number.first >= part.number.first or whole.value < part.value:
        return False
    return part.is_subset or part.code in load_lexicon().holds.get(whole.code, ())


def _can_lie_within(part: Count, parts: Sequence[Count], nested: Sequence[Count]) -> bool:
    return any(other not in nested and _may_hold(other, part) for other in parts)
