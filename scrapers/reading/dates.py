"""Days that a text names, resolved against the day of publication in Kyiv.

Written dates, today and yesterday, weekdays. Whether a day is an event's is for events.py.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from scrapers.extraction.tokens import Token
from scrapers.reading.lexicon import Mark

DATING = frozenset({"holidays", "months", "last_year", "today", "yesterday", "weekdays", "next_day", "nth_day"})
# What joins the days of a span: "5 та 6 березня", "23–25 мая", "May 23 to 25".
SPANS = frozenset({"-", "і", "й", "та", "и", "and", "по", "to", "through", "до"})


class Day(NamedTuple):
    """``value`` is None for a day that can't be placed; tokens first..last (excluded).

    ``basis``: "written" (day and month), "relative" (today, yesterday) or "weekday". ``since`` when
    it is the last of several days: "5 та 6 березня", "May 23-25".
    """

    value: date | None
    first: int
    last: int
    basis: str
    since: date | None = None


def find_days(tokens: list[Token], marks: list[Mark], published: date | None) -> list[Day]:
    """All days named, in order. ``published`` is Kyiv's day of publication."""
    marks = [m for m in marks if m.concept in DATING]
    months = {m.first: int(m.code) for m in marks if m.concept == "months"}
    days = [
        day
        for index, token in enumerate(tokens)
        if (token.kind == "number" or index in months)
        and (day := _numeric(tokens, index, published) or _written(tokens, index, months, published))
    ]
    past = [m for m in marks if m.concept == "last_year"]
    days = [_in_last_year(day, past, published) for day in days]
    taken = {i for day in days for i in range(day.first, day.last)}
    for mark in marks:
        if mark.first in taken:
            continue
        if mark.concept in ("today", "yesterday"):
            back = timedelta(days=mark.concept == "yesterday")
            days.append(Day(published and published - back, mark.first, mark.last, "relative"))
        elif mark.concept == "holidays":
            month, number = (int(part) for part in mark.code.split("-"))
            days.append(Day(_place(number, month, None, published), mark.first, mark.last, "written"))
        elif mark.concept == "weekdays" and published is not None:
            back = timedelta(days=(published.weekday() - int(mark.code)) % 7)
            days.append(Day(published - back, mark.first, mark.last, "weekday"))
    days.sort(key=lambda day: day.first)
    return _with_counted_days(days, [m for m in marks if m.concept in ("next_day", "nth_day")], published)


def _with_counted_days(days: list[Day], marks: list[Mark], published: date | None) -> list[Day]:
    """ "The following day" is the one after the day named last; "the second day" is of the span named last."""
    if not marks:
        return days
    found: list[Day] = []
    last: date | None = None
    since: date | None = None
    named: list[Day | Mark] = [*days, *marks]
    for item in sorted(named, key=lambda item: item.first):
        if isinstance(item, Day):
            last, since = item.value or last, item.since or since
            found.append(item)
            continue
        base, ahead = (since, int(item.code) - 1) if item.concept == "nth_day" else (last, 1)
        if base is None:
            continue
        value = base + timedelta(days=ahead)
        if published is None or value <= published:
            found.append(Day(value, item.first, item.last, "written"))
            last = value
    return found


def _in_last_year(day: Day, past: list[Mark], published: date | None) -> Day:
    """ "Минулого року 30 грудня": the words beside the day give its year."""
    beside = any(0 <= day.first - m.last <= 1 or 0 <= m.first - day.last <= 1 for m in past)
    if not beside or day.value is None or published is None:
        return day
    return Day(_place(day.value.day, day.value.month, published.year - 1, published), day.first, day.last, day.basis)


def _written(tokens: list[Token], index: int, months: dict[int, int], published: date | None) -> Day | None:
    """ "30 грудня 2024", "December 30, 2024", "24-го травня"."""
    if index not in months:
        return None
    before, last = index - 1, index + 1
    if last < len(tokens) and tokens[last].text == "." and tokens[index].end == tokens[last].start:
        last += 1
    if before >= 0 and tokens[before].kind == "word" and before and tokens[before - 1].text == "-":
        before -= 2  # "24-го травня"
    if before >= 0 and (day := _small(tokens[before], 31)):
        year, last = _year(tokens, last)
        first = _first_of_several(tokens, before, day)
        value = _place(day, months[index], year, published)
        return Day(value, first, last, "written", _same_month(value, tokens[first]) if first < before else None)
    if last < len(tokens) and (day := _small(tokens[last], 31)):
        end = _last_of_several(tokens, last, day)
        last += 1 if end is None else 3
        following = last + 1 if last < len(tokens) and tokens[last].text == "," else last
        year, after = _year(tokens, following)
        value = _place(end or day, months[index], year, published)
        since = _same_month(value, tokens[index + 1]) if end else None
        return Day(value, index, after if year else last, "written", since)
    return None


def _same_month(value: date | None, token: Token) -> date | None:
    day = _small(token, 31)
    return value.replace(day=day) if value and day and day < value.day else None


def _first_of_several(tokens: list[Token], at: int, day: int) -> int:
    """The token of the first day in "5 та 6 березня", "23, 24 and 25 May"; ``at`` when there is one day."""
    joiners: frozenset[str] = SPANS
    while at >= 2 and tokens[at - 1].text in joiners and (before := _small(tokens[at - 2], 31)):
        if before >= day:
            break
        at, day, joiners = at - 2, before, SPANS | {","}
    return at


def _last_of_several(tokens: list[Token], at: int, day: int) -> int | None:
    """The last day in "May 23-25"; in "May 23 and 25 people" the second number is no day."""
    if at + 2 >= len(tokens) or tokens[at + 1].text not in SPANS:
        return None
    end = _small(tokens[at + 2], 31)
    goes_on = at + 3 < len(tokens) and tokens[at + 3].kind == "word"
    if end is None or end <= day or (goes_on and tokens[at + 1].text == "and"):
        return None
    return end


def _numeric(tokens: list[Token], index: int, published: date | None) -> Day | None:
    """ "30.12.2024" and "30.12.24"."""
    if index + 4 >= len(tokens):
        return None
    day, month = _small(tokens[index], 31), _small(tokens[index + 2], 12)
    if not (day and month and tokens[index + 1].text == "." and tokens[index + 3].text in "./"):
        return None
    year = tokens[index + 4].text
    if not year.isdecimal() or len(year) not in (2, 4):
        return None
    value = _place(day, month, int(year) + (2000 if len(year) == 2 else 0), published)
    return Day(value, index, index + 5, "written")


def _small(token: Token, limit: int) -> int | None:
    if token.kind != "number" or len(token.text) > 2:
        return None
    value = int(token.text)
    return value if 1 <= value <= limit else None


def _year(tokens: list[Token], index: int) -> tuple[int | None, int]:
    if index < len(tokens) and tokens[index].kind == "number" and len(tokens[index].text) == 4:
        value = int(tokens[index].text)
        if 2014 <= value <= 2100:
            return value, index + 1
    return None, index


def _place(day: int, month: int, year: int | None, published: date | None) -> date | None:
    """A day without a year is the last such day up to the one after publication."""
    try:
        if year is not None:
            return date(year, month, day)
        if published is None:
            return None
        placed = date(published.year, month, day)
        return placed if placed <= published + timedelta(days=1) else date(published.year - 1, month, day)
    except ValueError:
        return None
