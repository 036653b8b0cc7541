"""Parses timestamps, in markup or in words, to UTC. Nothing is guessed: without a year there is no result."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

# Enough for a date in words with weekday and zone; a longer text is no date, and takes the library minutes.
LONGEST_WRITTEN = 200
HOUR = re.compile(r"\d{1,2}[:.]\d{2}(?![.\d])")


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
    """A day, month and year in words or figures, with an hour unless ``may_lack_hour``: then midnight.

    "Yesterday" and the like are not parsed: on an archived page they would mean another day.
    """
    if not 0 < len(written) <= LONGEST_WRITTEN or not (may_lack_hour or HOUR.search(written)):
        return None
    try:
        moment = _parsed(written, language, time_zone)
    except Exception:  # the library may raise anything on untrusted text
        return None
    return _utc(moment) if moment is not None else None


def _parsed(written: str, language: str, time_zone: str) -> datetime | None:
    import dateparser

    return dateparser.parse(
        written,
        languages=[language],
        settings={
            "REQUIRE_PARTS": ["day", "month", "year"],
            "PARSERS": ["absolute-time"],
            "TIMEZONE": time_zone,
            "RETURN_AS_TIMEZONE_AWARE": True,
            "DATE_ORDER": "DMY",
            "PREFER_LOCALE_DATE_ORDER": False,
        },
    )


def _utc(moment: datetime) -> datetime | None:
    """In UTC; None at the ends of the calendar, where UTC has no such day."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return None
