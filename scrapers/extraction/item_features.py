"""Features of an item, a number, a day or a mediator: the words, concepts and days around it.

What only numbers have is in number_features.py.
"""

from __future__ import annotations

from bisect import bisect_left

from scrapers.extraction.document import Document, Item
from scrapers.extraction.number_features import NumberFeatures
from scrapers.extraction.tokens import ends_clause
from scrapers.extraction.words_around import ENDING, GROUPS, Feature, NearestConcepts, stem_at, zone

WINDOW = 4  # words on either side that are features with their position
REACH = 8  # tokens on either side that are features as a bag


class ItemFeatures:
    """Computes the features of a text's items."""

    def __init__(self, document: Document) -> None:
        self.document, self._numbers = document, NumberFeatures(document)
        self.days = [index for index, item in enumerate(document.items) if item.kind == "day"]

    def of_item(self, index: int, near: NearestConcepts) -> list[Feature]:
        item = self.document.items[index]
        sentence = self.document.sentences[item.sentence]
        low, high = sentence.first, sentence.last
        found: list[Feature] = [("k", item.kind)]
        found += self._window(item, low, high)
        found += self._bags(item, low, high)
        around = {name: near.around(item, name) for name in GROUPS}
        for name, ((_, left), (_, right)) in around.items():
            found += [(name, "l", left), (name, "r", right), (name, left, right)]
        (at_l, deed_l), (at_r, deed_r) = around["deed"]
        (_, who_l), (_, who_r) = around["who"]
        # The endings of the nearest deeds: "returned" and "will return" differ in them alone.
        if at_l >= 0:
            found.append(("l form", deed_l, self.document.tokens[at_l].text[-ENDING:]))
        if at_r >= 0:
            found.append(("r form", deed_r, self.document.tokens[at_r].text[-ENDING:]))
        found += [
            ("deed who", deed_l, who_r), ("deed who l", deed_l, who_l), ("who", who_l, deed_r, who_r),
            ("zone", zone(self.document, item.sentence)), ("length", min(5, (high - low) // 6)),
            ("part", 4 * item.sentence // len(self.document.sentences)), ("begins", item.first - low < 2),
        ]  # fmt: skip
        found += self._days_near(index, item)
        if item.kind == "number":
            found += self._numbers.of_number(index, item, high, around)
        elif item.day is not None:
            found += [("day", _distance(self.document, item)), ("basis", item.day.basis)]
            found.append(("day zone", _distance(self.document, item), zone(self.document, item.sentence)))
        else:
            found.append(("mediator", item.mediator or ""))
        return found

    def _window(self, item: Item, low: int, high: int) -> list[Feature]:
        words = self.document.words
        found: list[Feature] = []
        for step in range(1, WINDOW + 1):
            index = item.first - step
            if index < low:
                found.append(("w", -step, "^"))
                break
            found.append(("w", -step, stem_at(self.document, index)))
            found += [("c", -step, concept) for concept in words[index].concepts]
        for step in range(WINDOW + 1):
            index = item.last + step
            if index >= high:
                found.append(("w", step, "$"))
                break
            found.append(("w", step, stem_at(self.document, index)))
            found += [("c", step, concept) for concept in words[index].concepts]
        left = stem_at(self.document, item.first - 1) if item.first > low else "^"
        right = stem_at(self.document, item.last) if item.last < high else "$"
        found.append(("ww", left, right))
        return found

    def _bags(self, item: Item, low: int, high: int) -> list[Feature]:
        """Words right and left of an item, up to the end of the clause or another number."""
        tokens = self.document.tokens
        right: dict[Feature, None] = {}
        index = item.last
        while index < min(high, item.last + REACH) and not ends_clause(tokens[index]):
            self._add(right, "r", index)
            index += 1
        left: dict[Feature, None] = {}
        back = item.first - 1
        while back >= max(low, item.first - REACH) and not (ends_clause(tokens[back]) and tokens[back].text != ":"):
            self._add(left, "l", back)
            back -= 1
        ends: list[Feature] = [
            ("r end", "$" if index >= high else stem_at(self.document, index)),
            ("l end", "^" if back < low else stem_at(self.document, back)),
        ]
        if item.first - 2 >= low and tokens[item.first - 1].text in "-:(":
            ends.append(("l mark", tokens[item.first - 1].text))
        return [*right, *left, *ends]

    def _add(self, bag: dict[Feature, None], side: str, index: int) -> None:
        bag[side + "s", stem_at(self.document, index)] = None
        for concept in self.document.words[index].concepts:
            bag[side + "c", concept] = None
        service = self.document.services.get(index)
        if service is not None:
            bag[side + " service",] = None
            bag[side + " service", service.code] = None

    def _days_near(self, index: int, item: Item) -> list[Feature]:
        items = self.document.items
        position = bisect_left(self.days, index)
        before = items[self.days[position - 1]] if position else None
        position += position < len(self.days) and self.days[position] == index
        after = items[self.days[position]] if position < len(self.days) else None
        found: list[Feature] = []
        if before is None:
            found.append(("day before", "none"))
        else:
            found.append(("day before", _distance(self.document, before), before.sentence == item.sentence))
        if after is not None and after.sentence == item.sentence:
            found.append(("day after", _distance(self.document, after)))
        return found


def _distance(document: Document, item: Item) -> str:
    """The distance of a day from publication, in buckets."""
    day = item.day.value if item.day is not None else None
    if day is None or document.published is None:
        return "?"
    days = (day - document.published).days
    if days > 0:
        return "ahead"
    return next(
        (name for limit, name in ((0, "0"), (-1, "1"), (-3, "3"), (-7, "7"), (-31, "31")) if days >= limit), "old"
    )
