"""The files that docs/deploy.md gives to operators: units, compose file, example settings, back-up and restore."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import duckdb
import pathspec
import pytest
import yaml
from click.testing import CliRunner

from orchestration.alerts.config import load_channels
from orchestration.cli.main import main
from orchestration.settings import PROJECT, Settings
from orchestration.settings.environment import Environment
from orchestration.warehouse.database import Warehouse
from tests.conftest import deployment, run
from tests.support.channel_posts import CHANNEL, OTHER, POSTS, show

DEPLOY = PROJECT / "docs" / "deploy"
READ = {field.alias for field in Environment.model_fields.values()}


@pytest.fixture
def lived(tmp_path: Path) -> Settings:
    for source in (CHANNEL, OTHER):
        show(tmp_path, source, POSTS)
    settings = deployment(tmp_path, tmp_path / "archive")
    assert run(settings)[0].has_published
    return settings


@pytest.mark.parametrize("unit", sorted(DEPLOY.glob("*.service")), ids=lambda path: path.stem)
def test_a_unit_starts_a_command_that_there_is(unit: Path) -> None:
    # A unit may set a key twice; ours do not.
    written = configparser.ConfigParser(interpolation=None)
    written.optionxform = str  # type: ignore[assignment,method-assign]
    written.read(unit)
    program, *arguments = shlex.split(written["Service"]["ExecStart"])
    assert program == "/opt/obmin/.venv/bin/obmin"
    assert CliRunner().invoke(main, [*arguments, "--help"]).exit_code == 0


def test_any_command_runs_as_the_services_run_theirs(tmp_path: Path) -> None:
    fake = tmp_path / "systemd-run"
    fake.write_text('#!/bin/sh\nfor word; do printf "%s\\n" "$word"; done\n')
    fake.chmod(0o755)
    asked = [DEPLOY / "as-service.sh", "alerts", "test", "two words"]
    given = subprocess.run(
        asked, check=True, capture_output=True, text=True, env={"PATH": f"{tmp_path}:/usr/bin:/bin"}
    )
    words = given.stdout.splitlines()
    written = configparser.ConfigParser(interpolation=None)
    written.optionxform = str  # type: ignore[assignment,method-assign]
    written.read(DEPLOY / "obmin-daemon.service")
    service = written["Service"]
    program = shlex.split(service["ExecStart"])[:-1]
    assert words[-len(program) - 3 :] == [*program, "alerts", "test", "two words"]
    assert {
        f"--uid={service['User']}",
        f"--working-directory={service['WorkingDirectory']}",
        f"--property=EnvironmentFile={service['EnvironmentFile']}",
    } <= set(words)


def test_the_compose_file_starts_commands_that_there_are() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    for name in ("daemon", "webserver"):
        assert CliRunner().invoke(main, [*services[name]["command"], "--help"]).exit_code == 0
        assert services[name]["restart"] == "always"
        assert (DEPLOY / services[name]["build"]["context"]).resolve() == PROJECT
        assert (PROJECT / services[name]["build"]["dockerfile"]).exists()
    assert services["webserver"]["ports"] == ["127.0.0.1:3000:3000"]


def test_the_profile_lake_is_whole_and_changes_nothing_for_others() -> None:
    """Docker is not at hand: what can be checked is that the parts fit, and that Ray knows its options."""
    written = (DEPLOY / "compose.yaml").read_text()
    compose = yaml.safe_load(written)
    services = compose["services"]
    of_lake = {name: service for name, service in services.items() if service.get("profiles") == ["lake"]}
    assert set(services) - set(of_lake) == {"daemon", "webserver", "postgres"}
    assert set(of_lake) == {"catalog", "store", "bucket", "ray-head", "ray-node"}
    # Without the profile nobody needs to set more; nothing of it is reachable from outside.
    assert set(re.findall(r"\$\{(\w+):\?", written)) == {"POSTGRES_PASSWORD"}
    assert not any("ports" in service for service in of_lake.values())
    named = {volume.partition(":")[0] for service in services.values() for volume in service.get("volumes", [])}
    assert set(compose["volumes"]) == {name for name in named if not name.startswith(".")}
    asked = [sys.executable, "-m", "ray.scripts.scripts", "start", "--help"]
    known = subprocess.run(asked, check=True, capture_output=True, text=True).stdout
    for name in ("ray-head", "ray-node"):
        _, start, *options = of_lake[name]["entrypoint"]
        assert start == "start"
        assert all(option.partition("=")[0] in known for option in options)
        assert of_lake[name]["build"]["args"] == {"EXTRAS": "${EXTRAS:-}"}
    given = dict(re.findall(r"^#?(\w+)=(.*)$", (DEPLOY / "obmin.env").read_text(), re.MULTILINE))
    assert urlsplit(given["OBMIN_LAKE"]).hostname == "catalog"
    assert urlsplit(given["OBMIN_LAKE"]).path == f"/{of_lake['catalog']['environment']['POSTGRES_DB']}"
    assert urlsplit(given["OBMIN_RAY"]).hostname == "ray-head"
    assert f"--ray-client-server-port={urlsplit(given['OBMIN_RAY']).port}" in of_lake["ray-head"]["entrypoint"]
    assert given["AWS_ENDPOINT_URL"] == of_lake["bucket"]["environment"]["AWS_ENDPOINT_URL"]
    assert f"s3://{urlsplit(given['OBMIN_LAKE_DATA']).hostname}" in of_lake["bucket"]["entrypoint"][-1]
    assert of_lake["store"]["command"][1] == f":{urlsplit(given['AWS_ENDPOINT_URL']).port}"


def test_the_image_holds_the_project_and_nothing_of_this_machine() -> None:
    """The patterns begin with a slash, so git and Docker read them alike."""
    patterns = pathspec.GitIgnoreSpec.from_lines((DEPLOY / "Dockerfile.dockerignore").read_text().splitlines())
    wheel = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    packages = wheel["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    wanted = {
        "Makefile", "pyproject.toml", "uv.lock", wheel["project"]["readme"], "dbt_project/dbt_project.yml",
        *(f"{package}/__init__.py" for package in packages),
    }  # fmt: skip
    unwanted = {
        "data/live/working.duckdb", "docs/deploy/secrets.env", "docs/deploy/.env", ".venv/bin/obmin",
        "dbt_project/target/manifest.json", "orchestration/__pycache__/cli.cpython-311.pyc", ".git/config",
    }  # fmt: skip
    assert {path for path in wanted | unwanted if not patterns.match_file(path)} == wanted


def test_every_setting_that_is_named_is_one_that_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBMIN_DESK", "https://hooks.newsroom.example/obmin")
    assert [channel.name for channel in load_channels(DEPLOY / "alerts.yaml")] == ["desk"]
    channels = yaml.safe_load((DEPLOY / "alerts.yaml").read_text())["channels"]
    addresses = {channel["address_in"] for channel in channels}
    named = set(re.findall(r"^#?(OBMIN_\w+)=", (DEPLOY / "obmin.env").read_text(), re.MULTILINE))
    named |= set(re.findall(r"(OBMIN_\w+):", (DEPLOY / "compose.yaml").read_text()))
    assert named - addresses
    assert addresses <= named
    assert named - addresses <= READ


def test_a_back_up_is_restored_and_nothing_is_reported_again(lived: Settings, tmp_path: Path) -> None:
    lived.reviews.write_text("# decisions of people\n[]\n...\n", "utf-8")
    subprocess.run([DEPLOY / "backup.sh", lived.data, tmp_path / "backup"], check=True)
    with duckdb.connect(str(lived.working), read_only=True) as connection:
        received = connection.execute("select * from raw.alerted_exchanges order by all").fetchall()
    shutil.rmtree(lived.data)
    shutil.copytree(tmp_path / "backup", lived.data)
    assert lived.reviews.read_text("utf-8") == "# decisions of people\n[]\n...\n"
    outcome, _ = run(lived)
    assert (outcome.failures, outcome.has_published) == ([], False)  # nothing new
    with duckdb.connect(str(lived.working), read_only=True) as connection:
        assert connection.execute("select * from raw.alerted_exchanges order by all").fetchall() == received
        assert len(received) == 3


def test_a_folder_that_no_run_uses_is_not_backed_up(tmp_path: Path) -> None:
    asked = [DEPLOY / "backup.sh", tmp_path / "wrong", tmp_path / "backup"]
    refused = subprocess.run(asked, check=False, capture_output=True, text=True)
    assert (refused.returncode, list(tmp_path.iterdir())) == (1, [])
    assert "holds no working.lock" in refused.stderr


def test_a_back_up_waits_for_whoever_writes(lived: Settings) -> None:
    asked = ["flock", "--nonblock", str(lived.lock), "true"]
    with Warehouse(lived).writing():
        assert subprocess.run(asked, check=False).returncode == 1
    assert subprocess.run(asked, check=False).returncode == 0
