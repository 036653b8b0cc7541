"""The other side's figure, from words that repeat a number: "84 soldiers came home, as many were given for them".

The repeated number is chosen among the figures that figures.py extracted.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from scrapers.extraction.document import Document, Item
from scrapers.extraction.figures import Figure
from scrapers.extraction.vocabulary import Mark, words_of

OTHER_SIDE = {"released_total": "returned_to_russia", "returned_to_russia": "released_total"}
REPEATED = (*OTHER_SIDE, "military")  # where civilians are counted too, only the soldiers' number is repeated
LIKELY = 0.5
REACH = 1  # sentences back to the repeated number
BEFORE = 2  # tokens before the expression that may change it
# One of these is in the sentence of 349 of 351 labelled expressions; "as many songs" has none.
OF_SIDES = frozenset(
    {"russian", "ukrainian", "separatists", "our", "own", "captive", "hand_over", "receive", "return"}
    | {"in_return", "release", "both_sides"}
)


def other_side(document: Document, figures: Sequence[Figure]) -> list[Figure]:
    """The figure of the side given only by "as many", or none. ``figures`` are those of one event."""
    given = [measure for measure in OTHER_SIDE if any(figure.measure == measure for figure in figures)]
    if len(given) != 1 or not document.as_many:
        return []
    items, by_item = document.items, _repeated(document, figures)
    ordered = sorted(by_item)
    for place, index in enumerate(ordered):
        mark = _first_after(document, items[index])
        if mark is None:
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


def _is_of_a_side(document: Document, mark: Mark) -> bool:
    """False for "twice as many", "almost as many", "as many as 50", "the same number as in June", "as many songs"."""
    tokens, held = document.tokens, words_of("numbers")
    sentence = document.sentences[document.sentence_of(mark.first)]
    before = {token.text for token in tokens[max(sentence.first, mark.first - BEFORE) : mark.first]}
    after = tokens[mark.last].text if mark.last < sentence.last else ""
    if after == "," and mark.last + 1 < sentence.last:
        after = tokens[mark.last + 1].text
    if not before.isdisjoint(held["not_as_many_after"]) or after in held["not_as_many_before"]:
        return False
    return any(not OF_SIDES.isdisjoint(word.concepts) for word in document.words[sentence.first : sentence.last])


def _first_after(document: Document, item: Item) -> Mark | None:
    """The first expression after a number, in its sentence or the next, that repeats it for the other side."""
    at = bisect_left(document.as_many, item.last, key=lambda mark: mark.first)
    for place in range(at, len(document.as_many)):
        mark = document.as_many[place]
        if document.sentence_of(mark.first) > item.sentence + REACH:
            break
        if _is_of_a_side(document, mark):
            return mark
    return None
