"""Isolates the items of a page: an error becomes a problem of its item, and the others are parsed.

Every parser reads its items inside ``item_guard``; errors of a whole page are caught in scrapers/sources/__init__.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from scrapers.records import ParsedPage, Problem, SourceError
from scrapers.registry import Source

EXCERPT = 300


class UnreadableItem(ValueError):
    """An item that a parser refuses; the message states why."""


@contextmanager
def item_guard(parsed: ParsedPage, source: Source, item_id: str, excerpt: Callable[[], str]) -> Iterator[None]:
    """Turn an exception into a problem of the item, with the text that caused it; SourceError is raised again."""
    try:
        yield
    except SourceError:
        raise
    except Exception as error:
        reason = str(error)[:200]
        message = reason if isinstance(error, UnreadableItem) else f"can't be read ({type(error).__name__}: {reason})"
        parsed.problems.append(Problem(source.id, item_id, message, excerpt()[:EXCERPT]))
