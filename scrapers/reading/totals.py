"""How many came home: candidates for the total, and the sums that prove or refute them."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from scrapers.reading.arithmetic import divide
from scrapers.reading.claims import LARGEST_DAY
from scrapers.reading.counts import Count
from scrapers.reading.sentences import PEOPLE, View
from scrapers.reading.sides import AND, People, is_named_ukrainian, is_of_both
from scrapers.reading.unknown import unknown_beside

# "Понад 200" is said of 205, not of 500.
LARGEST_OVER = 1.25
# "…з острова Зміїний і ще 10": tokens between two numbers that add up.
NEAR_ADDED = 8
# A quote that spans more tokens than this proves nothing.
LONGEST_QUOTE = 60
# Words of a sentence that tells of our people, whatever its label says.
OURS = ("ukraine", "our", "in_exchange", "each_side", "exchange_verbs", "services", "both_countries")


class Total(NamedTuple):
    """A candidate for the number released. ``soldiers`` when its noun means soldiers only."""

    value: int
    said: Count
    soldiers: bool


def find_total(people: People, civilians: Count | None, services: list[Count], outside: list[int]) -> Total | None:
    """The number of all who came home, or None when the text doesn't say.

    ``outside`` are the numbers released beside the exchange on the same day.
    """
    return _Totals(people, civilians, services, outside).find()


def sums_of(total: int, civilians: Count | None) -> list[int]:
    """What the branches may sum to: the soldiers, or all."""
    return [total - civilians.value, total] if civilians else [total]


class _Totals:
    def __init__(self, people: People, civilians: Count | None, services: list[Count], outside: list[int]) -> None:
        self.people = people
        self.civilians = civilians
        self.services = services
        self.outside = outside
        self.both: list[Count] = []  # people of both sides counted together
        self.candidates = self._find_candidates()
        self.exact = [t for t in self.candidates if t.said.bound == "exact"]

    def find(self) -> Total | None:
        total = self._of_each_side() or self._beside_others() or self._judged() or self._first_said()
        total = total or self._same_as_theirs()
        return None if total is None or self._are_theirs(total) else total

    # Candidates -------------------------------------------------------------------------------

    def _find_candidates(self) -> list[Total]:
        """People counted as a whole, in the order of the text; parts at a place come last."""
        whole: list[Total] = []
        partial: list[Total] = []
        for view, count in self.people.counts:
            # "А ще 31 повернуто поза обміном": there the noun may be the sentence before's.
            bare = count.kind == "" and self.people.draft.kind == "release_outside_exchange"
            noun = count.kind == "noun" and count.code in self.people.whole
            if not (bare or noun) or self.people.is_russian(view, count) or self._is_told_of_theirs(view, count):
                continue
            if is_of_both(view, count):
                self.both.append(count)
            elif not self._is_share(view, count):
                total = Total(count.value, count, count.code == "military")
                (partial if count.at_place else whole).append(total)
        return whole + partial

    def _is_share(self, view: View, count: Count) -> bool:
        """A part, a unit's own people (known or not), one man, or more than any day brought home."""
        if count.value > LARGEST_DAY or (count.value == 1 and count.number.in_words) or count.of_unit:
            return True
        if any(0 <= m.first - count.last <= 1 for m in view.of("their_home")):
            return True  # "12 военнослужащих из ДНР": a part of theirs
        ours_of_both = view.has("both_countries") and is_named_ukrainian(view, count)
        if count.is_subset and not ours_of_both:
            return True
        return self._is_added(view, count) or unknown_beside(view, count) is not None

    def _is_added(self, view: View, count: Count) -> bool:
        """ "19 моряків і ще 10 військовослужбовців": the second number is on top of the first."""
        before = [c for c in self.people.beside[id(view)] if c.last <= count.first and not c.is_subset]
        if not before:
            return False
        between = {view.tokens[i].text for i in range(before[-1].last, count.first)}
        if before[-1].kind == "service" and between and between <= AND:
            return True  # "19 моряков и 10 военнослужащих"
        added = any(m.last == count.first and m.first > view.sentence.first for m in view.of("addition"))
        told = before[-1].kind == "service" or before[-1].code in PEOPLE
        return added and told and count.first - before[-1].last <= NEAR_ADDED

    # In the order of their strength -----------------------------------------------------------

    def _of_each_side(self) -> Total | None:
        """ "300 in all, 150 from each side": what one side got is half of what both gave."""
        each = [count for view, count in self.people.counts if view.has("each_side")]
        if not each:
            return None
        whole = {t.value for t in self.exact} | {c.value for c in self.both}
        halves = [c for c in each if 2 * c.value in whole]
        bare = [c for c in each if c.kind == "" and c.bound == "exact"]
        said = halves or [c for c in each if any(t.said is c for t in self.exact)] or bare
        return Total(said[0].value, said[0], False) if said else None

    def _beside_others(self) -> Total | None:
        """ "277 came home: 246 in the exchange, 31 outside it": the exchange's own number is the smaller."""
        sums = {t.value for t in self.exact}
        for _, count in self.people.counts if self.outside else ():
            people = count.kind == "" or (count.kind == "noun" and count.code in PEOPLE)
            if people and any(count.value + other in sums for other in self.outside):
                return Total(count.value, count, False)
        return None

    def _judged(self) -> Total | None:
        """The first candidate that parts named elsewhere in the text sum to."""
        judged = next((t for t in self.exact if self._is_proved(t)), None)
        if judged is not None:
            # A ministry's own people, summed further down, are no more than a share of the whole.
            return max(self._with_others(judged), self.exact[0], key=lambda t: t.value)
        for count in self.people.draft.unsaid:
            if count.is_subset or any(t.value > count.value for t in self.exact):
                continue
            total = Total(count.value, count, count.code == "military")
            if self._is_proved(total):
                return total
        return None

    def _first_said(self) -> Total | None:
        if self.exact:
            return self._with_civilians(self.exact[0])
        formula = next((ours for ours, _ in self.people.formulas if ours.value <= LARGEST_DAY), None)
        if formula is not None:
            return Total(formula.value, formula, False)
        if self.candidates:
            return self._sum_over(self.candidates[0]) or self.candidates[0]
        return self._army_alone() or self._women_alone()

    def _same_as_theirs(self) -> Total | None:
        """ "Россия вернула 146 военных, передав взамен такое же число": one number, said once for both."""
        for view, count in self.people.counts:
            same = next((m for m in view.of("same_number") if m.first >= count.last), None)
            if same is not None and self.people.is_russian(view, count):
                return Total(count.value, replace(count, last=same.last), False)
        return None

    def _are_theirs(self, total: Total) -> bool:
        """ "На борту 146 военнослужащих", in a text on 146 Russians: the same people, said again."""
        theirs = self.people.russians_said
        views = [view for view, c in self.people.counts if c is total.said]
        return total.value in theirs and bool(views) and not (views[0].has_formula or views[0].has(*OURS))

    def _is_told_of_theirs(self, view: View, count: Count) -> bool:
        """ "Минобороны РФ сообщило о возвращении 101 военнослужащего": its own, counted as such nearby."""
        if not view.has("russian_side") or view.has_formula or view.has(*OURS):
            return False
        return count.value in self.people.russians_said

    # Sums -------------------------------------------------------------------------------------

    def _is_proved(self, total: Total) -> bool:
        others = self.civilians.value if self.civilians else 0
        if len(self.services) > 1 and divide(self.services, sums_of(total.value, self.civilians)) is not None:
            return True
        if others and not total.soldiers and total.value - others in self.people.soldiers_said:
            return True
        return self.people.ranks_said is not None and self.people.ranks_said + others == total.value

    def _with_others(self, judged: Total) -> Total:
        """ "Сто військових і один цивільний": the branches sum to the soldiers, the civilian comes on top."""
        if self.civilians is None or self.civilians.is_subset or divide(self.services, [judged.value]) is None:
            return judged
        whole = judged.value + self.civilians.value
        said = [t for t in self.candidates if t.value == whole]
        said += [Total(c.value, c, False) for c in self.people.draft.unsaid if c.value == whole]
        return said[0] if said else self._sum(judged)

    def _with_civilians(self, best: Total) -> Total:
        """ "150 військових та 7 цивільних" are 157; "49 українців, серед них 7 цивільних" are 49."""
        civilians = self.civilians
        if civilians is not None and self._are_beside(best, civilians):
            both = Total(best.value, best.said, True)
            return self._sum(both)
        if civilians is None or (civilians.value < best.value and (not best.soldiers or civilians.is_subset)):
            return best
        if civilians.value < best.value:
            if self.services and divide(self.services, [best.value - civilians.value]) is not None:
                return best
            if self.people.ranks_said is not None and self.people.ranks_said + civilians.value == best.value:
                return best
        return self._sum(best)

    def _are_beside(self, best: Total, civilians: Count) -> bool:
        """ "300 prisoners of war and two civilians": joined by a bare "and", the civilians come on top."""
        if civilians.is_subset or civilians.value >= best.value:
            return False
        views = [view for view, c in self.people.counts if c is best.said]
        between = views[0].tokens[best.said.last : civilians.first] if views else []
        return len(between) == 1 and between[0].text in AND

    def _sum_over(self, bound: Total) -> Total | None:
        """ "Понад 200", and further down "185 оборонців і 20 цивільних": the exact sum stands."""
        if bound.said.bound != "at_least" or self.civilians is None:
            return None
        soldiers = [c for _, c in self.people.counts if c.code == "military"] + self.people.draft.unsaid
        for count in soldiers:
            near = 0 <= self.civilians.first - count.last <= 4 and count.code == "military"
            if near and bound.value <= count.value + self.civilians.value <= LARGEST_OVER * bound.value:
                return self._sum(Total(count.value, count, True))
        return None

    def _army_alone(self) -> Total | None:
        """ "64 воїни ЗСУ їдуть додому": no other branch is spoken of, and the army is no ministry's share."""
        counts = {c.value for _, c in self.people.counts if c.kind == "service"}
        alone = len(self.services) == 1 and len(counts) == 1 and not self.people.draft.is_recap
        army = next((s for s in self.services if s.code == "armed_forces" and not s.is_subset), None)
        if army is None or not alone or army.at_place or army.bound != "exact":
            return None
        return Total(army.value, army, True)

    def _women_alone(self) -> Total | None:
        """ "108 жінок: 11 офіцерів, 85 рядових, 12 цивільних": all who came home were women."""
        women = self.people.first(lambda c: c.kind == "noun" and c.code == "women" and not c.is_subset)
        total = Total(women.value, women, False) if women else None
        return total if total and self._is_proved(total) else None

    def _sum(self, best: Total) -> Total:
        civilians = self.civilians
        if civilians is None or not best.soldiers or civilians.is_subset:
            return best
        first, last = sorted((best.said, civilians), key=lambda c: c.first)
        # The first part's own words stand when both together span half the text.
        end = last.last if last.last - first.first <= LONGEST_QUOTE else first.last
        both = Count(best.value + civilians.value, best.said.number, first.first, end, "noun", "person")
        return Total(both.value, both, False)
