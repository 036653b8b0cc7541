"""Everything again from the archive alone, and published. Each step's work is in its own module."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from orchestration.alerts.publication import publish_news
from orchestration.warehouse.build import build
from orchestration.warehouse.database import Warehouse, WarehouseError, reading
from orchestration.warehouse.extract import extract
from orchestration.warehouse.kept_state import NOT_IN_THE_ARCHIVE
from orchestration.warehouse.reparse import WAYS_OUT, Progress, ReparseReport, reparse
from orchestration.warehouse.reviews import decided_reviews


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """``statements`` and ``exchanges`` are those that were published. ``failures`` are sentences: quarantined items,
    failed models or tests. ``warnings`` are about the archive.
    """

    announcements: int
    statements: int
    exchanges: int
    warnings: list[str]
    failures: list[str]


def rebuild(
    warehouse: Warehouse, on_step: Callable[[str], None], on_progress: Callable[[Progress], None]
) -> RebuildReport:
    """Parse, extract, build and publish under one lock; a failed test leaves the published copy unchanged.

    ``on_step`` gets the name of each step after the first, ``on_progress`` how much of the archive is read. Raises
    what the steps raise, and WarehouseError when pages are lost: the record would become poorer.
    """
    with warehouse.writing():
        parsed = reparse(warehouse, on_progress, NOT_IN_THE_ARCHIVE, _check_nothing_is_lost)
        on_step("statements")
        with warehouse.connection() as connection:
            extract(connection, decided_reviews(warehouse.settings))
        on_step("facts")
        built = build(warehouse)
    published = None if built.failures else publish_news(warehouse, run_id="rebuild")
    return RebuildReport(
        parsed.announcements,
        _statements(warehouse) if published else 0,
        published.exchanges if published else 0,
        parsed.warnings,
        [*parsed.quarantined, *built.failures],
    )


def _check_nothing_is_lost(parsed: ReparseReport) -> None:
    if parsed.pages_lost:
        raise WarehouseError(
            f"{parsed.lost} Nothing was replaced or published. {WAYS_OUT} To go on without them: `obmin reparse`, "
            "then `obmin run`."
        )


def _statements(warehouse: Warehouse) -> int:
    with reading(warehouse.settings.published) as connection:
        row = connection.execute("select count(*) from marts.fct_statements").fetchone()
    assert row is not None
    return int(row[0])
