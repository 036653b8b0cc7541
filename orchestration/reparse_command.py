"""`obmin reparse`: the archive read anew, with a progress bar by its bytes."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from orchestration.settings import Settings
from orchestration.warehouse.reparse import Progress as Behind
from orchestration.warehouse.reparse import ReparseReport, reparse
from orchestration.warehouse.working import writing
from scrapers.archive import PageArchive


def reparse_with_progress(settings: Settings) -> ReparseReport:
    """Rebuild under the working file's lock, showing pages and posts as they are read."""
    columns = (
        TextColumn("reading the archive"),
        BarColumn(bar_width=12),
        TextColumn("{task.percentage:.0f}%"),
        TextColumn("{task.fields[pages]} pages, {task.fields[posts]} posts"),
        TimeRemainingColumn(compact=True),
    )
    with writing(settings), Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=PageArchive(settings.pages).size(), pages=0, posts=0)

        def say(behind: Behind) -> None:
            bar.update(task, completed=behind.bytes_read, pages=behind.pages, posts=behind.announcements)

        return reparse(settings, say)
