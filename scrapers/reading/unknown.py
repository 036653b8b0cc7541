"""Words that the lexicon lacks beside a count or as a mediator: they are reported by name.

Finding them only; a branch, unit or mediator that is known is the lexicon's.
"""

from __future__ import annotations

from dataclasses import dataclass

from scrapers.reading.counts import Count
from scrapers.reading.sentences import PEOPLE, View

QUOTES = frozenset("«»“”„\"'")
JOINING = frozenset({"з", "із", "зі", "of", "from", "the", "из", "-", ":", "—"})
CLAUSE_ENDS = frozenset({",", ";", "(", ")", "and", "та", "і", "й", "и"})
# How many tokens after a word of mediation its mediator may stand.
AFTER_MEDIATION = 4


@dataclass(frozen=True, slots=True)
class Unknown:
    """What is unknown, and the tokens first..last (excluded) that hold it."""

    what: str
    first: int
    last: int


def families_counted(view: View, positions: list[int]) -> list[Unknown]:
    """ "200 родин зустрічають своїх: вони повертаються додому": as many people, perhaps; a person has to look."""
    if not view.is_released:
        return []
    counts = (view.counts[p] for p in positions)
    return [Unknown("families are counted, not people", c.first, c.last) for c in counts if c.code == "families"]


def unknown_beside(view: View, count: Count) -> Unknown | None:
    """The name beside a count that no entry of the lexicon covers, or None.

    A name is capitalised or in quotation marks. People without one are no signal, unless branches are
    listed beside them and nothing says what is counted.
    """
    if count.kind != "" and not (count.kind == "noun" and count.code in PEOPLE):
        return None
    name = _name_after(view, count) or (_name_before(view, count) if count.kind == "" else None)
    listed = any(c.kind == "service" for c in view.counts)
    if name is not None and (listed or _is_quoted(view, name[0])):
        first, last = min(name[0], count.first), max(name[1], count.last)
        return Unknown("an unknown unit or branch beside a count", first, last)
    if count.kind == "" and listed and not count.is_subset:
        return Unknown("a count beside services has no known label", count.first, _clause_end(view, count))
    return None


def unknown_mediator(view: View) -> Unknown | None:
    """ "За посередництва Швейцарії": a capitalised word where a mediator stands, and none is known."""
    if view.has("mediators"):
        return None
    for mark in view.of("mediator_words"):
        stop = min(mark.last + AFTER_MEDIATION, view.sentence.last)
        for index in range(mark.last, stop):
            if view.tokens[index].text in ",;.:":
                break
            if view.tokens[index].capital and not _is_covered(view, index):
                return Unknown("an unknown mediator", mark.first, index + 1)
    return None


def _name_after(view: View, count: Count) -> tuple[int, int] | None:
    """The name right of a count's label: "34 бійці «Хартії»", "20 — Січова варта"."""
    index = count.last
    while index < view.sentence.last and view.tokens[index].text in JOINING | QUOTES:
        index += 1
    return _name_at(view, index)


def _name_before(view: View, count: Count) -> tuple[int, int] | None:
    """The name that a dash or a colon joins to the number after it: "Січова варта — 20"."""
    index = count.first - 1
    if index <= view.sentence.first or view.tokens[index].text not in "-:":
        return None
    last = index
    while index > view.sentence.first and view.tokens[index - 1].text not in ",;.:()":
        index -= 1
    return (index, last) if view.tokens[index].capital and not _is_covered(view, index) else None


def _name_at(view: View, index: int) -> tuple[int, int] | None:
    if index >= view.sentence.last:
        return None
    token = view.tokens[index]
    if token.kind != "word" or not token.capital or _is_covered(view, index):
        return None
    last = index + 1
    while last < view.sentence.last and view.tokens[last].kind == "word" and not _is_covered(view, last):
        last += 1
    return index, min(last, index + 3)


def _is_quoted(view: View, index: int) -> bool:
    return index > view.sentence.first and view.tokens[index - 1].text in QUOTES


def _is_covered(view: View, index: int) -> bool:
    return any(m.first <= index < m.last for m in view.marks)


def _clause_end(view: View, count: Count) -> int:
    following = [c.first for c in view.counts if c.first >= count.last]
    stop = min([*following, view.sentence.last, count.last + 5])
    ends = (i for i in range(count.last, stop) if view.tokens[i].text in CLAUSE_ENDS)
    return next(ends, stop)
