"""Whether a run's process still lives: after a loss of power, Dagster's own launcher would take a run to go on for
ever, and all that waits for it would wait for ever too. What becomes of a dead run is Dagster's monitoring's.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.launcher import CheckRunHealthResult, DefaultRunLauncher, WorkerStatus
from filelock import FileLock, Timeout

from orchestration.settings import Settings

# The resource that each asset of ours requires, so that each run holds its sign while its process lives.
SIGN_OF_LIFE = "sign_of_life"
FOLDER = "alive"
# From a run's start to its first step.
SECONDS_TO_BEGIN = 60
# A lock is held until the process ends, however it ends: the run's last event comes after its resources are closed.
_held: list[FileLock] = []


def sign_of_life(settings: Settings) -> dg.ResourceDefinition:
    """Holds a lock that the kernel opens when the run's process is gone, whatever ended it."""

    @dg.resource(description="Shows that the run's process lives.")
    def sign(context: dg.InitResourceContext) -> None:
        if context.run_id is not None:
            lock = FileLock(sign_of(settings.dagster_home, context.run_id))
            Path(lock.lock_file).parent.mkdir(parents=True, exist_ok=True)
            lock.acquire()
            _held.append(lock)

    return sign


def sign_of(home: Path, run_id: str) -> Path:
    return home / FOLDER / run_id


class HouseRunLauncher(DefaultRunLauncher):
    """Dagster's own launcher, which can also say that a run is dead. Named in dagster.yaml."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        instance: Any = self._instance
        sign = sign_of(Path(instance.root_directory), run.run_id)
        record = instance.get_run_record_by_id(run.run_id)
        if sign.exists():
            try:
                FileLock(sign).acquire(timeout=0).lock.release()
            except Timeout:
                return CheckRunHealthResult(WorkerStatus.RUNNING)
        elif record is None or record.start_time is None or time.time() - record.start_time < SECONDS_TO_BEGIN:
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(WorkerStatus.FAILED, "its process was killed, or the machine stopped")
