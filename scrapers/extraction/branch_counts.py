"""Which counts of service branches are part of another branch's count, by the text's words and by sums that close.

The other figures of an event are chosen in figures.py; which branches there are stands in branches.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain, combinations
from math import log
from typing import NamedTuple

NEAREST_BRANCHES = 16  # preceding branches that a branch may be part of
CLEARLY = log(4)  # by how much one division must be likelier than the next that closes the sum as well
MOST_BRANCHES = 12  # beyond this many no subsets are tried


class Branch(NamedTuple):
    """A count of a service branch; ``nested`` is the probability that another branch's count includes it."""

    code: str
    value: int
    item: int
    belief: float
    nested: float


def divide(
    branches: list[Branch], total: int | None, civilians: int, holds: Mapping[str, frozenset[str]]
) -> frozenset[int]:
    """Which branches, by list index, are part of another: as the text states, unless sums contradict it.

    Parts that sum to the total are siblings. Where they do not, the fewest further changes that close the sum are
    made; arithmetic may nest only branches that by law are part of another.
    """
    inner = frozenset(place for place, branch in enumerate(branches) if branch.nested > 0.5)
    if total is None or len(branches) > MOST_BRANCHES:
        return inner
    wanted = {total, total - civilians}
    if sum_of(branches, inner) in wanted:
        return inner
    if sum_of(branches, frozenset()) in wanted:
        return frozenset()
    held = frozenset(chain.from_iterable(holds.values()))
    movable = [place for place, branch in enumerate(branches) if branch.code in held or place in inner]
    for size in range(1, len(movable) + 1):
        fitting = [
            change
            for moved in combinations(movable, size)
            if sum_of(branches, change := inner ^ frozenset(moved)) in wanted
        ]
        if fitting:
            return _clearly_likeliest(branches, inner, fitting)
    return inner


def _clearly_likeliest(
    branches: list[Branch], inner: frozenset[int], fitting: list[frozenset[int]]
) -> frozenset[int]:
    """Of several divisions the one that the text makes clearly likelier than the others; else the one before."""
    gains = [sum(_gain(branches[place], place in change) for place in inner ^ change) for change in fitting]
    (best, at), *others = sorted(((gain, at) for at, gain in enumerate(gains)), reverse=True)
    return fitting[at] if not others or best - others[0][0] >= CLEARLY else inner


def _gain(branch: Branch, is_within: bool) -> float:
    """The log odds that a branch is part of another, or that it is none."""
    chance = min(max(branch.nested, 0.001), 0.999)
    odds = log(chance / (1 - chance))
    return odds if is_within else -odds


def sum_of(branches: list[Branch], nested: frozenset[int]) -> int:
    """The people of all branches; those ``nested``, by list index, are counted in another one."""
    return sum(branch.value for place, branch in enumerate(branches) if place not in nested)


def holder(
    place: int, nested: frozenset[int], branches: list[Branch], holds: Mapping[str, frozenset[str]]
) -> str | None:
    """The code of the branch that counts a nested one; None for one that is not nested. ``holds`` has the codes that
    each branch holds by law.
    """
    if place not in nested:
        return None
    held_by = [code for code, inner in holds.items() if branches[place].code in inner]
    before = [b.code for at, b in enumerate(branches[:place]) if at not in nested][-NEAREST_BRANCHES:]
    by_law = next((code for code in held_by if code in before), None)
    return by_law or next(iter(before[-1:] or held_by), None)
