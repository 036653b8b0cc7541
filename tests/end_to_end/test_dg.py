"""Dagster's own command line works in a checkout: definitions are checked, listed and launched ([tool.dg])."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from orchestration.settings import PROJECT
from tests.support.channel_posts import CHANNEL, POSTS, show


def dg(folder: Path, *command: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OBMIN_")}
    environment |= {
        "OBMIN_DATA": str(folder), "DAGSTER_HOME": str(folder), "OBMIN_REPORT": "no",
        "OBMIN_SAMPLE_ARCHIVE": str(folder / "archive"),
    }  # fmt: skip
    done = subprocess.run(
        [str(Path(sys.executable).parent / "dg"), *command],
        cwd=PROJECT, env=environment, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "dagster.yaml").touch()
    show(tmp_path, CHANNEL, POSTS)
    return tmp_path


def test_dagsters_commands_use_the_home_that_is_set_before_that_of_the_checkout(folder: Path) -> None:
    """Setup names the sample's home in .env for a checkout without DAGSTER_HOME."""
    written = (PROJECT / ".env").read_text("utf-8")
    assert written == f'DAGSTER_HOME="${{DAGSTER_HOME:-{PROJECT / "data" / "sample" / "dagster"}}}"\n'
    dg(folder, "check", "defs")
    assert not list(PROJECT.glob(".tmp_dagster_home*"))


def test_definitions_are_checked_and_listed(folder: Path) -> None:
    dg(folder, "check", "defs")
    listed = json.loads(dg(folder, "list", "defs", "--json"))
    assert {job["name"] for job in listed["jobs"]} == {"refresh", "backfill"}
    assert {"raw/announcements", "marts/fct_exchanges", "publication/obmin_duckdb"} <= {
        one["asset_key"] for one in listed["assets"]
    }


def test_a_refresh_that_is_launched_publishes(folder: Path) -> None:
    dg(folder, "launch", "--job", "refresh")
    with duckdb.connect(str(folder / "sample" / "obmin.duckdb"), read_only=True) as connection:
        assert connection.execute("select released_total from marts.fct_exchanges order by all").fetchall() == [
            (91,),
            (92,),
            (93,),
        ]
