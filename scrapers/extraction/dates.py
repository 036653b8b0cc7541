"""Days, months and periods named in a text, resolved against the day of publication in Kyiv.

How a day with its month is written is in written_days.py, one without it in days_of_month.py. Which of them is an
event's day or a claim's period is predicted by model.py and chosen in decoding.py.
"""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import pairwise

from dateutil.easter import EASTER_ORTHODOX, easter

from scrapers.extraction.days_ago import counted_back, moved_back, stand_together
from scrapers.extraction.days_of_month import with_days_of_month
from scrapers.extraction.tokens import Token
from scrapers.extraction.vocabulary import Mark, Vocabulary
from scrapers.extraction.written_days import AHEAD, Day, place_day, written_days, year_at

NO_DAY = "none"  # the code of expressions that look like a day but are not
EASTER = "easter"  # the code of the holiday without a day of its own
NO_DAY_OF_THEIR_OWN = ("years_ago", "last_week")
NOT_TOLD = "open"  # the code of expressions for a day that they don't tell: "last week"


def find_days(tokens: list[Token], marks: list[Mark], published: date | None, vocabulary: Vocabulary) -> list[Day]:
    """All days and months named, in text order and without overlap. ``published`` is the day in Kyiv."""
    by_concept: dict[str, list[Mark]] = defaultdict(list)
    for mark in marks:
        by_concept[mark.concept].append(mark)
    days = written_days(tokens, by_concept["months"], published, vocabulary)
    taken = _Taken(days)
    back, years_back = counted_back(tokens, published, vocabulary)
    for day in [*back, *_told_by_words(tokens, by_concept, published, vocabulary)]:
        if taken.is_free(day.first, day.last):
            taken.add(day)
            days.append(day)
    moving = [mark for concept in ("last_year", *NO_DAY_OF_THEIR_OWN) for mark in by_concept[concept]] + years_back
    days = moved_back(days, tokens, moving, published, vocabulary)
    days = with_days_of_month(sorted(days, key=lambda day: day.first), tokens, published, vocabulary)
    counted = [
        mark
        for concept in ("from_last", "nth_of_span")
        for mark in by_concept[concept]
        if taken.is_free(mark.first, mark.last)
    ]
    return _with_counted(_named_twice(_with_eves(days, tokens, vocabulary), tokens, vocabulary.on_a_day), counted)


class _Taken:
    """The tokens of days that were found."""

    def __init__(self, days: Iterable[Day]) -> None:
        self._tokens = {at for day in days for at in range(day.first, day.last)}

    def is_free(self, first: int, last: int) -> bool:
        return self._tokens.isdisjoint(range(first, last))

    def add(self, day: Day) -> None:
        self._tokens.update(range(day.first, day.last))


def _told_by_words(
    tokens: list[Token], by_concept: Mapping[str, list[Mark]], published: date | None, vocabulary: Vocabulary
) -> Iterator[Day]:
    """Days told by a word of their own (today, Easter, Friday), and words that tell only when about: last week."""
    for concept in NO_DAY_OF_THEIR_OWN:
        yield from (Day(None, mark.first, mark.last, "relative") for mark in by_concept.get(concept, ()))
    for concept in PLACES:
        for mark in by_concept.get(concept, ()):
            before = tokens[mark.first - 1].text if mark.first else ""
            is_beside = concept == "holidays" and _is_beside_a_holiday(tokens, mark, vocabulary)
            if mark.code == NO_DAY or is_beside:
                continue
            day = PLACES[concept](mark, published, before in vocabulary.last_one)
            day = _of_its_year(day, mark, tokens) if concept == "holidays" else day
            if concept != "holidays" or not _is_to_come(day, published):
                yield day


def _is_to_come(day: Day, published: date | None) -> bool:
    """Nothing took place on a holiday to come; "the New Year's Eve exchange" may be of the day before."""
    return day.value is not None and published is not None and day.value > published


def _is_beside_a_holiday(tokens: list[Token], mark: Mark, vocabulary: Vocabulary) -> bool:
    """ "On the eve of Independence Day", "після Дня Незалежності": a day near the holiday, and not the holiday."""
    at = mark.first - 1
    while at > 0 and tokens[at].text in vocabulary.within_a_holiday:
        at -= 1
    return at >= 0 and tokens[at].text in vocabulary.not_on_a_holiday


def _with_eves(days: list[Day], tokens: list[Token], vocabulary: Vocabulary) -> list[Day]:
    """ "Напередодні 9 травня", "on the eve of May 9" are the 8th, and the 9th is no day of what is told."""
    found = [
        day._replace(value=day.value - AHEAD, first=day.first - 2, since=None)
        if day.basis == "written"
        and day.value is not None
        and tuple(token.text for token in tokens[max(0, day.first - 2) : day.first]) in vocabulary.eves_of
        else day
        for day in days
    ]
    for place, (day, following) in enumerate(pairwise(days)):
        is_eve = tokens[day.first].text in vocabulary.eves and day.last == following.first
        if is_eve and following.basis == "written" and following.value is not None:
            found[place] = day._replace(value=following.value - AHEAD, last=following.last)
            found[place + 1] = day._replace(value=None, first=following.last, last=following.last)
    return [day for day in found if day.first < day.last]


