"""A deployment with an alerts.yaml, in which a test decides what is news, and exchanges that are.

The webhook that receives the alerts is in alert_receiver.py.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from orchestration.alerts.config import load_channels
from orchestration.alerts.news import decide_news
from orchestration.settings import Settings
from orchestration.warehouse.database import Warehouse
from tests.conftest import deployment
from tests.support.scripted_deployment import ScriptedDeployment

HQ, PRESIDENT = "koordshtab_telegram", "president_uk"
HEADQUARTERS = "Coordination Headquarters for the Treatment of Prisoners of War"
TODAY = date(2026, 5, 20)
ALERTS = """
channels:
  - {name: desk, address_in: DESK, kinds: [news, operations]}
"""


def alerting(folder: Path, written: str = ALERTS) -> Settings:
    """A deployment with this alerts.yaml."""
    file = folder / "alerts.yaml"
    file.write_text(written, "utf-8")
    return replace(deployment(folder), alerts_file=file)


def decide(scripted: ScriptedDeployment, today: date = TODAY) -> int:
    """Extract, build, and decide what is news on this day, which comes before publishing."""
    scripted.read()
    scripted.build_facts()
    channels = load_channels(scripted.settings.alerts_file)
    with Warehouse(scripted.settings).connection() as connection:
        return decide_news(connection, channels, today, 3)


def changes_of(correction: dict[str, Any]) -> list[tuple[Any, ...]]:
    """What a correction changed: the figure, or for a branch its code, with the old and the new value."""
    return [(one["category"] or one["figure"], one["old"], one["new"]) for one in correction["changes"]]


# The post of the exchange that `one_alerted` announces: the second, after that of the past exchange.
ALERTED_POST = "2"


def one_alerted(past: ScriptedDeployment, folder: Path) -> ScriptedDeployment:
    """A copy of a deployment with an exchange of 20 May, of 57 people, whose alert waits."""
    scripted = past.copied(alerting(folder))
    text = "Сьогодні відбувся обмін: додому повернулися 57 захисників."
    assert scripted.announce(HQ, "2026-05-20 12:00", text) == ALERTED_POST
    assert decide(scripted) == 1
    return scripted


def two_alerted(past: ScriptedDeployment, folder: Path) -> ScriptedDeployment:
    """A copy of a deployment with exchanges of 18 May, of 118 people, and 20 May, of 120, whose alerts wait."""
    scripted = past.copied(alerting(folder))
    for day in (18, 20):
        scripted.announce(HQ, f"2026-05-{day} 12:00", f"Сьогодні відбувся обмін: вдома {100 + day} захисників.")
    assert decide(scripted) == 2
    return scripted
