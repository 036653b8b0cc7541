"""When and in what order: settings, the warehouse's rooms, alerts, the command line, Dagster.

No parsing and no reading of texts here; that is `scrapers`.
"""

import gc
import sys
from types import TracebackType

# Dagster and dbt make half a million objects that live as long as the process. At Python's own threshold, of a few
# hundred, collections walk through them again and again: a sixth of a start, a tenth of a refresh.
gc.set_threshold(50_000, 20, 100)


def _show_unless_stopped(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """A process of Dagster's that is stopped while it imports this package ends without a traceback."""
    if kind.__name__ != "DagsterExecutionInterruptedError":
        _show_before(kind, error, trace)


_show_before = sys.excepthook
sys.excepthook = _show_unless_stopped
