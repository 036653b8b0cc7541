"""`obmin doctor` where a deployment can't work: what it prints, and its status.

What is stored is in test_doctor_storage.py; checks that need no command are in test_doctor_checks.py.
"""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from click.testing import CliRunner

from orchestration.cli.main import main
from orchestration.doctor import disk, running
from orchestration.settings import Settings
from tests.support.doctor_lines import doctor, not_ok
from tests.support.postgres_server import postgres_server
from tests.support.pseudo_terminal import obmin_in_a_terminal

pytestmark = pytest.mark.usefixtures("no_settings")


def test_without_a_data_folder_nothing_is_made(tmp_path: Path) -> None:
    lines = doctor(status=0, OBMIN_DATA=str(tmp_path / "new"))
    folder = tmp_path / "new" / "sample"
    assert lines["disk", "folder"][1] == f"{folder} is not there yet; the first run makes it."
    assert not_ok(lines) == {
        ("sources", "summary"): ("warning", "None of the 6 sources was read yet.", "Run `obmin run`."),
        ("storage", "published copy"): (
            "warning", f"Nothing is published at {folder / 'obmin.duckdb'} yet.", "Run `obmin run`.",
        ),
    }  # fmt: skip
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_place_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "sample").write_text("a letter to grandmother\n")
    told = doctor(status=1)["disk", "folder"]
    assert told == ("fault", f"{tmp_path / 'sample'} is a file where the data folder should be.", "Move it away.")
    told = doctor(status=1, OBMIN_DATA=str(tmp_path / "sample" / "x"))["disk", "folder"]
    assert told[:2] == ("fault", f"{tmp_path / 'sample/x/sample'} can't be made: {tmp_path / 'sample'} is a file.")


@pytest.mark.parametrize(
    ("free", "status", "expected"),
    [
        (199_999_999, 1, ("fault", "Only 200 MB are free on the disk of {}: a run would fail.")),
        (1_900_000_000, 0, ("warning", "Only 1.9 GB are free on the disk of {}.")),
        (2_000_000_000, 0, ("ok", "2.0 GB are free on the disk of {}.")),
    ],
)
def test_a_disk_that_is_almost_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, status: int, expected: tuple[str, str]
) -> None:
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**12, 10**12 - free, free))
    told = doctor(status=status)["disk", "space"]
    assert told[:2] == (expected[0], expected[1].format(tmp_path))


def test_every_invalid_setting_is_named_and_none_is_a_crash() -> None:
    lines = CliRunner().invoke(main, ["doctor"], env={"OBMIN_SQL_SECONDS": "x", "OBMIN_REPORT": "maybe"})
    assert lines.exit_code == 1
    words = " ".join(lines.output.split())
    assert "fault OBMIN_SQL_SECONDS is 'x'. It must be a number of seconds from 1 to 31536000." in words
    assert "fault OBMIN_REPORT is 'maybe'. It must be yes or no." in words
    assert "warning Disk, network, sources, storage, lake and alerts were not looked at" in words
    assert words.endswith("2 faults; 1 warning.")


def test_a_name_that_is_no_setting() -> None:
    told = not_ok(doctor(status=0, OBMIN_CONTAKT="me@example.org", OBMIN_ANOTHER="1"))
    assert told["environment", "OBMIN_CONTAKT"] == (
        "warning",
        "OBMIN_CONTAKT is set in the environment, and Obmin has no such setting.",
        "Name it OBMIN_CONTACT if that is meant.",
    )
    assert told["environment", "OBMIN_ANOTHER"][2] == "Unset it; docs/settings.md lists the settings."


def test_the_live_profile_without_a_contact_asks_nobody() -> None:
    told = not_ok(doctor("--profile", "live", status=1))
    assert told["environment", "contact"][:2] == ("fault", "The live sites need a contact.")
    assert told["network", "hosts"][:2] == (
        "warning", "No host was asked: OBMIN_CONTACT is not set, and without it nothing is requested.",
    )  # fmt: skip
    assert told["alerts", "channels"] == (
        "warning",
        "alerts.yaml is valid, and nobody is told: no channel has an address: default (OBMIN_ALERT_URLS is not set).",
        "Set one, then try it with `obmin --profile live alerts test`.",
    )


