"""Which visits that found a page unchanged are noted: the first of each UTC day. More would outgrow the pages.

A hint in a small file beside the archive; without it a visit is noted once more than needed.
"""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

from scrapers.records import Page


class RevisitsOfDay:
    """The addresses whose visit was noted on the newest day. Not safe for several threads by itself."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._day: date | None = None
        self._noted: set[str] = set()

    def is_first(self, page: Page) -> bool:
        """Whether no visit of this page was noted on its day; from then on one was. Raises OSError."""
        day = page.fetched_at.date()
        if day != self._day:
            self._read(day)
        address = hashlib.sha256(page.url.encode("utf-8", "surrogatepass")).hexdigest()[:24]
        if address in self._noted:
            return False
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a" if self._noted else "w", encoding="ascii") as stream:
            if not self._noted:
                stream.write(f"{day}\n")
            stream.write(f"{address}\n")
        self._noted.add(address)
        return True

    def _read(self, day: date) -> None:
        try:
            lines = self._path.read_text("ascii").split()
        except (OSError, UnicodeDecodeError):
            lines = []
        self._day = day
        self._noted = set(lines[1:]) if lines[:1] == [str(day)] else set()
