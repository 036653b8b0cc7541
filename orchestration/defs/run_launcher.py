"""A launcher that detects whether a run's process is alive. Dagster's monitoring handles a dead run.

After a power loss, Dagster's own launcher would regard a run as running for ever, and all that waits for it would
wait for ever too.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.launcher import CheckRunHealthResult, DefaultRunLauncher, WorkerStatus
from filelock import FileLock, Timeout

FOLDER = "alive"
# From a run's start to its first step.
SECONDS_TO_BEGIN = 60
# Locked until the process ends, however it ends: a run's last event comes after its last step.
_held: dict[Path, FileLock] = {}


def run_lock_path(home: Path, run_id: str) -> Path:
    """The run's file in Dagster's folder, which is locked while its process is alive."""
    return home / FOLDER / run_id


def hold_run_lock(home: Path, run_id: str) -> None:
    """Lock the run's file for the rest of this process; the kernel releases the lock when the process ends."""
    sign = run_lock_path(home, run_id)
    if sign in _held:
        return
    sign.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(sign.with_name(f"{run_id}.new"))
    lock.acquire()
    # The file is locked before it gets its name: with an unlocked file the run would look dead.
    os.replace(lock.lock_file, sign)
    _held[sign] = lock


class LockFileRunLauncher(DefaultRunLauncher):
    """Dagster's own launcher, which can also report that a run is dead. Named in dagster.yaml."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        instance: Any = self._instance
        sign = run_lock_path(Path(instance.root_directory), run.run_id)
        record = instance.get_run_record_by_id(run.run_id)
        if sign.exists():
            try:
                FileLock(sign).acquire(timeout=0).lock.release()
            except Timeout:
                return CheckRunHealthResult(WorkerStatus.RUNNING)
        elif record is None or record.start_time is None or time.time() - record.start_time < SECONDS_TO_BEGIN:
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(WorkerStatus.FAILED, "its process was killed, or the machine stopped")
