"""Assigns the numbers of a text to its several exchanges: to the nearest of their days, or of their totals.

Which mentions are such days, totals and figures is predicted by model.py.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from scrapers.extraction.document import Item

NEAR = 2  # sentences after an anchor to which it still applies
Anchor = TypeVar("Anchor")


def group_by_nearest(
    items: Sequence[Item], anchors: Mapping[int, Anchor], figures: Iterable[int]
) -> dict[Anchor, list[int]]:
    """Figures by the nearest anchor; those far from any are left out. ``anchors`` maps item indices to the day or
    total that stands there; ``figures`` are item indices in text order.
    """
    by_sentence: dict[int, list[int]] = defaultdict(list)
    for index in anchors:
        by_sentence[items[index].sentence].append(index)
    first_figures: dict[int, int] = {}
    figures = list(figures)
    for index in figures:
        first_figures.setdefault(items[index].sentence, items[index].first)
    groups: dict[Anchor, list[int]] = {}
    for index in figures:
        nearest = _nearest(items, items[index], by_sentence, first_figures)
        if nearest is not None:
            groups.setdefault(anchors[nearest], []).append(index)
    return groups


def _nearest(
    items: Sequence[Item], figure: Item, by_sentence: Mapping[int, list[int]], first_figures: Mapping[int, int]
) -> int | None:
    """In the figure's sentence, the anchor before it, or after it where figures come first ("310 on 5 June, 297 on 6
    June"); else the last anchor in the sentences before.
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
