"""An event's counts, and whose people each of them counts: ours, the other side's, or both sides'.

Which of them are the event's figures is for totals.py and choice.py.
"""

from __future__ import annotations

from collections.abc import Callable

from scrapers.reading.claims import LARGEST_DAY
from scrapers.reading.counts import Count
from scrapers.reading.drafts import Draft
from scrapers.reading.lazy import lazy
from scrapers.reading.sentences import PEOPLE, View

AND = frozenset({"і", "й", "та", "и", "and", "а", "також", "также"})
OWN = frozenset({"its", "their", "своїх", "своих"})
SOME = frozenset({"civilian", "officers", "privates_and_sergeants", "women"})
OWN_WITHIN = 3  # tokens from the number to "its"


def is_of_both(view: View, count: Count) -> bool:
    """A mediator's "exchange of 190 captives between Russia and Ukraine" counts the captives of both."""
    if count.code != "person" or not view.has("both_countries") or not view.has("mediation"):
        return False
    return not is_named_ukrainian(view, count)


def is_named_ukrainian(view: View, count: Count) -> bool:
    """The label itself says whose people they are."""
    return any(count.first <= m.first < count.last for m in view.of("ukraine"))


def is_own(view: View, count: Count) -> bool:
    """ "The Russian ministry said that 248 of its servicemen returned": the other side's own."""
    if not any(m.first < count.first for m in view.of("russian_side")):
        return False
    last = min(count.number.last + OWN_WITHIN, view.sentence.last)
    return any(view.tokens[i].text in OWN for i in range(count.number.last, last))


class People:
    """The counts of one event. ``whole`` are the nouns that can stand for all who came home."""

    def __init__(self, draft: Draft) -> None:
        # Beside an exchange it is civilians or wounded who come home, and they are then the whole.
        outside = {"civilian", "health"} if draft.kind == "release_outside_exchange" else set()
        self.draft = draft
        self.whole = PEOPLE | outside
        self.counts = [(view, view.counts[position]) for view, position in draft.counts]
        self.formulas = self._find_formulas()
        self._russian: dict[int, bool] = {}

    def first(self, wanted: Callable[[Count], bool]) -> Count | None:
        """Our first count of that kind; an exact one before a bound."""
        found = [c for view, c in self.counts if wanted(c) and not self.is_russian(view, c)]
        return next((c for c in found if c.bound == "exact"), found[0] if found else None)

    def is_russian(self, view: View, count: Count) -> bool:
        """People or bodies that the other side got; asked for every measure, so remembered."""
        known = self._russian.get(id(count))
        if known is None:
            known = self._russian[id(count)] = self._is_given(view, count)
        return known

    def _is_given(self, view: View, count: Count) -> bool:
        if count.kind == "noun" and count.code == "russians":
            return not self._names_both(view, count)
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
        if count.code in PEOPLE and is_own(view, count):
            return True
        given = any(0 <= count.number.first - m.last <= 4 for m in view.of("handover_to_russia"))
        handed = any(0 <= count.number.first - m.last <= 3 for m in view.of("handed", "release"))
        # "Російській стороні, як пишуть її медіа, повернули 248": whoever opens the sentence is given to.
        given = given or (handed and any(m.first == view.sentence.first for m in view.of("to_russia")))
        following = [m for m in view.of("handover_to_russia") if 0 <= m.first - count.last <= 1]
        given = given or any(view.tokens[count.last].text not in ",;()" for _ in following)
        given = given or (handed and any(0 <= m.first - count.last <= 6 for m in view.of("to_russia")))
        if given and count.kind == "noun" and (count.code in PEOPLE | SOME or count.code == "bodies"):
            return True
        if count.code in SOME and self._is_some_of_theirs(view, count):
            return True
        if count.code not in PEOPLE and count.code != "civilian":
            return False
        if count.code == "civilian" and self._follows_russians(view, count):
            return True
        before = view.of("from_ukraine")
        turned = [m for m in view.of("in_exchange") if m.first < count.first]
        return bool(before) and not turned

    def _names_both(self, view: View, count: Count) -> bool:
        """ "More than 200 Russian and Ukrainian soldiers": both sides' together."""
        return any(
            m.first - 1 in range(count.first, count.last + 2) and view.tokens[m.first - 1].text in AND
            for m in view.of("ukraine")
        )

    def _is_some_of_theirs(self, view: View, count: Count) -> bool:
        """ "110 российских граждан, 72 из них моряки": a part of the count before it, which is theirs."""
        before = [c for c in view.counts if c.last <= count.first]
        if not count.is_subset or not before:
            return False
        turned = any(before[-1].last <= m.first < count.first for m in view.of("in_exchange"))
        return not turned and self.is_russian(view, before[-1])

    def _follows_russians(self, view: View, count: Count) -> bool:
        """ "157 российских военных и трое гражданских": theirs too."""
        before = [c for c in view.counts if c.last <= count.first and c.code == "russians"]
        between = {t.text for t in view.tokens[before[-1].last : count.first]} if before else set()
        return bool(between) and between <= AND

    def _find_formulas(self) -> list[tuple[Count, Count]]:
        """ "157 на 157": what Ukraine got, what it gave."""
        found = []
        for (view, left), (other, right) in zip(self.counts, self.counts[1:], strict=False):
            if view is not other or right.number.first - left.number.last != 1:
                continue
            if view.plans_formula(left.first):
                continue
            if any(m.concept == "formula" and m.first == left.number.last for m in view.marks):
                found.append((left, right))
        return [(right, left) if left.code == "russians" else (left, right) for left, right in found]

    @lazy
    def beside(self) -> dict[int, list[Count]]:
        """The counts of each sentence, by the view's id: asked for every count, so gathered once."""
        found: dict[int, list[Count]] = {}
        for view, count in self.counts:
            found.setdefault(id(view), []).append(count)
        return found

    @lazy
    def russians_said(self) -> frozenset[int]:
        return frozenset(c.value for _, c in self.counts if c.code == "russians")

    @lazy
    def soldiers_said(self) -> frozenset[int]:
        told = [c for view, c in self.counts if c.code == "military" and not self.is_russian(view, c)]
        return frozenset(c.value for c in told if c.kind == "noun" and not c.is_subset)

    @lazy
    def ranks_said(self) -> int | None:
        return self._sum_of("officers", "privates_and_sergeants")

    def _sum_of(self, *codes: str) -> int | None:
        found = [self.first(lambda c, code=code: c.kind == "noun" and c.code == code) for code in codes]  # type: ignore[misc]
        return sum(c.value for c in found if c) if all(found) else None
