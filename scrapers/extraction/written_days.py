"""Days with their month, in digits or beside a month's name, and months without a day; all as a text writes them.

Days named otherwise (today, on Friday, the next day), and what explains what, are in dates.py.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

from scrapers.extraction.tokens import Token
from scrapers.extraction.vocabulary import Mark, Vocabulary

# A day without a year is the last one up to the day after publication: a post at midnight is dated ahead.
AHEAD = timedelta(days=1)
MONEY = ("$", "€", "₴", "+")
EARLIEST_YEAR, LATEST_YEAR = 2014, 2100
MONTHS = 12
FIGURES_WITH_YEAR = 5  # tokens of "30.12.24"


class Day(NamedTuple):
    """A day at tokens first..last (excluded). ``value`` is None when it can't be resolved, the first of the month
    where only a month is given.

    ``basis``: "written" (day and month), "month", "relative" (today, the next day), "weekday" or "holiday". ``since``
    is the first of several days ("5 та 6 березня", "May 23-25"), of which ``value`` is the last.
    """

    value: date | None
    first: int
    last: int
    basis: str
    since: date | None = None


def written_days(tokens: list[Token], named: list[Mark], published: date | None, vocabulary: Vocabulary) -> list[Day]:
    """Days with their month in digits or as a name, then months without a day."""
    months = {mark.first: int(mark.code) for mark in named}
    finder = _Finder(tokens, months, published, vocabulary)
    days = [
        day
        for index, token in enumerate(tokens)
        if (token.kind == "number" or index in months) and (day := finder.written(index)) is not None
    ]
    taken = {i for day in days for i in range(day.first, day.last)}
    days += [day for index in months if index not in taken and (day := finder.month(index)) is not None]
    return _with_common_year(sorted(days, key=lambda day: day.first), tokens, vocabulary)


def _with_common_year(days: list[Day], tokens: list[Token], vocabulary: Vocabulary) -> list[Day]:
    """ "4 квітня та 2 травня 2023", "from January to September 2024": the year is that of both; from December to
    January it is the year before.
    """
    found = list(days)
    for place in range(len(days) - 2, -1, -1):
        day, following = found[place], found[place + 1]
        is_joined = day.last + 1 == following.first and tokens[day.last].text in vocabulary.span_words
        if not is_joined or day.value is None or following.value is None or _names_year(day, tokens):
            continue
        if _names_year(following, tokens):
            is_before = (day.value.month, day.value.day) <= (following.value.month, following.value.day)
            year = following.value.year if is_before else following.value.year - 1
            value = place_day(day.value.day, day.value.month, year, None)
            since = day.since and place_day(day.since.day, day.since.month, year, None)
            found[place] = day._replace(value=value, since=since)
    return found


def _names_year(day: Day, tokens: list[Token]) -> bool:
    is_in_figures = day.last - day.first == FIGURES_WITH_YEAR and tokens[day.first + 1].text in "./-"
    return is_in_figures or any(year_at(tokens, index)[0] is not None for index in range(day.first, day.last))


class _Finder:
    def __init__(self, tokens: list[Token], months: dict[int, int], published: date | None, vocabulary: Vocabulary):
        self.tokens, self.months, self.published, self.vocabulary = tokens, months, published, vocabulary

    def written(self, index: int) -> Day | None:
        """A day with its month: in digits, or next to a month name at ``index``."""
        return self._numeric(index) if index not in self.months else self._beside_month(index)

    def month(self, index: int) -> Day | None:
        """ "У вересні 2022", "last October": a month without a day."""
        token = self.tokens[index]
        if token.text in self.vocabulary.only_capital and not token.capital:
            return None
        year, last = year_at(self.tokens, index + 1)
        value = place_day(1, self.months[index], year, self.published)
        return Day(value, index, last, "month")

    def _numeric(self, index: int) -> Day | None:
        """ "30.12.2024", "30.12.24", "30/12/2024", "12/30/2024", "30.12", "2024-12-30" and "30-12-2024". A day of
        "9/5/2024" can't be told from a month.
        """
        tokens = self.tokens
        if index + 2 >= len(tokens):
            return None
        if (dashed := self._dashed(index)) is not None:
            return dashed
        day, month = _small(tokens[index], 31), _small(tokens[index + 2], 31)
        mark = tokens[index + 1]
        # "Returned: 25. 10 of them are officers" has two numbers.
        is_joined = tokens[index].end == mark.start and mark.end == tokens[index + 2].start
        if not (day and month and mark.text in "./" and is_joined):
            return None
        if index + 4 < len(tokens) and tokens[index + 3].text == mark.text and tokens[index + 4].kind == "number":
            return self._with_year(index, day, month)
        if month > MONTHS or not self._is_day_and_month(index):
            return None
        return Day(place_day(day, month, None, self.published), index, index + 3, "written")

    def _with_year(self, index: int, day: int, month: int) -> Day | None:
        year, is_slashed = self.tokens[index + 4].text, self.tokens[index + 1].text == "/"
        if is_slashed and day <= MONTHS < month:
            day, month = month, day  # "12/30/2024"
        if len(year) not in (2, 4) or month > MONTHS:
            return None
        full = int(year) + (2000 if len(year) == 2 else 0)
        is_clear = not is_slashed or day > MONTHS or day == month
        return Day(self._of_year(day, month, full) if is_clear else None, index, index + 5, "written")

    def _of_year(self, day: int, month: int, year: int) -> date | None:
        return place_day(day, month, year, self.published) if EARLIEST_YEAR <= year <= LATEST_YEAR else None

    def _dashed(self, index: int) -> Day | None:
        """ "2024-12-30" and "30-12-2024"."""
        written = self.tokens[index : index + 5]
        if len(written) < 5 or (written[1].text, written[3].text) != ("-", "-"):
            return None
        is_joined = all(left.end == right.start for left, right in pairwise(written))
        first, month, last = written[0], _small(written[2], 12), written[4]
        year, day = (first, last) if len(first.text) == 4 else (last, first)
        number = _small(day, 31)
        if not (is_joined and month and number and year.text.isdecimal() and len(year.text) == 4):
            return None
        return Day(self._of_year(number, month, int(year.text)), index, index + 5, "written")

    def _is_day_and_month(self, index: int) -> bool:
        """False for a sum of money, a fraction, a time of day, and a decimal such as "30.1"."""
        tokens = self.tokens
        touching = index + 3 < len(tokens) and tokens[index + 3].start == tokens[index + 2].end
        if len(tokens[index + 2].text) != 2 or (touching and tokens[index + 3].text not in ".,;:)\n"):
            return False
        before = tokens[index - 1].text if index else ""
        return tokens[index + 1].text != "/" and before not in MONEY and before not in self.vocabulary.before_times

    def _beside_month(self, index: int) -> Day | None:
        """ "30 грудня 2024", "December 30, 2024", "24-го травня", "восьмого лютого"; but "the third exchange of May"
        ("третього травневого обміну") has no day, nor has "another 20 may follow".
        """
        tokens, months = self.tokens, self.months
        own = tokens[index]
        if own.text not in self.vocabulary.month_nouns or (
            own.text in self.vocabulary.only_capital and not own.capital
        ):
            return None
        before, last = index - 1, index + 1
        if last < len(tokens) and tokens[last].text == "." and tokens[index].end == tokens[last].start:
            last += 1
        if before >= 1 and tokens[before].kind == "word" and tokens[before - 1].text == "-":
            before -= 2  # "24-го травня"
        elif before >= 2 and tokens[before].text in self.vocabulary.of_a_month and self._is_suffix(before - 1):
            before -= 2  # "the 14th of May"
        day = self._day_number(before)
        if day is not None:
            number, opens = day
            year, last = year_at(tokens, last)
            first = self._first_of_several(opens, number)
            value = place_day(number, months[index], year, self.published)
            return Day(value, first, last, "written", _same_month(value, tokens[first]) if first < opens else None)
        return self._after_month(index, last)

    def _is_suffix(self, at: int) -> bool:
        return (
            self.tokens[at].text in self.vocabulary.ordinal_suffixes
            and self.tokens[at - 1].end == self.tokens[at].start
        )

    def _after_month(self, index: int, at: int) -> Day | None:
        """ "December 30, 2024", "May 23-25": the day's number is the token ``at``. It is none after "in May", nor in
        languages in which the day comes first: "у вересні 24, у серпні 19" counts people.
        """
        tokens = self.tokens
        number = _small(tokens[at], 31) if at < len(tokens) else None
        is_in_month = index > 0 and tokens[index - 1].text in self.vocabulary.before_months
        if number is None or is_in_month or not tokens[index].text.isascii():
            return None
        end = self._last_of_several(at, number)
        last = at + (1 if end is None else 3)
        if last < len(tokens) and tokens[last].text in self.vocabulary.ordinal_suffixes:
            last += 1
        following = last + 1 if last < len(tokens) and tokens[last].text == "," else last
        year, after = year_at(tokens, following)
        value = place_day(end or number, self.months[index], year, self.published)
        since = _same_month(value, tokens[index + 1]) if end else None
        return Day(value, index, after if year else last, "written", since)

    def _day_number(self, at: int) -> tuple[int, int] | None:
        """The day of the month whose last token is ``at``, and its first token: digits or an ordinal in words."""
        if at < 0:
            return None
        if number := _small(self.tokens[at], 31):
            return number, at
        if self.tokens[at].kind != "word":
            return None
        ordinal = self.vocabulary.ordinal(self.tokens[at].text)
        if ordinal is None or ordinal > 30:
            return None
        tens = self.vocabulary.number_words.get(self.tokens[at - 1].text) if at and ordinal < 10 else None
        return (tens + ordinal, at - 1) if tens in (20, 30) else (ordinal, at)

    def _first_of_several(self, at: int, day: int) -> int:
        """The token of the first day in "5 та 6 березня", "23, 24 and 25 May"; ``at`` when there is one day."""
        tokens, joiners = self.tokens, self.vocabulary.span_words
        while at >= 2 and tokens[at - 1].text in joiners and (before := _small(tokens[at - 2], 31)):
            if before >= day:
                break
            at, day, joiners = at - 2, before, self.vocabulary.span_words | {","}
        return at

    def _last_of_several(self, at: int, day: int) -> int | None:
        """The last day in "May 23-25"; in "May 23 and 25 people" the second number is not a day."""
        tokens = self.tokens
        if at + 2 >= len(tokens) or tokens[at + 1].text not in self.vocabulary.span_words:
            return None
        end = _small(tokens[at + 2], 31)
        goes_on = at + 3 < len(tokens) and tokens[at + 3].kind == "word"
        if end is None or end <= day or (goes_on and tokens[at + 1].text not in self.vocabulary.between_days):
            return None
        return end


def year_at(tokens: list[Token], index: int) -> tuple[int | None, int]:
    """The year at a token, and the token behind it; None and the token itself where there is none."""
    if index < len(tokens) and tokens[index].kind == "number" and len(tokens[index].text) == 4:
        value = int(tokens[index].text)
        if EARLIEST_YEAR <= value <= LATEST_YEAR:
            return value, index + 1
    return None, index


def day_number(token: Token) -> int | None:
    """The day of a month that digits may be."""
    return _small(token, 31)


def _small(token: Token, limit: int) -> int | None:
    if token.kind != "number" or len(token.text) > 2:
        return None
    value = int(token.text)
    return value if 1 <= value <= limit else None


def _same_month(value: date | None, token: Token) -> date | None:
    day = _small(token, 31)
    return value.replace(day=day) if value and day and day < value.day else None


def place_day(day: int, month: int, year: int | None, published: date | None) -> date | None:
    """A day without a year is the last such day up to one day after publication; None when there is no such day."""
    if year is None and published is None:
        return None
    years = [year] if year is not None else [published.year + ahead for ahead in (1, 0, -1)] if published else []
    for candidate in years:
        if day > calendar.monthrange(candidate, month)[1]:
            continue
        placed = date(candidate, month, day)
        if year is not None or published is None or placed <= published + AHEAD:
            return placed
    return None
