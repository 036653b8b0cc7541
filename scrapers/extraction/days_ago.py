"""Days counted back from the publication: "3 дні тому", "two weeks ago"; and what moves a named day back: "a year
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
MOST_AGO = 400  # units; more is no day that anybody counts back to
BESIDE = frozenset(",(-")  # what may stand, with a preposition, between the words for one day
NEAREST = 2  # tokens between them


def days_ago(tokens: list[Token], published: date | None, vocabulary: Vocabulary) -> list[Day]:
    """A number, a unit of time and "ago". "Two to three weeks ago" names no day."""
    found = []
    for index in range(len(tokens) - 2):
        unit = vocabulary.units_of_time.get(tokens[index + 1].text)
        if unit is None or tokens[index + 2].text not in vocabulary.ago:
            continue
        count = _count(tokens[index], vocabulary)
        if count is not None:
            before = index > 1 and (tokens[index - 1].text == "-" or tokens[index - 1].text in vocabulary.span_words)
            is_span = before and _count(tokens[index - 2], vocabulary) is not None
            value = published - timedelta(days=count * unit) if published is not None and not is_span else None
            found.append(Day(value, index, index + 3, "relative"))
    return found


def _count(token: Token, vocabulary: Vocabulary) -> int | None:
    if token.kind == "number":
        value = int(token.text) if token.text.isdecimal() and len(token.text) <= len(str(MOST_AGO)) else None
    else:
        value = vocabulary.number_words.get(token.text)
    return value if value is not None and 0 < value <= MOST_AGO else None


def moved_back(
    days: Sequence[Day], tokens: list[Token], marks: Sequence[Mark], published: date | None, vocabulary: Vocabulary
) -> list[Day]:
    """The days with the year or week that an expression beside them gives."""
    if published is None:
        return list(days)
    found = [_of_a_year_named(day, tokens, published, vocabulary) for day in days]
    for mark in marks:
        for place, day in enumerate(found):
            if day.value is None or not _is_beside(day, mark, tokens, vocabulary.on_a_day | vocabulary.on_a_holiday):
                continue
            if mark.concept in ("years_ago", "last_year"):
                found[place] = day._replace(value=_in_year(day.value, published.year - int(mark.code or 1)))
            elif mark.concept == "last_week" and day.basis == "weekday":
                monday = published - timedelta(days=published.weekday()) - WEEK
                found[place] = day._replace(value=monday + timedelta(days=day.value.weekday()), basis="written")
    return found


def _in_year(day: date, year: int) -> date | None:
    """The same day of another year; Easter is another day there."""
    if day == easter(day.year, EASTER_ORTHODOX):
        return easter(year, EASTER_ORTHODOX)
    return place_day(day.day, day.month, year, None)


def _of_a_year_named(day: Day, tokens: list[Token], published: date, vocabulary: Vocabulary) -> Day:
    """ "On this day in 2022"."""
    if day.basis != "relative" or day.value != published:
        return day
    at = day.last + (day.last < len(tokens) and tokens[day.last].text in vocabulary.before_years)
    year, last = year_at(tokens, at)
    if year is None or year >= published.year:
        return day
    return day._replace(value=place_day(published.day, published.month, year, published), last=last)


def _is_beside(day: Day, mark: Mark, tokens: list[Token], prepositions: frozenset[str]) -> bool:
    first, last = (day.last, mark.first) if day.first < mark.first else (mark.last, day.first)
    between = [token.text for token in tokens[first:last]]
    return (
        first <= last and len(between) <= NEAREST and all(text in BESIDE or text in prepositions for text in between)
    )
