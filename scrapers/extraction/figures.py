"""Chooses one event's likeliest consistent figures: parts never exceed wholes, a closing sum is strong evidence.

Probabilities come from model.py; which items belong to the event is decided in decoding.py.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain, product
from math import inf, log
from typing import NamedTuple

from scrapers.extraction.branch_counts import Branch, divide, holder, sum_of
from scrapers.extraction.measures import complements, parts_of_the_total

# Chosen by cross-validation: how much a closing sum adds to the log probability of a reading.
CLOSES = 2.5
CLOSES_ROUGHLY = CLOSES / 2  # a total that rounds off its parts
OUTSIDE = 3.0  # factor for a total that closes a sum with people surely released outside the exchange
LEAST_BELIEF = 0.02
SURE = 0.5
COUNTED = 0.2  # a less likely value is not a figure; civilians at least this likely are counted separately
ROUNDED = 0.75  # "more than" and "about" round off at most a quarter
CHOICES = 3  # likeliest values tried per measure
TOTAL = "released_total"
SHARES, RANKS = ("military", "civilians"), ("officers", "privates_and_sergeants")
PAIRS = complements()
COUNTED_OVER_BOTH = (RANKS, ("women", "men"))  # what texts count over an exchange and those released outside it
ONLY_SOLDIERS = 0.12  # probability that a number that seems to be the total leaves out civilians counted elsewhere
PARTS = parts_of_the_total()


class Vote(NamedTuple):
    """One item's value for a measure of an event, with its probability and bound."""

    item: int
    value: int
    belief: float
    bound: str = "exact"


@dataclass(frozen=True, slots=True)
class Figure:
    """A chosen value. ``belief`` is the probability from all its votes, ``rival`` that of the next likeliest value;
    ``closes`` when it is in a closing sum. ``items`` are ordered by their own probabilities; ``as_many`` are tokens
    first..last of an expression that repeats the number.
    """

    measure: str
    value: int
    belief: float
    rival: float
    items: tuple[int, ...]
    closes: bool = False
    category: str | None = None
    within: str | None = None
    as_many: tuple[int, int] | None = None


@dataclass(slots=True)
class Ballot:
    """All votes for one measure."""

    votes: list[Vote] = field(default_factory=list)

    def beliefs(self) -> list[tuple[float, int]]:
        """Values with their probabilities, the likeliest first: one minus the chance that every vote is wrong."""
        errs: dict[int, float] = defaultdict(lambda: 1.0)
        exact = {vote.value for vote in self.votes if vote.bound == "exact" and vote.belief >= SURE}
        for vote in self.votes:
            if vote.bound != "exact" and any(_rounds(vote.bound, vote.value, value) for value in exact):
                continue  # "more than 200" next to 207 is the same figure
            errs[vote.value] *= 1 - min(vote.belief, 0.999)
        found = sorted(((1 - err, value) for value, err in errs.items()), key=lambda pair: (-pair[0], pair[1]))
        return [(belief, value) for belief, value in found if belief >= LEAST_BELIEF][:CHOICES]

    def items_of(self, value: int) -> tuple[int, ...]:
        return tuple(v.item for v in sorted(self.votes, key=lambda v: (-v.belief, v.item)) if v.value == value)


def _rounds(bound: str, rounded: int, value: int) -> bool:
    """Whether "over 200" or "about 200" may stand for a value."""
    if bound == "at_least":
        return ROUNDED * value <= rounded <= value
    return bound == "about" and ROUNDED * value <= rounded <= value / ROUNDED


class Whole(NamedTuple):
    """One way to read how many people returned; ``is_sum`` when soldiers and civilians are given but no total.
    ``bound`` is the total's: "over 190" is at_least.
    """

    total: int | None
    military: int | None
    civilians: int | None
    is_sum: bool = False
    bound: str = "exact"

    @property
    def most(self) -> int | None:
        """What no part exceeds: the total, unless the text gives only a lower bound of it."""
        return None if self.bound == "at_least" else self.total

    @property
    def in_ranks(self) -> int | None:
        """How many ranks and branches together should count."""
        return None if self.most is None else self.most - (self.civilians or 0)

    @property
    def is_rounded_sum(self) -> bool:
        """Whether the total may round off its soldiers and civilians: "over 200: 185 soldiers and 20 civilians"."""
        if self.total is None or self.military is None or self.civilians is None or self.military == self.total:
            return False
        return _rounds(self.bound, self.total, self.military + self.civilians)


