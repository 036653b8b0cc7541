"""The whole chain at once: Dagster with its daemon, a replayed site that gets a new post, a webhook."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from tests.living import CHANNEL, OTHER, PATIENCE, SECRET, LivingHouse, living_house, since, until

FIRST = {"2024-05-01 15:00": "Сьогодні відбувся обмін: вдома 91 захисник."}
SECOND = {"2024-05-05 15:00": "Сьогодні відбувся обмін: вдома 157 захисників."}
THIRD = {"2024-05-09 15:00": "Сьогодні відбувся обмін: вдома 95 захисників."}
NEWS = since(date(2024, 5, 5))

RUNS = "{ runsOrError { ... on Runs { results { status } } } }"


def one_exchange(house: LivingHouse) -> None:
    for source in (CHANNEL, OTHER):
        house.show(source, FIRST)


def test_a_post_becomes_one_alert_a_broken_source_another_and_a_loss_of_power_a_third(tmp_path: Path) -> None:
    def is_running() -> bool:
        return any(run["status"] == "STARTED" for run in house.ask(RUNS)["runsOrError"]["results"])

    with living_house(tmp_path, one_exchange, OBMIN_WATCH_SECONDS="5", OBMIN_ALERT_WITHIN_DAYS=NEWS) as house:
        until(lambda: house.exchanges() == 1)
        assert house.told.empty()  # old exchanges are no news
        house.show(CHANNEL, {**FIRST, **SECOND})
        alert = house.told.get(timeout=PATIENCE)
        assert (alert["kind"], alert["exchange"]["exchanged_on"]) == ("new_exchange", "2024-05-05")
        assert alert["exchange"]["released_total"] == 157
        house.show(OTHER, {})
        problem = house.told.get(timeout=PATIENCE)
        assert (problem["kind"], problem["problem"]["cause"]) == ("problem", f"source {OTHER}")
        house.show(OTHER, FIRST)
        recovery = house.told.get(timeout=PATIENCE)
        assert (recovery["kind"], recovery["refers_to"]) == ("recovery", problem["id"])
        assert json.loads((house.data / "heartbeat.json").read_text())["alive_at"].startswith("20")
        assert house.told.empty()
        assert house.exchanges() == 2
        assert {house.data / "obmin.duckdb", house.data / "dagster" / "event_log.db"} <= set(
            house.files_with("exchange-2024-05-05")
        )
        house.show(CHANNEL, {**FIRST, **SECOND, **THIRD})
        until(house.answers)
        until(is_running)
        house.lose_power()
    with living_house(tmp_path, lambda _: None, OBMIN_WATCH_SECONDS="5", OBMIN_ALERT_WITHIN_DAYS=NEWS) as house:
        told: list[dict[str, Any]] = [house.told.get(timeout=PATIENCE) for _ in range(3)]
    assert house.files_with(SECRET) == []
    by_kind = {alert["kind"]: alert for alert in told}
    assert by_kind["new_exchange"]["exchange"]["released_total"] == 95
    assert "was killed" in by_kind["problem"]["problem"]["sentence"]
    assert by_kind["recovery"]["refers_to"] == by_kind["problem"]["id"]
