"""The period of a claimed total: "since 2022-02-24", "2024", "2024-08", from the text around its number.

Whether a number is a claim is predicted by model.py.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from datetime import date, timedelta
from typing import NamedTuple

from scrapers.extraction.document import Document, Item
from scrapers.extraction.vocabulary import load_vocabulary

SINCE_INVASION = "since 2022-02-24"
# Official bodies count from the invasion where they name no start date.
INVASION = date(2022, 2, 24)
FIRST_YEAR, LATEST_YEAR = 2014, 2100
CLAUSE_ENDS = frozenset(",;:()-")
CLAUSE_APART = 4
MOST_DAYS = 10  # a longer span is a term or an age
SAID_FOR_THE_INVASION = frozenset({"since 2022-02", "since 2022-03", "since 2022-03-11"})
NEAR = 3  # sentences after a period to which it still applies


class _Named(NamedTuple):
    period: str
    first: int
    last: int


def same_start(period: str) -> str:
    """One form for equivalent periods: "since January" equals the year; all ways to write "since the invasion" are
    one, including the staff's own first days.
    """
    if period in SAID_FOR_THE_INVASION:
        return SINCE_INVASION
    return period[6:10] if period.startswith("since ") and period.endswith("-01") and len(period) == 13 else period


class Periods:
    """The periods named in a text, for lookup by claim."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._by_sentence: dict[int, list[_Named]] = defaultdict(list)
        begins = [sentence.first for sentence in document.sentences]
        for named in _periods(document):
            self._by_sentence[bisect_right(begins, named.first) - 1].append(named)

    def of(self, item: Item, is_likely_of_the_war: bool) -> str | None:
        """The period nearest to a claim in its sentence. Where its sentence names none, the whole war when the model
        finds that likely, else the last period named before it; None where there is none.
        """
        beside = [p for p in self._by_sentence.get(item.sentence, ()) if not item.first <= p.first < item.last]
        if beside:
            return min(beside, key=lambda p: (self._apart(p, item), p.first)).period
        if is_likely_of_the_war:
            return SINCE_INVASION
        for sentence in range(item.sentence - 1, item.sentence - NEAR - 1, -1):
            named = [p.period for p in self._by_sentence.get(sentence, ()) if p.period != SINCE_INVASION]
            if named:
                return named[-1]
        return None

    def _apart(self, named: _Named, item: Item) -> int:
        """Tokens between a period and a number; each clause end or other number between them counts extra."""
        begin, end = (item.last, named.first) if named.first >= item.last else (named.last, item.first)
        between = self.document.tokens[begin:end]
        return len(between) + CLAUSE_APART * sum(
            token.text in CLAUSE_ENDS or token.kind == "number" for token in between
        )


def _periods(document: Document) -> list[_Named]:
    vocabulary = load_vocabulary()
    marks = vocabulary.marks(document.tokens)
    since = {mark.last for mark in marks if mark.concept == "since"}
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
    found += _days_up_to_today(document, {mark.first for mark in marks if mark.concept == "days"})
    for item in document.items:
        if item.day is not None and item.day.value is not None:
            found += _of_day(item.day.value, item.day.basis, item, since)
        elif item.number is not None and _is_year(document, item):
            year_named = str(item.number.value)
            begins = _begins(item, since)
            found.append(_Named(f"since {year_named}" if begins else year_named, item.first, item.last))
    # What lies within another, as the year within a day, is no period of its own.
    return sorted((_since_of_the_invasion(p) for p in found), key=lambda p: p.first)


def _days_up_to_today(document: Document, days: set[int]) -> list[_Named]:
    """ "In two days": the days up to publication."""
    found: list[_Named] = []
    for item in document.items:
        count = item.value or 0
        if document.published is None or item.last not in days or not 2 <= count <= MOST_DAYS:
            continue
        begins = document.published - timedelta(days=count - 1)
        found.append(_Named(f"{begins}/{document.published}", item.first, item.last))
    return found


def _of_day(value: date, basis: str, item: Item, since: set[int]) -> list[_Named]:
    told = f"{value:%Y-%m}" if basis == "month" else value.isoformat()
    if _begins(item, since):
        return [_Named(f"since {told}", item.first, item.last)]
    return [_Named(told, item.first, item.last)] if basis == "month" else []


def _begins(item: Item, since: set[int]) -> bool:
    """Whether "since" ends at the item, or one token before it."""
    return item.first in since or item.first - 1 in since


def _is_year(document: Document, item: Item) -> bool:
    number, latest = item.number, document.published.year + 1 if document.published else LATEST_YEAR
    digits = len(document.tokens[item.first].text) == 4
    return number is not None and not number.in_words and digits and FIRST_YEAR <= number.value <= latest


def _since_of_the_invasion(named: _Named) -> _Named:
    """ "Since February 2022" and "the war that began in February 2022" mean the invasion; so does "since 2022"."""
    is_start = named.period in ("since 2022", "since 2022-02", "2022-02")
    return named._replace(period=SINCE_INVASION) if is_start else named
