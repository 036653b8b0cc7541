"""The period of a claimed total: "since 2022-02-24", "2024", "2024-08", as the words beside its number say.

That a number is a claim is the model's word; here only which time it is claimed for.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from scrapers.extraction.document import Document, Item
from scrapers.extraction.vocabulary import Mark, load_vocabulary

SINCE_INVASION = "since 2022-02-24"
# Official bodies count from the invasion where they name no start.
INVASION = date(2022, 2, 24)
FIRST_YEAR = 2014
NEAR = 3  # sentences that a period is carried on


class _Named(NamedTuple):
    period: str
    first: int
    last: int


def period_of(document: Document, item: Item) -> str:
    """The period nearest to a claim in its sentence, else the one named last before it, else since the invasion."""
    named = _periods(document)
    sentence = document.sentences[item.sentence]
    beside = [p for p in named if sentence.first <= p.first < sentence.last]
    if beside:
        return min(beside, key=lambda p: (_apart(p, item), p.first)).period
    near = [p for p in named if p.last <= sentence.first and item.sentence - _sentence_of(document, p) <= NEAR]
    return near[-1].period if near else SINCE_INVASION


def _apart(named: _Named, item: Item) -> int:
    return named.first - item.last if named.first >= item.last else item.first - named.last + 2


def _sentence_of(document: Document, named: _Named) -> int:
    return sum(sentence.first <= named.first for sentence in document.sentences) - 1


def _periods(document: Document) -> list[_Named]:
    vocabulary = load_vocabulary()
    marks = vocabulary.marks(document.tokens)
    since = [mark for mark in marks if mark.concept == "since"]
    found = [_Named(SINCE_INVASION, mark.first, mark.last) for mark in marks if mark.concept == "invasion"]
    if document.published is not None:
        year, month = document.published.year, document.published.month
        ended = (year, month - 1) if month > 1 else (year - 1, 12)
        relative = {
            "this_year": str(year), "last_year": str(year - 1), "this_month": f"{year}-{month:02}",
            "last_month": f"{ended[0]}-{ended[1]:02}",
        }  # fmt: skip
        beside_days = {i for item in document.items if item.kind == "day" for i in (item.first - 1, item.last)}
        found += [
            _Named(relative[mark.concept], mark.first, mark.last)
            for mark in marks
            if mark.concept in relative and mark.first not in beside_days
        ]
    for item in document.items:
        if item.day is not None and item.day.value is not None:
            found += _of_day(item.day.value, item.day.basis, item, since)
        elif item.number is not None and _is_year(document, item):
            year_named = str(item.number.value)
            begins = _begins(item, since)
            found.append(_Named(f"since {year_named}" if begins else year_named, item.first, item.last))
    # What lies within another, as the year within a day, is no period of its own.
    return sorted((_since_of_the_invasion(p) for p in found), key=lambda p: p.first)


def _of_day(value: date, basis: str, item: Item, since: list[Mark]) -> list[_Named]:
    told = f"{value:%Y-%m}" if basis == "month" else value.isoformat()
    if _begins(item, since):
        return [_Named(f"since {told}", item.first, item.last)]
    return [_Named(told, item.first, item.last)] if basis == "month" else []


def _begins(item: Item, since: list[Mark]) -> bool:
    return any(0 <= item.first - mark.last <= 1 for mark in since)


def _is_year(document: Document, item: Item) -> bool:
    number, latest = item.number, (document.published or date.max).year + 1
    digits = len(document.tokens[item.first].text) == 4
    return number is not None and not number.in_words and digits and FIRST_YEAR <= number.value <= latest


def _since_of_the_invasion(named: _Named) -> _Named:
    """ "Since February 2022" and "since 24 February 2022" are the invasion; so is "since 2022"."""
    is_start = named.period in ("since 2022", "since 2022-02")
    return named._replace(period=SINCE_INVASION) if is_start else named
