"""Makes parser results fit to store: valid characters, possible timestamps, ids and texts of a sane size.

The only place where they are checked, for every site. Parsing is in scrapers/sources, storing in
orchestration/warehouse.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from scrapers.records import Announcement, Ignored, Link, Page, ParsedPage, Problem, ReferenceRow

CLOCKS_APART = timedelta(hours=1)
# The first web page: an earlier date is a default, such as 1970's or the year 1's.
FIRST_PAGE = datetime(1991, 8, 6, tzinfo=UTC)
# A post has at most 4,096 characters and a long report some 50,000; addresses beyond 8,000 fail in browsers.
LONGEST_ID, LONGEST_TITLE, LONGEST_ADDRESS, LONGEST_TEXT, LONGEST_EXCERPT = 500, 2_000, 8_000, 200_000, 1_000
# No larger number is a number of people.
MOST_PEOPLE = 1_000_000
SURROGATE = re.compile("[\ud800-\udfff]")
UNREADABLE = "\ufffd"
UNREADABLE_NEXT_TO_FIGURE = re.compile(f"\\d{UNREADABLE}|{UNREADABLE}\\d")

Dated = TypeVar("Dated", Link, Ignored)


def storable(page: Page, parsed: ParsedPage) -> ParsedPage:
    """The same items, each fit to store. An announcement that can't be made so becomes a problem with the reason.

    Lone surrogates become U+FFFD and are reported in ``drift``; NUL is dropped, as browsers drop it. An impossible
    timestamp of a link or an ignored item becomes None and is reported in ``drift``.
    """
    latest = page.fetched_at + CLOCKS_APART
    fit = ParsedPage(older=characters(parsed.older) if parsed.older else None)
    for announcement in parsed.announcements:
        cleaned = _announcement(announcement)
        if cleaned.text.count(UNREADABLE) > announcement.text.count(UNREADABLE):
            fit.drift.append(f"{page.url}: characters of item {cleaned.announcement_id} can't be read")
        if fault := _fault(cleaned, latest):
            message, excerpt = fault
            fit.problems.append(_problem(Problem(page.source_id, cleaned.announcement_id, message, excerpt)))
        else:
            fit.announcements.append(cleaned)
    for link in parsed.links:
        address = characters(link.url)
        if len(link.item_id) > LONGEST_ID or len(address) > LONGEST_ADDRESS:
            message = "the link's address is longer than any"
            fit.problems.append(_problem(Problem(page.source_id, link.item_id, message, address)))
        else:
            cleaned_link = replace(
                link, item_id=characters(link.item_id), url=address, title=characters(link.title)[:LONGEST_TITLE]
            )
            fit.links.append(_dated(cleaned_link, page, latest, fit))
    for item in parsed.ignored:
        left = replace(
            item, item_id=_id(item.item_id), reason=characters(item.reason), excerpt=_excerpt(item.excerpt)
        )
        fit.ignored.append(_dated(left, page, latest, fit))
    fit.problems.extend(_problem(problem) for problem in parsed.problems)
    fit.rows.extend(_row(row) for row in parsed.rows)
    fit.gone.extend(_id(item_id) for item_id in parsed.gone)
    fit.drift.extend(characters(sentence) for sentence in parsed.drift)
    return fit


def characters(text: str) -> str:
    """The text as valid Unicode without NUL: surrogate pairs joined, lone surrogates replaced by U+FFFD."""
    if SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text.replace("\0", "")


def _announcement(found: Announcement) -> Announcement:
    return replace(
        found,
        announcement_id=characters(found.announcement_id),
        url=characters(found.url),
        published_at=found.published_at.astimezone(UTC),
        title=characters(found.title) if found.title is not None else None,
        text=characters(found.text),
        forwarded_from=characters(found.forwarded_from) if found.forwarded_from is not None else None,
    )


def _fault(found: Announcement, latest: datetime) -> tuple[str, str] | None:
    """Why an announcement can't be stored as it is, and the text that shows it."""
    if not 0 < len(found.announcement_id) <= LONGEST_ID:
        return "its id is of no possible length", found.announcement_id
    if len(found.url) > LONGEST_ADDRESS:
        return "its address is longer than any", found.url
    if len(found.title or "") > LONGEST_TITLE:
        return "its title is longer than any", found.title or ""
    if len(found.text) > LONGEST_TEXT:
        return f"its text has {len(found.text):,} characters, more than any announcement", found.text
    if found.published_at > latest:
        return "its date is in the future", _written(found.published_at)
    if found.published_at < FIRST_PAGE:
        return "its date is before the web's first page", _written(found.published_at)
    if broken := UNREADABLE_NEXT_TO_FIGURE.search(words := f"{found.title or ''}\n{found.text}"):
        return "a character next to a figure can't be read", words[max(0, broken.start() - 100) : broken.end() + 100]
    return None


def _dated(item: Dated, page: Page, latest: datetime, fit: ParsedPage) -> Dated:
    if item.published_at is None or FIRST_PAGE <= item.published_at <= latest:
        return item
    fit.drift.append(f"{page.url}: item {item.item_id} can't be of {_written(item.published_at)}")
    return replace(item, published_at=None)


def _problem(problem: Problem) -> Problem:
    return replace(
        problem,
        item_id=_id(problem.item_id),
        message=characters(problem.message)[:LONGEST_EXCERPT],
        excerpt=_excerpt(problem.excerpt),
    )


def _row(row: ReferenceRow) -> ReferenceRow:
    return replace(
        row,
        cells={characters(heading): characters(cell) for heading, cell in row.cells.items()},
        released=row.released if (row.released or 0) <= MOST_PEOPLE else None,
        returned=row.returned if (row.returned or 0) <= MOST_PEOPLE else None,
    )


def _id(item_id: str) -> str:
    """The id of an item that is not read further; a long one keeps its beginning and a hash of the whole."""
    item_id = characters(item_id) or "(no id)"
    if len(item_id) <= LONGEST_ID:
        return item_id
    return f"{item_id[:100]}… {hashlib.sha256(item_id.encode()).hexdigest()[:16]}"


def _excerpt(text: str) -> str:
    return characters(text)[:LONGEST_EXCERPT]


def _written(moment: datetime) -> str:
    return f"{moment.isoformat(' ', 'minutes').removesuffix('+00:00')} UTC"
