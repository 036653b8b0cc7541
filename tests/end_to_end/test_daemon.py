"""The whole chain at once: Dagster with its daemon, a replayed site that gets a new post, a webhook."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from tests.support.running_deployment import (
    CHANNEL,
    OTHER,
    PATIENCE,
    SECRET,
    RunningDeployment,
    running_deployment,
    since,
    until,
)

FIRST = {"2024-05-01 15:00": "Сьогодні відбувся обмін: вдома 91 захисник."}
SECOND = {"2024-05-05 15:00": "Сьогодні відбувся обмін: вдома 157 захисників."}
THIRD = {"2024-05-09 15:00": "Сьогодні відбувся обмін: вдома 95 захисників."}
NEWS = since(date(2024, 5, 5))

RUNS = "{ runsOrError { ... on Runs { results { status } } } }"


def one_exchange(deployment: RunningDeployment) -> None:
    for source in (CHANNEL, OTHER):
        deployment.show(source, FIRST)


def test_a_post_becomes_one_alert_a_broken_source_another_and_a_loss_of_power_a_third(tmp_path: Path) -> None:
    def is_running() -> bool:
        return any(run["status"] == "STARTED" for run in deployment.ask(RUNS)["runsOrError"]["results"])

    with running_deployment(
        tmp_path, one_exchange, OBMIN_WATCH_SECONDS="5", OBMIN_ALERT_WITHIN_DAYS=NEWS
    ) as deployment:
        until(lambda: deployment.exchanges() == 1)
        assert deployment.received.empty()  # old exchanges are no news
        deployment.show(CHANNEL, {**FIRST, **SECOND})
        alert = deployment.received.get(timeout=PATIENCE)
        assert (alert["kind"], alert["exchange"]["exchanged_on"]) == ("new_exchange", "2024-05-05")
        assert alert["exchange"]["released_total"] == 157
        deployment.show(OTHER, {})
        problem = deployment.received.get(timeout=PATIENCE)
        assert (problem["kind"], problem["problem"]["cause"]) == ("problem", f"source {OTHER}")
        deployment.show(OTHER, FIRST)
        recovery = deployment.received.get(timeout=PATIENCE)
        assert (recovery["kind"], recovery["refers_to"]) == ("recovery", problem["id"])
        assert json.loads((deployment.data / "heartbeat.json").read_text())["alive_at"].startswith("20")
        assert deployment.received.empty()
        assert deployment.exchanges() == 2
        assert {deployment.data / "obmin.duckdb", deployment.data / "dagster" / "event_log.db"} <= set(
            deployment.files_with("exchange-2024-05-05")
        )
        deployment.show(CHANNEL, {**FIRST, **SECOND, **THIRD})
        until(deployment.answers)
        until(is_running)
        deployment.lose_power()
    with running_deployment(
        tmp_path, lambda _: None, OBMIN_WATCH_SECONDS="5", OBMIN_ALERT_WITHIN_DAYS=NEWS
    ) as deployment:
        received: dict[str, dict[str, Any]] = {}
        while len(received) < 3:
            again = deployment.received.get(timeout=PATIENCE)
            # Power lost after an alert arrived and before that was noted: it arrives once more, under the same id.
            if again["id"] != recovery["id"]:
                received[again["id"]] = again
    assert deployment.files_with(SECRET) == []
    by_kind = {alert["kind"]: alert for alert in received.values()}
    assert by_kind["new_exchange"]["exchange"]["released_total"] == 95
    assert "was killed" in by_kind["problem"]["problem"]["sentence"]
    assert by_kind["recovery"]["refers_to"] == by_kind["problem"]["id"]
