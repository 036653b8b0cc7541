"""The progress bar of commands that read the whole archive. The work is in warehouse/reparse.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from orchestration.settings import Settings
from orchestration.warehouse.reparse import Progress as ArchiveProgress
from scrapers.archive import PageArchive


@contextmanager
def archive_bar(settings: Settings) -> Iterator[Callable[[ArchiveProgress], None]]:
    """A bar by bytes on standard error, drawn only on a terminal, and the function that moves it."""
    console = Console(stderr=True)
    columns = (
        TextColumn("reading the archive"),
        BarColumn(bar_width=12),
        TextColumn("{task.percentage:.0f}%"),
        TextColumn("{task.fields[pages]} pages, {task.fields[posts]} posts"),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=PageArchive(settings.pages).size(), pages=0, posts=0)

        def show(behind: ArchiveProgress) -> None:
            bar.update(task, completed=behind.bytes_read, pages=behind.pages, posts=behind.announcements)

        yield show
