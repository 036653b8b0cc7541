"""The progress bars of `obmin backfill`: one per source, by days. The work is in warehouse/backfill.py."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from orchestration.warehouse.backfill import window_of
from scrapers.crawling.visits import Visit
from scrapers.parsing.listings import Window
from scrapers.registry import Source

SECONDS_OF_A_DAY = 86_400


class Rate(ProgressColumn):
    """Pages per second since the start."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.fields['pages'] / task.elapsed if task.elapsed else 0:.1f}/s")


class BackfillBars:
    """Implements warehouse/backfill.py's BackfillProgress: a bar's length is the days of ``months``, its position the
    oldest item seen.
    """

    def __init__(self, months: Sequence[date]) -> None:
        self._total = sum(_days(window_of(month)) for month in months)
        self._bars, self._task = _bars(), TaskID(0)
        self._window, self._days_before = window_of(months[0]), 0.0

    def __enter__(self) -> Self:
        self._bars.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._bars.stop()

    def source_begins(self, source: Source) -> None:
        self._days_before = 0.0
        self._task = self._bars.add_task(source.id, total=self._total, pages=0, posts=0, month="")

    def month_begins(self, month: date) -> None:
        self._window = window_of(month)
        self._bars.update(self._task, month=f"{month:%Y-%m}")

    def visited(self, visit: Visit) -> None:
        (held,) = (task for task in self._bars.tasks if task.id == self._task)
        moments = visit.parsed.moments()
        behind = (self._window.until - max(moments)).total_seconds() / SECONDS_OF_A_DAY if moments else 0.0
        self._bars.update(
            self._task,
            completed=max(held.completed, min(self._days_before + behind, held.total or 0.0)),
            pages=held.fields["pages"] + 1,
            posts=held.fields["posts"] + len(visit.parsed.announcements),
        )

    def month_ended(self) -> None:
        self._days_before += _days(self._window)
        self._bars.update(self._task, completed=self._days_before)


def _days(window: Window) -> float:
    return (window.until - window.since).total_seconds() / SECONDS_OF_A_DAY


def _bars() -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description} {task.fields[month]}"),
        BarColumn(bar_width=12),
        TextColumn("{task.percentage:.0f}%"),
        TextColumn("{task.fields[pages]} pages {task.fields[posts]} posts"),
        Rate(),
        TimeRemainingColumn(compact=True),
        console=console,
        disable=not console.is_terminal,
    )
