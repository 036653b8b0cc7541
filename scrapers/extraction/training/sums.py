"""Checks that the labelled figures of one event are consistent: parts within wholes, and sums that should close."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from scrapers.extraction.measures import parts_of_the_total
from scrapers.extraction.numbers import find_numbers
from scrapers.extraction.tokens import tokenize
from scrapers.extraction.vocabulary import load_vocabulary

WHOLE = ("released_total", "each_side")
PARTS = parts_of_the_total()
# Event, measure, branch and its parent branch, and the text of an exact figure.
LabelledFigure = tuple[int, str, str | None, str | None, str]
Branch = tuple[str | None, str | None, int]  # its code, the code of its parent, and its people


def contradictions(figures: list[LabelledFigure]) -> Iterator[str]:
    """One message per sum that does not hold. A measure to which a text gives two values is not checked."""
    values: dict[tuple[int, str, str | None, str | None], set[int]] = defaultdict(set)
    for event, measure, category, within, words in figures:
        number = value_of(words)
        if number is not None:
            values[event, measure, category, within].add(number)
    exact = {key: min(found) for key, found in values.items() if len(found) == 1}
    for event in sorted({key[0] for key in exact}):
        yield from _of_event(event, exact)


def value_of(words: str) -> int | None:
    """The number in a span's text, None when it has none or several, or one that can't be parsed."""
    numbers = find_numbers(tokenize(words), load_vocabulary())
    return numbers[0].value or None if len(numbers) == 1 else None


def _of_event(event: int, exact: dict[tuple[int, str, str | None, str | None], int]) -> Iterator[str]:
    own = {measure: value for (of, measure, category, _), value in exact.items() if of == event and category is None}
    wholes = {own[measure] for measure in WHOLE if measure in own}
    branches = [(c, w, v) for (of, m, c, w), v in exact.items() if of == event and m == "by_service"]
    yield from _of_parents(event, branches)
    if len(wholes) == 1:
        yield from _of_whole(event, wholes.pop(), own, branches)


def _of_parents(event: int, branches: list[Branch]) -> Iterator[str]:
    for parent in {within for _, within, _ in branches if within}:
        inner = sum(value for _, within, value in branches if within == parent)
        outer = [value for code, within, value in branches if code == parent and within is None]
        if outer and inner > outer[0]:
            yield f"event {event}: {inner} lie within {parent}, which has {outer[0]}"


def _of_whole(event: int, whole: int, own: dict[str, int], branches: list[Branch]) -> Iterator[str]:
    for measure in PARTS:
        if own.get(measure, 0) > whole:
            yield f"event {event}: {measure} are {own[measure]} of {whole}"
    siblings = sum(value for _, within, value in branches if within is None)
    if siblings > whole:
        yield f"event {event}: the branches sum to {siblings} of {whole}"
    for first, second in (("military", "civilians"), ("women", "men")):
        if first in own and second in own and own[first] + own[second] != whole:
            yield f"event {event}: {first} and {second} are {own[first] + own[second]}, not {whole}"