def choose(
    ballots: Mapping[str, Ballot],
    branches: list[Branch],
    holds: Mapping[str, frozenset[str]],
    told_among: Container[object] = frozenset(),
) -> list[Figure]:
    """The figures of an event, those of branches last. ``told_among`` holds pairs of values: of a count, and of
    civilians whom the text counts among it; that count may well be the total.
    """
    ballots = _of_the_exchange_alone(_soldiers_alone(ballots))
    beliefs = _beliefs(ballots)
    bounds = _bounds(ballots.get(TOTAL, Ballot()))
    wholes = [whole._replace(bound=bounds.get(whole.total, "exact")) for whole in _wholes(beliefs)]
    best = max(wholes, key=lambda whole: _score(whole, beliefs, branches, holds, told_among))
    derived = [_sum_of_parts(best, ballots, told_among)] if best.is_sum else []
    if best.is_sum:
        ballots = _without_total(best, ballots, told_among)
        beliefs = _beliefs(ballots)
    chosen = _chosen(best, beliefs)
    closing = _closing(chosen)
    given = {measure: value for measure, value in chosen.items() if measure != TOTAL or not best.is_sum}
    figures = [_figure(m, v, ballots[m], beliefs[m], m in closing) for m, v in given.items()]
    nested = divide(branches, best.total, chosen.get("civilians", 0), holds)
    closes = bool(branches) and sum_of(branches, nested) == best.in_ranks
    if closes:
        figures = [_closed(f) if f.measure == TOTAL else f for f in figures]
    of_branches = [_of_branch(place, nested, branches, holds, closes) for place in range(len(branches))]
    return [*figures, *derived, *(_added_up(of_branches) if closes else of_branches)]


def _bounds(ballot: Ballot) -> dict[int | None, str]:
    """The bound of each value, exact where the text gives it without one too; a lower bound rather than another."""
    by_bound = sorted(ballot.votes, key=lambda vote: (vote.bound == "exact", vote.bound == "at_least"))
    return {vote.value: vote.bound for vote in by_bound}


def _beliefs(ballots: Mapping[str, Ballot]) -> dict[str, list[tuple[float, int]]]:
    return {measure: ballot.beliefs() for measure, ballot in ballots.items()}


def _chosen(whole: Whole, beliefs: Mapping[str, list[tuple[float, int]]]) -> dict[str, int]:
    """The values of all measures, given the total, its soldiers and its civilians."""
    own = zip((TOTAL, *SHARES), whole[:3], strict=True)
    chosen = {measure: value for measure, value in own if value is not None}
    chosen |= _pair(("women", "men"), whole.most, beliefs)[1]
    chosen |= _pair(RANKS, whole.in_ranks, beliefs)[1]
    return chosen | _others(whole.most, beliefs)


def _of_the_exchange_alone(ballots: Mapping[str, Ballot]) -> Mapping[str, Ballot]:
    """Without ranks or women that are counted over the exchange and those released outside it together: "246 in the
    exchange and 31 outside it, 268 of them privates and sergeants, 9 officers".
    """
    totals, outside = (ballots.get(measure, Ballot()).beliefs() for measure in (TOTAL, "outside"))
    both = {total + more for _, total in totals for belief, more in outside if belief >= COUNTED}
    left_out: dict[str, set[int]] = defaultdict(set)
    for first, second in COUNTED_OVER_BOTH if both else ():
        for one, other in product(ballots.get(first, Ballot()).votes, ballots.get(second, Ballot()).votes):
            if one.value + other.value in both:
                left_out[first].add(one.value)
                left_out[second].add(other.value)
    return dict(ballots) | {
        measure: Ballot([vote for vote in ballots[measure].votes if vote.value not in values])
        for measure, values in left_out.items()
    }


def _wholes(beliefs: Mapping[str, list[tuple[float, int]]]) -> list[Whole]:
    """All ways to read the total, its soldiers and its civilians."""
    totals, soldiers, civilians = ([value for _, value in beliefs.get(m, [])] for m in (TOTAL, *SHARES))
    found = [
        Whole(total, a, b)
        for total, a, b in product([None, *totals], [None, *soldiers], [None, *civilians])
        if (total is None and (a is None or b is None)) or (total is not None and max(a or 0, b or 0) <= total)
    ]
    apart = {*soldiers, *totals} if civilians else ()
    return found + [Whole(a + b, a, b, True) for a, b in product(sorted(apart), civilians) if a + b not in totals]


