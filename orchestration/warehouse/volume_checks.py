"""Each source's weekly item count, next to the registry's range. The check is in defs/assets/announcements.py."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from scrapers.registry import Source

ITEMS_OF_THE_WEEK = """
    select (
        select count(distinct item_id) from (
            select announcement_id as item_id from raw.announcements
            where source_id = checks.source_id
                and published_at between checks.last_success_at - interval 7 days and checks.last_success_at
            union all
            select item_id from raw.ignored_items
            where source_id = checks.source_id
                and published_at between checks.last_success_at - interval 7 days and checks.last_success_at
        )
    )
    from raw.source_checks as checks
    where checks.source_id = ? and checks.last_success_at is not null
"""


@dataclass(frozen=True, slots=True)
class Volume:
    """``items``: posts and articles that a source published in the week before its last successful check; None when
    no check has succeeded, so its volume is unknown.
    """

    source: Source
    items: int | None

    @property
    def is_normal(self) -> bool:
        expected = self.source.expected
        return self.items is not None and expected.least_a_week <= self.items <= expected.most_a_week

    @property
    def sentence(self) -> str:
        expected = self.source.expected
        if self.items is None:
            return (
                f"{self.source.id} was never read with success, so how much it publishes in a week is not known; its "
                f"check crawl_succeeded says why. Run `obmin sources check {self.source.id}`."
            )
        usual = f"it should be {expected.least_a_week} to {expected.most_a_week} (registry.yaml)"
        sentence = f"{self.source.id} published {self.items} items in the week before its last check; {usual}."
        if self.is_normal:
            return sentence
        return f"{sentence} Look whether the site shows what we read: `obmin sources check {self.source.id}`."


def volumes(connection: duckdb.DuckDBPyConnection, sources: Iterable[Source]) -> list[Volume]:
    """The week's volume of every source of facts. An item counts once, however often it was edited, and also when it
    was ignored because of its title.
    """
    counted = []
    for source in sources:
        if source.role == "facts":
            row = connection.execute(ITEMS_OF_THE_WEEK, [source.id]).fetchone()
            counted.append(Volume(source, int(row[0]) if row is not None else None))
    return counted
