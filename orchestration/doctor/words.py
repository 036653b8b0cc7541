"""Numbers and spans of time in words, for the sentences of the checks."""

from __future__ import annotations

from datetime import timedelta


def counted(number: int, noun: str) -> str:
    """As in "1 file" and "2 files"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def ago(span: timedelta) -> str:
    """A span in its largest unit, as in "3 hours"."""
    seconds = max(int(span.total_seconds()), 0)
    for unit, size in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= 2 * size or (seconds >= size and unit == "minute"):
            return counted(seconds // size, unit)
    return counted(seconds, "second")
