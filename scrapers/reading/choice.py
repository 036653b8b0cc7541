"""Which of an event's counts are its figures: the total, its parts, and what arithmetic rejects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from scrapers.reading.arithmetic import divide, holder
from scrapers.reading.claims import LARGEST_DAY
from scrapers.reading.counts import Count
from scrapers.reading.events import Draft
from scrapers.reading.lazy import lazy
from scrapers.reading.sentences import PEOPLE, View
from scrapers.reading.unknown import Unknown, unknown_beside

# "Понад 200" is said of 205, not of 500.
LARGEST_OVER = 1.25
# "Exchanged the bodies of 150": tokens between the verb and a number for both sides.
BOTH_WITHIN = 6
OWN = frozenset({"its", "their", "своїх", "своих"})
# "…з острова Зміїний і ще 10": tokens between two numbers that add up.
NEAR_ADDED = 8


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


class Total(NamedTuple):
    """A candidate for the number released. ``soldiers`` when its noun means soldiers only."""

    value: int
    count: Count
    soldiers: bool


def choose(draft: Draft, beside: Draft | None = None) -> Chosen:
    """The figures of one event. ``beside`` is a release outside exchanges on the same day."""
    if draft.kind == "repatriation":
        return _choose_bodies(draft)
    return _Choice(draft, beside).run()


def _choose_bodies(draft: Draft) -> Chosen:
    chosen = Chosen()
    for view, position in draft.counts:
        count = view.counts[position]
        if any(0 <= count.first - m.last <= BOTH_WITHIN for m in view.of("exchange_verbs")):
            chosen.rejected.append((count, "counts the dead of both sides together"))
            continue
        side = "russia" if _goes_to_russia(view, count) else "ukraine"
        if any(f.measure == f"bodies_to_{side}" for f in chosen.figures) or count.is_subset:
            chosen.rejected.append((count, "a part of the bodies, or told again"))
            continue
        chosen.figures.append(_figure(f"bodies_to_{side}", count))
    return chosen


def _goes_to_russia(view: View, count: Count) -> bool:
    marks = view.of("handover_to_russia", "to_russia") + [m for m in view.of("nouns") if m.code == "russians"]
    for mark in marks:
        between = range(min(mark.first, count.number.first), max(mark.first, count.number.first))
        if len(between) <= 6 and not any(view.tokens[i].text in ",;" for i in between):
            return True
    if any(m.first < count.first for m in view.of("russian_side")):
        received = any(0 <= count.number.first - m.last <= 6 for m in view.of("received"))
        after = {
            view.tokens[i].text for i in range(count.number.last, min(count.number.last + 3, view.sentence.last))
        }
        return received or bool(after & OWN)
    return False


def _figure(measure: str, count: Count, category: str | None = None, within: str | None = None) -> Figure:
    return Figure(measure, count.value, count.first, count.last, category, within, count.bound)


def _is_figure(chosen: Chosen, count: Count) -> bool:
    return any(f.measure == "released_total" and f.first == count.first for f in chosen.figures)


def _is_of_both(view: View, count: Count) -> bool:
    """A mediator's "exchange of 190 captives between Russia and Ukraine" counts the captives of both."""
    if count.code != "person" or not view.has("both_countries") or not view.has("mediation"):
        return False
    return not _is_named_ukrainian(view, count)


def _is_named_ukrainian(view: View, count: Count) -> bool:
    return any(count.first <= m.first < count.last for m in view.of("ukraine"))


