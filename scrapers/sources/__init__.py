"""One module a site, each with a SITE: where listing starts, how it pages back, and what a page says.

A new site is a new module here and an entry in registry.yaml; nothing else changes.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from typing import cast

from scrapers.announcement import Page, ParsedPage, Problem
from scrapers.registry import Source
from scrapers.sites import Site
from scrapers.wayback import original_of

GONE = (404, 410)
CLOCKS_APART = timedelta(hours=1)


def site_of(source: Source) -> Site:
    """The SITE of the module that reads a source's pages."""
    return cast(Site, import_module(f"{__name__}.{source.parser}").SITE)


def parse(source: Source, page: Page) -> ParsedPage:
    """Every item of a page, judged: one dated after the page was fetched is a problem, not an announcement.

    Raises SourceError when no text can be had from the page.
    """
    site = site_of(source)
    if page.status in GONE:
        item_id = site.item_id(source, original_of(page.url))
        return ParsedPage(gone=[item_id] if item_id else [])
    parsed = site.parse(source, page)
    early = [a for a in parsed.announcements if a.published_at > page.fetched_at + CLOCKS_APART]
    if not early:
        return parsed
    problems = [
        Problem(source.id, a.announcement_id, "its date is in the future", f"{a.published_at:%Y-%m-%d %H:%M} UTC")
        for a in early
    ]
    return replace(
        parsed,
        announcements=[a for a in parsed.announcements if a not in early],
        problems=[*parsed.problems, *problems],
    )


def fingerprint(parsed: ParsedPage) -> str:
    """A hash of what a page says, blind to view counters and other moving parts of its markup."""
    parts = [a.version_id + a.published_at.isoformat() + str(a.is_edited) for a in parsed.announcements]
    parts += [f"{link.item_id} {link.title}" for link in parsed.links]
    parts += [f"{item.item_id} {item.reason}" for item in parsed.ignored]
    parts += [f"{problem.item_id} {problem.message}" for problem in parsed.problems]
    parts += [f"{row.row_id} {sorted(row.cells.items())}" for row in parsed.rows]
    parts += [f"{item_id} gone" for item_id in parsed.gone]
    return hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()
