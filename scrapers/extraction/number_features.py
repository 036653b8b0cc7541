"""Features of a number: its value, the noun it counts, the numbers beside it, sums that close, civilians elsewhere.

Features of all items are in item_features.py.
"""

from __future__ import annotations

from bisect import bisect_left

from scrapers.extraction.document import Document, Item
from scrapers.extraction.number_pairs import Sums, civilians_of
from scrapers.extraction.numbers import Number
from scrapers.extraction.tokens import ends_clause
from scrapers.extraction.words_around import GROUPS, Around, Feature, stem_at

# Upper bounds of the buckets for a number's value; all larger ones share a bucket.
VALUES = (0, 1, 2, 3, 5, 10, 20, 40, 60, 100, 150, 200, 400, 600, 1000, 1500, 1990, 2100, 5000, 12000)
FIRST_YEAR, LAST_YEAR = 2000, 2030  # a number between them may be a year
REPEATS = 8  # first occurrences of a repeated number that are features of the others
HEAD_REACH = 8  # tokens in which the noun of a number is looked for


class NumberFeatures:
    """Computes the features of a text's numbers."""

    def __init__(self, document: Document) -> None:
        self.document, self.sums = document, Sums(document)
        self.largest = max((item.value for item in document.items if item.value is not None), default=0)
        self.in_title = {
            item.value
            for item in document.items
            if document.has_title and item.sentence == 0 and item.value is not None
        }
        self.civilians = civilians_of(document)
        self.by_value = _repeated(document)
        repeated = (index for same in self.by_value.values() for index in same)
        self.sides = {index: _beside(document, document.items[index]) for index in repeated}

    def of_number(self, index: int, item: Item, high: int, around: Around) -> list[Feature]:
        number = item.number
        assert number is not None
        (_, deed_l), (_, deed_r) = around["deed"]
        (_, who_l), (_, who_r) = around["who"]
        head, joined = self._head(item, high)
        found: list[Feature] = [
            ("h", head), ("h and", head, joined), ("h deed", head, deed_l), ("h deed r", head, deed_r),
            ("h who", head, who_l, who_r),
            ("v", next((limit for limit in VALUES if number.value <= limit), -1)), ("ordinal", number.is_ordinal),
            ("in words", number.in_words), ("year", _may_be_year(number)),
        ]  # fmt: skip
        if number.value <= 3:
            found.append(("small", number.value))
        if self.document.published is not None and _may_be_year(number):
            found.append(("years ago", self.document.published.year - number.value))
        found += self._touching(item)
        found.append(("digits", 0 if number.in_words else min(5, len(self.document.tokens[item.first].text))))
        found += self._of_value(index, item.value) if item.value is not None else []
        found += self._beside_civilians(index, item, head)
        return found + self._beside_numbers(index, item, number.value)

    def _touching(self, item: Item) -> list[Feature]:
        """What stands next to a number without a space."""
        tokens, found = self.document.tokens, list[Feature]()
        if item.first and tokens[item.first - 1].end == tokens[item.first].start:
            found.append(("touches l", tokens[item.first - 1].text[:3]))
        if item.last < len(tokens) and tokens[item.last].start == tokens[item.last - 1].end:
            found.append(("touches r", tokens[item.last].text[:3]))
        return found

    def _beside_numbers(self, index: int, item: Item, value: int) -> list[Feature]:
        """How a number compares with the items next to it, and the word between it and another number."""
        tokens, items, found = self.document.tokens, self.document.items, list[Feature]()
        for name, other in (("next", items[index + 1 : index + 2]), ("last", items[max(0, index - 1) : index])):
            if other and other[0].number is not None:
                neighbour = other[0].number.value
                found.append((name, "<" if neighbour < value else ">" if neighbour > value else "="))
                if neighbour == value and name == "next" and item.last < len(tokens):
                    found.append(("repeated after", stem_at(self.document, item.last)))
        for name, at, between in (
            ("number between", item.last + 1, item.last), ("number before", item.first - 2, item.first - 1),
        ):  # fmt: skip
            if 0 <= at < len(tokens) and tokens[at].kind == "number" and tokens[between].kind != "line":
                found.append((name, stem_at(self.document, between)))
        return found

    def _beside_civilians(self, index: int, item: Item, head: str) -> list[Feature]:
        """Whether civilians counted elsewhere in the text are among these people or in addition to them."""
        at = bisect_left(self.civilians, index, key=lambda one: one.item)
        others = [one for one in self.civilians[max(0, at - 1) : at + 2] if one.item != index]
        if not others or item.value is None:
            return [("civilians", bool(self.civilians))]
        nearest = min(others, key=lambda one: abs(self.document.items[one.item].sentence - item.sentence))
        other = self.document.items[nearest.item]
        assert other.value is not None
        where = "same" if other.sentence == item.sentence else "after" if nearest.item > index else "before"
        size = "more" if other.value > item.value else "fewer" if other.value < item.value else "as many"
        closes = self.document.counts[item.value + other.value] > 0
        return [
            ("civilians", nearest.cue, where, size), ("civilians", nearest.cue, head),
            ("civilians close", closes, size),
            ("civilians parts", index in self.sums.whole, nearest.item in self.sums.part, index in self.sums.part),
        ]  # fmt: skip

    def _of_value(self, index: int, value: int) -> list[Feature]:
        sums, found = self.sums, list[Feature]()
        if value > 3:
            if self.document.counts[value] > 1:
                found.append(("times", min(4, self.document.counts[value])))
            if value in self.in_title:
                found.append(("in title",))
            for other in self.by_value.get(value, ())[:REPEATS]:
                if other != index:
                    found += [("same", side) for side in self.sides[other]]
        if value == self.largest:
            found.append(("largest",))
        if index in sums.whole:
            found += [("whole",), ("whole", min(4, sums.whole[index]))]
        if index in sums.part:
            found += [("part of",), ("part of", min(4, sums.part[index]))]
        if index in sums.pair_whole:
            found.append(("pair whole",))
        if index in sums.pair_part:
            found.append(("pair part",))
        if index in sums.with_outside:
            found.append(("with outside",))
        if index in sums.without_outside:
            found.append(("without outside",))
        return found

    def _head(self, item: Item, high: int) -> tuple[str, str]:
        """The concepts of the first known noun to the right of a number, and of the noun that a conjunction adds to
        it: "49 defenders and civilians" are not all soldiers.
        """
        tokens, words = self.document.tokens, self.document.words
        head, is_joined = "$", False
        for index in range(item.last, min(high, item.last + HEAD_REACH)):
            if ends_clause(tokens[index]):
                break
            is_joined |= head != "$" and "conjunction" in words[index].concepts
            nouns = [concept for concept in words[index].concepts if concept in GROUPS["noun"]]
            if nouns and is_joined:
                return head, "+".join(nouns[:2])
            if nouns and head == "$":
                head = "+".join(nouns[:2])
        return head, "$"


def _may_be_year(number: Number) -> bool:
    return FIRST_YEAR <= number.value <= LAST_YEAR and not number.in_words


def _beside(document: Document, item: Item) -> tuple[str, ...]:
    """Concepts next to a number, as features of the other occurrences of the same number."""
    if item.value is None or item.value <= 3:
        return ()
    tokens, words = document.tokens, document.words
    found: list[str] = []
    for index in range(item.last, min(item.last + 6, len(tokens))):
        if ends_clause(tokens[index]):
            break
        found += ["r " + concept for concept in words[index].concepts]
    for index in range(item.first - 1, max(-1, item.first - 7), -1):
        if ends_clause(tokens[index]):
            break
        found += ["l " + concept for concept in words[index].concepts]
    return tuple(dict.fromkeys(found))


def _repeated(document: Document) -> dict[int, list[int]]:
    """The items that hold each count that occurs more than once."""
    found: dict[int, list[int]] = {}
    for index, item in enumerate(document.items):
        if item.value is not None and item.value > 3 and document.counts[item.value] > 1:
            found.setdefault(item.value, []).append(index)
    return found
