"""A mined text as a page of the archive, and such a page as an announcement; and which addresses are one page.

Mining is in scrapers/mining, which pages are loaded in orchestration/warehouse/load_mined.py.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from urllib.parse import SplitResult, quote, urlsplit

from scrapers.extraction.language import detect_language
from scrapers.extraction.normalization import normalized
from scrapers.extraction.reading import KYIV, kyiv_day
from scrapers.parsing.sanitize import LONGEST_ADDRESS, LONGEST_ID, characters, storable
from scrapers.parsing.wayback import original_of
from scrapers.records import Announcement, Page, PageError, ParsedPage, Problem
from scrapers.registry import load_web_archives

USUAL_PORTS = {"http": 80, "https": 443}
# A channel's preview shows a post at another address than its link.
PREVIEW, POST = "t.me/s/", "t.me/"


@dataclass(frozen=True, slots=True)
class MinedText:
    """A text of a web archive; ``captured_at`` is UTC, ``published_on`` Kyiv's day; the last two say where it was."""

    url: str
    captured_at: datetime
    published_on: date
    title: str | None
    text: str
    warc: str
    record: int


def page_of(mined: MinedText) -> Page:
    """The page that the archive keeps of a text, in place of the one that was captured. Its headers say where that
    was found, as the same capture can be in several files.
    """
    held = {"published_on": mined.published_on.isoformat(), "title": mined.title, "text": mined.text}
    headers = (
        ("Content-Type", "application/json"),
        ("Obmin-Mined-From", f"{quote(mined.warc)} record {mined.record}"),
    )
    payload = json.dumps(held, ensure_ascii=False).encode()
    return Page(load_web_archives().id, mined.url, mined.captured_at.astimezone(UTC), 200, headers, payload)


def is_mined(page: Page) -> bool:
    return page.source_id == load_web_archives().id


def parse_mined(page: Page) -> ParsedPage:
    """The announcement of such a page, fit to store, or a problem. Raises PageError when it is none of ours."""
    try:
        held = json.loads(page.body)
        day, title, text = date.fromisoformat(held["published_on"]), held["title"], str(held["text"])
    except (KeyError, TypeError, ValueError) as error:
        raise PageError(
            page.source_id, f"{page.source_id}: {page.url} in the archive is no mined text.", "unreadable"
        ) from error
    item_id = item_id_of(page.url)
    if item_id is None:
        return storable(page, ParsedPage(problems=[Problem(page.source_id, page.url, "it is no web address")]))
    if day > (kyiv_day(page.fetched_at) or day):
        reason = "its day is after that of the capture"
        return storable(page, ParsedPage(problems=[Problem(page.source_id, item_id, reason, f"{day}")]))
    title = None if title is None else str(title)
    announcement = Announcement(
        source_id=page.source_id,
        announcement_id=item_id,
        url=page.url,
        language=detect_language(normalized(f"{title}\n{text}" if title else text)),
        published_at=_published_by(day, page.fetched_at),
        title=title,
        text=text,
    )
    return storable(page, ParsedPage(announcements=[announcement]))


def item_id_of(url: str) -> str | None:
    """The id of a page, the same with http and https, with www and without; None for what is no web address."""
    parts = _parts(url)
    if parts is None:
        return None
    item_id = _place(parts)
    if len(item_id) <= LONGEST_ID:
        return item_id
    return f"{item_id[:100]}… {hashlib.sha256(item_id.encode()).hexdigest()}"


def addresses_of(url: str) -> list[str]:
    """Under which addresses a source may have loaded the same page."""
    parts = _parts(url)
    if parts is None:
        return []
    place = _place(parts)
    return [
        f"{scheme}://{www}{place}{slash}" for scheme in USUAL_PORTS for www in ("", "www.") for slash in ("", "/")
    ]


def _published_by(day: date, captured_at: datetime) -> datetime:
    """When it was surely published: the end of its day, or the capture. At the day's beginning it would come before
    the official who was first, and be the first to tell of the exchange.
    """
    return min(datetime.combine(day, time(23, 59, 59), KYIV).astimezone(UTC), captured_at)


def _parts(url: str) -> SplitResult | None:
    url = original_of(url)
    if len(url) > LONGEST_ADDRESS or characters(url) != url:
        return None
    if any(not letter.isprintable() or letter.isspace() or letter == "\\" for letter in url):
        return None
    try:
        parts = urlsplit(url)
        is_web = parts.scheme in USUAL_PORTS and bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:
        return None
    return parts if is_web else None


def _place(parts: SplitResult) -> str:
    """An address without what differs between addresses of one page."""
    port = "" if parts.port in (None, USUAL_PORTS[parts.scheme]) else f":{parts.port}"
    query = f"?{parts.query}" if parts.query else ""
    place = f"{(parts.hostname or '').removeprefix('www.')}{port}{parts.path.rstrip('/')}{query}"
    return POST + place.removeprefix(PREVIEW) if place.startswith(PREVIEW) else place