@pytest.mark.parametrize(
    ("written", "sentence", "cure"),
    [
        ("channels: [{name: desk}]", "{}: channels[0].address_in: Field required.", "docs/alerts.md shows the form."),
        (
            "channels: [{name: desk, address_in: DESK}]",
            "{}: the channel desk takes its address from DESK, which is not set.",
            "Set it, or give the channel `required: false`.",
        ),
    ],
)
def test_channels_that_can_not_be_used(tmp_path: Path, written: str, sentence: str, cure: str) -> None:
    file = tmp_path / "alerts.yaml"
    file.write_text(written)
    told = doctor(status=1, OBMIN_ALERTS=str(file))["alerts", "channels"]
    assert told == ("fault", sentence.format(file), cure)


def test_no_secret_is_shown(tmp_path: Path) -> None:
    (tmp_path / "alerts.yaml").write_text(
        "channels: [{name: desk, address_in: DESK}, {name: spare, address_in: SPARE, required: false}]"
    )
    environment = {
        "OBMIN_ALERTS": str(tmp_path / "alerts.yaml"), "DESK": "https://desk.example/q7Zt",
        "OBMIN_HEARTBEAT_URL": "https://beat.example/w8Xk", "HTTPS_PROXY": "http://me:y9Rm@proxy.example",
        "OBMIN_DAGSTER_POSTGRES": "postgresql://obmin:k3Lp@127.0.0.1:1/dagster",
    }  # fmt: skip
    lines = doctor(status=1, **environment)
    assert lines["alerts", "channels"][1] == (
        "alerts.yaml is valid; channels with an address: desk; without an address: spare (SPARE is not set). "
        "Nothing was sent to them; `obmin alerts test` does."
    )
    assert lines["storage", "Dagster's runs"][:2] == (
        "fault", "The PostgreSQL server of OBMIN_DAGSTER_POSTGRES can't be used (OperationalError).",
    )  # fmt: skip
    assert not [secret for secret in ("q7Zt", "w8Xk", "y9Rm", "k3Lp") if secret in json.dumps(list(lines.values()))]


def test_postgresql_that_answers(tmp_path: Path) -> None:
    with postgres_server(tmp_path / "postgres") as server:
        told = doctor(status=0, OBMIN_DAGSTER_POSTGRES=server.get_uri())["storage", "Dagster's runs"]
        assert told[1] == "The PostgreSQL server of OBMIN_DAGSTER_POSTGRES answers; the database is still empty."
        assert server.psql("select count(*) from pg_tables where schemaname = 'public';").split()[2] == "0"


def test_a_check_that_breaks_is_a_fault_and_the_others_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Settings) -> Any:
        raise KeyError("postgresql://me:secret@host")

    monkeypatch.setattr(disk, "check_space", broken)
    lines = doctor(status=1)
    assert lines["disk", "space"] == (
        "fault",
        "This check failed itself (KeyError), which is a bug in Obmin.",
        "Run it again with OBMIN_TRACEBACK=1, and report what it shows.",
    )
    assert lines["disk", "folder"][0] == "ok"
    assert lines["clock", "machine"][0] == "ok"


def test_what_hangs_is_a_fault_after_its_time(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setattr(disk, "check_folder", lambda _: Event().wait())
    found = running.examine(running.Surroundings(settings, {}, "utf-8", datetime.now(UTC)), seconds=3)
    assert [result.sentence for result in found if result.area == "disk"] == [
        "This was not looked at to the end within 3 seconds."
    ]
    assert {"storage", "clock", "alerts"} <= {result.area for result in found}


def test_the_screen_is_as_wide_as_the_terminal(tmp_path: Path) -> None:
    for width in (40, 80):
        printed = obmin_in_a_terminal(tmp_path, width, "doctor")
        assert (printed.status, printed.widest <= width) == (0, True)
        assert printed.lines[0] == "Environment"
        assert printed.lines[-1] == "Nothing is at fault; 2 warnings."
    poor = obmin_in_a_terminal(tmp_path, 80, "doctor", PYTHONIOENCODING="latin-1")
    assert "The terminal's encoding is iso8859-1" in " ".join(" ".join(poor.lines).split())