def _named_twice(days: list[Day], tokens: list[Token], prepositions: frozenset[str]) -> list[Day]:
    """ "Today, 31 December" in a text published after midnight is the 31st, and "on Friday, 16 August" is that Friday
    however long ago: the written day explains the word beside it.
    """
    found = list(days)
    written = {place for place, day in enumerate(days) if day.basis == "written" and day.value is not None}
    before = [(place, place + 1) for place in range(len(days) - 2, -1, -1)]  # "yesterday, on Friday, 16 August"
    for place, other in [*before, *((place + 1, place) for place in range(len(days) - 1))]:
        first = min(place, other)
        if (
            place in written
            or other not in written
            or not stand_together(days[first].last, days[first + 1].first, tokens, prepositions)
        ):
            continue
        # "On 24 May (yesterday)"; but "after the exchange of 24 May, today 95 came home" tells of two days.
        is_apart = days[place].basis == "relative" and place > other and tokens[days[other].last].text != "("
        if not is_apart and _may_be(found[place], found[other], is_before=place < other):
            found[place] = found[place]._replace(value=found[other].value)
            written.add(place)
    return found


def _may_be(day: Day, written: Day, is_before: bool) -> bool:
    """Whether a word beside a written day can name that day. ``is_before``: it stands before it."""
    if written.value is None or day.basis == "month":
        return False
    if day.value is None:  # "last week", "a year ago"
        return True
    apart = abs(day.value - written.value)
    return {
        # Yesterday's news, published after midnight.
        "relative": is_before or apart <= AHEAD,
        "weekday": apart.days % len(calendar.day_name) == 0,
        "holiday": (day.value.month, day.value.day) == (written.value.month, written.value.day),
    }[day.basis]


def _relative(mark: Mark, published: date | None, _is_last: bool) -> Day:
    is_told = published is not None and mark.code != NOT_TOLD
    value = published + timedelta(days=int(mark.code)) if is_told and published else None
    return Day(value, mark.first, mark.last, "relative")


def _holiday(mark: Mark, published: date | None, _is_last: bool) -> Day:
    if mark.code == NOT_TOLD:
        return Day(None, mark.first, mark.last, "holiday")
    if mark.code == EASTER:
        return Day(_last_easter(published), mark.first, mark.last, "holiday")
    month, day = (int(part) for part in mark.code.split("-"))
    return Day(place_day(day, month, None, published), mark.first, mark.last, "holiday")


def _last_easter(published: date | None) -> date | None:
    """The Easter of the churches of Ukraine and Russia."""
    if published is None:
        return None
    days = [easter(year, EASTER_ORTHODOX) for year in (published.year, published.year - 1)]
    return next(day for day in days if day <= published + AHEAD)


def _of_its_year(day: Day, mark: Mark, tokens: list[Token]) -> Day:
    """ "Independence Day 2023", "Великдень 2023 року"."""
    year, last = year_at(tokens, day.last)
    if year is None or mark.code == NOT_TOLD:
        return day
    if mark.code == EASTER:
        return day._replace(value=easter(year, EASTER_ORTHODOX), last=last)
    month, number = (int(part) for part in mark.code.split("-"))
    return day._replace(value=place_day(number, month, year, None), last=last)


def _weekday(mark: Mark, published: date | None, is_last: bool) -> Day:
    """The last such weekday up to the day of publication; "last Friday" on a Friday is a week ago."""
    week = len(calendar.day_name)
    back = (published.weekday() - int(mark.code)) % week if published else 0
    back = week if is_last and not back else back
    return Day(published and published - timedelta(days=back), mark.first, mark.last, "weekday")


PLACES: Mapping[str, Callable[[Mark, date | None, bool], Day]] = {
    "relative": _relative,
    "holidays": _holiday,
    "weekdays": _weekday,
}


def _with_counted(days: list[Day], marks: list[Mark]) -> list[Day]:
    """ "The following day" counts from the last named day; "the second day" belongs to the last named span."""
    if not marks:
        return days
    found: list[Day] = []
    last: date | None = None
    since: date | None = None
    named: list[Day | Mark] = [*days, *marks]
    for item in sorted(named, key=lambda item: item.first):
        if isinstance(item, Day):
            last = item.value if item.value is not None and item.basis != "month" else last
            since = item.since or since
            found.append(item)
            continue
        of_span = item.concept == "nth_of_span"
        base, ahead = (since, int(item.code) - 1) if of_span else (last, int(item.code))
        if base is not None:
            last = base + timedelta(days=ahead)
            found.append(Day(last, item.first, item.last, "relative"))
    return found
