"""How Python runs in a process that loads our definitions or runs dbt: what starts one calls this, importing it
changes nothing. Dagster's daemon loads neither, and runs as Dagster made it.
"""

from __future__ import annotations

import gc
import sys
from types import TracebackType


def prepare_process() -> None:
    """Collect garbage seldom, and print no traceback when Dagster stops the process while it imports.

    Dagster and dbt create half a million objects that live as long as the process. At Python's default threshold of a
    few hundred, each collection scans them again: a sixth of the start, a tenth of a refresh.
    """
    gc.set_threshold(50_000, 20, 100)
    sys.excepthook = _show_unless_stopped


def _show_unless_stopped(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if kind.__name__ != "DagsterExecutionInterruptedError":
        sys.__excepthook__(kind, error, trace)