class _Choice:
    def __init__(self, draft: Draft, beside: Draft | None) -> None:
        self.draft = draft
        # Beside an exchange it is civilians or wounded who come home, and they are then the whole.
        outside = {"civilian", "health"} if draft.kind == "release_outside_exchange" else set()
        self.whole = PEOPLE | outside
        self.outside = [view.counts[p].value for view, p in beside.counts] if beside else []
        self.chosen = Chosen()
        self.counts = [(view, view.counts[position]) for view, position in draft.counts]
        self.formulas = self._find_formulas()
        self.russian: dict[int, bool] = {}
        self.both: list[Count] = []  # people of both sides counted together

    def run(self) -> Chosen:
        civilians = self._first(lambda c: c.kind == "noun" and c.code == "civilian")
        services = self._services()
        total = self._total(civilians, services)
        total = total or self._same_as_theirs()
        if total is not None and self._are_theirs(total):
            total = None
        limit = total.value if total and total.count.bound == "exact" else None
        if total is not None:
            self.chosen.figures.append(_figure("released_total", total.count))
        self._soldiers(total, civilians)
        whole = self.draft.kind == "exchange" or (total is not None and civilians is total.count)
        if civilians is not None and whole and self._fits(civilians, limit):
            self.chosen.figures.append(_figure("civilians", civilians))
        self._state_services(services, limit, civilians)
        if limit is not None and self._ranks_said in [limit + other for other in self.outside]:
            ranks = [c for _, c in self.counts if c.code in ("officers", "privates_and_sergeants")]
            self.chosen.rejected += [(c, "the ranks count people outside the exchange too") for c in ranks]
            self.counts = [(v, c) for v, c in self.counts if c not in ranks]
        for measure in ("officers", "privates_and_sergeants", "women"):
            count = self._first(lambda c, m=measure: c.kind == "noun" and c.code == m)  # type: ignore[misc]
            if count is not None and self._fits(count, limit):
                self.chosen.figures.append(_figure(measure, count))
        self._returned_to_russia()
        self._reject_the_rest()
        return self.chosen

    # The total --------------------------------------------------------------------------------

    def _total(self, civilians: Count | None, services: list[Count]) -> Total | None:
        candidates = self._candidates()
        exact = [t for t in candidates if t.count.bound == "exact"]
        # "277 came home: 246 in the exchange, 31 outside it": the exchange's own number is the smaller.
        sums = {t.value for t in exact}
        # "300 in all, 150 from each side": what one side got is half of what both gave.
        each = [count for view, count in self.counts if view.has("each_side")]
        whole = {t.value for t in exact} | {c.value for c in self.both}
        halves = [c for c in each if 2 * c.value in whole]
        bare = [c for c in each if c.kind == "" and c.bound == "exact"]
        said = halves or [c for c in each if any(t.count is c for t in exact)] or bare
        if said:
            return Total(said[0].value, said[0], False)
        for _, count in self.counts:
            people = count.kind == "" or (count.kind == "noun" and count.code in PEOPLE)
            if people and any(count.value + other in sums for other in self.outside):
                return Total(count.value, count, False)
        judged = next((t for t in exact if self._is_proved(t, civilians, services)), None)
        if judged is not None:
            judged = self._with_others(judged, candidates, civilians, services)
            # A ministry's own people, summed further down, are no more than a share of the whole.
            return max(judged, exact[0], key=lambda t: t.value)
        for count in (c for c in self.draft.unsaid if not c.is_subset and not any(t.value > c.value for t in exact)):
            total = Total(count.value, count, count.code == "military")
            if self._is_proved(total, civilians, services):
                return total
        best = exact[0] if exact else None
        if best is not None:
            return self._with_civilians(best, civilians, services)
        formula = next((ours for ours, _ in self.formulas if ours.value <= LARGEST_DAY), None)
        if formula is not None:
            return Total(formula.value, formula, False)
        if not candidates:
            return self._women_alone(civilians, services)
        return self._sum_over(candidates[0], civilians) or candidates[0]

    def _sum_over(self, bound: Total, civilians: Count | None) -> Total | None:
        """ "Понад 200", and further down "185 оборонців і 20 цивільних": the exact sum stands."""
        soldiers = [c for _, c in self.counts if c.code == "military"] + self.draft.unsaid
        if bound.count.bound != "at_least" or civilians is None:
            return None
        for count in soldiers:
            near = 0 <= civilians.first - count.last <= 4 and count.code == "military"
            if near and bound.value <= count.value + civilians.value <= LARGEST_OVER * bound.value:
                return self._sum(Total(count.value, count, True), civilians)
        return None

    def _women_alone(self, civilians: Count | None, services: list[Count]) -> Total | None:
        """ "108 жінок: 11 офіцерів, 85 рядових, 12 цивільних": all who came home were women."""
        women = self._first(lambda c: c.kind == "noun" and c.code == "women" and not c.is_subset)
        total = Total(women.value, women, False) if women else None
        return total if total and self._is_proved(total, civilians, services) else None

    def _with_others(
        self, judged: Total, candidates: list[Total], civilians: Count | None, services: list[Count]
    ) -> Total:
        """ "Сто військових і один цивільний": the branches sum to the soldiers, the civilian comes on top."""
        if civilians is None or civilians.is_subset or divide(services, [judged.value]) is None:
            return judged
        whole = judged.value + civilians.value
        said = [t for t in candidates if t.value == whole]
        said += [Total(c.value, c, False) for c in self.draft.unsaid if c.value == whole]
        if said:
            return said[0]
        return self._sum(judged, civilians)

    def _is_added(self, view: View, count: Count) -> bool:
        """ "19 моряків і ще 10 військовослужбовців": the second number is on top of the first."""
        before = [c for v, c in self.counts if v is view and c.last <= count.first and not c.is_subset]
        added = any(m.last == count.first and m.first > view.sentence.first for m in view.of("addition"))
        told = bool(before) and (before[-1].kind == "service" or before[-1].code in PEOPLE)
        return added and told and count.first - before[-1].last <= NEAR_ADDED

    def _candidates(self) -> list[Total]:
        """People counted as a whole, in the order of the text; parts at a place come last."""
        whole: list[Total] = []
        partial: list[Total] = []
        for view, count in self.counts:
            # "А ще 31 повернуто поза обміном": there the noun may be the sentence before's.
            bare = count.kind == "" and self.draft.kind == "release_outside_exchange"
            noun = count.kind == "noun" and count.code in self.whole
            if not (bare or noun) or self._is_russian(view, count):
                continue
            if _is_of_both(view, count):
                self.both.append(count)
                continue
            if count.value > LARGEST_DAY or (count.value == 1 and count.number.in_words):
                continue
            total = Total(count.value, count, count.code == "military")
            if self._is_added(view, count):
                continue
            # A unit's own share is never the whole, known or not.
            ours_of_both = view.has("both_countries") and _is_named_ukrainian(view, count)
            if (count.is_subset and not ours_of_both) or count.of_unit or unknown_beside(view, count):
                continue
            (partial if count.at_place else whole).append(total)
        return whole + partial

    def _is_proved(self, total: Total, civilians: Count | None, services: list[Count]) -> bool:
        """Parts named elsewhere in the text sum to this candidate."""
        others = civilians.value if civilians else 0
        if len(services) > 1 and divide(services, self._sums(total.value, others)) is not None:
            return True
        if others and not total.soldiers and total.value - others in self._soldiers_said:
            return True
        return self._ranks_said is not None and self._ranks_said + others == total.value

    @lazy
    def _soldiers_said(self) -> frozenset[int]:
        told = [c for view, c in self.counts if c.code == "military" and not self._is_russian(view, c)]
        return frozenset(c.value for c in told if c.kind == "noun" and not c.is_subset)

    @lazy
    def _ranks_said(self) -> int | None:
        return self._sum_of("officers", "privates_and_sergeants")

    def _with_civilians(self, best: Total, civilians: Count | None, services: list[Count]) -> Total:
        """ "150 військових та 7 цивільних" are 157; "49 українців, серед них 7 цивільних" are 49."""
        if civilians is None or not best.soldiers or civilians.is_subset or civilians.value >= best.value:
            return best if civilians is None or civilians.value < best.value else self._sum(best, civilians)
        if services and divide(services, [best.value - civilians.value]) is not None:
            return best
        if self._ranks_said is not None and self._ranks_said + civilians.value == best.value:
            return best
        return self._sum(best, civilians)

    def _sum(self, best: Total, civilians: Count) -> Total:
        if not best.soldiers or civilians.is_subset:
            return best
        first, last = sorted((best.count, civilians), key=lambda c: c.first)
        # A quote that spans half the text proves nothing; the first part's own words stand then.
        end = last.last if last.last - first.first <= 60 else first.last
        both = Count(best.value + civilians.value, best.count.number, first.first, end, "noun", "person")
        return Total(both.value, both, False)

    def _sum_of(self, *codes: str) -> int | None:
        found = [self._first(lambda c, code=code: c.kind == "noun" and c.code == code) for code in codes]  # type: ignore[misc]
        return sum(c.value for c in found if c) if all(found) else None

    # Parts ------------------------------------------------------------------------------------

    def _services(self) -> list[Count]:
        """Service counts, each branch once: as the sentence says it that lists the most of them."""
        told = [(v, c) for v, c in self.counts if c.kind == "service" and not self._is_russian(v, c)]
        in_sentence = Counter(view.order for view, _ in told)
        best: dict[str, tuple[View, Count]] = {}
        for view, count in told:
            other = best.get(count.code)
            if other is None or in_sentence[view.order] > in_sentence[other[0].order]:
                best[count.code] = (view, count)
        return sorted((count for _, count in best.values()), key=lambda count: count.first)

    def _state_services(self, services: list[Count], limit: int | None, civilians: Count | None) -> None:
        others = civilians.value if civilians else 0
        divided = divide(services, self._sums(limit, others)) if limit is not None and services else None
        if divided is None:
            # Counts that name a place too ("six guards of the power plant") are no branch's total.
            services = [s for s in services if not s.at_place and not s.of_unit]
            siblings = [s for s in services if s.nested_in is None or s.nested_in not in services]
            if limit is not None and sum(s.value for s in siblings) > limit:
                self.chosen.issues.append("the services named sum to more than the total; they are left out")
                return
            divided = siblings, [s for s in services if s not in siblings]
        siblings, nested = divided
        stated: set[tuple[str, str | None]] = set()
        for count in [*siblings, *nested]:
            inside = holder(count, siblings) if count in nested else None
            key = (count.code, inside.code if inside else None)
            if key not in stated and key[0] != key[1]:
                stated.add(key)
                self.chosen.figures.append(_figure("by_service", count, key[0], key[1]))

    def _soldiers(self, total: Total | None, civilians: Count | None) -> None:
        if civilians is None or total is None:
            return
        told = [c for view, c in self.counts if not self._is_russian(view, c)] + self.draft.unsaid
        for count in told:
            if count.code == "military" and count.value + civilians.value == total.value:
                self.chosen.figures.append(_figure("military", count))
                break

    def _returned_to_russia(self) -> None:
        counts = [c for view, c in self.counts if self._is_russian(view, c)]
        each = next((c for v, c in self.counts if v.has("each_side") and _is_figure(self.chosen, c)), None)
        if each is not None:
            self.chosen.figures.append(_figure("returned_to_russia", each))
            return
        formulas = [(ours, theirs) for ours, theirs in self.formulas if ours.value <= LARGEST_DAY]
        # A formula that names our total names theirs too; a count beside it may be of some only.
        total = next((f.value for f in self.chosen.figures if f.measure == "released_total"), None)
        own = [theirs for ours, theirs in formulas if ours.value == total]
        if counts and not (own and counts[0].value < own[0].value):
            self.chosen.figures.append(_figure("returned_to_russia", self._with_their_civilians(counts[0])))
        elif formulas:
            self.chosen.figures.append(_figure("returned_to_russia", own[0] if own else formulas[0][1]))

    def _are_theirs(self, total: Total) -> bool:
        """ "На борту 146 военнослужащих", in a text on 146 Russians: the same people, said again."""
        theirs = {c.value for view, c in self.counts if c.code == "russians"}
        views = [view for view, c in self.counts if c is total.count]
        ours = ("ukraine", "our", "in_exchange", "each_side", "exchange_verbs", "services", "both_countries")
        return total.value in theirs and bool(views) and not (views[0].has_formula or views[0].has(*ours))

    def _same_as_theirs(self) -> Total | None:
        """ "Россия вернула 146 военных, передав взамен такое же число": one number, said once for both."""
        for view, count in self.counts:
            same = next((m for m in view.of("same_number") if m.first >= count.last), None)
            if same is not None and self._is_russian(view, count):
                return Total(count.value, replace(count, last=same.last), False)
        return None

    def _with_their_civilians(self, count: Count) -> Count:
        """ "Возвращены 270 военнослужащих, а также 120 гражданских": Russia got 390."""
        for view, other in self.counts:
            beside = other.code == "civilian" and 0 < other.first - count.last <= 4 and not other.is_subset
            if beside and view.has("from_ukraine"):
                return replace(count, value=count.value + other.value, last=other.last)
        return count

    # Means ------------------------------------------------------------------------------------

    def _find_formulas(self) -> list[tuple[Count, Count]]:
        """ "157 на 157": what Ukraine got, what it gave."""
        found = []
        for (view, left), (other, right) in zip(self.counts, self.counts[1:], strict=False):
            if view is not other or right.number.first - left.number.last != 1:
                continue
            if any(m.concept == "formula" and m.first == left.number.last for m in view.marks):
                found.append((left, right))
        return [(right, left) if left.code == "russians" else (left, right) for left, right in found]

    def _is_russian(self, view: View, count: Count) -> bool:
        """People or bodies that the other side got; asked for every measure, so remembered."""
        known = self.russian.get(id(count))
        if known is None:
            known = self.russian[id(count)] = self._is_given(view, count)
        return known

    def _is_given(self, view: View, count: Count) -> bool:
        if count.kind == "noun" and count.code == "russians":
            return True
        if any(count.first <= m.first < count.last for m in view.of("ukraine")):
            return False
        if view.is_russia_receiving and count.kind in ("", "noun") and count.value <= LARGEST_DAY:
            own = any(
                m.concept == "nouns" and m.code == "ours" and 0 <= m.first - count.number.last <= 1
                for m in view.marks
            )
            after = any(0 <= count.number.first - m.last <= 4 for m in view.of("received"))
            if own or after:
                return True
        given = any(0 <= count.number.first - m.last <= 4 for m in view.of("handover_to_russia"))
        handed = any(0 <= count.number.first - m.last <= 3 for m in view.of("handed"))
        given = given or (handed and any(0 <= m.first - count.last <= 6 for m in view.of("to_russia")))
        if given and count.kind == "noun" and (count.code in PEOPLE or count.code == "bodies"):
            return True
        if count.code not in PEOPLE and count.code != "civilian":
            return False
        before = view.of("from_ukraine")
        turned = [m for m in view.of("in_exchange") if m.first < count.first]
        return bool(before) and not turned

    def _first(self, wanted: Callable[[Count], bool]) -> Count | None:
        found = [c for view, c in self.counts if wanted(c) and not self._is_russian(view, c)]
        return next((c for c in found if c.bound == "exact"), found[0] if found else None)

    def _fits(self, count: Count, limit: int | None) -> bool:
        if limit is not None and count.value > limit:
            self.chosen.rejected.append((count, "larger than the whole"))
            return False
        return True

    def _sums(self, total: int, civilians: int) -> list[int]:
        return [total - civilians, total] if civilians else [total]

    def _reject_the_rest(self) -> None:
        used = {(f.first, f.last) for f in self.chosen.figures}
        told = {f.value for f in self.chosen.figures}
        for view, count in self.counts:
            inside = any(first <= count.first and count.last <= last for first, last in used)
            repeated = count.value in told or (count.value == 1 and count.number.in_words)
            if not inside and not repeated and count.kind not in ("year", "unit", "exchange"):
                self.chosen.rejected.append((count, "fits no figure of the event"))
            if not self.draft.is_recap and (unknown := unknown_beside(view, count)) is not None:
                self.chosen.unknown.append(unknown)
