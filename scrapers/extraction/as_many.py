"""The other side's figure, from words that repeat a number: "84 soldiers came home, as many were given for them".

The repeated number is chosen among the figures that figures.py extracted.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from scrapers.extraction.document import Document, Item
from scrapers.extraction.figures import Figure
from scrapers.extraction.vocabulary import Mark

OTHER_SIDE = {"released_total": "returned_to_russia", "returned_to_russia": "released_total"}
REPEATED = (*OTHER_SIDE, "military")  # where civilians are counted too, only the soldiers' number is repeated
LIKELY = 0.5
REACH = 1  # sentences back to the repeated number


def other_side(document: Document, figures: Sequence[Figure]) -> list[Figure]:
    """The figure of the side given only by "as many", or none. ``figures`` are those of one event."""
    given = [measure for measure in OTHER_SIDE if any(figure.measure == measure for figure in figures)]
    if len(given) != 1 or not document.as_many:
        return []
    items, by_item = document.items, _repeated(document, figures)
    ordered = sorted(by_item)
    for place, index in enumerate(ordered):
        mark = _first_after(document, items[index])
        if mark is None or document.sentence_of(mark.first) > items[index].sentence + REACH:
            continue
        is_nearest = place + 1 == len(ordered) or items[ordered[place + 1]].first > mark.first
        number = items[index].number
        if is_nearest and number is not None:
            own, at = by_item[index], (mark.first, mark.last)
            return [Figure(OTHER_SIDE[given[0]], number.value, own.belief, 0.0, (index,), as_many=at)]
    return []


def _repeated(document: Document, figures: Sequence[Figure]) -> dict[int, Figure]:
    """The figures that an expression may repeat, by the items that give them."""
    likely = [figure for figure in figures if figure.measure in REPEATED and figure.belief >= LIKELY]
    return {i: figure for figure in likely for i in figure.items if document.items[i].value == figure.value}


def _first_after(document: Document, item: Item) -> Mark | None:
    at = bisect_left(document.as_many, item.last, key=lambda mark: mark.first)
    return document.as_many[at] if at < len(document.as_many) else None
