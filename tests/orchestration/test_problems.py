"""Problems of the deployment itself: an alert when they begin and when they end, counted in between."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import dagster as dg

from orchestration.alerts.config import load_channels
from orchestration.alerts.delivery import deliver
from orchestration.alerts.outbox import now
from orchestration.alerts.problems import Finding, note
from orchestration.defs.run_outcomes import findings_of
from orchestration.settings import Settings
from orchestration.warehouse.database import Warehouse
from tests.support.alert_receiver import Receiver
from tests.support.alerting_deployment import alerting
from tests.support.hostile_text import HOSTILE


def noted(settings: Settings, *findings: Finding) -> int:
    with Warehouse(settings).connection() as connection:
        return note(connection, findings, load_channels(settings.alerts_file))


def test_a_problem_is_reported_once_counted_and_its_end_reported(tmp_path: Path, receiver: Receiver) -> None:
    settings = alerting(tmp_path)
    bad, well = Finding("source x", False, "x answered 500."), Finding("source x", True)
    assert noted(settings, well) == 0
    assert noted(settings, bad, bad, Finding("source x", False, "and again")) == 1
    assert [noted(settings, bad) for _ in range(3)] == [0, 0, 0]
    assert noted(settings, well, bad) == 0
    assert noted(settings, well) == 1
    assert noted(settings, well) == 0
    assert noted(settings, bad) == 1
    deliver(Warehouse(settings))
    assert [(body["kind"], body["id"], body["refers_to"]) for body in receiver.got] == [
        ("problem", "problem/source x/1", None),
        ("recovery", "recovery/source x/1", "problem/source x/1"),
        ("problem", "problem/source x/2", None),
    ]
    assert receiver.got[1]["problem"]["times"] == 5


def test_what_a_post_says_is_harmless_in_the_webhook_too(tmp_path: Path, receiver: Receiver) -> None:
    settings = alerting(tmp_path)
    noted(settings, Finding("check raw.statements: no_unknown_terms", False, HOSTILE))
    deliver(Warehouse(settings))
    (body,) = receiver.got
    assert "evil.example" not in json.dumps(body, ensure_ascii=False)
    assert body["problem"]["cause"] == "check raw.statements: no_unknown_terms"  # ours, so not escaped


def test_what_comes_and_goes_is_not_reported_each_time(tmp_path: Path, receiver: Receiver) -> None:
    settings = alerting(tmp_path)
    began = now()

    def seen(hours: float, is_well: bool) -> int:
        finding = Finding("source x", is_well, "" if is_well else "x answered 500.")
        with Warehouse(settings).connection() as connection:
            channels = load_channels(settings.alerts_file)
            return note(connection, [finding], channels, lambda: began + timedelta(hours=hours))

    assert [seen(0, False), seen(0.25, True)] == [1, 1]
    assert seen(0.5, False) == 1  # again within a day
    assert [seen(0.75 + hours / 2, bool(hours % 2)) for hours in range(40)] == [0] * 40
    # Last seen at hour 19.75.
    assert [seen(25.5, True), seen(26, True)] == [0, 1]
    # After more than a day without it, it is alerted like a new problem.
    assert [seen(60, False), seen(60.25, True)] == [1, 1]
    deliver(Warehouse(settings), clock=lambda: began + timedelta(hours=61))
    assert receiver.kinds() == ["problem", "recovery"] * 3
    assert receiver.got[3]["problem"]["times"] == 21


def test_a_run_that_was_found_dead_is_reported_though_it_left_no_data() -> None:
    """If a run's machine stopped, Dagster's monitoring ends the run with an event that has only a message."""
    event = dg.DagsterEvent("PIPELINE_FAILURE", "refresh", message="its process was killed, or the machine stopped")
    (finding,) = findings_of([event], "refresh")
    assert (finding.cause, finding.is_well) == ("job refresh", False)
    assert "was killed" in finding.sentence
