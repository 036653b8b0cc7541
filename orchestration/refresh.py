"""One run of the refresh job in this process, with its outcome as sentences for a person."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.settings import Settings

if TYPE_CHECKING:
    import dagster as dg

DAGSTER_YAML = """\
telemetry:
  enabled: false
nux:
  enabled: false
"""
PUBLICATION_STEP = "publication__obmin_duckdb"


@dataclass(slots=True)
class Outcome:
    """``failures`` fail the run; ``warnings`` are for a person to look at. Both are sentences."""

    has_published: bool
    failures: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def prepare_dagster_home(settings: Settings) -> Path:
    """Dagster's folder for this profile, so that runs are kept and nothing phones home."""
    home = settings.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    configuration = home / "dagster.yaml"
    if not configuration.exists():
        configuration.write_text(DAGSTER_YAML)
    os.environ["DAGSTER_HOME"] = str(home)
    return home


def refresh(settings: Settings, on_step: Callable[[str], None]) -> Outcome:
    """Run the job `refresh`; ``on_step`` gets each step's name as it starts.

    Raises WarehouseError when the dbt project does not parse.
    """
    import dagster as dg

    from orchestration.definitions import REFRESH, build_defs

    prepare_dagster_home(settings)
    with dg.DagsterInstance.get() as instance:
        result = (
            build_defs(settings, on_step)
            .resolve_job_def(REFRESH)
            .execute_in_process(
                instance=instance,
                raise_on_error=False,
                run_config={"loggers": {"progress": {"config": {}}}},
            )
        )
    return _outcome(result, dg.AssetCheckSeverity.ERROR)


def _outcome(result: dg.ExecuteInProcessResult, error: Any) -> Outcome:
    outcome = Outcome(
        has_published=any(e.step_key == PUBLICATION_STEP and e.is_step_success for e in result.all_events)
    )
    for event in result.all_events:
        if event.is_step_failure:
            outcome.failures.append(_reason(event))
    for evaluation in result.get_asset_check_evaluations():
        if not evaluation.passed and evaluation.asset_key.path[0] in ("pages", "raw", "publication"):
            target = outcome.failures if evaluation.severity == error else outcome.warnings
            target += _details(evaluation)
    return outcome


def _reason(event: dg.DagsterEvent) -> str:
    """What a failed step said: the innermost cause, without its trace."""
    error = event.step_failure_data.error
    while error is not None and error.cause is not None:
        error = error.cause
    said = error.message.strip() if error is not None else "no reason was given"
    description = event.step_failure_data.user_failure_data
    if description is not None and description.description:
        said = description.description
    return f"The step {event.step_key} failed: {said.split(': ', 1)[-1] if description is None else said}"


def _details(evaluation: dg.AssetCheckEvaluation) -> list[str]:
    """The sentences that a failed check of ours carries."""
    sentences: list[str] = []
    for value in evaluation.metadata.values():
        held = value.value
        sentences += held if isinstance(held, list) else [str(held)]
    return sentences
