"""How Python runs in a process that loads our definitions or runs dbt: what starts one calls this, importing it
changes nothing. Dagster's daemon loads neither, and runs as Dagster made it.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType


def prepare_process() -> None:
    """Collect garbage seldom, multiply the extractor's small matrices in one thread, where the library's others would
    only wait for work, and print no traceback when Dagster stops the process while it imports.

    Dagster and dbt create 400,000 objects that live as long as the process. At Python's default threshold of a few
    hundred, each collection scans them again: a sixth of the start, a tenth of a refresh.
    """
    gc.set_threshold(10_000, 100, 100)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    sys.excepthook = _show_unless_stopped


@contextmanager
def loading() -> Iterator[None]:
    """What is loaded in this block is not collected, neither meanwhile nor afterwards."""
    gc.disable()
    try:
        yield
    finally:
        keep_what_is_loaded()
        gc.enable()


def keep_what_is_loaded() -> None:
    """Collect no more of what exists now, neither during the work nor at the end of the process, which would take
    another tenth: code, settings and definitions stay to the end.
    """
    gc.freeze()


def _show_unless_stopped(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if kind.__name__ != "DagsterExecutionInterruptedError":
        sys.__excepthook__(kind, error, trace)
