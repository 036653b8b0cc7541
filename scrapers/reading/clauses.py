"""A sentence that tells of several days is cut so that each day keeps its own counts.

Only the cutting, and what a later clause borrows from the first one, belong here.
"""

from __future__ import annotations

from collections.abc import Sequence

from scrapers.extraction.numbers import Number
from scrapers.extraction.tokens import Sentence, Token
from scrapers.reading.counts import Count
from scrapers.reading.dates import Day
from scrapers.reading.lexicon import Lexicon, Mark

# What the first clause says for all: that people came home from captivity by exchange.
BORROWED = frozenset(
    {"release", "handed", "happened", "exchange", "captivity", "captives", "release_noun", "recap", "plan"}
)
# Words that make a day another thing than an exchange's: capture, captivity, talks, a part of a whole.
OTHER_DAYS = frozenset({"state", "subset", "talks", "plan", "since_invasion", "than", "repatriation", "on_shield"})


def split_by_day(
    tokens: list[Token],
    sentence: Sentence,
    numbers: Sequence[Number],
    days: Sequence[Day],
    marks: Sequence[Mark],
    lexicon: Lexicon,
) -> list[Sentence]:
    """ "23 травня — 390, 24 травня — 307": one sentence a day; the sentence itself when it has one day.

    ``numbers``, ``days`` and ``marks`` are the sentence's own.
    """
    if len(days) < 2:
        return [sentence]
    written = [day for day in days if day.value is not None and _is_named(day, days)]
    if len({day.value for day in written}) < 2:
        return [sentence]
    if any(m.concept in OTHER_DAYS and m.first > written[0].first for m in marks):
        return [sentence]
    in_days = {index for day in days for index in range(day.first, day.last)}
    cardinals = [n for n in numbers if not n.is_ordinal and n.first not in in_days]
    clauses: list[Sentence] = []
    first = sentence.first
    for cut in _cuts(tokens, sentence, in_days, lexicon):
        if _is_whole(first, cut, written, cardinals) and _is_whole(cut, sentence.last, written, cardinals):
            clauses.append(Sentence(first, cut, sentence.paragraph))
            first = cut
    clauses.append(Sentence(first, sentence.last, sentence.paragraph))
    return clauses


def _is_named(day: Day, days: Sequence[Day]) -> bool:
    """A written day, or a weekday that stands alone: "у неділю", not "у суботу, 14 вересня"."""
    if day.basis == "weekday":
        return not any(d.basis == "written" and abs(d.first - day.first) <= 4 for d in days)
    return day.basis == "written"


def _cuts(tokens: list[Token], sentence: Sentence, in_days: set[int], lexicon: Lexicon) -> list[int]:
    return [
        index
        for index in range(sentence.first + 1, sentence.last)
        if index not in in_days and (tokens[index].text in ",;" or tokens[index].text in lexicon.conjunctions)
    ]


def _is_whole(first: int, last: int, days: Sequence[Day], numbers: Sequence[Number]) -> bool:
    return any(first <= d.first < last for d in days) and any(first <= n.first < last for n in numbers)


def borrowed(clause: Sentence, marks: Sequence[Mark]) -> list[Mark]:
    """A later clause's own marks, after what the clauses before it said for it too."""
    before = [m for m in marks if m.concept in BORROWED and m.first < clause.first]
    return before + [m for m in marks if clause.first <= m.first < clause.last]


def lend_label(lender: Sequence[Count], borrower: Sequence[Count]) -> None:
    """ "390 українців, 24 травня — 307": the bare number counts what the first clause counts."""
    label = next((c for c in lender if c.kind == "noun"), None)
    for count in borrower:
        if label is not None and count.kind == "":
            count.kind, count.code = label.kind, label.code
