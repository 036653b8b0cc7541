"""Decoding: from the model's probabilities to a text's events, their figures, and totals claimed for periods.

Finds the likeliest consistent reading of the whole text. Items are assigned to events here; figures.py chooses among
an event's numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from scrapers.extraction.as_many import other_side
from scrapers.extraction.branch_counts import Branch
from scrapers.extraction.branches import branches_meant, branches_of
from scrapers.extraction.claims import Claimed, claims_of
from scrapers.extraction.document import Document
from scrapers.extraction.figures import LEAST_BELIEF, TOTAL, Ballot, Figure, Vote, choose
from scrapers.extraction.handovers import is_further, totals_set_apart
from scrapers.extraction.model import KINDS, Beliefs
from scrapers.extraction.nearest import group_by_nearest
from scrapers.extraction.number_pairs import ToldAmong, concepts_after, places_of_among
from scrapers.extraction.periods import INVASION
from scrapers.extraction.vocabulary import load_vocabulary

EXCHANGES = ("exchange", "exchange_and_repatriation")
REPATRIATIONS = ("repatriation", "exchange_and_repatriation")
BODIES = ("bodies_to_ukraine", "bodies_to_russia")
# Labels of one number that gives two figures.
WHOLES = ("released_total", "military")
BOTH_SIDES = {
    "each_side": ("released_total", "returned_to_russia"),
    "each_side_military": ("military", "returned_to_russia"),
}
OF_NO_BRANCH = frozenset({"soldier", "captive", "person"})  # people of any branch
NO_FIGURE = ("none", "date", "mediator")
LIKELY = 0.5
# In cross-validation such a day was the event's in 37 of 90 texts that named none that is likelier.
AS_LIKELY_AS_NOT = 0.3


@dataclass(slots=True)
class DecodedEvent:
    """One event reported in a text. ``date`` is None when the text does not give it; ``day_items`` are its mentions.

    ``belief`` is the probability that the text reports this event, with its role.
    """

    kind: str
    is_recap: bool
    belief: float
    date: date | None = None
    day_items: list[int] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    mediators: list[tuple[int, float]] = field(default_factory=list)


@dataclass(slots=True)
class Decoded:
    """``kinds`` are probabilities in the order of KINDS."""

    kind: str
    kinds: dict[str, float]
    events: list[DecodedEvent]
    claims: list[Claimed]


class Decoder:
    """Decodes one document, given the model's probabilities for it."""

    def __init__(
        self, document: Document, beliefs: Beliefs, measures: tuple[str, ...], roles: tuple[str, ...]
    ) -> None:
        self.document, self.items = document, document.items
        self.kinds = dict(zip(KINDS, map(float, beliefs.kinds), strict=True))
        self._measures, self._roles = measures, roles
        self._p_measure = _without_nameless_branches(document, beliefs.measures, measures)
        self._beliefs = beliefs._replace(measures=self._p_measure)
        self._p_role = _given_a_role(beliefs.roles, roles)
        self._roles_with_claims = beliefs.roles
        self._chances: list[dict[str, float]] = [
            dict(zip(measures, row, strict=True)) for row in self._p_measure.tolist()
        ]
        self._role_chances: list[dict[str, float]] = [
            dict(zip(roles, row, strict=True)) for row in self._p_role.tolist()
        ]
        self.familiar: list[float] = beliefs.familiar.tolist()
        self._places_of_among = places_of_among(document)

    def decoded(self) -> Decoded:
        kind = max(KINDS, key=lambda name: self.kinds[name])
        events: list[DecodedEvent] = []
        if kind in EXCHANGES:
            events += self._exchanges(sum(self.kinds[name] for name in EXCHANGES)) + self._outside()
        if kind in REPATRIATIONS:
            events.append(self._main("repatriation", sum(self.kinds[name] for name in REPATRIATIONS)))
        if kind not in EXCHANGES and kind not in REPATRIATIONS:
            events += self._release()
        events += self._recalled(events)
        return Decoded(kind, self.kinds, events, claims_of(self.document, self._beliefs, self._measures, self._roles))

    def likeliest(self, item: int, count: int = 2) -> list[tuple[str, float]]:
        """The likeliest labels of an item, as "measure, role" with their probabilities."""
        found = []
        for place in np.argsort(-self._p_measure[item])[: count + 1]:
            measure, belief = self._measures[place], float(self._p_measure[item][place])
            if measure == "none" or measure.startswith("claim."):
                found.append((measure, belief))
                continue
            role = int(self._p_role[item].argmax())
            found.append(
                (f"{measure} of an event that is {self._roles[role]}", belief * float(self._p_role[item][role]))
            )
        return sorted(found, key=lambda pair: -pair[1])[:count]

    def chance(self, item: int, measure: str) -> float:
        """The probability that an item counts a measure, of whichever event."""
        return self._chances[item].get(measure, 0.0)

    def role_chance(self, item: int, role: str) -> float:
        """The probability that an item belongs to an event of a role."""
        return self._role_chances[item].get(role, 0.0)

    def counts_of_branches(self) -> Iterator[int]:
        """Items that count a branch's people in the main event."""
        for index, item in enumerate(self.items):
            belief = self._belief(index, "by_service", "main") + self._belief(index, "by_service.within", "main")
            if item.value and belief >= LIKELY:
                yield index

    def days_not_made_out(self) -> list[int]:
        """Likely words for the main event's day that name none: "in August", "31 February", "9/5/2024"."""
        return [
            index
            for index, item in enumerate(self.items)
            if item.day is not None
            and (item.day.value is None or item.day.basis == "month")
            and self._belief(index, "date", "main") >= LIKELY
        ]

    def day_in_doubt(self) -> list[int]:
        """Mentions of a day that may be the main event's or another's, where no day is likely enough."""
        items = range(len(self.items))
        if self._day(items, "main")[0] is not None:
            return []
        best, mentions = self._day(items, "main", AS_LIKELY_AS_NOT)
        published = self.document.published
        return mentions if best is not None and published is not None and best < published else []

    def role_of(self, item: int) -> str:
        """The likeliest role of a figure, or of a claim."""
        return self._roles[int(self._roles_with_claims[item].argmax())]

    def _belief(self, item: int, measure: str, role: str) -> float:
        return self.chance(item, measure) * self.role_chance(item, role)

    def _exchanges(self, belief: float) -> list[DecodedEvent]:
        """The main exchange; or several, where each of their days has its own total, or one day has several."""
        whole, found, days = self._main("exchange", belief), list[DecodedEvent](), self._by_day("main")
        for day, (own, items) in sorted(days.items()) if len(days) > 1 else ():
            figures = self._figures(items, "main", "exchange")
            if any(figure.measure == TOTAL and figure.belief >= LIKELY for figure in figures):
                found.append(DecodedEvent("exchange", False, belief, day, own, figures, whole.mediators))
        return found if self._are_apart(found) else self._of_one_day(whole)

    def _are_apart(self, found: Sequence[DecodedEvent]) -> bool:
        """Whether exchanges of several days are more than one: the same number on two days may be one, told twice."""
        totals = [[figure for figure in event.figures if figure.measure == TOTAL] for event in found]
        later = (item for own in totals[1:] for figure in own for item in figure.items)
        return len({figure.value for own in totals for figure in own}) > 1 or any(
            is_further(self.document, self.items[item]) for item in later
        )

    def _of_one_day(self, whole: DecodedEvent) -> list[DecodedEvent]:
        """Several exchanges of one day, where the text sets their totals apart; else the one given."""
        totals = {
            index: number
            for index, number in self._likely(TOTAL)
            if self.document.bound(self.items[index]) == "exact"
        }
        anchors = totals_set_apart(self.document, totals)
        if not anchors:
            return [whole]
        figures = (i for i in range(len(self.items)) if i not in totals and self.role_of(i) == "main")
        groups = group_by_nearest(self.items, anchors, figures)
        # An official number far from both totals, such as in the lead, is the first one's.
        near = {index for own in groups.values() for index in own}
        far = [index for index, _ in self._likely("official_number") if index not in near]
        found: list[DecodedEvent] = []
        for first in dict.fromkeys(anchors.values()):
            own = [index for index, one in anchors.items() if one == first] + groups.get(first, [])
            own += far if not found else []
            found.append(replace(whole, figures=self._figures(sorted(own), "main", "exchange")))
        return found

    def _likely(self, measure: str) -> list[tuple[int, int]]:
        """Numbers that likely count a measure of the main event: their items and values."""
        saying = [one for one in self._measures if measure in BOTH_SIDES.get(one, (one,))]
        return [
            (index, item.number.value)
            for index, item in enumerate(self.items)
            if item.number is not None
            and item.number.value
            and sum(self._belief(index, one, "main") for one in saying) >= LIKELY
        ]

    def _main(self, kind: str, belief: float) -> DecodedEvent:
        event = DecodedEvent(kind, False, belief)
        items = range(len(self.items))
        event.date, event.day_items = self._day(items, "main")
        event.figures = self._figures(items, "main", kind)
        event.mediators = self._mediators(items, "main")
        if all(sum(self.kinds[name] for name in both) >= LIKELY for both in (EXCHANGES, REPATRIATIONS)):
            of_bodies = kind == "repatriation"
            event.mediators = [pair for pair in event.mediators if self._is_beside_bodies(pair[0]) == of_bodies]
        return event

    def _figures(self, items: Iterable[int], role: str, kind: str) -> list[Figure]:
        votes: dict[str, dict[int, Vote]] = {}
        if role not in self._roles:
            return []
        beliefs = self._p_measure * self._p_role[:, [self._roles.index(role)]]
        chosen = [index for index in items if self.items[index].number is not None]
        for row, column in np.argwhere(beliefs[chosen] >= LEAST_BELIEF).tolist():
            index, measure = chosen[row], self._measures[column]
            number = self.items[index].number
            if number is not None and number.value and _is_figure_of(measure, kind) and self._may_be(index, measure):
                for stated in BOTH_SIDES.get(measure, (measure,)):
                    own = votes.setdefault(stated, {})
                    # "each side's" and "released" both say that it is the total: one vote, as likely as either.
                    either = float(beliefs[index, column]) + (own[index].belief if index in own else 0.0)
                    own[index] = Vote(index, number.value, either, self.document.bound(self.items[index]))
        ballots = {measure: Ballot([*own.values()]) for measure, own in votes.items()}
        branches = self._branches_of_event(chosen, role) if kind == "exchange" else []
        figures = choose(ballots, branches, load_vocabulary().holds, self._told_among(ballots))
        return figures + other_side(self.document, figures) if kind == "exchange" else figures

    def _told_among(self, ballots: Mapping[str, Ballot]) -> ToldAmong:
        counts = [vote.item for measure in WHOLES for vote in ballots.get(measure, Ballot()).votes]
        civilians = [vote.item for vote in ballots.get("civilians", Ballot()).votes]
        items = ([self.items[index] for index in chosen] for chosen in (counts, civilians))
        return ToldAmong(self.document, self._places_of_among, *items)

    def _may_be(self, index: int, measure: str) -> bool:
        """Whether a number may count a measure: bodies go to one side, the likelier of both."""
        return measure not in BODIES or self.chance(index, measure) == max(self.chance(index, one) for one in BODIES)

    def _branches(self, index: int, role: str) -> list[Branch]:
        alone = self._belief(index, "by_service", role)
        within = self._belief(index, "by_service.within", role)
        number = self.items[index].number
        if alone + within < LIKELY or number is None or not number.value:
            return []
        return [
            Branch(code, number.value, index, alone + within, within / (alone + within))
            for code in branches_meant(self.document, self.items[index])
        ]

    def _branches_of_event(self, items: Iterable[int], role: str) -> list[Branch]:
        """The branches' counts, each once: a title that repeats one adds nothing to their sum."""
        surest: dict[tuple[str, int], Branch] = {}
        for branch in chain.from_iterable(self._branches(index, role) for index in items):
            held = surest.get((branch.code, branch.value))
            if held is None or held.belief < branch.belief:
                surest[branch.code, branch.value] = branch
        return sorted(surest.values(), key=lambda branch: branch.item)

    def _day(self, items: Iterable[int], role: str, least: float = LIKELY) -> tuple[date | None, list[int]]:
        """The day with the highest probability over all its mentions, and those mentions; none below ``least``."""
        errs: dict[date, float] = {}
        days: dict[date, list[tuple[float, int]]] = {}
        for index in items:
            day = self.items[index].day
            if day is None or day.value is None or day.basis == "month" or day.value == INVASION:
                continue  # "the largest since 24 February": no exchange took place on that day
            belief = self._belief(index, "date", role)
            errs[day.value] = errs.get(day.value, 1.0) * (1 - min(belief, 0.999))
            days.setdefault(day.value, []).append((belief, index))
        if not errs:
            return None, []
        best = min(errs, key=lambda value: (errs[value], value))
        if 1 - errs[best] < least:
            return None, []
        likeliest, *others = sorted(days[best], reverse=True)
        return best, [likeliest[1], *(index for belief, index in others if belief >= LEAST_BELIEF)]

    def _mediators(self, items: Iterable[int], role: str) -> list[tuple[int, float]]:
        found: dict[str, tuple[int, float]] = {}
        for index in items:
            code = self.items[index].mediator
            belief = self._belief(index, "mediator", role) if code else 0.0
            if code and belief >= LIKELY and belief > found.get(code, (0, 0.0))[1]:
                found[code] = (index, belief)
        return list(found.values())

    def _is_beside_bodies(self, mediator: int) -> bool:
        """Whether a mediator of a text that reports an exchange and a repatriation is the latter's: whether the
        nearest number that counts anything, in its own sentence if there is one, counts bodies.
        """
        own = self.items[mediator]
        counted = [
            (other.sentence != own.sentence, abs(index - mediator), index)
            for index, other in enumerate(self.items)
            if other.number is not None and self._measures[int(self._p_measure[index].argmax())] not in NO_FIGURE
        ]
        if not counted:
            return False
        return self._measures[int(self._p_measure[min(counted)[2]].argmax())] in BODIES

    def _outside(self) -> list[DecodedEvent]:
        """People released alongside an exchange: a separate event."""
        ballot = Ballot([
            Vote(index, item.number.value, belief)
            for index, item in enumerate(self.items)
            if item.number is not None
            and item.number.value
            and (belief := self._belief(index, "outside", "main")) >= LEAST_BELIEF
        ])  # fmt: skip
        beliefs = ballot.beliefs()
        if not beliefs or beliefs[0][0] < LIKELY:
            return []
        belief, value = beliefs[0]
        event = DecodedEvent("release_outside_exchange", False, belief)
        event.date, event.day_items = self._day(range(len(self.items)), "main")
        rival = beliefs[1][0] if len(beliefs) > 1 else 0.0
        event.figures = [Figure("released_total", value, belief, rival, ballot.items_of(value))]
        return [event]

    def _release(self) -> list[DecodedEvent]:
        """A release outside exchanges: the main event of a text that announces no exchange."""
        figures = self._figures(range(len(self.items)), "main", "exchange")
        if not any(figure.measure == "released_total" for figure in figures):
            # Outside exchanges people are counted once: civilians alone are the total.
            figures += [replace(f, measure="released_total") for f in figures if f.measure == "civilians"]
        total = next((f for f in figures if f.measure == "released_total" and f.belief >= LIKELY), None)
        if total is None:
            return []
        event = DecodedEvent("release_outside_exchange", False, total.belief, figures=figures)
        event.date, event.day_items = self._day(range(len(self.items)), "main")
        event.mediators = self._mediators(range(len(self.items)), "main")
        return [event]

    def _recalled(self, main: list[DecodedEvent]) -> list[DecodedEvent]:
        """Earlier events that the text recalls with a day; their figures are those nearest to that day."""
        main_days = {event.date for event in main if event.date is not None}
        found = []
        for day, (own, items) in self._by_day("recap").items():
            if day in main_days:
                continue
            for kind in ("exchange", "repatriation"):
                figures = self._figures(items, "recap", kind)
                if any(figure.belief >= LIKELY for figure in figures):
                    belief = max(self._belief(index, "date", "recap") for index in own)
                    mediators = self._mediators(items, "recap") if kind == "exchange" else []
                    found.append(DecodedEvent(kind, True, belief, day, own, figures, mediators))
        return found

    def _by_day(self, role: str) -> dict[date, tuple[list[int], list[int]]]:
        """For each day of a role's events, its mentions and the figures nearest to them."""
        days = {
            index: item.day.value
            for index, item in enumerate(self.items)
            if item.day is not None
            and item.day.value is not None
            and item.day.basis != "month"
            and self._belief(index, "date", role) >= LIKELY
        }
        figures = (i for i, item in enumerate(self.items) if item.kind != "day" and self.role_of(i) == role)
        groups = group_by_nearest(self.items, days, figures)
        return {day: ([index for index in days if days[index] == day], own) for day, own in groups.items()}


