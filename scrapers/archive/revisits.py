"""Which requests that found a page unchanged are recorded: the first of each UTC day. More would outgrow the pages.

A hint in a small file next to the archive; without it a revisit is recorded once more than needed. The records are
written in pages.py.
"""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

from scrapers.records import Page


class RevisitsOfDay:
    """The addresses whose revisit was recorded on the newest day. Not thread-safe by itself."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._day: date | None = None
        self._noted: set[str] = set()

    def is_first(self, page: Page) -> bool:
        """True when no revisit of this page was recorded on its day; marks it as recorded. Raises OSError."""
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
