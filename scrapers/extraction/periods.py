"""The period of a claimed total: "since 2022-02-24", "2024", "2024-08", from the text around its number.

Whether a number is a claim, and for what kind of period, is predicted by model.py.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

from scrapers.extraction.document import Document, Item
from scrapers.extraction.vocabulary import Mark, load_vocabulary
from scrapers.extraction.written_days import Day

SINCE_INVASION = "since 2022-02-24"
SPAN = "/"  # stands between the first and the last day or month of a period
# Official bodies count from the invasion where they name no start date.
INVASION = date(2022, 2, 24)
FIRST_YEAR, LATEST_YEAR = 2014, 2100
CLAUSE_ENDS = frozenset(",;:()-")
CLAUSE_APART = 4
MOST_DAYS = 10  # a longer span is a term or an age
SAID_FOR_THE_INVASION = frozenset({"since 2022-02", "since 2022-03", "since 2022-03-11"})
NEAR = 3  # sentences after a period to which it still applies
REACH_OF_WAR = 6  # tokens before a word for the war that may change what it says
# Kinds of periods, by how they stand to the day of publication.
WHOLE_WAR, THIS_YEAR, LAST_YEAR, MONTH, OTHER = "since_invasion", "this_year", "last_year", "month", "other"
PERIOD_KINDS = (WHOLE_WAR, THIS_YEAR, LAST_YEAR, MONTH, OTHER)
# Weights of a period's kind: named nearest to the number; the same, but nearer to another number; elsewhere in its
# sentence; in a sentence before; or only understood. Chosen by cross-validation.
NEAREST, NEARER_TO_ANOTHER, IN_SENTENCE, BEFORE, UNDERSTOOD = 1.0, 0.4, 0.3, 0.2, 0.05


class _Named(NamedTuple):
    """``period`` is None for one that has no code, such as the time before the invasion."""

    period: str | None
    first: int
    last: int


def same_start(period: str) -> str:
    """One form for equivalent periods: "since January" equals the year; all ways to write "since the invasion" are
    one, including the staff's own first days.
    """
    if period in SAID_FOR_THE_INVASION:
        return SINCE_INVASION
    return period[6:10] if period.startswith("since ") and period.endswith("-01") and len(period) == 13 else period


def kind_of(period: str, published: date | None) -> str:
    """Which of PERIOD_KINDS a period is."""
    period = same_start(period)
    if period == SINCE_INVASION:
        return WHOLE_WAR
    if published is not None and period in (str(published.year), str(published.year - 1)):
        return THIS_YEAR if period == str(published.year) else LAST_YEAR
    return MONTH if len(period) == len("2024-08") else OTHER


class Periods:
    """The periods named in a text, for lookup by claim."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._by_sentence: dict[int, list[_Named]] = defaultdict(list)
        begins = [sentence.first for sentence in document.sentences]
        for named in _periods(document):
            self._by_sentence[bisect_right(begins, named.first) - 1].append(named)
        of_periods = {
            at for all_named in self._by_sentence.values() for one in all_named for at in range(one.first, one.last)
        }
        self._counts = [i for i in document.items if i.value is not None and i.first not in of_periods]

    def of(self, item: Item, chances: Mapping[str, float]) -> tuple[str | None, float]:
        """The likeliest period of a claim, and how likely it is among all that it could be. ``chances`` are the
        probabilities of PERIOD_KINDS. None where the likeliest kind of period is one that the text does not name.
        """
        scores: dict[str | None, float] = {}
        for period, weight in self._options(item):
            if period is None:
                chance = chances[MONTH] + chances[OTHER]  # which can't be understood without being named
            else:
                chance = chances[kind_of(period, self.document.published)]
            scores[period] = max(scores.get(period, 0.0), weight * chance)
        best = max(scores, key=lambda period: (scores[period], period or ""))
        return best, scores[best] / max(sum(scores.values()), 1e-9)

    def _options(self, item: Item) -> Iterator[tuple[str | None, float]]:
        nearby = [p for p in self._by_sentence.get(item.sentence, ()) if not item.first <= p.first < item.last]
        for rank, named in enumerate(sorted(nearby, key=lambda p: (self._apart(p, item), p.first))):
            nearest = NEARER_TO_ANOTHER if self._is_nearer_to_another(named, item) else NEAREST
            if named.period is None and not rank and nearest == NEAREST:
                yield None, NEAREST
                return  # the text says which, and nothing else is understood
            yield named.period, IN_SENTENCE if rank else nearest
        for sentence in range(item.sentence - 1, item.sentence - NEAR - 1, -1):
            for named in reversed(self._by_sentence.get(sentence, [])):
                yield named.period, BEFORE
        yield SINCE_INVASION, UNDERSTOOD
        yield None, UNDERSTOOD
        if self.document.published is not None:
            yield str(self.document.published.year), UNDERSTOOD
            yield str(self.document.published.year - 1), UNDERSTOOD

    def _is_nearer_to_another(self, named: _Named, item: Item) -> bool:
        """As in "3956, of them 1358 this year": the year is that of the 1358."""
        at = bisect_right(self._counts, named.first, key=lambda count: count.first)
        beside = [other for other in self._counts[max(0, at - 1) : at + 1] if other.sentence == item.sentence]
        return any(self._apart(named, other) < self._apart(named, item) for other in beside)

    def _apart(self, named: _Named, item: Item) -> int:
        """Tokens between a period and a number; each clause end or other number between them counts extra."""
        begin, end = (item.last, named.first) if named.first >= item.last else (named.last, item.first)
        between = self.document.tokens[begin:end]
        return len(between) + CLAUSE_APART * sum(
            token.text in CLAUSE_ENDS or token.kind == "number" for token in between
        )


