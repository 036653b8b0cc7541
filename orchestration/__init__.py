"""Orchestration: settings, the warehouse layers, alerts, the command line and the Dagster definitions.

No parsing and no extraction here; see `scrapers`.
"""

import gc
import sys
from types import TracebackType

# Dagster and dbt create half a million objects that live as long as the process. At Python's default threshold of a
# few hundred, each collection scans them again: a sixth of the startup time, a tenth of a refresh.
gc.set_threshold(50_000, 20, 100)


def _show_unless_stopped(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print no traceback when a Dagster process is stopped while it imports this package."""
    if kind.__name__ != "DagsterExecutionInterruptedError":
        _show_before(kind, error, trace)


_show_before = sys.excepthook
sys.excepthook = _show_unless_stopped
