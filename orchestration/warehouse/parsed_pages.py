"""Parser results that loading takes over from the crawl of the same process, so that a page is parsed once a run.

Nothing depends on them: what is not here is parsed from the archive.
"""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

from scrapers.archive import Location
from scrapers.records import ParsedPage

# More new pages than this in one run are only met in a backfill; the oldest are then parsed again.
MOST = 200
_parsed: OrderedDict[tuple[Path, Location], ParsedPage] = OrderedDict()


def remember(archive: Path, location: Location, parsed: ParsedPage) -> None:
    """Hold the result for the page that the archive in this folder has at ``location``."""
    _parsed[archive, location] = parsed
    if len(_parsed) > MOST:
        _parsed.popitem(last=False)


def take(archive: Path, location: Location) -> ParsedPage | None:
    """The result held for a page, once."""
    return _parsed.pop((archive, location), None)
