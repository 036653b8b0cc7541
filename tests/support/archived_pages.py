"""Pages to store in an archive, and the name of the file that holds them.

Damage to that file is in archive_damage.py.
"""

from __future__ import annotations

from datetime import UTC, datetime

from scrapers.records import Page

FILE = "2026-03.warc.gz"


def page(number: int, payload: bytes = b"body", encoding: str | None = None, status: int = 200) -> Page:
    moment = datetime(2026, 3, 1, 12, 0, number, 250, tzinfo=UTC)
    headers = (("Content-Type", "text/html; charset=utf-8"), ("Transfer-Encoding", "chunked"))
    headers += (("Content-Encoding", encoding),) if encoding else ()
    url = f"https://t.me/s/Koord_shtab?before={number}"
    return Page("koordshtab_telegram", url, moment, status, headers, payload, (("User-Agent", "Obmin/0.1"),))
