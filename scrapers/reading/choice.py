"""Which of an event's counts are its figures: the total, its parts, and what arithmetic rejects.

How the total is found is for totals.py; whose people a count counts, for sides.py.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from scrapers.reading.arithmetic import divide, holder
from scrapers.reading.claims import LARGEST_DAY
from scrapers.reading.counts import Count
from scrapers.reading.drafts import Draft
from scrapers.reading.figures import Chosen, figure_of
from scrapers.reading.repatriation import choose_bodies
from scrapers.reading.sentences import View
from scrapers.reading.sides import People
from scrapers.reading.totals import Total, find_total, sums_of
from scrapers.reading.unknown import unknown_beside


def choose(draft: Draft, beside: Draft | None = None) -> Chosen:
    """The figures of one event. ``beside`` is a release outside exchanges on the same day."""
    if draft.kind == "repatriation":
        return choose_bodies(draft)
    return _Choice(draft, beside).run()


class _Choice:
    def __init__(self, draft: Draft, beside: Draft | None) -> None:
        self.draft = draft
        self.people = People(draft)
        self.outside = [view.counts[p].value for view, p in beside.counts] if beside else []
        self.chosen = Chosen()

    def run(self) -> Chosen:
        civilians = self._first("civilian")
        services = self._services()
        total = find_total(self.people, civilians, services, self.outside)
        limit = total.value if total and total.said.bound == "exact" else None
        if total is not None:
            self.chosen.figures.append(figure_of("released_total", total.said))
        self._state_soldiers(total, civilians)
        whole = self.draft.kind == "exchange" or (total is not None and civilians is total.said)
        if civilians is not None and whole and self._fits(civilians, limit):
            self.chosen.figures.append(figure_of("civilians", civilians))
        self._state_services(services, limit, civilians)
        self._drop_ranks_of_all(limit)
        for measure in ("officers", "privates_and_sergeants", "women"):
            count = self._first(measure)
            if count is not None and self._fits(count, limit):
                self.chosen.figures.append(figure_of(measure, count))
        self._state_returned(total)
        self._reject_the_rest()
        return self.chosen

    def _first(self, code: str) -> Count | None:
        return self.people.first(lambda c: c.kind == "noun" and c.code == code)

    # Parts ------------------------------------------------------------------------------------

    def _services(self) -> list[Count]:
        """Service counts, each branch once: as the sentence says it that lists the most of them."""
        told = [(v, c) for v, c in self.people.counts if c.kind == "service" and not self.people.is_russian(v, c)]
        in_sentence = Counter(view.order for view, _ in told)
        best: dict[str, tuple[View, Count]] = {}
        for view, count in told:
            other = best.get(count.code)
            if other is None or in_sentence[view.order] > in_sentence[other[0].order]:
                best[count.code] = (view, count)
        return sorted((count for _, count in best.values()), key=lambda count: count.first)

    def _state_services(self, services: list[Count], limit: int | None, civilians: Count | None) -> None:
        divided = divide(services, sums_of(limit, civilians)) if limit is not None and services else None
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
                self.chosen.figures.append(figure_of("by_service", count, key[0], key[1]))

    def _state_soldiers(self, total: Total | None, civilians: Count | None) -> None:
        if civilians is None or total is None:
            return
        told = [c for view, c in self.people.counts if not self.people.is_russian(view, c)] + self.draft.unsaid
        for count in told:
            if count.code == "military" and count.value + civilians.value == total.value:
                self.chosen.figures.append(figure_of("military", count))
                break

    def _drop_ranks_of_all(self, limit: int | None) -> None:
        """Officers and privates of all who came home, when some of them came outside the exchange."""
        if limit is None or self.people.ranks_said not in [limit + other for other in self.outside]:
            return
        ranks = [c for _, c in self.people.counts if c.code in ("officers", "privates_and_sergeants")]
        self.chosen.rejected += [(c, "the ranks count people outside the exchange too") for c in ranks]
        self.people.counts = [(v, c) for v, c in self.people.counts if c not in ranks]

    # The other side ---------------------------------------------------------------------------

    def _state_returned(self, total: Total | None) -> None:
        """How many Russia got: said of each side, of theirs, or by the formula."""
        counts = self.people.counts
        each = [c for v, c in counts if total is not None and c.first == total.said.first and _is_of_each_side(v, c)]
        theirs = [c for view, c in counts if c.value <= LARGEST_DAY and self.people.is_russian(view, c)]
        formulas = [(ours, others) for ours, others in self.people.formulas if ours.value <= LARGEST_DAY]
        # A formula that names our total names theirs too; a count beside it may be of some only.
        own = [others for ours, others in formulas if total is not None and ours.value == total.value]
        if each:
            returned = each[0]
        elif theirs and not (own and theirs[0].value < own[0].value):
            returned = self._with_their_civilians(theirs[0])
        elif formulas:
            returned = own[0] if own else formulas[0][1]
        elif total is not None and total.said.bound == "exact" and self._says_same_of_theirs():
            returned = total.said
        else:
            return
        self.chosen.figures.append(figure_of("returned_to_russia", returned))

    def _says_same_of_theirs(self) -> bool:
        """ "307 Ukrainians returned, with an equal number of Russian soldiers repatriated"."""
        for view in self.draft.views:
            for same in view.of("same_number"):
                if any(m.code == "russians" and 0 <= m.first - same.last <= 3 for m in view.of("nouns")):
                    return True
        return False

    def _with_their_civilians(self, count: Count) -> Count:
        """ "Возвращены 270 военнослужащих, а также 120 гражданских": Russia got 390."""
        for view, other in self.people.counts:
            beside = other.code == "civilian" and 0 < other.first - count.last <= 4 and not other.is_subset
            if beside and view.has("from_ukraine"):
                return replace(count, value=count.value + other.value, last=other.last)
        return count

    # What is left -----------------------------------------------------------------------------

    def _fits(self, count: Count, limit: int | None) -> bool:
        if limit is not None and count.value > limit:
            self.chosen.rejected.append((count, "larger than the whole"))
            return False
        return True

    def _reject_the_rest(self) -> None:
        used = {(f.first, f.last) for f in self.chosen.figures}
        told = {f.value for f in self.chosen.figures}
        for view, count in self.people.counts:
            inside = any(first <= count.first and count.last <= last for first, last in used)
            repeated = count.value in told or (count.value == 1 and count.number.in_words)
            if not inside and not repeated and count.kind not in ("year", "unit", "exchange"):
                self.chosen.rejected.append((count, "fits no figure of the event"))
            if not self.draft.is_recap and (unknown := unknown_beside(view, count)) is not None:
                self.chosen.unknown.append(unknown)


def _is_of_each_side(view: View, count: Count) -> bool:
    """ "The sides gave each other 95", "сторони повернули по 95"."""
    first = count.number.first
    return view.has("each_side") or (first > 0 and view.tokens[first - 1].text == "по")
