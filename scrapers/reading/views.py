"""From tokens to the sentences that events.py reads: marks, numbers, days and counts of each.

Assembling only: what a sentence then says of itself is for sentences.py.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import date
from typing import TypeVar

from scrapers.extraction.numbers import Number, find_numbers
from scrapers.extraction.tokens import Sentence, Token, split_sentences
from scrapers.reading.clauses import borrowed, lend_label, split_by_day
from scrapers.reading.counts import find_counts
from scrapers.reading.dates import Day, find_days
from scrapers.reading.lexicon import Lexicon, Mark
from scrapers.reading.marks import Marks
from scrapers.reading.sentences import View

T = TypeVar("T", Mark, Number, Day)
HOMEWARDS = 9  # tokens from "brought" to "home"
INFINITIVES = ("ти", "тися", "тись")
# What an institution's name doesn't say, though its words do.
MASKED = frozenset({"exchange", "captives", "captivity", "nouns"})
# Concepts whose meaning their neighbours change.
DEPENDENT = MASKED | {"plan", "modals", "brings"}


def view_sentences(tokens: list[Token], lexicon: Lexicon, published: date | None) -> list[View]:
    """All sentences of a text as views. ``published`` is Kyiv's day of publication or None."""
    marks = lexicon.marks(tokens)
    numbers = find_numbers(tokens, lexicon)
    days = find_days(tokens, marks, published)
    marks = _in_context(tokens, marks, days)
    views: list[View] = []
    mark_at = number_at = day_at = 0
    for order, sentence in enumerate(split_sentences(tokens, lexicon.abbreviations)):
        own_marks, mark_at = _slice(marks, mark_at, sentence)
        own_numbers, number_at = _slice(numbers, number_at, sentence)
        own_days, day_at = _slice(days, day_at, sentence)
        clauses = split_by_day(tokens, sentence, own_numbers, own_days, own_marks, lexicon)
        if len(clauses) == 1:
            found = Marks(own_marks)
            counts = find_counts(tokens, sentence, own_numbers, own_days, found, lexicon)
            views.append(View(tokens, sentence, found, own_numbers, own_days, counts, order))
            continue
        first: View | None = None
        for clause in clauses:
            within = range(clause.first, clause.last)
            clause_numbers = [n for n in own_numbers if n.first in within]
            clause_days = [d for d in own_days if d.first in within]
            clause_marks = Marks([m for m in own_marks if m.first in within])
            counts = find_counts(tokens, clause, clause_numbers, clause_days, clause_marks, lexicon)
            if first is not None:
                lend_label(first.counts, counts)
            shared = Marks(borrowed(clause, own_marks))
            views.append(View(tokens, clause, shared, clause_numbers, clause_days, counts, order))
            first = first or views[-1]
    return views


def _in_context(tokens: list[Token], marks: list[Mark], days: list[Day]) -> list[Mark]:
    """Marks as their neighbours make them: some are masked, some say something else.

    "The next day" plans nothing; "мають повернутися" does, "мають поранення" doesn't; "brought 230 people
    home" is a release whose halves stand apart; the headquarters' name tells of no captives and no exchange.
    """
    in_days = {index for day in days for index in range(day.first, day.last)}
    named = {i for m in marks if m.concept == "institutions" for i in range(m.first, m.last)}
    # "Из российского плена" names whose captivity it was, not whose people.
    captivity = [m for m in marks if m.concept == "captivity" and m.last - m.first > 1]
    captivities = {i for m in captivity for i in range(m.first, m.last)}
    homewards = {m.first for m in marks if m.concept == "homewards"}
    seen = []
    for mark in marks:
        concept = mark.concept
        if concept in DEPENDENT:
            if (concept == "plan" and mark.first in in_days) or (concept in MASKED and mark.first in named):
                continue
            if concept == "nouns" and mark.first in captivities:
                continue
            if concept == "modals" and _governs_infinitive(tokens, mark):
                mark = Mark("plan", mark.code, mark.first, mark.last)  # noqa: PLW2901
            elif concept == "brings" and homewards and _leads_home(tokens, mark, homewards):
                mark = Mark("release", mark.code, mark.first, mark.last)  # noqa: PLW2901
        seen.append(mark)
    return seen


def _leads_home(tokens: list[Token], verb: Mark, homewards: set[int]) -> bool:
    for index in range(verb.last, min(verb.last + HOMEWARDS, len(tokens))):
        if tokens[index].text in ".,;:\n":
            return False
        if index in homewards:
            return index > verb.last
    return False


def _governs_infinitive(tokens: list[Token], mark: Mark) -> bool:
    return any(token.text.endswith(INFINITIVES) for token in tokens[mark.last : mark.last + 3])


def _slice(items: list[T], at: int, sentence: Sentence) -> tuple[list[T], int]:
    """Items of a sentence, and where the next sentence's begin; items are in the text's order."""
    at = bisect_left(items, sentence.first, at, key=_first_token)
    end = bisect_left(items, sentence.last, at, key=_first_token)
    return items[at:end], end


def _first_token(item: Mark | Number | Day) -> int:
    return item.first
