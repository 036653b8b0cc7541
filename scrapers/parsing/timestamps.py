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
# Not within a longer number, an address or a time; and not the last day of several ("23-25 May").
BEFORE = r"(?<![\d./])(?<!\d:)(?<!\d[-–—])(?<!\d\s[-–—]\s)"
BEHIND = r"(?!\d|[/.]\d|-\d+(?!\d|:))"
# "30th", "30-го"; "30th of".
SUFFIX = r"(?:-?[^\W\d_]{1,3})?(?:\s+[^\W\d_]{2})?"
FORMS = (
    BEFORE + r"(?P<day>\d{1,2})(?P<mark>[./-])(?P<month>\d{1,2})(?P=mark)(?P<year>\d{4}|\d{2})" + BEHIND,
    BEFORE + r"(?P<year>\d{4})(?P<mark>[./-])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})" + BEHIND,
    BEFORE + r"(?P<day>\d{1,2})" + SUFFIX + r"\.?\s+(?P<month>MONTHS)\.?,?\s+(?P<year>\d{4})(?!\d)",
    r"(?<![^\W\d_])(?P<month>MONTHS)\.?\s+(?P<day>\d{1,2})" + SUFFIX + r",?\s+(?P<year>\d{4})(?!\d)",
)
HOUR = re.compile(
    r"(?<![\d.+])(?<!\d:)(?<!UTC[-−])(?<!GMT[-−])"
    r"(?P<hour>\d{1,2})(?P<mark>[:.])(?P<minute>\d{2})(?:(?P=mark)(?P<second>\d{2})(?:[.,]\d{1,6})?)?(?![\d.:]\d)(?!\d)",
    re.IGNORECASE,
)
# "17.05" is an hour beside the date alone: elsewhere it may be a price.
BESIDE_DATE = re.compile(r"[\s,|–-]*")
# What follows a day in ISO 8601 may also be its zone: "2024-12-30+03:00" has no hour.
DAY_AND_HOUR = re.compile(r"[\dW-]{7,10}[Tt ]\d\d")
HALF_OF_DAY = re.compile(r"\s*([ap])\.?\s?m\b\.?", re.IGNORECASE)
BEFORE_ZONE = r"[\s,|(]*(?:hrs?\b\.?\s*)?"
OFFSET = re.compile(
    BEFORE_ZONE + r"(?:(?:(?:UTC|GMT)\s*)(?P<sign>[+\-−])(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?"
    r"|(?P<bare_sign>[+\-−])(?P<bare_hours>\d{2}):?(?P<bare_minutes>\d{2}))(?!\d)",
    re.IGNORECASE,
)
ZONE = re.compile(BEFORE_ZONE + r"(?P<name>[^\W\d_]{1,4})(?![^\W\d_])")
# Hours ahead of UTC by the names of time zones that our sources use. Others (America's, Britain's summer) would move
# the time by hours, so they give none; a short word that is no zone is an author's or agency's.
AHEAD = {
    "UTC": 0, "GMT": 0, "Z": 0, "EET": 2, "EEST": 3, "MSK": 3, "МСК": 3, "GST": 4, "CET": 1, "CEST": 2,
}  # fmt: skip
UNKNOWN_ZONE = re.compile(r"[A-Z]{2,3}T|BST")
AMERICAN = frozenset({"EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT"})


def machine_moment(written: str, time_zone: str) -> datetime | None:
    """An ISO 8601 time; without an offset it is in ``time_zone``. None when it has no hour or can't be read."""
    written = written.strip()
    if DAY_AND_HOUR.match(written) is None:
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
    days = [found for pattern in _dates(language) for found in pattern.finditer(written)]
    if len(days) != 1:
        return None
    begin, end = days[0].span()
    rest = written[:begin] + "\0" * (end - begin) + written[end:]
    hours = [hour for hour in HOUR.finditer(rest) if hour["mark"] == ":" or _is_beside(rest, hour, begin, end)]
    if len(hours) > 1 or not (hours or may_lack_hour):
        return None
    try:
        return _utc(_moment(days[0], hours[0] if hours else None, rest, ZoneInfo(time_zone), language))
    except (ValueError, OverflowError):
        return None


def _is_beside(rest: str, hour: re.Match[str], begin: int, end: int) -> bool:
    between = rest[hour.end() : begin] if hour.end() <= begin else rest[end : hour.start()]
    return BESIDE_DATE.fullmatch(between) is not None


def _moment(day: re.Match[str], hour: re.Match[str] | None, rest: str, zone: tzinfo, language: str) -> datetime:
    """Raises ValueError when there is no such day or hour, or its time zone is unknown."""
    month = day["month"].lower()
    year = int(day["year"]) + (2000 if len(day["year"]) == 2 else 0)
    number = int(month) if month.isdecimal() else _months(language)[month]
    if hour is None:
        return datetime(year, number, int(day["day"]), tzinfo=zone)
    of_day, behind = int(hour["hour"]), rest[hour.end() :]
    if half := HALF_OF_DAY.match(behind):
        if not 1 <= of_day <= 12:
            raise ValueError
        of_day, behind = of_day % 12 + (12 if half[1] in "pP" else 0), behind[half.end() :]
    zone = _zone(behind) or zone
    return datetime(year, number, int(day["day"]), of_day, int(hour["minute"]), int(hour["second"] or 0), tzinfo=zone)


def _zone(behind: str) -> tzinfo | None:
    """The time zone right behind an hour, if one is written there. Raises ValueError when it is unknown."""
    if offset := OFFSET.match(behind):
        sign, hours, minutes = (offset[f"bare_{part}"] or offset[part] for part in ("sign", "hours", "minutes"))
        ahead = timedelta(hours=int(hours), minutes=int(minutes or 0))
        return timezone(ahead if sign == "+" else -ahead)
    named = ZONE.match(behind)
    name = named["name"].upper() if named else ""
    if name in AHEAD:
        return timezone(timedelta(hours=AHEAD[name]))
    if UNKNOWN_ZONE.fullmatch(name) and named is not None and (named["name"].isupper() or name in AMERICAN):
        raise ValueError
    return None


@cache
def _months(language: str) -> dict[str, int]:
    """Names of months, in all their forms and by their first three letters, with their numbers."""
    names = words_of("dates")["months"]
    forms = {
        name: int(number)
        for number, of_languages in names.items()
        for name in of_languages[language]
        if not name.endswith("*")
    }
    return {name[:3]: number for name, number in forms.items()} | forms


@cache
def _dates(language: str) -> tuple[re.Pattern[str], ...]:
    months = "|".join(re.escape(name) for name in sorted(_months(language), key=len, reverse=True))
    months = rf"(?:{months})(?![^\W\d_])"
    return tuple(re.compile(form.replace("MONTHS", months), re.IGNORECASE) for form in FORMS)


def _utc(moment: datetime) -> datetime | None:
    """In UTC; None at the ends of the calendar, where UTC has no such day."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return None
