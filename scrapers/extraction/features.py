"""The model's input: features of the whole text, of each sentence and of each item, and the sentence of each item.

A feature is a tuple of plain values; which of them matter is learned. Of a word, only its stem and its concepts in
words/concepts.yaml are used.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise
from typing import NamedTuple

from scrapers.extraction.document import Document, Item
from scrapers.extraction.number_pairs import Sums, civilians_of
from scrapers.extraction.numbers import Number
from scrapers.extraction.tokens import Token

Feature = tuple[str | int, ...]
# Groups of concepts; the nearest of each group on either side of an item is a feature.
GROUPS = {
    "deed": frozenset(
        {"return", "release", "exchange", "hand_over", "receive", "happened", "future", "plan", "held", "convicted"}
        | {"cancelled", "recall", "denied", "talks", "tortured"}
    ),
    "who": frozenset({"ukrainian", "russian", "our", "both_sides", "other_country", "separatists"}),
    "when": frozenset({"today", "yesterday", "recall", "again", "future", "since_war", "in_all"}),
    "noun": frozenset(
        {"captive", "soldier", "civilian", "person", "bodies", "officers", "privates", "sergeants", "women", "men"}
        | {"wounded", "children", "missing", "families", "thing", "unit", "day_word", "month_word", "year_word"}
        | {"stage", "exchange"}
    ),
}
CLAUSE_ENDS = frozenset(",;.()\n:")
# Upper bounds of the buckets for a number's value; all larger ones share a bucket.
VALUES = (0, 1, 2, 3, 5, 10, 20, 40, 60, 100, 150, 200, 400, 600, 1000, 1500, 1990, 2100, 5000, 12000)
FIRST_YEAR, LAST_YEAR = 2000, 2030  # a number between them may be a year
WINDOW = 4  # words on either side that are features with their position
REACH = 8  # tokens on either side that are features as a bag
REPEATS = 8  # first occurrences of a repeated number that are features of the others
ENDING = 3  # last letters of a verb, which tell what was done from what will be
ROOT, SENTENCE, ITEM = 0, 1, 2


class Place(NamedTuple):
    """One position of the model's input sequence: the whole text, a sentence, or an item.

    ``sentence`` is -1 for the whole text; ``item`` an index into Document.items; ``value`` a count that may occur
    elsewhere in the text too.
    """

    kind: int
    features: list[Feature]
    sentence: int
    item: int | None = None
    value: int | None = None


def places(document: Document) -> list[Place]:
    """The whole text, then each sentence followed by its items, in text order."""
    meanings = [_meanings(document, position) for position in range(len(document.sentences))]
    found = [Place(ROOT, _root(document), -1)]
    sums = Sums(document)
    by_sentence: dict[int, list[int]] = {}
    for index, item in enumerate(document.items):
        by_sentence.setdefault(item.sentence, []).append(index)
    sides = {index: _beside(document, document.items[index]) for index in range(len(document.items))}
    seen = _Seen(document, sums, meanings, sides)
    for position in range(len(document.sentences)):
        found.append(Place(SENTENCE, _of_sentence(document, position), position))
        for index in by_sentence.get(position, ()):
            value = document.items[index].value
            repeated = value if value is not None and value > 3 else None
            found.append(Place(ITEM, seen.of_item(index), position, index, repeated))
    return found


def _root(document: Document) -> list[Feature]:
    return [
        ("root",), ("root title", document.has_title), ("root sentences", min(8, len(document.sentences) // 3)),
        ("root items", min(8, len(document.items) // 3)),
    ]  # fmt: skip


def _zone(document: Document, sentence: int) -> str | int:
    return "title" if document.has_title and sentence == 0 else min(sentence, 4)


def _of_sentence(document: Document, position: int) -> list[Feature]:
    sentence = document.sentences[position]
    found: dict[Feature, None] = {("s",): None}  # in text order, so that sums are reproducible
    stems: list[str] = []
    meant: list[tuple[str, ...]] = []
    for index in range(sentence.first, sentence.last):
        token, word = document.tokens[index], document.words[index]
        if token.kind == "word":
            found["sw", word.stem] = None
            stems.append(word.stem)
            for concept in word.concepts:
                found["sc", concept] = None
                if concept in GROUPS["deed"]:
                    found["s form", concept, token.text[-ENDING:]] = None
        elif token.kind == "number":
            found["sw", "#"] = None
        if word.concepts:
            meant.append(word.concepts)
    for left, right in pairwise(meant):
        for a in left:
            for b in right:
                found["scc", a, b] = None
    for a, b in pairwise(stems):
        found["sww", a, b] = None
    found["s zone", _zone(document, position)] = None
    found["s part", 4 * position // max(1, len(document.sentences))] = None
    found["s length", min(5, (sentence.last - sentence.first) // 6)] = None
    return list(found)


def _meanings(document: Document, position: int) -> tuple[str, ...]:
    sentence = document.sentences[position]
    words = document.words[sentence.first : sentence.last]
    return tuple(dict.fromkeys(concept for word in words for concept in word.concepts))


def _beside(document: Document, item: Item) -> tuple[str, ...]:
    """Concepts next to a number, as features of the other occurrences of the same number."""
    if item.value is None or item.value <= 3:
        return ()
    tokens, words = document.tokens, document.words
    found: list[str] = []
    for index in range(item.last, min(item.last + 6, len(tokens))):
        if tokens[index].kind == "number" or tokens[index].text in CLAUSE_ENDS:
            break
        found += ["r " + concept for concept in words[index].concepts]
    for index in range(item.first - 1, max(-1, item.first - 7), -1):
        if tokens[index].kind == "number" or tokens[index].text in CLAUSE_ENDS:
            break
        found += ["l " + concept for concept in words[index].concepts]
    return tuple(dict.fromkeys(found))


class _Seen:
    """Computes the features of a text's items."""

    def __init__(
        self, document: Document, sums: Sums, meanings: list[tuple[str, ...]], sides: dict[int, tuple[str, ...]]
    ):
        self.document, self.sums, self.meanings, self.sides = document, sums, meanings, sides
        self.largest = max((item.value for item in document.items if item.value is not None), default=0)
        self.in_title = {
            item.value
            for item in document.items
            if document.has_title and item.sentence == 0 and item.value is not None
        }
        self.civilians = civilians_of(document)
        self.days = [index for index, item in enumerate(document.items) if item.kind == "day"]
        self.by_value: dict[int, list[int]] = {}
        for index, item in enumerate(document.items):
            if item.value is not None and item.value > 3:
                self.by_value.setdefault(item.value, []).append(index)

    def of_item(self, index: int) -> list[Feature]:
        item = self.document.items[index]
        sentence = self.document.sentences[item.sentence]
        low, high = sentence.first, sentence.last
        found: list[Feature] = [("k", item.kind)]
        found += self._window(item, low, high)
        found += self._bags(item, low, high)
        near = {name: self._nearest(item, low, high, group) for name, group in GROUPS.items()}
        for name, (left, right) in near.items():
            found += [(name, "l", left), (name, "r", right), (name, left, right)]
        (deed_l, deed_r), (who_l, who_r) = near["deed"], near["who"]
        found += self._forms(item, low, high)
        found += [("deed who", deed_l, who_r), ("deed who l", deed_l, who_l), ("who", who_l, deed_r, who_r)]
        found += [("sm", concept) for concept in self.meanings[item.sentence]]
        if item.sentence:
            found += [("pm", concept) for concept in self.meanings[item.sentence - 1]]
        found += [("tm", concept) for concept in self.meanings[0]]
        found += [
            ("zone", _zone(self.document, item.sentence)), ("length", min(5, (high - low) // 6)),
            ("part", 4 * item.sentence // len(self.document.sentences)), ("begins", item.first - low < 2),
        ]  # fmt: skip
        found += self._days_near(index, item)
        if item.kind == "number":
            found += self._of_number(index, item, low, high, deed_l, deed_r, who_l, who_r)
        elif item.day is not None:
            found += [("day", _distance(self.document, item)), ("basis", item.day.basis)]
            found.append(("day zone", _distance(self.document, item), _zone(self.document, item.sentence)))
        else:
            found.append(("mediator", item.mediator or ""))
        return found

    def _stem(self, index: int) -> str:
        token = self.document.tokens[index]
        return "#" if token.kind == "number" else self.document.words[index].stem or token.text

    def _window(self, item: Item, low: int, high: int) -> list[Feature]:
        words = self.document.words
        found: list[Feature] = []
        for step in range(1, WINDOW + 1):
            index = item.first - step
            if index < low:
                found.append(("w", -step, "^"))
                break
            found.append(("w", -step, self._stem(index)))
            found += [("c", -step, concept) for concept in words[index].concepts]
        for step in range(WINDOW + 1):
            index = item.last + step
            if index >= high:
                found.append(("w", step, "$"))
                break
            found.append(("w", step, self._stem(index)))
            found += [("c", step, concept) for concept in words[index].concepts]
        left = self._stem(item.first - 1) if item.first > low else "^"
        right = self._stem(item.last) if item.last < high else "$"
        found.append(("ww", left, right))
        return found

    def _bags(self, item: Item, low: int, high: int) -> list[Feature]:
        """Words right and left of an item, up to the end of the clause or another number."""
        tokens = self.document.tokens
        right: dict[Feature, None] = {}
        index = item.last
        while index < min(high, item.last + REACH) and not _ends(tokens[index]):
            self._add(right, "r", index)
            index += 1
        left: dict[Feature, None] = {}
        back = item.first - 1
        while back >= max(low, item.first - REACH) and not (_ends(tokens[back]) and tokens[back].text != ":"):
            self._add(left, "l", back)
            back -= 1
        ends: list[Feature] = [
            ("r end", "$" if index >= high else self._stem(index)),
            ("l end", "^" if back < low else self._stem(back)),
        ]
        if item.first - 2 >= low and tokens[item.first - 1].text in "-:(":
            ends.append(("l mark", tokens[item.first - 1].text))
        return [*right, *left, *ends]

    def _add(self, bag: dict[Feature, None], side: str, index: int) -> None:
        bag[side + "s", self._stem(index)] = None
        for concept in self.document.words[index].concepts:
            bag[side + "c", concept] = None
        service = self.document.services.get(index)
        if service is not None:
            bag[side + " service",] = None
            bag[side + " service", service.code] = None

    def _nearest(self, item: Item, low: int, high: int, group: frozenset[str]) -> tuple[str, str]:
        words = self.document.words
        left = right = ""
        for index in range(item.first - 1, low - 1, -1):
            left = next((concept for concept in words[index].concepts if concept in group), "")
            if left:
                break
        for index in range(item.last, high):
            right = next((concept for concept in words[index].concepts if concept in group), "")
            if right:
                break
        return left or "^", right or "$"

    def _forms(self, item: Item, low: int, high: int) -> list[Feature]:
        """The endings of the nearest deeds on either side: "returned" and "will return" differ in them alone."""
        found: list[Feature] = []
        for side, at in (("l", range(item.first - 1, low - 1, -1)), ("r", range(item.last, high))):
            for index in at:
                deeds = [concept for concept in self.document.words[index].concepts if concept in GROUPS["deed"]]
                if deeds:
                    found.append((side + " form", deeds[0], self.document.tokens[index].text[-ENDING:]))
                    break
        return found

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

    def _of_number(
        self, index: int, item: Item, low: int, high: int, deed_l: str, deed_r: str, who_l: str, who_r: str
    ) -> list[Feature]:
        number = item.number
        assert number is not None
        head = self._head(item, high)
        found: list[Feature] = [
            ("h", head), ("h deed", head, deed_l), ("h who", head, who_l, who_r), ("h deed r", head, deed_r),
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
                    found.append(("repeated after", self._stem(item.last)))
        for name, at, between in (
            ("number between", item.last + 1, item.last), ("number before", item.first - 2, item.first - 1),
        ):  # fmt: skip
            if 0 <= at < len(tokens) and tokens[at].kind == "number" and tokens[between].kind != "line":
                found.append((name, self._stem(between)))
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

    def _head(self, item: Item, high: int) -> str:
        """The concepts of the first known noun to the right of a number."""
        tokens, words = self.document.tokens, self.document.words
        for index in range(item.last, min(high, item.last + 6)):
            if _ends(tokens[index]):
                break
            nouns = [concept for concept in words[index].concepts if concept in GROUPS["noun"]]
            if nouns:
                return "+".join(nouns[:2])
        return "$"


def _may_be_year(number: Number) -> bool:
    return FIRST_YEAR <= number.value <= LAST_YEAR and not number.in_words


def _ends(token: Token) -> bool:
    return token.kind == "number" or token.text in CLAUSE_ENDS


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
