"""Assigns the numbers of a text to its days: of recalled exchanges, or of one exchange that took several days.

Which mentions are such days, and which numbers are figures, is predicted by model.py.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from scrapers.extraction.document import Item

NEAR = 2  # sentences after a day to which it still applies


def group_by_day(items: Sequence[Item], days: Mapping[int, date], figures: Iterable[int]) -> dict[date, list[int]]:
    """Figures by the nearest day; those far from any day are left out. ``days`` maps item indices to days;
    ``figures`` are item indices in text order.
    """
    by_sentence: dict[int, list[int]] = defaultdict(list)
    for index in days:
        by_sentence[items[index].sentence].append(index)
    first_figures: dict[int, int] = {}
    figures = list(figures)
    for index in figures:
        first_figures.setdefault(items[index].sentence, items[index].first)
    groups: dict[date, list[int]] = {}
    for index in figures:
        day = _day_of(items, items[index], by_sentence, first_figures)
        if day is not None:
            groups.setdefault(days[day], []).append(index)
    return groups


def _day_of(
    items: Sequence[Item], figure: Item, by_sentence: Mapping[int, list[int]], first_figures: Mapping[int, int]
) -> int | None:
    """In the figure's sentence, the day before it, or after it where figures come first ("310 on 5 June, 297 on 6
    June"); else the last day named in the sentences before.
    """
    own = by_sentence.get(figure.sentence, [])
    if own:
        follows = bisect_left(own, figure.first, key=lambda index: items[index].first)
        is_before = first_figures[figure.sentence] > items[own[0]].first
        return own[max(0, follows - 1)] if is_before else own[min(follows, len(own) - 1)]
    for sentence in range(figure.sentence - 1, figure.sentence - NEAR - 1, -1):
        if sentence in by_sentence:
            return by_sentence[sentence][-1]
    return None