def _others(total: int | None, beliefs: Mapping[str, list[tuple[float, int]]]) -> dict[str, int]:
    """The likeliest value of each measure that belongs to no pair; a part is at most the total."""
    chosen: dict[str, int] = {}
    for measure in beliefs:
        if measure in (TOTAL, *chain.from_iterable(PAIRS)):
            continue
        most = total if measure in PARTS and total is not None else inf
        fitting = [value for belief, value in beliefs[measure] if belief >= COUNTED and value <= most]
        if fitting:
            chosen[measure] = fitting[0]
    return chosen


def _soldiers_alone(ballots: Mapping[str, Ballot]) -> Mapping[str, Ballot]:
    """Where no civilians are counted as well, a number of soldiers is the total."""
    civilians = ballots.get("civilians", Ballot()).beliefs()
    if "military" not in ballots or (civilians and civilians[0][0] >= COUNTED):
        return ballots
    soldiers = {vote.item: vote.belief for vote in ballots["military"].votes}
    votes = {vote.item: vote for vote in [*ballots["military"].votes, *ballots.get(TOTAL, Ballot()).votes]}
    own = {vote.item: vote.belief for vote in ballots.get(TOTAL, Ballot()).votes}
    whole = [vote._replace(belief=own.get(item, 0.0) + soldiers.get(item, 0.0)) for item, vote in votes.items()]
    others = {measure: ballot for measure, ballot in ballots.items() if measure != "military"}
    return others | {TOTAL: Ballot(whole)}


def _score(
    whole: Whole,
    beliefs: Mapping[str, list[tuple[float, int]]],
    branches: list[Branch],
    holds: Mapping[str, frozenset[str]],
    told_among: Container[object],
) -> float:
    totals, soldiers, civilians = (beliefs.get(measure, []) for measure in (TOTAL, *SHARES))
    score = _log_of(whole.civilians, civilians)
    if whole.is_sum:
        score += _score_of_sum(whole, totals, soldiers, told_among)
    else:
        score += _log_of(whole.total, totals) + _log_of(whole.military, soldiers)
        closes = _closing_score(whole.military, whole.civilians, whole.most)
        score += CLOSES_ROUGHLY if whole.is_rounded_sum else closes
    if whole.total is not None:
        score += CLOSES * _with_outside(whole.total, beliefs)
    score += _pair(("women", "men"), whole.most, beliefs)[0] + _pair(RANKS, whole.in_ranks, beliefs)[0]
    if whole.in_ranks is not None and len(branches) >= 2:
        nested = divide(branches, whole.total, whole.civilians or 0, holds)
        branch_total = sum_of(branches, nested)
        score += CLOSES if branch_total == whole.in_ranks else -CLOSES if branch_total > whole.in_ranks else 0.0
    return score


def _score_of_sum(
    whole: Whole,
    totals: list[tuple[float, int]],
    soldiers: list[tuple[float, int]],
    told_among: Container[object],
) -> float:
    """A number that seems to be the total may be that of the soldiers alone, unless civilians are told among it."""
    belief = next((belief for belief, value in soldiers if value == whole.military), 0.0)
    is_apart = (whole.military, whole.civilians) not in told_among
    if not is_apart and not belief:
        return -inf
    others = [pair for pair in totals if pair[1] != whole.military or not is_apart]
    return _log_of(None, others) + log(max(ONLY_SOLDIERS, belief))


def _with_outside(total: int, beliefs: Mapping[str, list[tuple[float, int]]]) -> float:
    """ "197 came home: 175 in the exchange and 22 outside it": the text gives the sum too, often repeatedly, but it
    is not the exchange's. Returns how much this supports ``total``: more, the surer the people outside are.
    """
    wholes = {value for measure in (TOTAL, "with_outside") for _, value in beliefs.get(measure, [])}
    sure = max((belief for belief, value in beliefs.get("outside", []) if total + value in wholes), default=0.0)
    return 0.0 if sure < COUNTED else OUTSIDE if sure >= SURE else 1.0


