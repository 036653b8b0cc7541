"""How long Dagster's record of runs is stored: a run each 30 seconds would fill a disk in a year.

Only Dagster's own record. Facts and sent alerts are in the profile's own files.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.defs.assets.announcements import NOTHING_NEW, RESULT
from orchestration.defs.run_launcher import run_lock_path

if TYPE_CHECKING:
    import dagster as dg

DAYS_OF_NOTHING_NEW, DAYS_OF_ALL = 2, 90
# A sensor has a minute; the next evaluation deletes the rest.
AT_ONCE = 200


def forget_old_runs(instance: dg.DagsterInstance, at: datetime) -> int:
    """Delete runs that ended with nothing new two days before ``at`` (aware), and all that ended 90 days before;
    returns how many. A run that is not over is never deleted.
    """
    import dagster as dg

    over = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
    forgotten = 0
    for tags, days in (({RESULT: NOTHING_NEW}, DAYS_OF_NOTHING_NEW), ({}, DAYS_OF_ALL)):
        old = dg.RunsFilter(tags=tags, statuses=over, updated_before=at - timedelta(days=days))
        for run_id in instance.get_run_ids(old, limit=AT_ONCE):
            # Dagster does not delete a run's captured output.
            instance.compute_log_manager.delete_logs(prefix=[run_id])
            instance.delete_run(run_id)
            run_lock_path(Path(instance.root_directory), run_id).unlink(missing_ok=True)
            forgotten += 1
    return forgotten
