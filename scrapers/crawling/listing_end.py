"""Decides whether an empty listing page is the end of the list, or the site withholds older items.

An end taken too early leaves a permanent gap, so an empty page alone is no proof of it. The crawl is in crawl.py.
"""

from __future__ import annotations

from collections.abc import Callable

from scrapers.crawling.visits import Visit
from scrapers.parsing.site import Site
from scrapers.records import Gone, Page, ParsedPage, SourceError
from scrapers.registry import Source

# An empty page is requested this many times more; the HTTP client spaces requests (client.py).
MORE_ATTEMPTS = 2


def list_page(site: Site, visit: Callable[[str], Visit], url: str) -> Visit | None:
    """A listing page behind the first; None where the site has no such page."""
    try:
        return visit(url)
    except Gone:
        if site.ends_with_404():
            return None
        raise


def page_or_end(
    source: Source,
    site: Site,
    visit: Callable[[str], Visit],
    look: Callable[[str], ParsedPage],
    empty: Visit | None,
    url: str,
    before: ParsedPage | None,
) -> Visit | None:
    """Request a listing page again that was ``empty``: the page if it has items after all, or None at the end.

    ``visit`` requests a page anew and stores it; ``look`` stores it only when it shows an item: a page requested
    as a test is no evidence that an item shown in a list was deleted. ``before`` is the listing's page in front
    of it, when known.
    Raises SourceError when there are items behind the page, or when that can't be determined.
    """
    for _ in range(MORE_ATTEMPTS):
        again = list_page(site, visit, url)
        if again is not None and again.parsed.items():
            return again
        empty = again or empty
    if any(_shows(look, address) for address in site.behind(source, url)):
        raise _held_back(source, url, "though there are older ones")
    page: Page | None = empty.page if empty is not None else None
    is_well = _shows(look, site.control(source, url))
    if not is_well and (page is None or not site.may_be_end(page, before)):
        raise _held_back(source, url, "and nothing tells whether there are older ones")
    return None


def _shows(look: Callable[[str], ParsedPage], url: str) -> bool:
    try:
        return bool(look(url).items())
    except Gone:
        return False


def _held_back(source: Source, url: str, why: str) -> SourceError:
    return SourceError(
        source.id,
        f"{source.id}: {url} lists nothing, {why}: the site limits how much is asked of it, or is damaged. What lies "
        "behind is not counted as read; run again later.",
        "held back",
    )