def _log_of(value: int | None, beliefs: Iterable[tuple[float, int]]) -> float:
    """Log probability that a measure has ``value``, or none at all."""
    if value is None:
        return sum(log(max(1e-3, 1 - belief)) for belief, _ in beliefs)
    return next(log(belief) for belief, held in beliefs if held == value)


def _pair(
    pair: tuple[str, str], total: int | None, beliefs: Mapping[str, list[tuple[float, int]]]
) -> tuple[float, dict[str, int]]:
    """The score that the likeliest two parts of a total add to the reading, and those parts."""
    first, second = (beliefs.get(measure, []) for measure in pair)
    best: tuple[float, dict[str, int]] = (float("-inf"), {})
    options = product([None, *(v for _, v in first)], [None, *(v for _, v in second)])
    for a, b in options:
        if total is not None and max(a or 0, b or 0) > total:
            continue
        score = _log_of(a, first) + _log_of(b, second) + _closing_score(a, b, total)
        if score > best[0]:
            best = (score, {m: v for m, v in zip(pair, (a, b), strict=True) if v is not None})
    return best


def _closing_score(a: int | None, b: int | None, total: int | None) -> float:
    if a is None or b is None or total is None or a + b < total:
        return 0.0
    return CLOSES if a + b == total else -CLOSES


def _sum_of_parts(whole: Whole, ballots: Mapping[str, Ballot], told_among: Container[object]) -> Figure:
    """ "150 soldiers and 7 civilians" without a total: the total is their sum."""
    moved = _without_total(whole, ballots, told_among)
    votes = [v for m, value in zip(SHARES, whole[1:3], strict=True) for v in moved[m].votes if v.value == value]
    belief = 1.0
    for measure, value in zip(SHARES, whole[1:3], strict=True):
        belief *= max(v.belief for v in moved[measure].votes if v.value == value)
    return Figure(TOTAL, whole.total or 0, belief, 0.0, tuple(v.item for v in votes), True)


def _without_total(whole: Whole, ballots: Mapping[str, Ballot], told_among: Container[object]) -> dict[str, Ballot]:
    """The ballots when what seemed to be the total is the number of soldiers."""
    belief: dict[Vote, float] = defaultdict(float)
    totals = [] if (whole.military, whole.civilians) in told_among else ballots.get(TOTAL, Ballot()).votes
    for vote in (*ballots.get("military", Ballot()).votes, *totals):
        if vote.value == whole.military:
            belief[vote._replace(belief=0.0, bound="exact")] += vote.belief
    soldiers = [vote._replace(belief=chance) for vote, chance in belief.items()]
    return {m: ballot for m, ballot in ballots.items() if m != TOTAL} | {"military": Ballot(soldiers)}


def _closing(chosen: Mapping[str, int]) -> set[str]:
    total = chosen.get(TOTAL)
    found: set[str] = set()
    for first, second in PAIRS:
        if first in chosen and second in chosen and chosen[first] + chosen[second] in (total, chosen.get("military")):
            found |= {first, second}
            if chosen[first] + chosen[second] == total:
                found.add(TOTAL)
    return found


def _figure(measure: str, value: int, ballot: Ballot, beliefs: list[tuple[float, int]], closes: bool) -> Figure:
    belief = next(b for b, v in beliefs if v == value)
    rival = max((b for b, v in beliefs if v != value), default=0.0)
    return Figure(measure, value, belief, rival, ballot.items_of(value), closes)


def _closed(figure: Figure) -> Figure:
    return Figure(figure.measure, figure.value, figure.belief, figure.rival, figure.items, True)


def _added_up(figures: list[Figure]) -> list[Figure]:
    """One figure a branch: "24 sailors, 12 marines" are 36 of the navy, where the sum with both closes."""
    found: dict[tuple[str | None, str | None], list[Figure]] = {}
    for figure in figures:
        found.setdefault((figure.category, figure.within), []).append(figure)
    return [
        replace(
            own[0], value=sum(one.value for one in own), belief=min(one.belief for one in own),
            items=tuple(chain.from_iterable(one.items for one in own)),
        )
        for own in found.values()
    ]  # fmt: skip


def _of_branch(
    place: int, nested: frozenset[int], branches: list[Branch], holds: Mapping[str, frozenset[str]], closes: bool
) -> Figure:
    branch, within = branches[place], holder(place, nested, branches, holds)
    return Figure("by_service", branch.value, branch.belief, 0.0, (branch.item,), closes, branch.code, within)
