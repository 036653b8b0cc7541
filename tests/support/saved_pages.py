"""The saved pages of the sources, in tests/scrapers/pages."""

from __future__ import annotations

from pathlib import Path

from scrapers.registry import Source

PAGES = Path(__file__).parents[1] / "scrapers" / "pages"


def saved_pages(source: Source) -> Path:
    """The folder of a source's pages: all channels share one."""
    return PAGES / ("telegram" if source.parser == "telegram" else source.id)
