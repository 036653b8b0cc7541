"""What stands around an item: its neighbours' stems, the nearest word of each group of concepts.

Looking up only; features.py, item_features.py and number_features.py make features of it.
"""

from __future__ import annotations

from bisect import bisect_left
from functools import lru_cache

from scrapers.extraction.document import Document, Item

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
# A group's nearest words before and after an item: their tokens, -1 for none, and their concepts.
Around = dict[str, tuple[tuple[int, str], tuple[int, str]]]
ENDING = 3  # last letters of a verb, which tell what was done from what will be


def stem_at(document: Document, index: int) -> str:
    """A word's stem, "#" for a number, the text of any other token."""
    token = document.tokens[index]
    return "#" if token.kind == "number" else document.words[index].stem or token.text


def zone(document: Document, sentence: int) -> str | int:
    return "title" if document.has_title and sentence == 0 else min(sentence, 4)


@lru_cache(maxsize=4096)
def _groups_of(concepts: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """The groups that a word's concepts belong to, each with the first such concept."""
    firsts = ((name, next((one for one in concepts if one in group), "")) for name, group in GROUPS.items())
    return tuple((name, first) for name, first in firsts if first)


class NearestConcepts:
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
