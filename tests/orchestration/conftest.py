"""Fixtures for several modules of this folder: receivers of alerts, a deployment with one past exchange, no settings.

Fixtures of several folders are in tests/conftest.py, what is no fixture in tests/support.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.conftest import deployment, web
from tests.support.alert_receiver import Receiver
from tests.support.alerting_deployment import HQ, alerting, decide, one_alerted, two_alerted
from tests.support.built_once import built_once
from tests.support.published_copies import announce_exchange
from tests.support.scripted_deployment import ScriptedDeployment


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    receiver = Receiver()
    with web(receiver) as address:
        monkeypatch.setenv("DESK", f"{address}/hook?token=sEcReT")
        yield receiver


@pytest.fixture(scope="session")
def first_scripted(shared_folder: Path) -> ScriptedDeployment:
    """A deployment with one past exchange, published, of which no alert was sent."""

    def build(folder: Path) -> ScriptedDeployment:
        scripted = ScriptedDeployment(deployment(folder))
        scripted.announce(HQ, "2026-05-10 12:00", "Сьогодні відбувся обмін: додому повернулися 60 захисників.")
        assert decide(scripted) == 0
        scripted.publish()
        return scripted

    return built_once(shared_folder / "first", build)


@pytest.fixture(scope="session")
def first_alerted(first_scripted: ScriptedDeployment, shared_folder: Path) -> ScriptedDeployment:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("DESK", "http://127.0.0.1:9/asked-only-when-delivering")
        return built_once(shared_folder / "one-alerted", partial(one_alerted, first_scripted))


@pytest.fixture(scope="session")
def first_two_alerted(first_scripted: ScriptedDeployment, shared_folder: Path) -> ScriptedDeployment:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("DESK", "http://127.0.0.1:9/asked-only-when-delivering")
        return built_once(shared_folder / "two-alerted", partial(two_alerted, first_scripted))


@pytest.fixture
def scripted(first_scripted: ScriptedDeployment, tmp_path: Path, receiver: Receiver) -> ScriptedDeployment:
    """A copy of it, with a channel for its alerts."""
    return first_scripted.copied(alerting(tmp_path))


@pytest.fixture
def alerted(first_alerted: ScriptedDeployment, tmp_path: Path, receiver: Receiver) -> ScriptedDeployment:
    """The same with an exchange of 20 May, of 57 people, whose alert waits; its post is ALERTED_POST."""
    return first_alerted.copied(alerting(tmp_path))


@pytest.fixture
def twice_alerted(first_two_alerted: ScriptedDeployment, tmp_path: Path, receiver: Receiver) -> ScriptedDeployment:
    """The same with exchanges of 18 May, of 118 people, and 20 May, of 120, whose alerts wait."""
    return first_two_alerted.copied(alerting(tmp_path))


@pytest.fixture(scope="session")
def first_built(one_exchange: ScriptedDeployment, shared_folder: Path) -> ScriptedDeployment:
    def build(folder: Path) -> ScriptedDeployment:
        scripted = one_exchange.copied(deployment(folder))
        announce_exchange(scripted, 1)
        scripted.read()
        scripted.build_facts()
        return scripted

    return built_once(shared_folder / "built", build)


@pytest.fixture
def built(first_built: ScriptedDeployment, tmp_path: Path) -> ScriptedDeployment:
    """A deployment with one published exchange, of 100 people; another, of 101, is built and not published."""
    return first_built.copied(deployment(tmp_path))


@pytest.fixture
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment without settings, but for a data folder."""
    for name in [name for name in os.environ if name.startswith("OBMIN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("OBMIN_DATA", str(tmp_path))
