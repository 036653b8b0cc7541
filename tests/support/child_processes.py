"""What tests and benchmarks start as child processes: the refresh command, and code that delivers alerts.

Child processes of a single test module are in that module, services in running_deployment.py.
"""

from __future__ import annotations

import signal
import sys

from tests.support.obmin_process import REFRESH_LIVE, REFRESH_SAMPLE

OBMIN_RUN = [sys.executable, "-m", "orchestration.cli", *REFRESH_SAMPLE]
OBMIN_RUN_LIVE = [sys.executable, "-m", "orchestration.cli", *REFRESH_LIVE]
DELIVER = """
import sys

from tests.support.obmin_process import REFRESH_LIVE, REFRESH_SAMPLE
from pathlib import Path
from orchestration.alerts.delivery import deliver
from orchestration.settings import Settings
from orchestration.warehouse.database import Warehouse
data, alerts = map(Path, sys.argv[1:])
sys.stdin.read(1)
deliver(Warehouse(Settings("sample", data, data, alerts)))
"""


def stop_children_when_terminated() -> None:
    """Make a termination an ordinary exit of this process: `with` blocks then stop the services that they started."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
