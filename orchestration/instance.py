"""Dagster's own folder and settings for a profile: where runs are kept, and that one run writes at a time.

The file is written anew each time from what stands here; what an operator may choose is in the environment.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import yaml

from orchestration.settings import Settings

# All that opens the working file is in this pool, whose limit is one: runs take turns, none meets a lock.
POOL = "working_file"
CONFIGURATION: dict[str, Any] = {
    "telemetry": {"enabled": False},
    "nux": {"enabled": False},
    "concurrency": {"pools": {"granularity": "run", "default_limit": 1}},
    "run_coordinator": {
        "module": "dagster.core.run_coordinator",
        "class": "QueuedRunCoordinator",
        "config": {"dequeue_interval_seconds": 1},
    },
    # One file of events instead of one a run beside an index: each event is written once.
    "event_log_storage": {
        "module": "dagster._core.storage.event_log",
        "class": "ConsolidatedSqliteEventLogStorage",
        "config": {"base_dir": {"env": "DAGSTER_HOME"}},
    },
    # A run whose process died must not keep the pool from the others.
    "run_monitoring": {"enabled": True, "poll_interval_seconds": 20},
    "retention": {
        "schedule": {"purge_after_days": {"skipped": 7}},
        "sensor": {"purge_after_days": {"skipped": 7}},
    },
}


def prepare_dagster_home(settings: Settings) -> Path:
    """Dagster's folder for this profile, so that runs are kept and nothing phones home."""
    home = settings.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    written = (
        "# Written by Obmin at each start (orchestration/instance.py); changes here are lost.\n"
        + yaml.safe_dump(CONFIGURATION, sort_keys=False)
    )
    file = home / "dagster.yaml"
    if not file.exists() or file.read_text("utf-8") != written:
        file.write_text(written, "utf-8")
    os.environ["DAGSTER_HOME"] = str(home)
    return home
