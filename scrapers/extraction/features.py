"""The model's input: features of the whole text, of each sentence and of each item, and the sentence of each item.

A feature is a tuple of plain values; which of them matter is learned. Of a word, only its stem and its concepts in
words/concepts.yaml are used.
"""

from __future__ import annotations

from bisect import bisect_left
from functools import lru_cache
from itertools import chain, pairwise
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
        | {"wounded", "children", "missing", "families", "thing", "unit", "day_word", "week_word", "month_word"}
        | {"year_word", "stage", "exchange"}
    ),
}
CLAUSE_ENDS = frozenset(",;.()\n:")
# Upper bounds of the buckets for a number's value; all larger ones share a bucket.
VALUES = (0, 1, 2, 3, 5, 10, 20, 40, 60, 100, 150, 200, 400, 600, 1000, 1500, 1990, 2100, 5000, 12000)
FIRST_YEAR, LAST_YEAR = 2000, 2030  # a number between them may be a year
WINDOW = 4  # words on either side that are features with their position
REACH = 8  # tokens on either side that are features as a bag
REPEATS = 8  # first occurrences of a repeated number that are features of the others
HEAD_REACH = 8  # tokens in which the noun of a number is looked for
ENDING = 3  # last letters of a verb, which tell what was done from what will be
ROOT, SENTENCE, ITEM = 0, 1, 2


class Place(NamedTuple):
    """One position of the model's input sequence: the whole text, a sentence, or an item.

    ``own`` are its own features, ``shared`` bags of features that other places hold too; ``sentence`` is -1 for the
    whole text; ``item`` an index into Document.items; ``value`` a count that may occur elsewhere in the text too.
    """

    kind: int
    own: list[Feature]
    sentence: int
    item: int | None = None
    value: int | None = None
    shared: tuple[list[Feature], ...] = ()

    @property
    def features(self) -> list[Feature]:
        return list(chain(self.own, *self.shared))


def places(document: Document) -> list[Place]:
    """The whole text, then each sentence followed by its items, in text order."""
    found = [Place(ROOT, _root(document), -1)]
    by_sentence: dict[int, list[int]] = {}
    for index, item in enumerate(document.items):
        by_sentence.setdefault(item.sentence, []).append(index)
    seen = _Seen(document)
    meanings = [_meanings(document, position) for position in range(len(document.sentences))]
    of_title: list[Feature] = [("tm", concept) for concept in meanings[0]] if meanings else []
    for position in range(len(document.sentences)):
        found.append(Place(SENTENCE, _of_sentence(document, position), position))
        if position not in by_sentence:
            continue
        near = _Near(document, position)
        of_sentence: list[Feature] = [("sm", concept) for concept in meanings[position]]
        of_previous: list[Feature] = [("pm", concept) for concept in meanings[position - 1]] if position else []
        shared = (of_sentence, of_previous, of_title)
        for index in by_sentence[position]:
            value = document.items[index].value
            repeated = value if value is not None and value > 3 else None
            found.append(Place(ITEM, seen.of_item(index, near), position, index, repeated, shared))
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


@lru_cache(maxsize=4096)
def _groups_of(concepts: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """The groups that a word's concepts belong to, each with the first such concept."""
    firsts = ((name, next((one for one in concepts if one in group), "")) for name, group in GROUPS.items())
    return tuple((name, first) for name, first in firsts if first)


class _Near:
    """The words of a sentence that belong to each of GROUPS, to find the nearest on either side of an item."""

    def __init__(self, document: Document, position: int) -> None:
        sentence = document.sentences[position]
        self._at: dict[str, list[int]] = {name: [] for name in GROUPS}
        self._concept: dict[str, list[str]] = {name: [] for name in GROUPS}
        for index in range(sentence.first, sentence.last):
            if document.words[index].concepts:
                for name, concept in _groups_of(document.words[index].concepts):
                    self._at[name].append(index)
                    self._concept[name].append(concept)

    def around(self, item: Item, group: str) -> tuple[tuple[int, str], tuple[int, str]]:
        """The nearest word of a group before and after an item: its token, -1 for none, and its concept."""
        at, concepts = self._at[group], self._concept[group]
        before, after = bisect_left(at, item.first) - 1, bisect_left(at, item.last)
        left = (at[before], concepts[before]) if before >= 0 else (-1, "^")
        right = (at[after], concepts[after]) if after < len(at) else (-1, "$")
        return left, right


def _repeated(document: Document) -> dict[int, list[int]]:
    """The items that hold each count that occurs more than once."""
    found: dict[int, list[int]] = {}
    for index, item in enumerate(document.items):
        if item.value is not None and item.value > 3 and document.counts[item.value] > 1:
            found.setdefault(item.value, []).append(index)
    return found


class _Seen:
    """Computes the features of a text's items."""

    def __init__(self, document: Document) -> None:
        self.document, self.sums = document, Sums(document)
        self.largest = max((item.value for item in document.items if item.value is not None), default=0)
        self.in_title = {
            item.value
            for item in document.items
            if document.has_title and item.sentence == 0 and item.value is not None
        }
        self.civilians = civilians_of(document)
        self.days = [index for index, item in enumerate(document.items) if item.kind == "day"]
        self.by_value = _repeated(document)
        repeated = (index for same in self.by_value.values() for index in same)
        self.sides = {index: _beside(document, document.items[index]) for index in repeated}

    def of_item(self, index: int, near: _Near) -> list[Feature]:
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

    def _head(self, item: Item, high: int) -> tuple[str, str]:
        """The concepts of the first known noun to the right of a number, and of the noun that a conjunction adds to
        it: "49 defenders and civilians" are not all soldiers.
        """
        tokens, words = self.document.tokens, self.document.words
        head, is_joined = "$", False
        for index in range(item.last, min(high, item.last + HEAD_REACH)):
            if _ends(tokens[index]):
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
