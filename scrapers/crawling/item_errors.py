"""Each item of a page by itself: what fails at one is a problem of that one, and the others are read.

Every parser reads its items inside ``item_guard``; what fails for the whole page is caught in scrapers/sources.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from scrapers.records import ParsedPage, Problem, SourceError
from scrapers.registry import Source

EXCERPT = 300


class UnreadableItem(ValueError):
    """An item that a parser refuses; the message says what is wrong with it."""


@contextmanager
def item_guard(parsed: ParsedPage, source: Source, item_id: str, excerpt: Callable[[], str]) -> Iterator[None]:
    """Whatever is raised inside becomes a problem of the item, with the text that caused it; SourceError passes."""
    try:
        yield
    except SourceError:
        raise
    except Exception as error:
        said = str(error)[:200]
        message = said if isinstance(error, UnreadableItem) else f"can't be read ({type(error).__name__}: {said})"
        parsed.problems.append(Problem(source.id, item_id, message, excerpt()[:EXCERPT]))
