"""What the numbers of a text are to each other: wholes and parts, sums of two, civilians counted apart from soldiers.

Arithmetic and nearness only; what it means is learned.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from scrapers.extraction.document import Document, Item
from scrapers.extraction.tokens import Sentence, ends_clause

PARTS_TOLD = 16  # numbers after a whole that may be its parts
MAX_ITEMS_FOR_PAIRS = 60
CUE_REACH = 24  # tokens before a number that may say whether it is part of a count before it, or in addition
HEAD_REACH, LABEL_REACH = 6, 5
OF_THEM = 2  # tokens after a number: "seven of them"
COUNTED = frozenset({"soldier", "bodies", "officers", "privates", "sergeants", "women", "exchange"})
# Whether civilians are part of the count before them, or in addition; the strongest first.
CUES = ("among", "besides", "rest", "conjunction")


class Sums:
    """Which numbers are wholes of numbers after them, parts of one before, or sums of two others."""

    def __init__(self, document: Document) -> None:
        self.whole: dict[int, int] = {}
        self.part: dict[int, int] = {}
        self.pair_whole: set[int] = set()
        self.pair_part: set[int] = set()
        # "277 came home: 246 exchanged, 31 outside the exchange": the whole, and what is left of it.
        self.with_outside: set[int] = set()
        self.without_outside: set[int] = set()
        items = document.items
        sentences = {place for place, sentence in enumerate(document.sentences) if _is_outside(document, sentence)}
        outside = {item.value for item in items if item.value is not None and item.sentence in sentences}
        numbers = [(index, item.value) for index, item in enumerate(items) if item.value is not None]
        for at, (index, value) in enumerate(numbers):
            if value >= 4:
                for begin in range(at + 1, min(len(numbers), at + 4)):
                    self._run(numbers, index, value, begin)
        if len(numbers) <= MAX_ITEMS_FOR_PAIRS:
            self._pairs(numbers, outside)

    def _run(self, numbers: list[tuple[int, int]], index: int, value: int, begin: int) -> None:
        total = 0
        for end in range(begin, min(len(numbers), begin + PARTS_TOLD)):
            total += numbers[end][1]
            if total == value and end > begin:
                length = end - begin + 1
                self.whole[index] = max(self.whole.get(index, 0), length)
                for part, _ in numbers[begin : end + 1]:
                    self.part[part] = max(self.part.get(part, 0), length)
            if total >= value:
                return

    def _pairs(self, numbers: list[tuple[int, int]], outside: set[int]) -> None:
        at: dict[int, list[int]] = {}
        for index, value in numbers:
            at.setdefault(value, []).append(index)
        values = sorted(value for value in at if value >= 1)
        for place, small in enumerate(values):
            for large in values[place + 1 :]:
                if large >= 5 and small + large in at:
                    self.pair_whole.update(at[small + large])
                    self.pair_part.update(at[small] + at[large])
                    if small in outside or large in outside:
                        self.with_outside.update(at[small + large])
                        self.without_outside.update(at[large] if small in outside else at[small])


def _is_outside(document: Document, sentence: Sentence) -> bool:
    return any("outside" in word.concepts for word in document.words[sentence.first : sentence.last])


class Civilians(NamedTuple):
    """A number of civilians: its item, and the word before it that says how it stands to the others, if one does."""

    item: int
    cue: str


def civilians_of(document: Document) -> list[Civilians]:
    """Numbers next to a word for civilians: "20 civilians", "civilians: 20", in the order of the text."""
    found = []
    for index, item in enumerate(document.items):
        if item.value and _counts_civilians(document, item):
            found.append(Civilians(index, civilians_cue(document, item)))
    return found


def _counts_civilians(document: Document, item: Item) -> bool:
    for at in range(item.last, min(item.last + HEAD_REACH, document.sentences[item.sentence].last)):
        if ends_clause(document.tokens[at]):
            break
        if "civilian" in document.words[at].concepts:
            return True
        if not COUNTED.isdisjoint(document.words[at].concepts):
            return False
    return _is_after_civilians(document, item)


def _is_after_civilians(document: Document, item: Item) -> bool:
    """ "civilians: 20", "civilians came too. There are eight of them"; no other number or noun may stand between."""
    for at in range(item.first - 1, max(-1, item.first - 1 - LABEL_REACH), -1):
        if document.tokens[at].kind == "number" or not COUNTED.isdisjoint(document.words[at].concepts):
            return False
        if "civilian" in document.words[at].concepts:
            return True
    return False


class ToldAmong:
    """Which civilians a text counts among another number: "90 defenders, among them 10 women and two civilians", "90
    people came home. Two of them are civilians". Holds pairs of values: of a count, and of civilians told after it,
    with a word for "among" between or just behind them and none for "besides". ``places`` are ``places_of_among``.
    """

    def __init__(
        self, document: Document, places: Sequence[int], counts: Iterable[Item], civilians: Iterable[Item]
    ) -> None:
        self._ends: dict[int, int] = {}  # of a value's first count: the token behind it
        self._reaches: dict[int, int] = {}  # of a value of civilians: how late a count before them may end
        for item in counts:
            if item.value is not None:
                self._ends[item.value] = min(self._ends.get(item.value, item.last), item.last)
        for item in civilians:
            sentence = document.sentences[item.sentence]
            among = places[min(item.last + OF_THEM, sentence.last) - 1]
            if item.value is not None and among >= sentence.first and civilians_cue(document, item) != "besides":
                reach = min(item.first, among)
                self._reaches[item.value] = max(self._reaches.get(item.value, reach), reach)

    def __contains__(self, pair: object) -> bool:
        match pair:
            case (int() as count, int() as civilians) if count in self._ends and civilians in self._reaches:
                return self._ends[count] <= self._reaches[civilians]
        return False


def places_of_among(document: Document) -> list[int]:
    """Of each token the place of the last word for "among" up to it, or -1."""
    found, last = [], -1
    for at, word in enumerate(document.words):
        last = at if "among" in word.concepts else last
        found.append(last)
    return found


def civilians_cue(document: Document, item: Item) -> str:
    """The strongest cue back to another number or the sentence's begin: "among them sailors and two civilians"."""
    found: set[str] = set()
    for at in range(item.first - 1, max(document.sentences[item.sentence].first, item.first - CUE_REACH) - 1, -1):
        if document.tokens[at].kind == "number":
            break
        found.update(document.words[at].concepts)
    return next((cue for cue in CUES if cue in found), "none")


def concepts_after(document: Document, item: Item) -> set[str]:
    """What is named behind a number, up to the end of the clause or another number."""
    found: set[str] = set()
    for at in range(item.last, min(item.last + HEAD_REACH, document.sentences[item.sentence].last)):
        if ends_clause(document.tokens[at]):
            break
        found.update(document.words[at].concepts)
    return found
