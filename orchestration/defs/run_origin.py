"""From which repository a run's job is: Dagster's timeline shows only runs that tell it. A run of the command line is
not launched by Dagster, and would not.
"""

from __future__ import annotations

from functools import partial

import dagster as dg
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin

from orchestration.defs.run_tags import OF_THIS_LOCATION


def give_runs_an_origin(instance: dg.DagsterInstance, job: str) -> None:
    """Make runs of this job that the instance creates from now on those of the location in workspace.yaml."""
    repository, _, location = OF_THIS_LOCATION.partition("@")
    origin = RemoteJobOrigin(RemoteRepositoryOrigin(RegisteredCodeLocationOrigin(location), repository), job)
    create = partial(instance.create_run_for_job, remote_job_origin=origin)
    setattr(instance, "create_run_for_job", create)  # noqa: B010 - execute_in_process has no argument for it
