"""The dbt project itself: every model is described, has a key, and passes its unit tests."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb

from orchestration.warehouse.build import build, unit_test
from orchestration.warehouse.database import Warehouse
from orchestration.warehouse.dbt_runner import ensure_manifest, invoke, parsed_manifest
from orchestration.warehouse.table_descriptions import described_tables
from tests.conftest import deployment
from tests.support.scripted_deployment import ScriptedDeployment

HQ = "koordshtab_telegram"


def test_every_model_and_column_is_described(scripted: ScriptedDeployment) -> None:
    manifest = json.loads(ensure_manifest().read_text("utf-8"))
    models = [node for node in manifest["nodes"].values() if node["resource_type"] in ("model", "seed")]
    with Warehouse(scripted.settings).connection() as connection:
        for node in models:
            held = connection.execute(
                "select column_name from information_schema.columns where table_schema = ? and table_name = ?",
                [node["schema"], node["name"]],
            ).fetchall()
            described = {name for name, column in node["columns"].items() if column["description"]}
            assert {name for (name,) in held} == described, node["name"]
            assert node["description"], node["name"]
            grows = node["schema"] == "marts" and node["config"]["materialized"] == "incremental"
            assert bool(node["config"]["meta"].get("sorted_by")) == grows, node["name"]


def test_sources_are_ranked_for_every_measure_of_an_event_that_a_fact_can_have(scripted: ScriptedDeployment) -> None:
    assert {measure for (measure,) in scripted.rows("select distinct measure from marts.dim_source_precedence")} == {
        "event", "released_total", "military", "civilians", "returned_to_russia", "by_service", "officers",
        "privates_and_sergeants", "women", "mediator", "official_number", "stage", "part", "bodies_to_ukraine",
        "bodies_to_russia",
    }  # fmt: skip


def test_every_table_that_grows_or_is_published_has_a_key() -> None:
    described = described_tables()
    manifest = json.loads(ensure_manifest().read_text("utf-8"))
    for node in manifest["nodes"].values():
        is_incremental = node["config"]["materialized"] == "incremental"
        if node["resource_type"] == "model" and (is_incremental or node["schema"] == "marts"):
            assert described[node["schema"], node["name"]].key, node["name"]


def test_a_key_held_twice_fails_its_test(tmp_path: Path) -> None:
    scripted = ScriptedDeployment(deployment(tmp_path))
    scripted.announce(HQ, "2022-05-05 15:00", "Сьогодні відбувся обмін: додому повернулися 150 захисників.")
    scripted.refresh()
    with Warehouse(scripted.settings).connection() as connection:
        doubled = (
            "intermediate.int_event_timeline", "marts.fct_released_personnel", "intermediate.int_announcement_versions",
            "marts.dim_announcements", "marts.fct_statements", "intermediate.int_statement_verdicts",
        )  # fmt: skip
        for table in doubled:
            connection.execute(f"insert into {table} from {table} limit 1")
    command = ["test", "--select", "test_name:unique_combination"]
    result: Any = invoke(
        command, scripted.settings.working, scripted.settings.dbt_target, [], parsed_manifest()
    ).result
    assert {one.node.name for one in result.results if one.status == "fail"} == {
        "each_moment_of_an_event_is_held_once", "each_category_is_counted_once", "each_version_is_valid_once",
        "each_version_is_held_once", "each_statement_is_held_once", "each_statement_has_one_verdict",
    }  # fmt: skip


def test_the_models_pass_their_unit_tests(scripted: ScriptedDeployment) -> None:
    report = unit_test(Warehouse(scripted.settings))
    assert report.failures == []
    assert report.tests >= 12


def test_two_commands_of_one_process_wait_for_each_other(tmp_path: Path) -> None:
    """Each builds its own file: dbt itself has one connection a process."""
    counts = {tmp_path / "one": 150, tmp_path / "two": 160}
    prepared = []
    for folder, count in counts.items():
        scripted = ScriptedDeployment(deployment(folder))
        scripted.announce(HQ, "2022-05-05 15:00", f"Сьогодні відбувся обмін: додому повернулися {count} захисників.")
        scripted.read()
        prepared.append(scripted)
    with ThreadPoolExecutor(2) as threads:
        reports = list(threads.map(lambda scripted: build(Warehouse(scripted.settings)), prepared))
    assert [report.failures for report in reports] == [[], []]
    for scripted, count in zip(prepared, counts.values(), strict=True):
        with duckdb.connect(str(scripted.settings.working), read_only=True) as connection:
            assert connection.execute("select released_total from marts.fct_exchanges").fetchall() == [(count,)]
