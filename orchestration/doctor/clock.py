"""Checks of the clock: Kyiv's time zone, and that nothing stored is of the future. Hosts' clocks: network.py."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from orchestration.doctor.record import StoredRecord
from orchestration.doctor.results import CheckResult, fault, ok

AREA = "clock"
TOLERANCE = timedelta(minutes=2)


def check_zone(name: str = "Europe/Kyiv") -> list[CheckResult]:
    try:
        zone = ZoneInfo(name)
        hours = [datetime(2024, month, 1, tzinfo=zone).utcoffset() for month in (1, 7)]
    except (ZoneInfoNotFoundError, OSError, ValueError):
        hours = []
    if hours == [timedelta(hours=2), timedelta(hours=3)]:
        return [ok(AREA, "time zone", f"The time zone {name} is known, with its summer time.")]
    return [
        fault(AREA, "time zone", f"The time zone {name} is not known here.", "Run `make setup`: it installs tzdata.")
    ]


def check_clock(record: StoredRecord, now: datetime) -> list[CheckResult]:
    """``now`` against the newest time that this deployment has stored."""
    stored = {
        "a page was fetched": record.newest_page_at,
        "the published copy was built": record.copy_built_at,
        "the daemon was alive": record.alive_at,
    }
    known = {what: moment for what, moment in stored.items() if moment is not None}
    if not known:
        return [
            ok(AREA, "machine", f"It is {_written(now)} by this machine's clock; nothing stored is to compare with.")
        ]
    what = max(known, key=lambda one: known[one])
    if known[what] <= now + TOLERANCE:
        return [ok(AREA, "machine", f"It is {_written(now)} by this machine's clock, after all that is stored.")]
    return [
        fault(
            AREA,
            "machine",
            f"It is {_written(now)} by this machine's clock, and {what} at {_written(known[what])}, which is later.",
            "Set the clock right: until then, edits count as older than what is stored.",
        )
    ]


def _written(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
