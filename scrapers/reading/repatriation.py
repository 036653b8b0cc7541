"""How many of the fallen came home, and how many went the other way."""

from __future__ import annotations

from scrapers.reading.counts import Count
from scrapers.reading.drafts import Draft
from scrapers.reading.figures import Chosen, figure_of
from scrapers.reading.sentences import View
from scrapers.reading.sides import is_own
from scrapers.reading.totals import LARGEST_OVER

# "Exchanged the bodies of 150": tokens between the verb and a number for both sides.
BOTH_WITHIN = 6
# How far a word such as "to Russia" may stand from its number, in tokens.
NEAR = 6


def choose_bodies(draft: Draft) -> Chosen:
    """The figures of a repatriation: the first number for either side, or the exact one that a bound announced."""
    chosen = Chosen()
    said: dict[str, Count] = {}
    for view, position in draft.counts:
        count = view.counts[position]
        if any(0 <= count.first - m.last <= BOTH_WITHIN for m in view.of("exchange_verbs")):
            chosen.rejected.append((count, "counts the dead of both sides together"))
            continue
        side = "russia" if _goes_to_russia(view, count) else "ukraine"
        if count.is_subset or (side in said and not _makes_exact(said[side], count)):
            chosen.rejected.append((count, "a part of the bodies, or told again"))
            continue
        if side in said:
            chosen.rejected.append((said[side], "a bound, and the exact number follows"))
        said[side] = count
    chosen.figures += [figure_of(f"bodies_to_{side}", count) for side, count in said.items()]
    return chosen


def _makes_exact(bound: Count, count: Count) -> bool:
    """ "More than a hundred" in the heading, 121 in the text."""
    return bound.bound == "at_least" and count.bound == "exact" and 1 < count.value / bound.value <= LARGEST_OVER


def _goes_to_russia(view: View, count: Count) -> bool:
    marks = view.of("handover_to_russia", "to_russia") + [m for m in view.of("nouns") if m.code == "russians"]
    for mark in marks:
        between = range(min(mark.first, count.number.first), max(mark.first, count.number.first))
        if len(between) <= NEAR and not any(view.tokens[i].text in ",;" for i in between):
            return True
    if any(m.first < count.first for m in view.of("russian_side")):
        received = any(0 <= count.number.first - m.last <= NEAR for m in view.of("received"))
        return received or is_own(view, count)
    return False
