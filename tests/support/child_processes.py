"""What tests start as child processes: the refresh command, and code that delivers alerts.

Child processes of a single test module are in that module, services in running_deployment.py.
"""

from __future__ import annotations

import sys

OBMIN_RUN = [sys.executable, "-m", "orchestration.cli", "--profile", "sample", "run"]
DELIVER = """
import sys
from pathlib import Path
from orchestration.alerts.delivery import deliver
from orchestration.settings import Settings
from orchestration.warehouse.database import Warehouse
data, alerts = map(Path, sys.argv[1:])
sys.stdin.read(1)
deliver(Warehouse(Settings("sample", data, data, alerts)))
"""
