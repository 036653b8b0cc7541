"""How much each source published in a week, beside what the registry expects of it. Counting only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from scrapers.registry import Source

ITEMS_OF_THE_WEEK = """
    select checks.last_success_at, (
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
    """``items``: posts and articles that a source published in the week before its last successful check."""

    source: Source
    items: int

    @property
    def is_normal(self) -> bool:
        expected = self.source.expected
        return expected.least_a_week <= self.items <= expected.most_a_week

    @property
    def sentence(self) -> str:
        expected = self.source.expected
        usual = f"it should be {expected.least_a_week} to {expected.most_a_week} (registry.yaml)"
        said = f"{self.source.id} published {self.items} items in the week before its last check; {usual}."
        if self.is_normal:
            return said
        return f"{said} Look whether the site shows what we read: `obmin sources check {self.source.id}`."


def volumes(connection: duckdb.DuckDBPyConnection, sources: Iterable[Source]) -> list[Volume]:
    """The week's volume of each source of facts that was ever checked with success. An item counts once, however
    often it was edited, and also when its title says that it is none of ours.
    """
    counted = []
    for source in sources:
        row = connection.execute(ITEMS_OF_THE_WEEK, [source.id]).fetchone()
        if source.role == "facts" and row is not None:
            counted.append(Volume(source, int(row[1])))
    return counted
