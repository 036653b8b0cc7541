"""The texts that wait for review, and how a stored text is found. Decisions about them are in decisions.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from orchestration.warehouse.database import Warehouse
from orchestration.warehouse.reviews import WAITING, decided_reviews, extractor_in_force
from scrapers.errors import ObminError
from scrapers.extraction.reading import read_all
from scrapers.extraction.records import Reading

VERSION = """
select version_id, url, title, text, published_at, language from raw.announcements
where version_id = $1 or url in ($1, 'https://' || $1) order by first_seen_at desc, load_seq desc, version_id limit 1
"""


class UnfitDecision(ObminError):
    """A decision is not valid. The message names the valid forms."""


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """A version to decide, with its doubts, if any: ``measure``, ``value``, ``quote`` and ``readings`` of each.
    ``was_decided``: an earlier version has a decision, which an edit left behind.
    """

    version_id: str
    url: str
    title: str | None
    text: str
    published_at: datetime
    language: str
    doubts: list[dict[str, Any]]
    was_decided: bool = False

    def reading(self) -> Reading:
        """All statements extracted from the text, also those too doubtful to be stated."""
        return read_all(self.text, self.title, self.published_at, self.language)


def waiting(warehouse: Warehouse) -> list[StoredVersion]:
    """The versions that wait, newest first. A version that is already in the decisions file is left out."""
    decided = {review.version_id for review in decided_reviews(warehouse.settings)}
    with warehouse.connection() as connection:
        rows = connection.execute(
            f"{WAITING} order by published_at desc, version_id", {"reader": extractor_in_force(connection)}
        ).fetchall()
    return [
        StoredVersion(version, url, title, text, published.replace(tzinfo=UTC), language, doubts, was_decided)
        for version, url, title, text, published, language, doubts, was_decided in rows
        if version not in decided
    ]


def is_anything_loaded(warehouse: Warehouse) -> bool:
    """Whether there is an announcement at all: where every source failed, nothing waits, and nothing was read."""
    with warehouse.connection() as connection:
        return connection.execute("select 1 from raw.announcements limit 1").fetchone() is not None


def stored_version(warehouse: Warehouse, named: str) -> StoredVersion:
    """The version with this id, or the newest with this address, whether it waits for review or not. Raises
    UnfitDecision when none is stored.
    """
    with warehouse.connection() as connection:
        found = connection.execute(VERSION, [named]).fetchone()
    if found is None:
        raise UnfitDecision(
            f"No announcement has the address or version id {named}; `obmin review list` shows what waits, "
            "marts.dim_announcements has all."
        )
    version, url, title, text, published, language = found
    return StoredVersion(version, url, title, text, published.replace(tzinfo=UTC), language, [])
