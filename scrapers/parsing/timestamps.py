"""Parses timestamps, in markup or in words, to UTC. Nothing is guessed: without a year there is no result."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from functools import cache
from zoneinfo import ZoneInfo

from scrapers.extraction.vocabulary import words_of

# Enough for a date in words with weekday, author and zone; a longer text is no date.
LONGEST_WRITTEN = 200
IN_FIGURES = (
    r"(?<![\d.:/-])(?P<day>\d{1,2})(?P<mark>[./-])(?P<month>\d{1,2})(?P=mark)(?P<year>\d{4}|\d{2})(?![\d/-]|\.\d)",
    r"(?<![\d.:/-])(?P<year>\d{4})(?P<mark>[./-])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})(?![\d/-]|\.\d)",
)
# "30th", "30-го"; "30th of".
SUFFIX = r"(?:-?[^\W\d_]{1,3})?(?:\s+[^\W\d_]{2})?"
IN_WORDS = (
    r"(?<!\d)(?P<day>\d{1,2})" + SUFFIX + r"\.?\s+(?P<month>MONTHS)\.?,?\s+(?P<year>\d{4})(?!\d)",
    r"(?<![^\W\d_])(?P<month>MONTHS)\.?\s+(?P<day>\d{1,2})" + SUFFIX + r",?\s+(?P<year>\d{4})(?!\d)",
)
HOUR = re.compile(
    r"(?<![\d.:+])(?<!utc[-−])(?<!gmt[-−])(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2}))?(?![\d.]\d)(?!\d)"
)
HALF_OF_DAY = re.compile(r"\s*([ap])\.?\s?m\b")
OFFSET = re.compile(r"\s*\(?(?:(?:utc|gmt)\s*)?(?P<sign>[+\-−])(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?(?!\d)")
GREENWICH = re.compile(r"\s*\(?(?:utc|gmt|z)(?![^\W\d_])")
# A short word in capitals right behind the hour is a time zone. Many have the same names: these are our sources'.
ZONE = re.compile(r"\s*\(?(?P<name>[^\W\d_]{2,4})(?![^\W\d_])")
HOURS_AHEAD = {"EET": 2, "EEST": 3, "MSK": 3, "GST": 4, "CET": 1, "CEST": 2}


def machine_moment(written: str, time_zone: str) -> datetime | None:
    """An ISO 8601 time; without an offset it is in ``time_zone``. None when it has no hour or can't be read."""
    written = written.strip()
    if len(written) <= len("2024-12-30"):
        return None
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return None
    return _utc(moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(time_zone)))


def feed_moment(written: str) -> datetime | None:
    """A feed's time, RFC 822 or ISO 8601, which must carry its offset."""

    try:
        moment = parsedate_to_datetime(written)
    except (ValueError, OverflowError, TypeError, IndexError):
        return machine_moment(written, "UTC") if re.search(r"(Z|[+-]\d{2}:?\d{2})$", written.strip()) else None
    return _utc(moment) if moment.tzinfo else None


def written_moment(written: str, language: str, time_zone: str, may_lack_hour: bool = False) -> datetime | None:
    """The only day, with month and year, in words of ``language`` or in figures, day first; with the only hour,
    unless ``may_lack_hour``: then midnight. What else stands there, an author or a weekday, does not matter.

    "Yesterday" and the like are not parsed: on an archived page they would mean another day. Two days, two hours or
    an unknown time zone give None.
    """
    if not 0 < len(written) <= LONGEST_WRITTEN:
        return None
    lowered = written.lower()
    days = [found for pattern in _dates(language) for found in pattern.finditer(lowered)]
    if len(days) != 1:
        return None
    # The length stays: offsets are those of the text as written.
    rest = lowered[: days[0].start()] + " " * len(days[0].group()) + lowered[days[0].end() :]
    hours = list(HOUR.finditer(rest))
    if len(hours) > 1 or not (hours or may_lack_hour):
        return None
    try:
        return _utc(_moment(days[0], hours[0] if hours else None, written, ZoneInfo(time_zone), language))
    except (ValueError, OverflowError):
        return None


def _moment(day: re.Match[str], hour: re.Match[str] | None, written: str, zone: tzinfo, language: str) -> datetime:
    """Raises ValueError when there is no such day or hour, or its time zone is unknown."""
    month = day["month"]
    year = int(day["year"]) + (2000 if len(day["year"]) == 2 else 0)
    number = int(month) if month.isdecimal() else _months(language)[month]
    if hour is None:
        return datetime(year, number, int(day["day"]), tzinfo=zone)
    of_day, end = int(hour["hour"]), hour.end()
    behind = written[end:].lower()
    if half := HALF_OF_DAY.match(behind):
        if not 1 <= of_day <= 12:
            raise ValueError
        of_day, end = of_day % 12 + (12 if half[1] == "p" else 0), end + half.end()
        behind = written[end:].lower()
    if offset := OFFSET.match(behind):
        ahead = timedelta(hours=int(offset["hours"]), minutes=int(offset["minutes"] or 0))
        zone = timezone(ahead if offset["sign"] == "+" else -ahead)
    elif GREENWICH.match(behind):
        zone = UTC
    elif (named := ZONE.match(written[end:])) and named["name"].isupper():
        if named["name"] not in HOURS_AHEAD:
            raise ValueError
        zone = timezone(timedelta(hours=HOURS_AHEAD[named["name"]]))
    return datetime(year, number, int(day["day"]), of_day, int(hour["minute"]), int(hour["second"] or 0), tzinfo=zone)


@cache
def _months(language: str) -> dict[str, int]:
    """Names of months, in all their forms, with their numbers."""
    names = words_of("dates")["months"]
    return {
        name: int(number)
        for number, of_languages in names.items()
        for name in of_languages[language]
        if not name.endswith("*")
    }


@cache
def _dates(language: str) -> tuple[re.Pattern[str], ...]:
    months = "|".join(re.escape(name) for name in sorted(_months(language), key=len, reverse=True))
    months = rf"(?:{months})(?![^\W\d_])"
    return tuple(re.compile(form) for form in (*IN_FIGURES, *(form.replace("MONTHS", months) for form in IN_WORDS)))


def _utc(moment: datetime) -> datetime | None:
    """In UTC; None at the ends of the calendar, where UTC has no such day."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return None
