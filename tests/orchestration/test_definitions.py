"""Dagster's definitions: every model and test by itself, the schedule, and a failing test."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from orchestration import settings as settings_module
from orchestration.defs.all_definitions import build_defs
from orchestration.defs.refresh_run import refresh
from orchestration.settings import DBT_PROJECT, PROJECT, Settings
from orchestration.warehouse import dbt_runner
from orchestration.warehouse.database import Warehouse, WarehouseError
from scrapers.http.client import HttpClient
from tests.conftest import deployment, respond, web
from tests.support.sites import Channel


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    return build_defs(deployment(tmp_path_factory.mktemp("deployment")))


def test_every_model_is_an_asset_in_its_layer(definitions: dg.Definitions) -> None:
    groups = {
        key.to_user_string(): node.group_name
        for key in definitions.resolve_asset_graph().get_all_asset_keys()
        if (node := definitions.resolve_asset_graph().get(key)).is_materializable
    }
    for schema in ("staging", "intermediate", "marts", "reports"):
        models = {path.stem for path in (DBT_PROJECT / "models" / schema).glob("*.sql")}
        assert {name for name, group in groups.items() if group == schema} == {f"{schema}/{m}" for m in models}
    assert groups["pages/koordshtab_telegram"] == "pages"
    assert groups["raw/announcements"] == "announcements"
    assert groups["raw/statements"] == "statements"
    assert groups["publication/obmin_duckdb"] == "publication"


def test_every_law_is_a_check(definitions: dg.Definitions) -> None:
    checks = {key.name for key in definitions.resolve_asset_graph().asset_check_keys}
    laws = {path.stem for path in (DBT_PROJECT / "tests").glob("*.sql")}
    assert laws <= checks
    assert {"crawl_succeeded", "no_item_is_quarantined", "no_unknown_terms", "every_alert_is_delivered"} <= checks


def test_the_layers_follow_one_another(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()

    def parents(*path: str) -> set[str]:
        return {key.to_user_string() for key in graph.get(dg.AssetKey(list(path))).parent_keys}

    assert parents("raw", "announcements") == {
        f"pages/{source_id}"
        for source_id in (
            "koordshtab_telegram",
            "president_uk",
            "president_telegram",
            "diukraine_telegram",
            "ombudsman_telegram",
            "russia_mod_telegram",
        )
    }
    assert parents("raw", "statements") == {"raw/announcements"}
    assert parents("staging", "stg_announcements") == {"raw/announcements", "raw/statements"}
    assert "marts/fct_exchanges" in parents("publication", "obmin_duckdb")


def test_the_job_runs_every_fifteen_minutes(definitions: dg.Definitions) -> None:
    (schedule,) = definitions.schedules or []
    assert isinstance(schedule, dg.ScheduleDefinition)
    assert (schedule.cron_schedule, schedule.job_name) == ("*/15 * * * *", "refresh")


def test_a_failed_law_fails_the_run_and_keeps_the_old_copy(
    built_sample: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings: Settings = deployment(tmp_path)
    shutil.copytree(built_sample.data, settings.data)
    before = settings.published.read_bytes()

    project = tmp_path / "dbt_project"
    shutil.copytree(DBT_PROJECT, project, ignore=shutil.ignore_patterns("target"))
    (project / "tests" / "nobody_was_released.sql").write_text(
        "select exchange_id, released_total from {{ ref('fct_exchanges') }} where released_total > 389\n"
    )
    monkeypatch.setattr(dbt_runner, "DBT_PROJECT", project)
    monkeypatch.setattr(dbt_runner, "MANIFEST", project / "target" / "manifest.json")
    monkeypatch.setattr("orchestration.warehouse.watermarks.DBT_PROJECT", project)
    outcome = refresh(settings, lambda _: None)
    assert outcome.has_published is False
    (failure,) = outcome.failures
    assert failure == (
        "dbt test nobody_was_released failed for 1 row: exchange_id exchange-2025-05-23, released_total 390"
    )
    assert settings.published.read_bytes() == before
    with duckdb.connect(str(settings.published), read_only=True) as connection:
        assert connection.execute("select count(*) from marts.fct_exchanges").fetchone() == (81,)


def test_a_changed_project_that_cannot_be_parsed_beside_itself_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(DBT_PROJECT, tmp_path, ignore=shutil.ignore_patterns("target"), dirs_exist_ok=True)
    (tmp_path / "target").write_text("a file where a folder should be: root too can't write into it")
    monkeypatch.setattr(dbt_runner, "DBT_PROJECT", tmp_path)
    monkeypatch.setattr(dbt_runner, "MANIFEST", tmp_path / "target" / "manifest.json")
    with pytest.raises(WarehouseError, match=r"has changed since Obmin was set up, .* Run `make setup` as the user"):
        dbt_runner.ensure_manifest()


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_bytes(b"\xff" * 99)])
def test_a_parsed_project_that_is_gone_or_damaged_is_parsed_anew(
    damage: Callable[[Path], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(dbt_runner.ensure_manifest().parent, tmp_path / "parsed")
    monkeypatch.setattr(dbt_runner, "MANIFEST", tmp_path / "parsed" / "manifest.json")
    damage(tmp_path / "parsed" / dbt_runner.PARSED)
    assert "model.obmin.fct_exchanges" in dbt_runner.parsed_manifest().nodes


def test_dagster_itself_finds_the_definitions_valid(tmp_path: Path) -> None:
    environment = {**os.environ, "OBMIN_DATA": str(tmp_path), "DAGSTER_HOME": str(tmp_path)}
    result = subprocess.run(
        [str(Path(sys.executable).parent / "dagster"), "definitions", "validate", "-w", "workspace.yaml"],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert "Validation successful for code location obmin" in result.stderr + result.stdout


def test_profiles_never_share_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    sample, live = settings_module.load_settings("sample"), settings_module.load_settings("live")
    assert sample.data != live.data
    monkeypatch.setenv("OBMIN_PROFILE", "test")
    with pytest.raises(settings_module.WrongSetting, match="must be sample or live"):
        settings_module.load_settings()


def test_a_month_of_the_past_is_a_partition(tmp_path: Path) -> None:
    settings = deployment(tmp_path)
    job = build_defs(settings).resolve_job_def("backfill")
    key = dg.MultiPartitionKey({"source": "koordshtab_telegram", "month": "2024-12-01"})
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(partition_key=key, instance=instance)
    assert result.success
    metadata = result.asset_materializations_for_node("pages__history")[0].metadata
    assert [row.data["result"] for row in metadata["months"].records] == ["read"]
    with duckdb.connect(str(settings.working), read_only=True) as connection:
        # The archive's facts have one exchange in that month, on the 30th.
        assert connection.execute(
            "select count(*) > 0 from raw.announcements where published_at::date = date '2024-12-30'"
        ).fetchone() == (True,)
        assert connection.execute("select month, is_complete from raw.backfill_progress").fetchall() == [
            (date(2024, 12, 1), True)
        ]
    names = {
        key.to_user_string()
        for key in build_defs(settings).resolve_job_def("refresh").asset_layer.executable_asset_keys
    }
    assert "pages/history" not in names


def test_a_month_of_the_past_that_fails_is_fetched_once_more(tmp_path: Path) -> None:
    settings = deployment(tmp_path)
    job = build_defs(settings).resolve_job_def("backfill")
    key = dg.MultiPartitionKey({"source": "koordshtab_telegram", "month": "2025-01-01"})
    channel, failed = Channel(1, 2, 3), list[str]()

    def answer(handler: Any) -> None:
        if "/s/" in handler.path and not failed:
            failed.append(handler.path)
            return respond(handler, 500)
        return channel(handler)

    with web(answer) as address, HttpClient(replay=address, attempts=1) as client:
        with dg.DagsterInstance.ephemeral() as instance:
            result = job.execute_in_process(
                partition_key=key,
                instance=instance,
                resources={"warehouse": Warehouse(settings), "http_client": client},
            )
    assert result.success
    assert failed
    with duckdb.connect(str(settings.working), read_only=True) as connection:
        assert connection.execute("select is_complete from raw.backfill_progress").fetchall() == [(True,)]


def test_a_post_of_the_past_that_can_not_be_parsed_fails_its_run_and_no_retry_hides_it(tmp_path: Path) -> None:
    settings = deployment(tmp_path)
    job = build_defs(settings).resolve_job_def("backfill")
    key = dg.MultiPartitionKey({"source": "koordshtab_telegram", "month": "2025-01-01"})
    channel = Channel(1, 2, 3)
    channel.stamps = {2: "2099-01-01T10:00:00+02:00"}
    with web(channel) as address, HttpClient(replay=address, attempts=1) as client:
        with dg.DagsterInstance.ephemeral() as instance:
            result = job.execute_in_process(
                partition_key=key,
                instance=instance,
                resources={"warehouse": Warehouse(settings), "http_client": client},
                raise_on_error=False,
            )
    assert not result.success
    (failure,) = (event for event in result.all_events if event.is_step_failure)
    assert "item 2 is set aside: its date is in the future" in str(failure.event_specific_data)
