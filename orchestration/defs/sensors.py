"""The daemon's sensors: they report runs, deliver waiting alerts, find stale sources, and write the heartbeat. Each
is a few lines; the work is in alerts/ and after_run.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from orchestration.alerts.config import load_channels
from orchestration.alerts.delivery import deliver
from orchestration.alerts.problems import note
from orchestration.alerts.sender_process import SenderProcess
from orchestration.defs.after_run import note_run
from orchestration.defs.assets.pages import pages_key
from orchestration.defs.assets.publication import ALERTS
from orchestration.defs.freshness import freshness_of_sources
from orchestration.defs.run_cursor import ended_runs, now_place
from orchestration.defs.run_outcomes import REASON, as_one_cause, reasons
from orchestration.defs.run_retention import forget_old_runs
from orchestration.defs.run_tags import REPORTED
from orchestration.settings import Settings
from orchestration.warehouse.database import Warehouse, WarehouseError
from orchestration.warehouse.watermarks import unpublished

SECONDS_OF_HEARTBEAT = 10.0
NOT_OVER = [
    dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]  # fmt: skip


def build_sensors(settings: Settings, refresh_job: Any) -> list[dg.SensorDefinition]:
    """The sensors of one profile. All are on from the start; `watch` only when OBMIN_WATCH_SECONDS is set."""
    warehouse = Warehouse(settings)
    return [
        _run_reports(warehouse),
        _delivery(warehouse),
        _freshness(warehouse),
        _heartbeat(settings),
        _tidy(),
        _watch(settings, refresh_job),
        _catch_up(settings, refresh_job),
    ]


def _sensor(name: str, seconds: int, description: str) -> Callable[[Callable[..., Any]], dg.SensorDefinition]:
    return dg.sensor(
        name=name,
        minimum_interval_seconds=seconds,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=description,
    )


def _run_reports(warehouse: Warehouse) -> dg.SensorDefinition:
    """Runs that the daemon or the UI launched; command-line runs report themselves."""

    @_sensor("run_reports", 10, "Opens problems for what made a run or its checks fail; closes what is well again.")
    def run_reports(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        place = context.cursor or now_place(context.instance)
        reported = 0
        for ended in ended_runs(context.instance, place):
            run = context.instance.get_run_by_id(ended.run_id)
            if run is not None and REPORTED not in run.tags:
                entries = context.instance.all_logs(ended.run_id)
                try:
                    note_run(warehouse, [entry.dagster_event for entry in entries if entry.dagster_event], ended.job)
                except WarehouseError as error:
                    return dg.SensorResult(skip_reason=str(error), cursor=place)  # retried at the next evaluation
                reported += 1
            place = ended.place
        if reported:
            with suppress(WarehouseError):  # then `delivery` sends the alerts
                deliver(warehouse)
        return dg.SensorResult(skip_reason=f"{reported} runs reported.", cursor=place)

    return run_reports


def _delivery(warehouse: Warehouse) -> dg.SensorDefinition:
    @_sensor("delivery", 30, "Sends alerts that wait: a channel was down, or a run was killed before it sent them.")
    def delivery(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        try:
            report = deliver(warehouse)
        except WarehouseError as error:
            return dg.SkipReason(str(error))  # a run is writing; it delivers too
        waiting = sum(channel.waiting for channel in report.down)
        summary = " ".join(
            [f"{report.delivered} delivered, {waiting} wait, {len(report.given_up)} given up.", *report.waiting]
        )
        given_up = json.dumps(report.given_up, ensure_ascii=False)
        if given_up == (context.cursor or "[]"):
            return dg.SkipReason(summary)
        check = dg.AssetCheckEvaluation(
            asset_key=ALERTS,
            check_name="every_alert_is_delivered",
            passed=not report.given_up,
            severity=dg.AssetCheckSeverity.ERROR,
            description=" ".join(report.given_up) or None,
            metadata={REASON: reasons(report.given_up)},
        )
        # Reported when it changes, not at each evaluation.
        return dg.SensorResult(skip_reason=summary, asset_events=[check], cursor=given_up)

    return delivery


def _freshness(warehouse: Warehouse) -> dg.SensorDefinition:
    keys = {pages_key(source): source for source in warehouse.settings.sources()}

    @_sensor("freshness", 300, "Finds sources that nobody has checked with success for too long.")
    def freshness(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        found = as_one_cause(freshness_of_sources(context.instance, keys, datetime.now(UTC)))
        # A fresh source may have been failing for an hour: only a run can find it ok.
        stale = [finding for finding in found if not finding.is_well]
        if not stale:
            return dg.SkipReason("Every source is fresh." if found else "No source was ever checked with success.")
        try:
            with warehouse.connection() as connection:
                note(connection, stale, load_channels(warehouse.settings.alerts_file))
            deliver(warehouse)
        except WarehouseError as error:
            return dg.SkipReason(str(error))  # retried at the next evaluation
        return dg.SkipReason(" ".join(finding.sentence for finding in stale))

    return freshness


def _heartbeat(settings: Settings) -> dg.SensorDefinition:
    @_sensor(
        "heartbeat", 30, "Writes heartbeat.json, and asks OBMIN_HEARTBEAT_URL: somebody outside sees that I live."
    )
    def heartbeat(_: dg.SensorEvaluationContext) -> dg.SkipReason:
        settings.data.mkdir(parents=True, exist_ok=True)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        settings.heartbeat.write_text(json.dumps({"alive_at": now}) + "\n", "utf-8")
        if not settings.heartbeat_url:
            return dg.SkipReason(f"Alive at {now}.")
        with SenderProcess() as sender:
            answer = sender.ask({"method": "GET", "url": settings.heartbeat_url}, SECONDS_OF_HEARTBEAT)
        if "error" in answer:  # a class's name: the error's text may contain the address, which is secret
            return dg.SkipReason(f"Alive at {now}; the heartbeat's address can't be reached ({answer['error']}).")
        return dg.SkipReason(f"Alive at {now}; the address answered {answer['status']}.")

    return heartbeat


def _tidy() -> dg.SensorDefinition:
    @_sensor("tidy", 3600, "Forgets runs with nothing new after two days, and all runs after a quarter of a year.")
    def tidy(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        return dg.SkipReason(f"{forget_old_runs(context.instance, datetime.now(UTC))} runs forgotten.")

    return tidy


def _watch(settings: Settings, refresh_job: Any) -> dg.SensorDefinition:
    """A schedule can't tick more often than each minute; this can."""
    is_on = settings.watch_seconds is not None

    @dg.sensor(
        name="watch",
        job=refresh_job,
        minimum_interval_seconds=settings.watch_seconds or 30,
        default_status=dg.DefaultSensorStatus.RUNNING if is_on else dg.DefaultSensorStatus.STOPPED,
        description="Refreshes every OBMIN_WATCH_SECONDS seconds, unless the refresh before is not over.",
    )
    def watch(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        unfinished = dg.RunsFilter(job_name=refresh_job.name, statuses=NOT_OVER)
        if context.instance.get_runs_count(unfinished):
            return dg.SkipReason("The refresh before is not over.")
        return dg.RunRequest()

    return watch


def _catch_up(settings: Settings, refresh_job: Any) -> dg.SensorDefinition:
    """The run key is derived from what is new: a refresh that fails on it is not requested again until more comes."""

    @dg.sensor(
        name="catch_up",
        job=refresh_job,
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Refreshes when a backfill or a terminal has loaded what the published copy has not.",
    )
    def catch_up(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        if not settings.working.exists():
            return dg.SkipReason("Nothing was loaded yet.")
        if context.instance.get_runs_count(dg.RunsFilter(statuses=NOT_OVER)):
            return dg.SkipReason("A run is not over: it may load more, or publish.")
        try:
            with Warehouse(settings, lock_timeout=0).connection() as connection:
                key = unpublished(connection, settings)
        except WarehouseError as error:
            return dg.SkipReason(str(error))
        return dg.RunRequest(run_key=key) if key else dg.SkipReason("The published copy holds all that was loaded.")

    return catch_up
