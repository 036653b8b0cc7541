"""Runs of every kind at once, as services, with Dagster's runs and events in a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import psycopg2
import pytest
import requests
from click.testing import CliRunner

from orchestration.cli.main import main
from orchestration.defs.all_definitions import build_defs
from orchestration.defs.instance import open_instance
from orchestration.warehouse.backfill import months_between
from tests.conftest import deployment as deployment_in
from tests.support.postgres_server import postgres_server
from tests.support.running_deployment import CHANNEL, REFRESH, RunningDeployment, running_deployment, until

FIRST, LAST = date(2022, 2, 24), date(2024, 3, 31)
MONTHS = [f"{month:%Y-%m}-01|{CHANNEL}" for month in months_between(FIRST, LAST)]
BACKFILL = """
    mutation ($keys: [String!]!) {
        launchPartitionBackfill(backfillParams: {
            partitionNames: $keys, assetSelection: [{path: ["pages", "history"]}], title: "the past"
        }) { __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } }
    }
"""
STATUS = "query ($id: String!) { partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill { status } } }"
RUNS = "{ runsOrError { ... on Runs { results { status jobName tags { key value } } } } }"


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[str]:
    """The address of a server for this test alone; it is not in the file that Dagster reads."""
    with postgres_server(tmp_path / "postgres") as server:
        yield server.get_uri()


def a_channel_of_many_years(deployment: RunningDeployment) -> None:
    deployment.show(
        CHANNEL,
        {
            f"{month:%Y-%m}-24 15:00": f"Сьогодні відбувся обмін: вдома {90 + number} захисників."
            for number, month in enumerate(reversed(months_between(FIRST, LAST)), start=1)
        },
    )


def ended(deployment: RunningDeployment) -> list[dict[str, Any]]:
    runs = deployment.ask(RUNS)["runsOrError"]["results"]
    return [run for run in runs if run["status"] not in ("QUEUED", "STARTING", "STARTED", "NOT_STARTED")]


def tags_of(run: dict[str, Any]) -> set[str]:
    return {tag["key"] for tag in run["tags"]}


def test_a_backfill_a_scheduled_and_a_manual_run_all_finish(tmp_path: Path, postgres: str) -> None:
    assert len(MONTHS) == 26
    with running_deployment(
        tmp_path,
        a_channel_of_many_years,
        ("daemon", "webserver"),
        OBMIN_WATCH_SECONDS="5",
        OBMIN_DAGSTER_POSTGRES=postgres,
    ) as deployment:
        until(deployment.answers)
        foreign = requests.post(
            f"{deployment.address}/graphql", json={"query": REFRESH}, headers={"Host": "evil.example"}
        )
        assert foreign.status_code == 400  # other refusals are in test_ui_guard.py
        launched = deployment.ask(BACKFILL, keys=MONTHS)["launchPartitionBackfill"]
        assert launched["__typename"] == "LaunchBackfillSuccess", launched
        assert deployment.ask(REFRESH)["launchPipelineExecution"]["__typename"] == "LaunchRunSuccess"
        until(
            lambda: (
                deployment.ask(STATUS, id=launched["backfillId"])["partitionBackfillOrError"]["status"]
                in ("COMPLETED_SUCCESS", "COMPLETED_FAILED")
            )
        )
        until(lambda: deployment.exchanges() == 26)
        until(lambda: any("dagster/sensor_name" in tags for tags in map(tags_of, ended(deployment))))
        over = ended(deployment)
    assert postgres not in (deployment.data / "dagster" / "dagster.yaml").read_text()
    assert not (deployment.data / "dagster" / "event_log.db").exists()
    assert {run["status"] for run in over} == {"SUCCESS"}, deployment.log.read_text()[-20_000:]
    tags = [tags_of(run) for run in over]
    # 26 months are three runs of up to a year each; one refresh was launched by hand, the others by the sensor.
    assert sum("dagster/backfill" in held for held in tags) == 3
    assert sum(not held & {"dagster/backfill", "dagster/sensor_name"} for held in tags) == 1
    assert deployment.received.empty()  # old exchanges are no news, and no run failed on a lock
    until(lambda: months_complete(deployment) == 26)


def months_complete(deployment: RunningDeployment) -> int | None:
    """None while a run that was starting when the services were stopped still holds the file."""
    try:
        with duckdb.connect(str(deployment.data / "working.duckdb"), read_only=True) as connection:
            found = connection.execute("select count(*) from raw.backfill_progress where is_complete").fetchone()
    except duckdb.IOException:
        return None
    return found[0] if found else None


def test_a_run_is_as_old_as_it_is_whatever_the_servers_time_zone(
    tmp_path: Path, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """West of UTC, Dagster's monitoring ended a new run as one that never started."""
    with psycopg2.connect(postgres) as connection, connection.cursor() as cursor:
        cursor.execute("alter database postgres set timezone to 'America/Los_Angeles'")
    monkeypatch.setenv("OBMIN_DAGSTER_POSTGRES", postgres)
    with open_instance(deployment_in(tmp_path)) as instance:
        run = instance.create_run_for_job(build_defs(deployment_in(tmp_path)).resolve_job_def("refresh"))
        record = instance.get_run_record_by_id(run.run_id)
    assert record is not None
    assert abs(record.create_timestamp - datetime.now(UTC)) < timedelta(minutes=5)


def test_a_postgres_that_does_not_answer_is_a_sentence_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OBMIN_DATA", str(tmp_path))
    monkeypatch.setenv("OBMIN_DAGSTER_POSTGRES", "postgresql:obmin:opensesame@nowhere")
    result = CliRunner().invoke(main, ["run"])
    assert result.exit_code == 1
    assert "OBMIN_DAGSTER_POSTGRES is an address like postgresql://" in result.output
    assert "opensesame" not in result.output
