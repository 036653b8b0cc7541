"""The Atom feeds: the latest news alerts as files for any web server, one per language.

They contain the channels' texts (messages.py); nothing is decided here.
"""

from __future__ import annotations

import json
import os
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import duckdb

from orchestration.alerts.config import Language
from orchestration.alerts.kinds import KINDS
from orchestration.alerts.messages import compose
from orchestration.output.sanitize import for_url
from orchestration.settings import INVASION

ENTRIES = 50
TITLES = {"en": "Obmin: prisoner exchanges between Ukraine and Russia", "uk": "Обмін: обміни полоненими"}
# The feeds' and entries' ids are derived from this, so that they are the same wherever the feed is generated.
NAMESPACE = uuid.UUID("6f3e2a58-9f0e-5a53-8c2b-0b6c7f4f2f1e")


def write_feeds(connection: duckdb.DuckDBPyConnection, folder: Path) -> list[Path]:
    """Write feed.en.atom and feed.uk.atom, newest first, each replaced atomically; returns the files."""
    rows = connection.execute(
        "select alert_id, kind, payload, decided_at from raw.alerts where kind in (select unnest(?)) "
        "order by number desc limit ?",
        [[kind for kind, stream in KINDS.items() if stream == "news"], ENTRIES],
    ).fetchall()
    return [_write(rows, language, folder / f"feed.{language}.atom") for language in get_args(Language)]


def _write(rows: list[tuple[str, str, str, datetime]], language: Language, path: Path) -> Path:
    from feedgen.feed import FeedGenerator

    feed = FeedGenerator()
    feed.id(_id(f"feed.{language}"))
    feed.title(TITLES[language])
    feed.author({"name": "Obmin"})
    feed.language(language)
    feed.updated(max((_aware(row[3]) for row in rows), default=INVASION))
    for alert_id, kind, written, decided_at in rows:
        payload = json.loads(written)
        message = compose(kind, payload, language)
        address = for_url(payload["exchange"].get("announcement_url") or payload["exchange"]["url"])
        entry = feed.add_entry(order="append")
        entry.id(_id(alert_id))
        entry.title(message.title)
        entry.content(message.body)
        entry.updated(_aware(decided_at))
        if address:
            entry.link(href=address, rel="alternate")
    fresh = path.with_suffix(".new")
    fresh.write_bytes(feed.atom_str(pretty=True))
    os.replace(fresh, path)
    return path


def _id(name: str) -> str:
    return uuid.uuid5(NAMESPACE, name).urn


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)
