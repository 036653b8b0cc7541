"""What is done with the lake on another machine: the report and the browser of a pulled copy, and a table as it was."""

from __future__ import annotations

import filecmp
import json
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from orchestration.cli.main import main
from orchestration.lake.connection import open_lake
from orchestration.lake.deployment import lake_of, publish_to_lake
from orchestration.lake.pull import pull
from orchestration.lake_address import Lake
from orchestration.queries.browser import browsable_data
from orchestration.settings import Settings
from orchestration.warehouse.database import Warehouse
from tests.conftest import deployment
from tests.support.scripted_deployment import ScriptedDeployment


@pytest.fixture
def pulled(lake: Lake, tmp_path: Path) -> Settings:
    """A machine that has nothing but a pulled copy."""
    settings = replace(deployment(tmp_path / "reader"), lake=lake)
    pull(settings)
    return settings


def report(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OBMIN_DATA", str(settings.data.parent))
    result = CliRunner().invoke(main, ["report", "--json"])
    assert result.exit_code == 0, result.output
    drawn = json.loads(result.stdout)
    assert drawn["was_drawn"]
    return Path(drawn["index"]).parent


def test_the_report_of_a_pulled_copy_is_that_of_the_published_one(
    published: ScriptedDeployment, pulled: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = report(published.settings, monkeypatch), report(pulled, monkeypatch)
    # Parquet files and archives hold how they were written, not only what.
    files = [
        path.relative_to(ours).as_posix()
        for path in ours.rglob("*")
        if path.suffix in (".html", ".svg", ".json", ".csv", ".atom", ".sql", ".txt")
    ]
    assert len(files) > 40
    _, different, missing = filecmp.cmpfiles(ours, theirs, files, shallow=False)
    assert (different, missing) == ([], [])


def test_a_pulled_copy_is_browsed_like_the_published_one(published: ScriptedDeployment, pulled: Settings) -> None:
    ours, theirs = browsable_data(published.settings), browsable_data(pulled)
    assert theirs.metadata == ours.metadata
    content = []
    for data in (ours, theirs):
        with sqlite3.connect(data.file) as database:
            content.append(list(database.iterdump()))
    assert len(content[0]) > 60
    assert content[0] == content[1]


def test_a_table_of_an_attached_lake_is_shown_as_it_was(grown: ScriptedDeployment) -> None:
    between = datetime.now(UTC)
    publish_to_lake(Warehouse(grown.settings))
    with open_lake(lake_of(grown.settings), is_read_only=True) as connection:
        totals = "select released_total from lake.marts.fct_exchanges {} order by 1"
        then = f"at (timestamp => timestamptz '{between.isoformat()}')"
        assert connection.execute(totals.format(then)).fetchall() == [(100,)]
        assert connection.execute(totals.format("")).fetchall() == [(100,), (101,)]
