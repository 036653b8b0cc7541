"""Detection of new versions among the announcements on pages: edits, and edits that were reverted; deletion marks.

Only raw.announcements and raw.absent_items are used here; parsing and inserting are in load.py.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import duckdb
import pyarrow as pa

from orchestration.settings import KYIV
from orchestration.warehouse.database import NEXT_CHANGE
from orchestration.warehouse.page_index import naive
from scrapers.records import Announcement

Item = tuple[str, str]
# An announcement, its page's id, and when that page was fetched (UTC, without a zone).
Shown = tuple[Announcement, str, datetime]
# An item that is not found: its source's id and its own, the address, and when that was fetched.
NotFound = tuple[str, str, str, datetime]


@dataclass(slots=True)
class _Known:
    """The stored state of one item: its newest content, since when, the day of publication (Kyiv) that its page gave
    with it, and how often each content was new.
    """

    content_id: str | None = None
    day: date | None = None
    seen_at: datetime | None = None
    times: Counter[str] = field(default_factory=Counter)


def new_versions(connection: duckdb.DuckDBPyConnection, shown: Sequence[Shown]) -> list[dict[str, Any]]:
    """Rows of raw.announcements for content that differs from the item's previous version, in the order of fetching.

    A text that was edited and then reverted has three versions: the reversion is one of its own.
    """
    known = _known(connection, {(a.source_id, a.announcement_id) for a, _, _ in shown})
    row = connection.execute("select coalesce(max(load_seq), 0) + 1 from raw.announcements").fetchone()
    assert row is not None
    rows = []
    for announcement, page_id, seen_at in shown:
        item = known.setdefault((announcement.source_id, announcement.announcement_id), _Known())
        content_id = announcement.version_id
        times = item.times[content_id]
        # A page fetched before the newest version but loaded later is not a reversion.
        is_late = item.seen_at is not None and seen_at < item.seen_at
        # A corrected day of publication is a version: "today" in the text means another day.
        day = _day(naive(announcement.published_at))
        is_same = content_id == item.content_id and day == item.day
        if is_same or (is_late and times):
            continue
        item.times[content_id] += 1
        if not is_late:
            item.content_id, item.day, item.seen_at = content_id, day, seen_at
        rows.append(
            {
                "version_id": _version_id(content_id, times), "source_id": announcement.source_id,
                "announcement_id": announcement.announcement_id, "url": announcement.url,
                "language": announcement.language, "published_at": naive(announcement.published_at),
                "title": announcement.title, "text": announcement.text, "is_edited": announcement.is_edited,
                "forwarded_from": announcement.forwarded_from, "page_id": page_id, "first_seen_at": seen_at,
                "content_id": content_id, "load_seq": row[0],
            }
        )  # fmt: skip
    return rows


def mark_gone_and_shown(
    connection: duckdb.DuckDBPyConnection, gone: Sequence[NotFound], shown: Sequence[Shown]
) -> None:
    """Mark items that are not found as deleted, and clear the mark of items that were shown after it was set.

    In the order of fetching: the same marks as if each page had been loaded when it was fetched.
    """
    for source_id, item_id, url, gone_at in sorted(gone, key=lambda one: one[-1]):
        _shown_again(
            connection,
            [
                one
                for one in shown
                if (one[0].source_id, one[0].announcement_id) == (source_id, item_id) and one[-1] <= gone_at
            ],
        )
        connection.execute(
            f"insert into raw.absent_items values (?, ?, ?, true, ?, {NEXT_CHANGE}) "  # noqa: S608
            "on conflict do update set is_deleted = true, noticed_at = excluded.noticed_at, "
            "change_seq = excluded.change_seq where not absent_items.is_deleted",
            [source_id, item_id, url, gone_at],
        )
    _shown_again(connection, shown)


def _shown_again(connection: duckdb.DuckDBPyConnection, shown: Sequence[Shown]) -> None:
    """Clear the marks of items that were shown after they were set: without its time, a mark is none, and the item is
    looked for again. That an unlisted one is back changes no fact.
    """
    row = connection.execute("select count(noticed_at) from raw.absent_items").fetchone()
    if not shown or not row or not row[0]:
        return
    connection.register("shown_now", _items([(a.source_id, a.announcement_id, at) for a, _, at in shown]))
    connection.execute(
        "update raw.absent_items set is_deleted = false, noticed_at = null, "  # noqa: S608
        f"change_seq = case when is_deleted then {NEXT_CHANGE} else change_seq end "
        "where exists (from shown_now where shown_now.source_id = absent_items.source_id "
        "and shown_now.item_id = absent_items.item_id and shown_now.seen_at > absent_items.noticed_at)"
    )
    connection.unregister("shown_now")


def _known(connection: duckdb.DuckDBPyConnection, items: set[Item]) -> dict[Item, _Known]:
    if not items:
        return {}
    connection.register("wanted", _items([(*item, None) for item in sorted(items)]))
    stored = connection.execute(
        "select source_id, announcement_id, content_id, published_at, first_seen_at from raw.announcements "
        "semi join wanted on wanted.source_id = announcements.source_id "
        "and wanted.item_id = announcements.announcement_id order by first_seen_at, load_seq"
    ).fetchall()
    connection.unregister("wanted")
    known: dict[Item, _Known] = {}
    for source_id, announcement_id, content_id, published_at, seen_at in stored:
        item = known.setdefault((source_id, announcement_id), _Known())
        item.content_id, item.day, item.seen_at = content_id, _day(published_at), seen_at
        item.times[content_id] += 1
    return known


def _day(published_at: datetime) -> date:
    """The day in Kyiv of a moment in UTC without a zone."""
    return published_at.replace(tzinfo=UTC).astimezone(KYIV).date()


def _items(rows: Sequence[tuple[str, str, datetime | None]]) -> pa.Table:
    names = ("source_id", "item_id", "seen_at")
    return pa.table({name: [row[place] for row in rows] for place, name in enumerate(names)})


def _version_id(content_id: str, times: int) -> str:
    return hashlib.sha256(f"{content_id} {times}".encode()).hexdigest()[:24] if times else content_id
