"""Whether a run's process still lives: after a loss of power, Dagster's own launcher would take a run to go on for
ever, and all that waits for it would wait for ever too. What becomes of a dead run is Dagster's monitoring's.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.execution.retries import RetryMode
from dagster._core.executor.in_process import InProcessExecutor
from dagster._core.launcher import CheckRunHealthResult, DefaultRunLauncher, WorkerStatus
from filelock import FileLock, Timeout

FOLDER = "alive"
# From a run's start to its first step.
SECONDS_TO_BEGIN = 60
# Held until the process ends, however it ends: a run's last event comes after its last step.
_held: list[FileLock] = []


def sign_of(home: Path, run_id: str) -> Path:
    """The file of a run in Dagster's folder that is locked while its process lives."""
    return home / FOLDER / run_id


def show_life(home: Path, run_id: str) -> None:
    """Lock the run's file for the rest of this process; the kernel opens it when the process is gone."""
    sign = sign_of(home, run_id)
    sign.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(sign.with_name(f"{run_id}.new"))
    lock.acquire()
    # Whoever finds the file finds it locked: between its making and its locking the run would look dead.
    os.replace(lock.lock_file, sign)
    _held.append(lock)


@dg.executor(name="house", config_schema={})
def house_executor(_: dg.InitExecutorContext) -> InProcessExecutor:
    """All steps in the run's process, which shows that it lives. Steps share one file and take turns anyhow: a
    process a step would only cost its imports.
    """
    return _LivingExecutor(RetryMode.ENABLED)


class _LivingExecutor(InProcessExecutor):
    def execute(self, plan_context: Any, execution_plan: Any) -> Iterator[dg.DagsterEvent]:
        show_life(Path(plan_context.instance.root_directory), plan_context.run_id)
        yield from super().execute(plan_context, execution_plan)


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
