"""A fixture for the report's tests: the sample's report, drawn once."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.report.report import draw_report
from orchestration.settings import Settings


@pytest.fixture(scope="session")
def site(built_sample: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's report; tests only read it."""
    return draw_report(built_sample, tmp_path_factory.mktemp("report") / "site").folder
