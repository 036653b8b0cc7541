"""`obmin backfill`: fetches months of history with a progress bar, for interactive use and for scripts.

The work for one month is in warehouse/backfill.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from orchestration.settings import Settings
from orchestration.warehouse.backfill import MonthReport, Way, backfill_month, months_between, window_of
from orchestration.warehouse.database import Warehouse
from orchestration.warehouse.fetch import open_http_client
from scrapers.archive import PageArchive
from scrapers.crawling.visits import Visit
from scrapers.parsing.listings import Window
from scrapers.registry import Source

SECONDS_OF_A_DAY = 86_400


class Rate(ProgressColumn):
    """Pages per second since the start."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.fields['pages'] / task.elapsed if task.elapsed else 0:.1f}/s")


@dataclass(slots=True)
class Meter:
    """One source's progress bar: its length is in days, its position is the oldest item seen."""

    bar: Progress
    task: TaskID
    window: Window
    days_before: float = 0.0

    def begin(self, month: date) -> None:
        self.window = window_of(month)
        self.bar.update(self.task, month=f"{month:%Y-%m}")

    def visited(self, visit: Visit) -> None:
        held = self.bar.tasks[self.task]
        moments = visit.parsed.moments()
        behind = (self.window.until - max(moments)).total_seconds() / SECONDS_OF_A_DAY if moments else 0.0
        self.bar.update(
            self.task,
            completed=max(held.completed, min(self.days_before + behind, held.total or 0.0)),
            pages=held.fields["pages"] + 1,
            posts=held.fields["posts"] + len(visit.parsed.announcements),
        )

    def end(self) -> None:
        self.days_before += _days(self.window)
        self.bar.update(self.task, completed=self.days_before)


def backfill(settings: Settings, sources: Iterable[Source], first: date, last: date, way: Way) -> list[MonthReport]:
    """Backfill every month of every source, newest first. A failure ends its source; the next source continues."""
    reports: list[MonthReport] = []
    archive = PageArchive(settings.pages)
    months = months_between(first, last)
    total = sum(_days(window_of(month)) for month in months)
    with Warehouse(settings).connection() as connection, open_http_client(settings) as client, _bar() as bar:
        for source in sources:
            task = bar.add_task(source.id, total=total, pages=0, posts=0, month="")
            meter = Meter(bar, task, window_of(months[0]))
            for month in months:
                meter.begin(month)
                report = backfill_month(connection, archive, client, source, month, way, meter.visited)
                reports.append(report)
                meter.end()
                if report.error:
                    break
    return reports


def _days(window: Window) -> float:
    return (window.until - window.since).total_seconds() / SECONDS_OF_A_DAY


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description} {task.fields[month]}"),
        BarColumn(bar_width=12),
        TextColumn("{task.percentage:.0f}%"),
        TextColumn("{task.fields[pages]} pages {task.fields[posts]} posts"),
        Rate(),
        TimeRemainingColumn(compact=True),
        console=Console(stderr=True),
    )
