"""`obmin reparse` and `obmin rebuild`, with a progress bar by bytes. The work is in warehouse/reparse.py."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from orchestration.cli.output import show_progress
from orchestration.settings import Settings
from orchestration.warehouse.database import Warehouse
from orchestration.warehouse.kept_state import NOT_IN_THE_ARCHIVE
from orchestration.warehouse.reparse import READ_ALREADY, ReparseReport, reparse
from orchestration.warehouse.reparse import Progress as Behind
from scrapers.archive import PageArchive


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """``failures`` are sentences: quarantined items, failed models or tests. ``warnings`` are about the archive."""

    announcements: int
    statements: int
    exchanges: int
    warnings: list[str]
    failures: list[str]


def reparse_with_progress(settings: Settings) -> ReparseReport:
    """Rebuild the announcements under the working file's lock, showing pages and posts as they are read."""
    warehouse = Warehouse(settings)
    with warehouse.writing():
        return _reparse(warehouse, (*NOT_IN_THE_ARCHIVE, *READ_ALREADY))


def rebuild_with_progress(settings: Settings) -> RebuildReport:
    """Rebuild everything from the archive and publish it; a failed test leaves the published copy unchanged."""
    from orchestration.alerts.publication import publish_news
    from orchestration.warehouse.build import build
    from orchestration.warehouse.extract import extract
    from orchestration.warehouse.reviews import decided_reviews

    warehouse = Warehouse(settings)
    with warehouse.writing():
        parsed = _reparse(warehouse, NOT_IN_THE_ARCHIVE)
        show_progress("statements")
        with warehouse.connection() as connection:
            read = extract(connection, decided_reviews(settings))
        show_progress("facts")
        built = build(warehouse)
    published = None if built.failures else publish_news(warehouse, run_id="rebuild")
    return RebuildReport(
        parsed.announcements,
        read.statements_new,
        published.exchanges if published else 0,
        parsed.warnings,
        [*parsed.quarantined, *built.failures],
    )


def _reparse(warehouse: Warehouse, carried_over: tuple[str, ...]) -> ReparseReport:
    columns = (
        TextColumn("reading the archive"),
        BarColumn(bar_width=12),
        TextColumn("{task.percentage:.0f}%"),
        TextColumn("{task.fields[pages]} pages, {task.fields[posts]} posts"),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=PageArchive(warehouse.settings.pages).size(), pages=0, posts=0)

        def show(behind: Behind) -> None:
            bar.update(task, completed=behind.bytes_read, pages=behind.pages, posts=behind.announcements)

        return reparse(warehouse, show, carried_over)
