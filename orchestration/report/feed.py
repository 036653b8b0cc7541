"""The report's Atom feeds: the latest exchanges, an entry each, which counts as new again when a figure changed.

The feeds of alerts, with each correction as an entry of its own, are in alerts/feed.py.
"""

from __future__ import annotations

import uuid
from datetime import UTC
from typing import Any

from orchestration.output.sanitize import for_terminal
from orchestration.report.publication import Publication
from orchestration.report.rendering import FOLDERS, link
from orchestration.report.words import Words

ENTRIES = 50
# Ids are derived from this, so that they are the same wherever the feed is made.
NAMESPACE = uuid.UUID("0d0b6d3c-4c5e-5f43-9d3e-5f0c0a1b7f55")


def feed(publication: Publication, words: Words) -> bytes:
    """An Atom feed. Entries link to the exchange's page if the site's address is known, else to the announcement."""
    from feedgen.feed import FeedGenerator

    base = publication.address
    made = FeedGenerator()
    made.id(_id(f"report.{words.language}"))
    made.title(words("site.title"))
    made.author({"name": "Obmin"})
    made.language(words.language)
    made.updated(publication.record["built_at"].replace(tzinfo=UTC))
    if base:
        made.link(href=f"{base}feed.{words.language}.atom", rel="self")
        made.link(href=base + FOLDERS[words.language], rel="alternate")
    for one in publication.rows["exchanges"][:ENTRIES]:
        entry = made.add_entry(order="append")
        entry.id(_id(f"{one['exchange_id']}.{words.language}"))
        entry.title(words("exchange.title", day=words.day(one["day"])))
        entry.content(for_terminal(_text(one, words)))
        entry.published(one["first_announced_at"].replace(tzinfo=UTC))
        # A reviewer's decision may add a figure that was in doubt.
        times = (one["first_announced_at"], one["last_changed_at"], one["reviewed_at"])
        entry.updated(max(filter(None, times)).replace(tzinfo=UTC))
        page = f"{base}{FOLDERS[words.language]}exchanges/{one['exchange_id']}.html" if base else link(one["url"])
        if page:
            entry.link(href=page, rel="alternate")
    content: bytes = made.atom_str(pretty=True)
    return content


def _text(one: dict[str, Any], words: Words) -> str:
    released = words.bounded(one["released"], one["released_bound"])
    parts = [f"{words('exchange.released')}: {released}"]
    if one["returned"] is not None:
        parts.append(f"{words('exchange.returned')}: {words.bounded(one['returned'], one['returned_bound'])}")
    parts.append(words(f"status.{one['status']}"))
    return "; ".join(parts)


def _id(name: str) -> str:
    return uuid.uuid5(NAMESPACE, name).urn
