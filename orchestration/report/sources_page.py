"""The page of the sources: what was asked when, what is blocked or late. Only this page is renewed without news."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from orchestration.report.charts import Cell, Table
from orchestration.report.publication import Publication
from orchestration.report.rendering import Page, link, render
from orchestration.report.words import Words
from scrapers.registry import Source, load_web_archives


def sources_page(publication: Publication, sources: Sequence[Source], at: datetime, words: Words) -> tuple[Page, str]:
    """The state of ``sources`` at a time (UTC, naive), as the rows of sources.sql say."""
    page = Page(words.language, "sources.html")
    held = {row["source_id"]: row for row in publication.rows["sources"]}
    order = list(dict.fromkeys(["ukraine", *(source.side for source in sources)]))
    rows = sorted(
        ((source, held.get(source.id) or {}) for source in sources),
        key=lambda one: (order.index(one[0].side), one[0].publisher, one[0].id),
    )
    sides = [
        (words(f"sources.side.{side}"), _table([_row(source, row, at, words) for source, row in group], words))
        for side, group in groupby(rows, key=lambda one: one[0].side)
    ]
    errors = [
        (source.id, row["last_error"].removeprefix(f"{source.id}: ")) for source, row in rows if row.get("last_error")
    ]
    stale = json.dumps({"other": words("sources.stale", n="{n}")})
    mined = (held.get(load_web_archives().id) or {}).get("announcements") or 0
    html = render(
        page, "sources", words, publication, at=at, sides=sides, mined=mined, errors=errors, stale_texts=stale
    )
    return page, html


def _table(rows: list[list[Cell]], words: Words) -> Table:
    names = ("publisher", "state", "success", "checked", "announcements", "first_in")
    return Table([words(f"column.{name}") for name in names], rows)


def _row(source: Source, row: dict[str, Any], at: datetime, words: Words) -> list[Cell]:
    return [
        Cell(f"{words.publisher(source.publisher)} ({source.id})", link(source.url)),
        Cell(state_of(source, row, at, words)),
        *(
            Cell(f"{row[name]:%Y-%m-%d %H:%M}" if row.get(name) else "–")
            for name in ("last_success_at", "last_checked_at")
        ),
        Cell(words.number(row.get("announcements") or 0), is_number=True),
        Cell(
            words("value.of", n=row["first_in"], all=words.number(row["announced"])) if row.get("announced") else "–",
            is_number=True,
        ),
    ]


def state_of(source: Source, row: dict[str, Any], at: datetime, words: Words) -> str:
    """What a reader should know of a source: a blocked one is never called late."""
    last = row.get("last_success_at")
    is_late = last is not None and at - last > timedelta(hours=source.expected.checked_within_hours)
    if source.access.state == "blocked" and (last is None or is_late or row.get("last_error")):
        return words("sources.blocked")
    if last is None:
        return words("sources.partly" if row.get("announcements") else "sources.never")
    if is_late:
        return words("sources.late", hours=f"{source.expected.checked_within_hours:g}")
    return words("sources.failed" if row.get("last_error") else "sources.ok")
