"""A fixture for the report's tests: the sample's report, as its run left it."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.settings import Settings


@pytest.fixture(scope="session")
def site(built_sample: Settings) -> Path:
    """The sample's report; tests only read it."""
    return built_sample.report
