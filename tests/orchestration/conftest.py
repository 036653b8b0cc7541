"""Fixtures for several modules of this folder: receivers of alerts, and a deployment with one past exchange.

Fixtures of several folders are in tests/conftest.py, what is no fixture in tests/support.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import deployment, respond, web
from tests.support.alert_receiver import Receiver
from tests.support.alerting_deployment import HQ, alerting, decide
from tests.support.published_copies import announce_exchange
from tests.support.scripted_deployment import ScriptedDeployment


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    receiver = Receiver()
    with web(receiver) as address:
        monkeypatch.setenv("DESK", f"{address}/hook?token=sEcReT")
        yield receiver


@pytest.fixture
def alert_bodies(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """The alerts that the webhook of OBMIN_ALERT_URLS received."""
    got: list[dict[str, Any]] = []

    def webhook(handler: Any) -> None:
        got.append(json.loads(handler.rfile.read(int(handler.headers["Content-Length"]))))
        respond(handler, 200)

    with web(webhook) as address:
        monkeypatch.setenv("OBMIN_ALERT_URLS", f"{address}/hook")
        yield got


@pytest.fixture(scope="module")
def first_scripted(tmp_path_factory: pytest.TempPathFactory) -> ScriptedDeployment:
    """A deployment with one past exchange, of which no alert was sent."""
    scripted = ScriptedDeployment(deployment(tmp_path_factory.mktemp("first")))
    scripted.announce(HQ, "2026-05-10 12:00", "Сьогодні відбувся обмін: додому повернулися 60 захисників.")
    assert decide(scripted) == 0
    return scripted


@pytest.fixture
def scripted(first_scripted: ScriptedDeployment, tmp_path: Path, receiver: Receiver) -> ScriptedDeployment:
    """A copy of it, with a channel for its alerts."""
    return first_scripted.copied(alerting(tmp_path))


@pytest.fixture(scope="session")
def one_exchange(tmp_path_factory: pytest.TempPathFactory) -> ScriptedDeployment:
    """A deployment with one published exchange, of 100 people; tests work on copies of it."""
    scripted = ScriptedDeployment(deployment(tmp_path_factory.mktemp("one-exchange")))
    announce_exchange(scripted, 0)
    scripted.refresh()
    return scripted
