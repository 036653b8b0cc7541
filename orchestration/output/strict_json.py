"""Values as strict JSON (RFC 8259), for every --json and JSON Lines file. The caller writes them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from orchestration.output.sanitize import CONTROLS

SURROGATE = re.compile("[\ud800-\udfff]")


def json_text(value: Any, ascii_only: bool = False) -> str:
    """The value on one line, in characters that UTF-8 can encode, or in ASCII only. Control characters and those that
    turn the direction of text are escaped: a terminal that shows the JSON does not obey them.
    """
    text = json.dumps(plain(value), ensure_ascii=ascii_only, allow_nan=False)
    text = SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)
    return CONTROLS.sub(lambda control: f"\\u{ord(control[0]):04x}", text)


def plain(value: Any) -> Any:
    """A value as JSON types, without loss: dates and times in ISO 8601 (UTC), bytes in hexadecimal digits, an
    interval as an ISO 8601 duration, a map as a list of pairs; "NaN" and "Infinity" are strings because JSON has no
    such numbers.
    """
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float | Decimal):
        return _number(value) if isinstance(value, Decimal) else _float(value)
    if hasattr(value, "nanoseconds") and hasattr(value, "months"):  # Arrow's interval, a tuple of three
        return _duration(value.months, value.days, value.nanoseconds)
    if isinstance(value, Mapping):
        return {key if isinstance(key, str) else str(plain(key)): plain(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [plain(held) for held in value]
    if isinstance(value, set | frozenset):
        return sorted(map(plain, value), key=str)
    if isinstance(value, date | time | timedelta):
        return _of_time(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    return str(value)


def _float(value: float) -> float | str:
    return value if math.isfinite(value) else _not_finite(value)


def _of_time(value: date | time | timedelta) -> str:
    if isinstance(value, timedelta):
        return _duration(0, value.days, (value.seconds * 1_000_000 + value.microseconds) * 1000)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).isoformat()
    return value.isoformat()


def _not_finite(value: float | Decimal) -> str:
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _number(value: Decimal) -> int | float | str:
    """The same number; as a string where no float equals it exactly."""
    if not value.is_finite():
        return _not_finite(value)
    if value == value.to_integral_value():
        return int(value)
    return float(value) if Decimal(repr(float(value))) == value else str(value)


def _duration(months: int, days: int, nanoseconds: int) -> str:
    seconds = f"{Decimal(nanoseconds) / 1_000_000_000:f}"
    seconds = seconds.rstrip("0").rstrip(".") if "." in seconds else seconds
    date_part = "".join(f"{count}{unit}" for count, unit in ((months, "M"), (days, "D")) if count)
    time_part = f"T{seconds}S" if nanoseconds or not date_part else ""
    return f"P{date_part}{time_part}"
