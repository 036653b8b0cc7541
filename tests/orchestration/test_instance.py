"""Dagster's own storage: created once, by the first process that needs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from orchestration.defs import instance as instance_module
from orchestration.defs.dagster_yaml import BrokenStorage, write_configuration
from tests.conftest import deployment
from tests.support.channel_posts import CHANNEL, POSTS, show
from tests.support.obmin_process import REFRESH_SAMPLE, run_obmin

OPEN = """
from orchestration.defs.instance import open_instance
from orchestration.settings import load_settings
with open_instance(load_settings()) as instance:
    assert instance.get_runs() == []
    assert instance.event_log_storage.get_asset_records() == []
"""


def test_services_that_start_together_share_a_new_storage(tmp_path: Path) -> None:
    environment = {**os.environ, "OBMIN_DATA": str(tmp_path), "OBMIN_PROFILE": "sample"}
    command = [sys.executable, "-c", OPEN]
    starting = [subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    for process in starting:
        _, sentence = process.communicate()
        assert process.returncode == 0, sentence


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("OBMIN_DAGSTER_POSTGRES", raising=False)
    write_configuration(tmp_path)
    return tmp_path


def test_a_file_that_nobody_changed_follows_the_environment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = home / "dagster.yaml"
    assert "event_log_storage" in yaml.safe_load(file.read_text())
    monkeypatch.setenv("OBMIN_DAGSTER_POSTGRES", "postgresql://obmin:secret@db.example/dagster")
    write_configuration(home)
    written = yaml.safe_load(file.read_text())
    stores = [written[name] for name in ("run_storage", "event_log_storage", "schedule_storage")]
    assert [store["config"] for store in stores] == [{"postgres_url": {"env": "OBMIN_DAGSTER_POSTGRES"}}] * 3
    assert "secret" not in file.read_text()


def test_the_file_of_an_older_version_is_replaced(home: Path) -> None:
    file = home / "dagster.yaml"
    file.write_text(
        "# Written by Obmin at each start (orchestration/defs/instance.py); changes here are lost.\nnux: {}\n"
    )
    write_configuration(home)
    assert "run_launcher" in yaml.safe_load(file.read_text())


@pytest.mark.parametrize("change", ["# a note\n", "python_logs: {python_log_level: INFO}\n"])
def test_an_operators_file_is_never_written_again(home: Path, change: str) -> None:
    file = home / "dagster.yaml"
    file.write_text(file.read_text() + change)
    ours = file.read_bytes()
    write_configuration(home)
    assert file.read_bytes() == ours


def test_an_operators_file_that_contradicts_the_environment_is_a_sentence(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    monkeypatch.setenv("OBMIN_DAGSTER_POSTGRES", "postgresql://obmin:secret@db.example/dagster")
    with pytest.raises(BrokenStorage, match="names no storage") as raised:
        write_configuration(home)
    assert "secret" not in str(raised.value)


def test_the_default_home_of_a_checkout_is_of_one_deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = deployment(tmp_path)
    monkeypatch.setattr(instance_module, "ENV_FILE", tmp_path / ".env")
    monkeypatch.setattr(instance_module, "IS_CHECKOUT", True)
    instance_module.name_home_for_dagster(settings.dagster_home)
    monkeypatch.setenv("DAGSTER_HOME", str(settings.dagster_home))  # as Dagster reads it from the file
    instance_module.refuse_home_of_another(settings)
    with pytest.raises(
        BrokenStorage, match=r"Start it with `obmin ui`, or with DAGSTER_HOME=.+/other/sample/dagster"
    ):
        instance_module.refuse_home_of_another(deployment(tmp_path / "other"))
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "chosen"))  # by the operator
    instance_module.refuse_home_of_another(deployment(tmp_path / "other"))


def test_dagsters_own_classes_can_be_chosen(tmp_path: Path) -> None:
    """An operator's file without Obmin's event log and launcher: the refresh works with Dagster's."""
    home = tmp_path / "sample" / "dagster"
    home.mkdir(parents=True)
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    show(tmp_path, CHANNEL, POSTS)
    environment = {
        **os.environ, "OBMIN_DATA": str(tmp_path), "OBMIN_SAMPLE_ARCHIVE": str(tmp_path / "archive"),
    }  # fmt: skip
    done = run_obmin(REFRESH_SAMPLE, environment)
    assert done.status == 0, done.stderr[-3000:]
    assert (tmp_path / "sample" / "obmin.duckdb").exists()
    assert list((home / "history" / "runs").glob("*.db")), "Dagster's own event log has a file for each run"
