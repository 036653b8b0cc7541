"""Fixtures for the report's tests: the sample's report, drawn once, and a deployment of one exchange."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.report.report import draw_report
from orchestration.settings import Settings
from tests.conftest import deployment
from tests.support.published_copies import announce_exchange
from tests.support.scripted_deployment import ScriptedDeployment


@pytest.fixture(scope="session")
def site(built_sample: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's report; tests only read it."""
    return draw_report(built_sample, tmp_path_factory.mktemp("report") / "site").folder


@pytest.fixture(scope="session")
def one_published(tmp_path_factory: pytest.TempPathFactory) -> ScriptedDeployment:
    """A deployment with one published exchange, of 100 people; tests work on copies of it."""
    scripted = ScriptedDeployment(deployment(tmp_path_factory.mktemp("one-published")))
    announce_exchange(scripted, 0)
    scripted.refresh()
    return scripted
