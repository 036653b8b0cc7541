"""One module per site, each with a SITE: where its listing starts, how it pages back, how a page is parsed.

A new site is a new module here and an entry in registry.yaml; nothing else changes.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from importlib import import_module
from typing import cast

from scrapers.http.charsets import notes_on
from scrapers.parsing.sanitize import characters, storable
from scrapers.parsing.site import Site
from scrapers.parsing.wayback import original_of
from scrapers.records import Ignored, Page, ParsedPage, SourceError
from scrapers.registry import Source

GONE = (404, 410)


def site_of(source: Source) -> Site:
    """The SITE of the module that parses a source's pages."""
    return cast(Site, import_module(f"{__name__}.{source.parser}").SITE)


def parse(source: Source, page: Page) -> ParsedPage:
    """Every item of a page, checked and fit to store: an impossible one is a problem, not an announcement.

    Raises SourceError, and nothing else whatever the page contains, when no item of it can be read.
    """
    try:
        parsed = _parse(source, page)
        parsed.drift.extend(notes_on(page))
        return storable(page, parsed)
    except SourceError:
        raise
    # An unforeseen parser error affects this page only.
    except Exception as error:
        raise SourceError(
            source.id,
            f"{source.id}: {page.url} can't be parsed ({type(error).__name__}: {characters(str(error))[:200]}). "
            f"It is archived: fix scrapers/sources/{source.parser}.py, then run `obmin reparse`.",
        ) from error


def _parse(source: Source, page: Page) -> ParsedPage:
    site = site_of(source)
    if page.status in GONE:
        item_id = site.item_id(source, original_of(page.url))
        return ParsedPage(gone=[item_id] if item_id else [])
    parsed = site.parse(source, page)
    is_capture = original_of(page.url) != page.url
    return _by_titles(source, parsed) if is_capture and not source.address_stems else parsed


def _by_titles(source: Source, parsed: ParsedPage) -> ParsedPage:
    """The page without articles about something else: captures, unlike links, were not selected by title."""
    others = [a for a in parsed.announcements if not source.wants(a.title or "")]
    reason = "title is about something else"
    left = [Ignored(source.id, a.announcement_id, reason, (a.title or "")[:200], a.published_at) for a in others]
    wanted = [a for a in parsed.announcements if a not in others]
    return replace(parsed, announcements=wanted, ignored=[*parsed.ignored, *left])


def fingerprint(parsed: ParsedPage) -> str:
    """A hash of a page's parsed content, without view counters and other changing parts of its markup."""
    parts = [a.version_id + a.published_at.isoformat() + str(a.is_edited) for a in parsed.announcements]
    parts += [f"{link.item_id} {link.title}" for link in parsed.links]
    parts += [f"{item.item_id} {item.reason}" for item in parsed.ignored]
    parts += [f"{problem.item_id} {problem.message}" for problem in parsed.problems]
    parts += [f"{row.row_id} {sorted(row.cells.items())}" for row in parsed.rows]
    parts += [f"{item_id} gone" for item_id in parsed.gone]
    return hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()
