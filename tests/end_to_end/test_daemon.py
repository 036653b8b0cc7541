"""The whole chain at once: Dagster with its daemon, a replayed site to which a post is added, a webhook."""

from __future__ import annotations

import json
from pathlib import Path

from tests.living import CHANNEL, OTHER, PATIENCE, LivingHouse, living_house, until

FIRST = {"2024-05-01 15:00": "Сьогодні відбувся обмін: вдома 91 захисник."}
SECOND = {"2024-05-05 15:00": "Сьогодні відбувся обмін: вдома 157 захисників."}


def one_exchange(house: LivingHouse) -> None:
    for source in (CHANNEL, OTHER):
        house.show(source, FIRST)


def test_a_post_becomes_one_alert_and_a_broken_source_another(tmp_path: Path) -> None:
    with living_house(tmp_path, one_exchange, OBMIN_WATCH_SECONDS="5") as house:
        until(lambda: house.exchanges() == 1)
        assert house.told.empty()  # the past is no news
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
