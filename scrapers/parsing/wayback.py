"""The Wayback Machine: which captures of a source's pages exist, and what address a capture is of.

Captures are requested raw (id_), so they parse like the site's own pages. Documentation: the CDX server's README in
internetarchive/wayback. It throttles: client.py sends one request at a time and obeys Retry-After.
"""

from __future__ import annotations

import json
import re
from urllib.parse import urlencode

from scrapers.parsing.listings import Window
from scrapers.records import Page, SourceError
from scrapers.registry import Source

HOST = "web.archive.org"
INDEX = f"https://{HOST}/cdx/search/cdx"
CAPTURES_ON_PAGE = 500
CAPTURE = re.compile(r"^https?://web\.archive\.org/web/\d{4,14}(?:[a-z]{2}_)?/(?=https?://)")


def original_of(url: str) -> str:
    """The address that a capture is of; any other address is unchanged."""
    return CAPTURE.sub("", url)


def viewed(capture: str) -> str:
    """The public address of a raw capture."""
    return capture.replace("id_/", "/", 1)


def index_url(source: Source, window: Window, resume: str | None = None) -> str:
    """The index query for a source's articles captured in a window: one capture per address.

    Raises SourceError when the registry has no prefix for the source.
    """
    if source.wayback is None:
        raise SourceError(source.id, f"{source.id}: registry.yaml names no `wayback` prefix; add one to look there.")
    query = {
        "url": source.wayback,
        "from": f"{window.since:%Y%m%d%H%M%S}",
        "to": f"{window.until:%Y%m%d%H%M%S}",
        "filter": "statuscode:200",
        "collapse": "urlkey",
        "fl": "timestamp,original",
        "output": "json",
        "limit": str(CAPTURES_ON_PAGE),
        "showResumeKey": "true",
    }
    return f"{INDEX}?{urlencode(query | ({'resumeKey': resume} if resume else {}))}"


def captures_of(page: Page) -> tuple[list[str], str | None]:
    """Addresses of raw captures in one response of the index, and the key to resume with.

    Raises SourceError when the response is not the index's.
    """
    try:
        rows = json.loads(page.body or b"[]")
    except (ValueError, RecursionError):
        rows = None
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise SourceError(page.source_id, f"{page.source_id}: {page.url} is no answer of the CDX index.")
    key = str(rows[-1][0]) if len(rows) > 2 and rows[-2] == [] and rows[-1] else None
    named = [row for row in rows[1:] if len(row) == 2 and all(isinstance(cell, str) for cell in row)]
    return [f"https://{HOST}/web/{stamp}id_/{original}" for stamp, original in named if stamp.isdecimal()], key
