"""The problems that a run of the real job reports: one alert per cause, and one when it ends."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from orchestration.alerts.problems import Finding
from orchestration.defs.run_outcomes import findings_of
from orchestration.settings import DBT_PROJECT, Settings
from orchestration.warehouse import dbt_runner
from tests.conftest import deployment, run
from tests.support.channel_posts import CHANNEL, OTHER, POSTS, show


@pytest.fixture
def small(tmp_path: Path) -> Settings:
    """A deployment with two channels."""
    for source in (CHANNEL, OTHER):
        show(tmp_path, source, POSTS)
    return deployment(tmp_path, tmp_path / "archive")


def test_a_source_that_breaks_is_reported_once_and_so_is_its_return(
    small: Settings, tmp_path: Path, alert_bodies: list[dict[str, Any]]
) -> None:
    run(small)
    assert alert_bodies == []
    show(tmp_path, OTHER, [])
    for _ in range(3):
        outcome, _ = run(small)
        assert outcome.failures
    assert [(body["kind"], body["problem"]["cause"]) for body in alert_bodies] == [("problem", f"source {OTHER}")]
    show(tmp_path, OTHER, POSTS)
    run(small)
    assert [body["kind"] for body in alert_bodies] == ["problem", "recovery"]
    assert alert_bodies[1]["problem"]["times"] == 3


def test_a_network_that_is_gone_is_one_alert(
    small: Settings, tmp_path: Path, alert_bodies: list[dict[str, Any]]
) -> None:
    run(small)
    for source in (CHANNEL, OTHER):
        show(tmp_path, source, [])
    for _ in range(2):
        run(small)
    assert [(body["kind"], body["problem"]["cause"]) for body in alert_bodies] == [("problem", "all sources")]
    assert alert_bodies[0]["problem"]["sentence"].startswith(
        "None of 2 sources is well; source koordshtab＿telegram: "
    )
    show(tmp_path, CHANNEL, POSTS)
    run(small)
    assert [(body["kind"], body["problem"]["cause"]) for body in alert_bodies[1:]] == [
        ("problem", f"source {OTHER}"), ("recovery", "all sources"),
    ]  # fmt: skip


def test_a_broken_law_is_one_alert_and_publishes_nothing(
    small: Settings, tmp_path: Path, alert_bodies: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    run(small)
    before = small.published.read_bytes()
    project = tmp_path / "dbt_project"
    shutil.copytree(DBT_PROJECT, project)
    law = project / "tests" / "exchanges_lie_within_the_war.sql"
    law.write_text(law.read_text("utf-8") + " or true\n", "utf-8")
    monkeypatch.setattr(dbt_runner, "DBT_PROJECT", project)
    monkeypatch.setattr(dbt_runner, "MANIFEST", project / "target" / "manifest.json")
    show(
        tmp_path,
        CHANNEL,
        [
            *POSTS,
            {
                "id": 4,
                "at": "2024-05-04 15:00",
                "text": "Сьогодні відбувся обмін полоненими. Додому повернулися 94 захисники.",
            },
        ],
    )
    outcome, _ = run(small)
    assert not outcome.has_published
    assert small.published.read_bytes() == before
    (body,) = alert_bodies
    assert body["problem"]["cause"] == "check marts.fct_exchanges: exchanges_lie_within_the_war"


def test_one_cause_in_many_layers_is_one_finding() -> None:
    @dg.asset(check_specs=[dg.AssetCheckSpec("is_right", asset="numbers")])
    def numbers() -> Any:
        yield dg.MaterializeResult(
            check_results=[dg.AssetCheckResult(passed=False, metadata={"reason": "2 is not 3"})]
        )
        raise dg.Failure(description="the check failed")

    @dg.asset
    def lone() -> None:
        raise ValueError("no reason")

    @dg.asset(check_specs=[dg.AssetCheckSpec("is_right", asset="crashing")])
    def crashing() -> Any:
        yield dg.AssetCheckResult(passed=False, metadata={"reason": "4 is not 5"})
        raise OSError("no space left")

    result = dg.materialize([numbers, lone, crashing], raise_on_error=False)
    bad = [finding for finding in findings_of(result.all_events, "refresh") if not finding.is_well]
    details = "The run's log in Dagster has the details: `obmin ui`."
    assert sorted(bad, key=lambda finding: finding.cause) == [
        Finding("check crashing: is_right", False, "4 is not 5"),
        Finding("check numbers: is_right", False, "2 is not 3"),
        # The failed check is not why it failed.
        Finding("step crashing", False, f"The step crashing failed: OSError: no space left {details}"),
        Finding("step lone", False, f"The step lone failed: ValueError: no reason {details}"),
    ]
