"""The bar of commands that would else be silent: what they do, how much is done, and since when.

The bars of commands that read the whole archive are in archive_progress.py, backfill's in backfill_progress.py.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

# Most commands have ended by then, and show no bar.
SECONDS_BEFORE_THE_BAR = 1.0

Show = Callable[[int, int | None], None]


@contextmanager
def working(words: str, unit: str = "", seconds: float = SECONDS_BEFORE_THE_BAR) -> Iterator[Show]:
    """A bar on standard error if that is a terminal, gone when the block ends; it begins after some seconds. The
    function that moves it takes how many of the unit are done, and of how many, if that is known.
    """
    columns = (
        TextColumn("  {task.description}"),
        BarColumn(bar_width=12),
        TextColumn("{task.fields[count]}"),
        TimeElapsedColumn(),
    )
    console = Console(stderr=True)
    bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    task = bar.add_task(words, total=None, count="")
    begin = threading.Timer(seconds, bar.start)
    begin.daemon = True

    def show(done: int, total: int | None) -> None:
        of = "" if total is None else f" of {total:,}"
        bar.update(task, completed=done, total=total, count=f"{done:,}{of} {unit}".rstrip())

    begin.start()
    try:
        yield show
    finally:
        begin.cancel()
        begin.join()
        bar.stop()
