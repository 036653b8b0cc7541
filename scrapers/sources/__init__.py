"""One module a site: which pages to ask for (`crawl`), and what a page says (`parse`).

A new site is a new module here and an entry in registry.yaml; nothing else changes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Protocol, cast

from scrapers.announcement import Page, ParsedPage
from scrapers.http import Door
from scrapers.registry import Source


class Parser(Protocol):
    """What every module of this package offers."""

    def crawl(self, door: Door, source: Source, known: Callable[[str], bool], deep: bool) -> Iterator[Page]:
        """Pages, newest first, until all items of a page are known (or, ``deep``, to the beginning).

        ``known`` tells whether an item id was already stored. Raises SourceError.
        """

    def parse(self, source: Source, page: Page) -> ParsedPage:
        """Every item of a page, read, ignored with a reason, or quarantined with one."""


def parser_of(source: Source) -> Parser:
    """The module that reads a source's pages."""
    return cast(Parser, import_module(f"{__name__}.{source.parser}"))


def fingerprint(parsed: ParsedPage) -> str:
    """A hash of what a page says, blind to view counters and other moving parts of its markup."""
    parts = [a.version_id + a.published_at.isoformat() + str(a.is_edited) for a in parsed.announcements]
    parts += [f"{item.item_id} {item.reason}" for item in parsed.ignored]
    parts += [f"{problem.item_id} {problem.message}" for problem in parsed.problems]
    return hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()
