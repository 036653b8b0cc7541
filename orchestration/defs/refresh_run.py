"""One run of the refresh job in this process, with its outcome as sentences. The job is in all_definitions.py."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from orchestration.alerts.outbox import DownChannel
from orchestration.defs.instance import open_instance
from orchestration.defs.process import keep_what_is_loaded, loading
from orchestration.defs.run_outcomes import EXPECTED, FOLLOWS_FROM, reason, reason_of_run, sentences, was_stopped
from orchestration.defs.run_tags import LOCATION, OF_THIS_LOCATION, REPORTED
from orchestration.defs.stopping import Stopped, at_a_signal, was_asked
from orchestration.errors import sentence_of
from orchestration.settings import Settings
from orchestration.warehouse.database import RUN_LOCK_SECONDS, Warehouse, WarehouseBusy
from orchestration.warehouse.dbt_start import compile_serializers_late
from orchestration.warehouse.refusals import refusals

if TYPE_CHECKING:
    import dagster as dg

PUBLICATION_STEP = "publication__obmin_duckdb"


@dataclass(slots=True)
class Outcome:
    """``failures`` fail the run; ``warnings`` need the operator's attention. Both are sentences.

    ``channels_down`` are the channels with waiting alerts; the warnings include a sentence about each.
    """

    has_published: bool
    failures: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    channels_down: list[DownChannel] = field(default_factory=list)


def refresh(settings: Settings, on_progress: Callable[[str], None]) -> Outcome:
    """Run the job `refresh`; ``on_progress`` gets each step's name as it starts.

    Raises WarehouseError when the dbt project does not parse, BrokenAlerts when alerts.yaml can't be
    used, BrokenStorage when Dagster's PostgreSQL can't, Stopped when a signal asked it to end.
    """
    compile_serializers_late()
    with loading():
        import dagster as dg

        from orchestration.alerts.channels import checked_channels
        from orchestration.alerts.delivery import deliver
        from orchestration.defs.after_run import note_run
        from orchestration.defs.all_definitions import REFRESH, build_defs
        from orchestration.defs.run_origin import give_runs_an_origin

    # Dagster warns about every check of a skipped step, and steps are skipped when nothing is new.
    logging.getLogger("dagster._core.execution.plan.active").setLevel(logging.ERROR)
    checked_channels(settings.alerts_file)
    run_id = str(uuid.uuid4())
    with open_instance(settings) as instance:

        def note_as_known() -> None:
            instance.add_run_tags(run_id, {REPORTED: "by the command line"})

        # The user who stops the run waits for its end: the daemon need not report it.
        with at_a_signal(note_as_known):
            job = build_defs(settings, on_progress).resolve_job_def(REFRESH)
            keep_what_is_loaded()
            give_runs_an_origin(instance, REFRESH)
            result = job.execute_in_process(
                instance=instance,
                raise_on_error=False,
                run_id=run_id,
                run_config={"loggers": {"progress": {"config": {}}}},
                # Without it the run is on none of the UI's pages about jobs.
                tags={LOCATION: OF_THIS_LOCATION},
            )
        if was_asked() or any(was_stopped(event) for event in result.all_events):
            note_as_known()
            raise Stopped
        outcome = _outcome(result, dg.AssetCheckSeverity.ERROR)
        warehouse = Warehouse(settings, RUN_LOCK_SECONDS)
        try:
            unreported = note_run(warehouse, result.all_events, REFRESH)
            note_as_known()
            delivery = deliver(warehouse)
        except WarehouseBusy as error:
            # The work is done; the next run or the daemon reports and delivers the rest.
            outcome.warnings.append(str(error))
        except Exception as error:
            sentence = sentence_of(error)
            if sentence is None:
                raise
            outcome.failures += [sentence] if sentence not in outcome.failures else []
        else:
            outcome.failures += [
                sentence for sentence in [*unreported, *delivery.given_up] if sentence not in outcome.failures
            ]
            outcome.warnings += delivery.waiting
            outcome.channels_down = delivery.down
    return outcome


def _outcome(result: dg.ExecuteInProcessResult, error: Any) -> Outcome:
    outcome = Outcome(
        has_published=any(e.step_key == PUBLICATION_STEP and e.is_step_success for e in result.all_events)
    )
    _add_new(outcome.failures, (reason(event) for event in result.all_events if event.is_step_failure))
    if not outcome.failures:
        _add_new(outcome.failures, (reason_of_run(event) for event in result.all_events if event.is_run_failure))
    refused: list[str] = []
    for evaluation in result.get_asset_check_evaluations():
        if EXPECTED in evaluation.metadata:
            _add_new(refused, [str(evaluation.metadata[EXPECTED].value)])
        elif not evaluation.passed and FOLLOWS_FROM not in evaluation.metadata:
            is_error = evaluation.severity == error
            _add_new(outcome.failures if is_error else outcome.warnings, sentences(evaluation))
    outcome.warnings += [refusals(refused)] if refused else []
    return outcome


def _add_new(known: list[str], more: Iterable[str]) -> None:
    for sentence in more:
        if sentence not in known:
            known.append(sentence)
