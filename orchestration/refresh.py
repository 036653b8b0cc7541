"""One run of the refresh job in this process, with its outcome as sentences for a person."""

from __future__ import annotations

import logging
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
# Errors whose message is already a sentence for a person.
OURS = ("WarehouseError", "BrokenArchive", "BrokenRecord", "NoContact", "SourceError", "UnknownSource")
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

    # Dagster warns of every check of a skipped step; skipped is what "nothing new" looks like.
    logging.getLogger("dagster._core.execution.plan.active").setLevel(logging.ERROR)
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
            outcome.failures += [reason for reason in [_reason(event)] if reason not in outcome.failures]
    for evaluation in result.get_asset_check_evaluations():
        if not evaluation.passed and evaluation.asset_key.path[0] in ("pages", "raw", "publication"):
            target = outcome.failures if evaluation.severity == error else outcome.warnings
            target += _details(evaluation)
        elif not evaluation.passed and evaluation.severity != error:
            # A failed dbt test has failed its step; one that warns shows its rows when it is run by itself.
            outcome.warnings.append(f"The dbt test {evaluation.check_name} warns; `obmin build` prints its rows.")
    return outcome


def _reason(event: dg.DagsterEvent) -> str:
    """What a failed step said, as a sentence and without a trace."""
    data = event.step_failure_data
    if data.user_failure_data is not None and data.user_failure_data.description:
        return str(data.user_failure_data.description)
    chain = []
    error = data.error
    while error is not None:
        chain.append(error)
        error = error.cause
    for error in chain:
        if error.cls_name in OURS:
            return error.message.strip().split(": ", 1)[-1]
    last = chain[-1].message.strip() if chain else "no reason was given"
    return f"The step {event.step_key} failed: {last} The run's log in Dagster has the details: `obmin ui`."


def _details(evaluation: dg.AssetCheckEvaluation) -> list[str]:
    """The sentences that a failed check of ours carries."""
    sentences: list[str] = []
    for value in evaluation.metadata.values():
        held = value.value
        sentences += held if isinstance(held, list) else [str(held)]
    return sentences