def _periods(document: Document) -> list[_Named]:
    marks = load_vocabulary().marks(document.tokens)
    since = {mark.last for mark in marks if mark.concept == "since"}
    found = _of_words(document, marks)
    for item in document.items:
        if item.day is not None and item.day.value is not None:
            found += _of_day(document, item.day, item, since)
        elif item.number is not None and _is_year(document, item):
            sign = "since " if _begins(item, since) else ""
            is_before = not sign and _is_directly_before(document, item)
            found.append(_Named(None if is_before else f"{sign}{item.number.value}", item.first, item.last))
    ranges = _ranges(document, since)
    within = {at for one in ranges for at in range(one.first, one.last)}
    found = [_since_of_the_invasion(named) for named in found if named.first not in within]
    return sorted([*ranges, *found], key=lambda named: named.first)


def _of_words(document: Document, marks: list[Mark]) -> list[_Named]:
    found = _since_the_invasion(document, marks)
    if document.published is not None:
        found += _relative(document, marks, document.published)
    return found + _days_up_to_today(document, {mark.first for mark in marks if mark.concept == "days"})


def _since_the_invasion(document: Document, marks: list[Mark]) -> list[_Named]:
    found: list[_Named] = []
    for mark in marks:
        if mark.concept != "invasion":
            continue
        if found and found[-1].last == mark.first:  # "full-scale", "invasion"
            period = found[-1].period
        else:
            period = None if _is_before_or_within(document, mark) else SINCE_INVASION
        found.append(_Named(period, mark.first, mark.last))
    return found


def _is_before_or_within(document: Document, mark: Mark) -> bool:
    """ "Before the full-scale invasion", "in the last year of the war": not since its beginning."""
    near = range(max(0, mark.first - REACH_OF_WAR), mark.first)
    concepts = [document.words[at].concepts for at in (max(0, near.start - 1), *near)]
    is_within = any("recall" in one and "year_word" in other for one, other in pairwise(concepts))
    return is_within or _is_before(document, mark.first)


