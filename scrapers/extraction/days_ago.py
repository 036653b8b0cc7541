"""Times counted back from the publication ("3 дні тому", "two years ago"), and what moves a named day back: "a year
ago, on 24 May", "last week, on Tuesday", "on this day in 2022".

Which words beside each other name one day is decided in dates.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from dateutil.easter import EASTER_ORTHODOX, easter

from scrapers.extraction.tokens import Token
from scrapers.extraction.vocabulary import Mark, Vocabulary
from scrapers.extraction.written_days import Day, place_day, year_at

WEEK = timedelta(days=7)
YEAR = "year"  # the unit whose day is not told: "two years ago"
MOST_AGO = 400  # units; more is no time that anybody counts back to
BESIDE = frozenset(",(-")  # what may stand, with a preposition, between the words for one day
NEAREST = 2  # tokens between them


def counted_back(tokens: list[Token], published: date | None, vocabulary: Vocabulary) -> tuple[list[Day], list[Mark]]:
    """A number, a unit of time and "ago": days, and marks of years. "Two to three weeks ago" names no day."""
    days, years = [], []
    for index in range(len(tokens) - 2):
        unit = vocabulary.units_of_time.get(tokens[index + 1].text)
        if unit is None or tokens[index + 2].text not in vocabulary.ago:
            continue
        count, first = _count(tokens, index, vocabulary)
        if count is None:
            continue
        last = index + 3
        if unit == YEAR:
            years.append(Mark("years_ago", str(count), first, last))
        is_told = published is not None and unit != YEAR and not _is_of_several(tokens, first, vocabulary)
        value = published - count * timedelta(days=int(unit)) if is_told and published else None
        days.append(Day(value, first, last, "relative"))
    return days, years


def _count(tokens: list[Token], at: int, vocabulary: Vocabulary) -> tuple[int | None, int]:
    """The number that ends at a token, and its first token: "22", "twenty-two", "двадцять два"."""
    value = _number(tokens[at], vocabulary)
    before = at - (2 if at > 1 and tokens[at - 1].text == "-" and tokens[at - 1].end == tokens[at].start else 1)
    tens = _number(tokens[before], vocabulary) if before >= 0 and tokens[before].kind == "word" else None
    if value is not None and value < 10 and tens is not None and tens >= 20:
        return tens + value, before
    return value, at


def _number(token: Token, vocabulary: Vocabulary) -> int | None:
    if token.kind == "number":
        value = int(token.text) if token.text.isdecimal() and len(token.text) <= len(str(MOST_AGO)) else None
    else:
        value = vocabulary.number_words.get(token.text)
    return value if value is not None and 0 < value <= MOST_AGO else None


def _is_of_several(tokens: list[Token], first: int, vocabulary: Vocabulary) -> bool:
    """ "Two to three", "2-3", "two or three"."""
    joins = vocabulary.span_words | vocabulary.alternatives
    return first > 1 and tokens[first - 1].text in joins and _number(tokens[first - 2], vocabulary) is not None


def moved_back(
    days: Sequence[Day], tokens: list[Token], marks: Sequence[Mark], published: date | None, vocabulary: Vocabulary
) -> list[Day]:
    """The days with the year or week that an expression beside them gives."""
    if published is None:
        return list(days)
    prepositions = vocabulary.on_a_day | vocabulary.on_a_holiday
    found = [_of_a_year_named(day, tokens, published, vocabulary) for day in days]
    for mark in marks:
        for place, day in enumerate(found):
            left, right = (day, mark) if day.first < mark.first else (mark, day)
            if day.value is not None and stand_together(left.last, right.first, tokens, prepositions):
                found[place] = _moved(day, day.value, mark, published)
    return found


def stand_together(last: int, first: int, tokens: list[Token], prepositions: frozenset[str]) -> bool:
    """Whether words before the token ``last`` and from ``first`` on may name one day."""
    between = [token.text for token in tokens[last:first]]
    return last <= first and len(between) <= NEAREST and all(one in BESIDE or one in prepositions for one in between)


def _moved(day: Day, value: date, mark: Mark, published: date) -> Day:
    """A weekday of last week is as certain as a written day, so that it explains "last week" beside it."""
    if mark.concept == "last_week":
        monday = published - timedelta(days=published.weekday()) - WEEK
        of_week = monday + timedelta(days=value.weekday())
        return day._replace(value=of_week, basis="written") if day.basis == "weekday" else day
    if mark.concept == "last_year":
        return day._replace(value=_in_year(day, value, published.year - 1))
    year = published.year - int(mark.code)
    near = [_in_year(day, value, one) for one in (year - 1, year, year + 1)]
    then = published - timedelta(days=round(365.25 * int(mark.code)))
    return day._replace(value=min(filter(None, near), key=lambda one: abs(one - then), default=None))


def _in_year(day: Day, value: date, year: int) -> date | None:
    """The same day of another year; Easter is another day there."""
    if day.basis == "holiday" and value == easter(value.year, EASTER_ORTHODOX):
        return easter(year, EASTER_ORTHODOX)
    return place_day(value.day, value.month, year, None)


def _of_a_year_named(day: Day, tokens: list[Token], published: date, vocabulary: Vocabulary) -> Day:
    """ "On this day in 2022"."""
    if day.basis != "relative" or day.value != published:
        return day
    at = day.last + (day.last < len(tokens) and tokens[day.last].text in vocabulary.before_years)
    year, last = year_at(tokens, at)
    if year is None or year >= published.year:
        return day
    return day._replace(value=place_day(published.day, published.month, year, published), last=last)
