"""The marks of one sentence, by concept, since a sentence is asked for them dozens of times."""

from __future__ import annotations

from bisect import bisect_left

from scrapers.reading.lexicon import Mark

_NONE: list[Mark] = []  # given away where nothing is found: nobody changes what he gets


class Marks:
    """``all`` in the order of the text."""

    __slots__ = ("_by_concept", "_concepts", "_firsts", "all")

    def __init__(self, marks: list[Mark]) -> None:
        self.all = marks
        self._firsts: list[int] | None = None
        self._by_concept: dict[str, list[Mark]] = {}
        by_concept = self._by_concept
        for mark in marks:
            if mark.concept in by_concept:
                by_concept[mark.concept].append(mark)
            else:
                by_concept[mark.concept] = [mark]
        self._concepts = by_concept.keys()

    def has(self, *concepts: str) -> bool:
        """Whether any of the concepts is there."""
        return not self._concepts.isdisjoint(concepts)

    def of(self, concept: str, *more: str) -> list[Mark]:
        """Marks of any of the concepts, in the order of the text."""
        by_concept = self._by_concept
        if not more:
            return by_concept.get(concept, _NONE)
        found = [by_concept[name] for name in (concept, *more) if name in by_concept]
        if len(found) < 2:
            return found[0] if found else _NONE
        return sorted([m for marks in found for m in marks], key=_first_token)

    def is_disjoint(self, concepts: frozenset[str]) -> bool:
        """Whether none of the concepts is there."""
        return concepts.isdisjoint(self._by_concept)

    def within(self, first: int, last: int) -> list[Mark]:
        """Marks that lie between the tokens ``first`` and ``last``."""
        if self._firsts is None:
            self._firsts = [mark.first for mark in self.all]
        begin, end = bisect_left(self._firsts, first), bisect_left(self._firsts, last)
        return [mark for mark in self.all[begin:end] if mark.last <= last]


def _first_token(mark: Mark) -> int:
    return mark.first
