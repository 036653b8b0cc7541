"""The settings: docs/settings.md lists every one, `obmin settings` prints those in force, and no secret is shown."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from orchestration.cli.main import main
from orchestration.settings import PROJECT
from orchestration.settings.environment import Environment

NAME = re.compile(r"\bOBMIN_[A-Z_]+[A-Z]\b")
# What belongs to no user: the build sets it for dbt.
INTERNAL = {"OBMIN_WORKING_FILE"}
SECRETS = {
    "OBMIN_HEARTBEAT_URL": "https://beat.example/q7Zt", "OBMIN_ALERT_URLS": "json://desk.example/w8Xk",
    "OBMIN_DAGSTER_POSTGRES": "postgresql://obmin:y9Rm@db.example/dagster",
}  # fmt: skip


def known() -> set[str]:
    return {str(field.alias) for field in Environment.model_fields.values()}


def test_the_page_lists_every_setting_and_no_other() -> None:
    rows = [line for line in (PROJECT / "docs" / "settings.md").read_text("utf-8").splitlines() if line[:2] == "| "]
    assert {name for row in rows for name in NAME.findall(row)} == known()


def test_the_code_reads_no_other_setting() -> None:
    code = {
        name
        for folder in ("orchestration", "scrapers", "dbt_project")
        for path in (PROJECT / folder).rglob("*")
        if path.suffix in (".py", ".yml", ".yaml") and "target" not in path.parts
        for name in NAME.findall(path.read_text("utf-8"))
    }
    assert code - INTERNAL <= known()


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    for name in known():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OBMIN_DATA", str(tmp_path))
    return monkeypatch


def in_force(*arguments: str) -> dict[str, tuple[str | None, str]]:
    result = CliRunner().invoke(main, [*arguments, "settings", "--json"])
    assert result.exit_code == 0, result.output
    return {row["setting"]: (row["value"], row["origin"]) for row in json.loads(result.stdout)}


def test_each_setting_says_where_it_came_from(clean: pytest.MonkeyPatch, tmp_path: Path) -> None:
    clean.setenv("OBMIN_SQL_SECONDS", " 90 ")
    clean.setenv("OBMIN_SQL_MEMORY", "  ")
    clean.setenv("OBMIN_PROFILE", "sample")
    found = in_force("--profile", "live")
    assert found.keys() == known()
    assert found["OBMIN_SQL_SECONDS"] == ("90", "environment")
    assert found["OBMIN_SQL_MEMORY"] == ("1GB", "default")
    assert found["OBMIN_PROFILE"] == ("live", "--profile")
    assert found["OBMIN_DATA"] == (str(tmp_path.resolve()), "environment")
    assert found["OBMIN_CONTACT"] == (None, "default")


def test_a_secret_is_never_shown(clean: pytest.MonkeyPatch) -> None:
    for name, secret in SECRETS.items():
        clean.setenv(name, secret)
    for form in ([], ["--json"]):
        output = CliRunner().invoke(main, ["settings", *form]).output
        assert output.count("set, not shown") == len(SECRETS)
        assert not [part for part in ("q7Zt", "w8Xk", "y9Rm") if part in output]


def test_a_wrong_secret_is_not_repeated(clean: pytest.MonkeyPatch) -> None:
    clean.setenv("OBMIN_HEARTBEAT_URL", "q7Zt")
    result = CliRunner().invoke(main, ["settings"])
    assert result.exit_code == 1
    assert "OBMIN_HEARTBEAT_URL is no web address" in result.output
    assert "q7Zt" not in result.output


def test_a_name_in_small_letters_is_no_setting(clean: pytest.MonkeyPatch) -> None:
    clean.setenv("obmin_sql_seconds", "5")
    assert in_force()["OBMIN_SQL_SECONDS"] == ("60", "default")