def _is_before(document: Document, first: int) -> bool:
    """Whether "before" stands near before a token, and no number or "since" between them."""
    vocabulary = load_vocabulary()
    for at in range(first - 1, max(-1, first - REACH_OF_WAR - 1), -1):
        token = document.tokens[at]
        if token.kind == "number" or token.text in vocabulary.since_words or token.text in CLAUSE_ENDS:
            return False
        if token.text in vocabulary.before_a_time:
            return True
    return False


def _relative(document: Document, marks: list[Mark], published: date) -> list[_Named]:
    """ "This year", "last month", unless next to a day, whose year they give."""
    year, month = published.year, published.month
    ended = (year, month - 1) if month > 1 else (year - 1, 12)
    relative = {
        "this_year": str(year), "last_year": str(year - 1), "this_month": f"{year}-{month:02}",
        "last_month": f"{ended[0]}-{ended[1]:02}",
        # "In a year" said in January is the year that has ended.
        "in_a_year": str(year if month > 1 else year - 1),
    }  # fmt: skip
    beside_days = {i for item in document.items if item.kind == "day" for i in (item.first - 1, item.last)}
    return [
        _Named(relative[mark.concept], mark.first, mark.last)
        for mark in marks
        if mark.concept in relative and mark.first not in beside_days
    ]


def _ranges(document: Document, since: set[int]) -> list[_Named]:
    """ "From January to September 2026", "since 24 February until 2 December": from a month, or a day after "since",
    to another, with one word between them.
    """
    days = [(item, item.day) for item in document.items if item.day is not None]
    joins = load_vocabulary().span_words
    found = _ranges_of_years(document, joins, since)
    for (first, begin), (last, end) in pairwise(days):
        is_joined = last.first - first.last == 1 and document.tokens[first.last].text in joins
        if not is_joined or not (begin.basis == "month" or _begins(first, since)):
            continue
        if begin.value is not None and end.value is not None and begin.value < end.value:
            found.append(_Named(f"{_written(begin)}{SPAN}{_written(end)}", first.first, last.last))
    return found


def _ranges_of_years(document: Document, joins: frozenset[str], since: set[int]) -> list[_Named]:
    """ "From 2023 to 2024", "2023-2024"."""
    years = [item for item in document.items if item.number is not None and _is_year(document, item)]
    found: list[_Named] = []
    for first, last in pairwise(years):
        is_joined = last.first - first.last == 1 and document.tokens[first.last].text in joins
        if not is_joined or first.value is None or last.value is None:
            continue
        # "In 2022 and 2024" leaves a year out.
        is_span = _begins(first, since) or document.tokens[first.last].text == "-" or last.value - first.value == 1
        if is_span and first.value < last.value:
            found.append(_Named(f"{first.value}-01{SPAN}{last.value}-12", first.first, last.last))
    return found


def _written(day: Day) -> str:
    return f"{day.value:%Y-%m}" if day.basis == "month" else str(day.value)


def _days_up_to_today(document: Document, days: set[int]) -> list[_Named]:
    """ "In two days": the days up to publication."""
    found: list[_Named] = []
    for item in document.items:
        count = item.value or 0
        if document.published is None or item.last not in days or not 2 <= count <= MOST_DAYS:
            continue
        begins = document.published - timedelta(days=count - 1)
        found.append(_Named(f"{begins}{SPAN}{document.published}", item.first, item.last))
    return found


def _of_day(document: Document, day: Day, item: Item, since: set[int]) -> list[_Named]:
    if _begins(item, since):
        return [_Named(f"since {_written(day)}", item.first, item.last)]
    if day.basis != "month":
        return []
    return [_Named(None if _is_directly_before(document, item) else _written(day), item.first, item.last)]


def _is_directly_before(document: Document, item: Item) -> bool:
    """ "Before 2022", "до лютого 2022 року"."""
    return item.first > 0 and document.tokens[item.first - 1].text in load_vocabulary().before_a_time


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