def _is_figure_of(measure: str, kind: str) -> bool:
    """Whether a measure applies to events of ``kind``."""
    if measure in NO_FIGURE or measure.startswith(("claim.", "by_service")):
        return False
    of_both = measure.startswith(("part.", "official", "stage"))
    return of_both or (measure in BODIES) == (kind == "repatriation")


def _without_nameless_branches(
    document: Document, beliefs: NDArray[np.float32], measures: tuple[str, ...]
) -> NDArray[np.float32]:
    """The beliefs without those in a branch's count where the people are called soldiers, defenders or captives and
    no branch is near: "the list of the 103 defenders: 38 guardsmen, …". Others may be of an unknown branch.
    """
    columns = [place for place, name in enumerate(measures) if name.startswith("by_service")]
    found = beliefs.copy()
    for index in np.flatnonzero(beliefs[:, columns].sum(-1) >= LEAST_BELIEF):
        item = document.items[index]
        is_of_any = item.number is not None and not concepts_after(document, item).isdisjoint(OF_NO_BRANCH)
        if is_of_any and not branches_of(document, item):
            found[index, columns] = 0
            found[index] /= max(float(found[index].sum()), LEAST_BELIEF)
    return found


def _given_a_role(roles: NDArray[np.float32], names: tuple[str, ...]) -> NDArray[np.float32]:
    """Role probabilities given that an item has a role: its measure already covers that it has none."""
    given = roles.copy()
    for place, name in enumerate(names):
        if name == "none" or name.startswith("claim"):
            given[:, place] = 0
    return np.asarray(given / np.maximum(given.sum(-1, keepdims=True), 1e-6))
