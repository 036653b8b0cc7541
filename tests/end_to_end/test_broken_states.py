"""Every command in a broken environment: a table of states, the error sentence of each, and its exit status.

Nothing is patched: files, folders, ports and environment variables are wrong as users make them wrong.
"""

from __future__ import annotations

import json
import os
import resource
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner

from orchestration.cli.main import main

OPENING = [
    ["exchanges"],
    ["exchange", "2024-12-30"],
    ["sql", "select 1 as x"],
    ["export", "{new}"],
    ["docs", "{new}"],
]
WRITING = [["fetch"], ["load"], ["extract"], ["build"], ["publish"], ["rebuild"], ["reparse"], ["backfill"],
           ["alerts", "list"], ["alerts", "retry"]]  # fmt: skip
STARTING = [["run"], ["ui", "--port", "{free}"], ["webserver", "--port", "{free}"], ["daemon"]]


@pytest.fixture
def places(tmp_path: Path) -> dict[str, str]:
    """Files and folders that a row of the table may name."""
    (tmp_path / "file").write_text("a letter to grandmother\n")
    (tmp_path / "binary").write_bytes(bytes(range(256)) * 9)
    (tmp_path / "folder" / "held").mkdir(parents=True)
    (tmp_path / "piped" / "sample" / "pages").mkdir(parents=True)
    os.mkfifo(tmp_path / "piped" / "sample" / "pages" / "2022-11.warc.gz")
    (tmp_path / "deep.yaml").write_text("[" * 100_000)
    (tmp_path / "bad_address.yaml").write_text("channels: [{name: desk, address_in: OBMIN_DESK}]")
    (tmp_path / "long.txt").write_text("а" * 1_000_001)
    (tmp_path / "deep.jsonl").write_text("[" * 100_000)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    names = {path.stem if path.is_file() else path.name: str(path) for path in tmp_path.iterdir()}
    return {**names, "new": str(tmp_path / "new"), "free": str(port), "data": str(tmp_path / "data")}


@pytest.fixture
def obmin(places: dict[str, str]) -> Callable[..., Any]:
    def call(arguments: list[str], environment: dict[str, str], stdin: str | None = None) -> Any:
        given = {"OBMIN_DATA": places["data"], "OBMIN_PROFILE": "sample", **environment}
        return CliRunner().invoke(
            main,
            [argument.format(**places) for argument in arguments],
            input=stdin,
            env={name: value.format(**places) for name, value in given.items()},
        )

    return call


# Commands, environment, a part of the error sentence. The exit status is 1.
STATES: list[tuple[list[list[str]], dict[str, str], str]] = [
    (OPENING, {}, "run `obmin run` first"),
    (WRITING + STARTING, {"OBMIN_DATA": "{file}"}, "A file stands where a folder is needed"),
    (OPENING, {"OBMIN_DATA": "{file}"}, "run `obmin run` first"),
    (WRITING + STARTING, {"OBMIN_DATA": "/proc/nowhere"}, "(/proc/nowhere"),
    (WRITING + STARTING, {"OBMIN_DATA": "{folder}/" + "x" * 300}, "longer than the disk allows"),
    (OPENING + WRITING + STARTING, {"OBMIN_DATA": "{piped}"}, "2022-11.warc.gz is no regular file but a pipe or device"),
    ([["exchanges"], ["run"]], {"OBMIN_DATA": "{folder}?x"}, "a folder's name may hold no question mark"),
    ([["exchanges"], ["run"]], {"OBMIN_DATA": "{folder}\udcff"}, "which holds bytes that are no UTF-8"),
    ([["publish"]], {}, "Nothing was built yet; run `obmin build` first"),
    ([["alerts", "retry", "nosuch"]], {}, "There is no alert 'nosuch'; `obmin alerts list` shows them"),
    ([["fetch"], ["run"], ["backfill"], ["ui", "--port", "{free}"], ["daemon"], ["sources", "check"]],
     {"OBMIN_SAMPLE_ARCHIVE": "{folder}"}, "holds no folder named for a source"),
    ([["fetch"], ["run"], ["daemon"]], {"OBMIN_SAMPLE_ARCHIVE": "{file}"}, "There is no sample archive at"),
    ([["publish"], *STARTING, ["alerts", "test"]], {"OBMIN_ALERTS": "{folder}"}, "can't be read: Is a directory"),
    ([["publish"], ["daemon"]], {"OBMIN_ALERTS": "{binary}"}, "is no text in UTF-8"),
    ([["publish"], ["daemon"]], {"OBMIN_ALERTS": "{deep}"}, "is nested more than 50 deep"),
    ([["publish"], ["run"]], {"OBMIN_ALERTS": "{file}"}, "the file: Input should be a valid dictionary"),
    ([["publish"], ["run"], ["alerts", "test"]], {"OBMIN_ALERT_URLS": "http://[bad"}, "address in OBMIN_ALERT_URLS"),
    ([["daemon"]], {"OBMIN_ALERTS": "{bad_address}", "OBMIN_DESK": "http://"}, "the channel desk has an address"),
    *(([["exchanges"]], {name: value}, f"{name} is {value!r}") for name, value in (
        ("OBMIN_ALERT_WITHIN_DAYS", "²"), ("OBMIN_ALERT_WITHIN_DAYS", "-1"), ("OBMIN_ALERT_WITHIN_DAYS", "99999"),
        ("OBMIN_WATCH_SECONDS", "0"), ("OBMIN_WATCH_SECONDS", "1e3"), ("OBMIN_SQL_SECONDS", "٣"),
        ("OBMIN_SQL_MEMORY", "1GB; drop"), ("OBMIN_CONTACT", "редакція"), ("OBMIN_PROFILE", "Live"))),
    ([["exchanges"]], {"OBMIN_ALERT_WITHIN_DAYS": "9" * 400}, "it must be a number of days from 0 to 36500"),
    ([["daemon"]], {"OBMIN_HEARTBEAT_URL": "http://[bad"}, "OBMIN_HEARTBEAT_URL is no web address"),
    ([["ui", "--host", "no.such.host.invalid"], ["webserver", "--host", "a..b"]], {}, "Nothing can be served on"),
    ([["read", "{binary}"]], {}, "is not UTF-8 text"),
    ([["read", "{long}"], ["evaluate", "{long}"]], {}, "long.txt"),
    ([["read", "{file}", "--published-at", day] for day in ("soon", "0000-01-01", "9999-12-31T23:59-12:00")], {},
     "--published-at is '"),
    ([["evaluate", "{binary}"], ["evaluate", "{file}"], ["evaluate", "{deep}"]], {}, "Error: "),
    ([["evaluate", "{folder}"]], {}, "holds no labelled text"),
    ([["export", "{data}/sample"], ["docs", "{data}/sample/x"]], {}, "lies in Obmin's own data"),
    ([["export", "{folder}"]], {}, "holds other things, held for one"),
    ([["export", "/proc/x"], ["docs", "/proc/x"], ["export", "{file}/x"]], {}, "can't be written: No"),
]  # fmt: skip
# Errors that click itself reports: exit status 2.
USAGE = [
    *((command, "holds bytes that are no UTF-8") for command in (
        ["sql", "select \udcff"], ["export", "{new}\udcff"], ["alerts", "retry", "\udcff"])),
    (["exchange", "2024-02-30"], "is neither a day, like 2024-12-30, nor an official number"), (["exchanges", "--year", "x"], "is not a valid integer"),
    (["ui", "--port", "0"], "not in the range"), (["webserver", "--port", "65536"], "not in the range"),
    (["replay", "--port", "-1"], "not in the range"), (["read", "{folder}"], "is a directory"),
    (["read", "{new}"], "does not exist"), (["read"], "Give files to read"),
    (["sql", "select 1", "-o", "{folder}"], "is a directory"), (["sql"], "Missing argument"),
    (["export", "{file}"], "is a file"), (["docs", "{file}"], "is a file"), (["evaluate", "{new}"], "does not exist"),
    (["backfill", "--from", "2024-03-01", "--to", "2024-01-01"], "is after --to"),
    (["backfill", "--from", "0001-01-01"], "lies outside the record"),
    (["backfill", "--to", "9999-12-31"], "lies outside the record"), (["--profile", "x", "run"], "is not one of"),
]  # fmt: skip
LINES = [
    ("[" * 100_000, "Line 1 is not JSON"), ("\ufffd", "Line 1 is not JSON"), ("[]", 'Line 1 has no "text"'),
    ('{"text": 5}', 'Line 1 has no "text"'), ('{"text": "x", "title": 5}', "that is no text"),
    ('{"text": "x", "language": "xx"}', "it may be uk, en, ru"),
    ('{"text": "x", "published_at": 5}', "published_at of line 1 is '5'"),
]  # fmt: skip


def check(result: Any, status: int, message: str, what: object) -> None:
    assert isinstance(result.exception, SystemExit), (what, result.exception, result.output)
    assert result.exit_code == status, (what, result.output)
    words = " ".join(result.output.split())
    assert message in words, (what, result.output)
    assert "Traceback" not in words
    assert "bug in Obmin" not in words
    assert sum(line.startswith("Error: ") for line in result.output.splitlines()) == 1, (what, result.output)


@pytest.mark.parametrize(("commands", "environment", "message"), STATES, ids=range(len(STATES)))
def test_states(obmin: Any, commands: list[list[str]], environment: dict[str, str], message: str) -> None:
    for command in commands:
        check(obmin(command, environment), 1, message, (command, environment))


def test_usage_and_lines(obmin: Any) -> None:
    for command, message in USAGE:
        check(obmin(command, {}), 2, message, command)
    for line, message in LINES:
        check(obmin(["read", "--jsonl"], {}, stdin=line), 1, message, line[:60])


def test_a_used_port_starts_nothing(obmin: Any, places: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for command in (["ui", "--port", port], ["webserver", "--port", port], ["replay", "--port", port]):
            check(
                obmin(command, {}), 1, f"Nothing can be served on 127.0.0.1:{port} (Address already in use)", command
            )
    assert not Path(places["data"]).exists()


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published")
    (folder / "sample").mkdir()
    with duckdb.connect(str(folder / "sample" / "obmin.duckdb")) as connection:
        connection.execute("create table t as select 'обмін' as word, 'nan'::float as n")
    return folder


def alone(
    data: Path,
    *arguments: str,
    limits: Callable[[], None] | None = None,
    out: Any = subprocess.PIPE,
    **environment: str,
) -> subprocess.CompletedProcess[bytes]:
    """Run the command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "orchestration.cli", *arguments],
        env={**os.environ, "OBMIN_DATA": str(data), "OBMIN_PROFILE": "sample", **environment},
        stdout=out, stderr=subprocess.PIPE, check=False, timeout=60, preexec_fn=limits,
    )  # fmt: skip


def test_a_terminal_that_knows_few_letters(published: Path) -> None:
    for environment in (
        {"PYTHONIOENCODING": "latin-1"},
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    ):
        shown = alone(published, "sql", "from t", **environment)
        assert (shown.returncode, shown.stderr) == (0, b"")
        assert b"\\u043e\\u0431\\u043c\\u0456\\u043d" in shown.stdout
        as_json = alone(published, "sql", "from t", "--json", **environment)
        assert json.loads(as_json.stdout.decode("ascii")) == [{"word": "обмін", "n": "NaN"}]


def test_a_full_disk_and_a_reader_that_left(published: Path, tmp_path: Path) -> None:
    with open("/dev/full", "wb") as full:
        for command in (["sql", "from t", "--json"], ["sources", "list"], ["sources", "list", "--json"]):
            result = alone(published, *command, out=full)
            assert result.returncode == 1
            assert result.stderr.decode().splitlines() == [
                "Error: The disk is full: free some space, then run again; what is stored is whole."
            ]

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    result = alone(tmp_path, "fetch", limits=small_files)
    assert result.returncode == 1
    assert b"Traceback" not in result.stderr
    assert len([line for line in result.stderr.decode().splitlines() if line.startswith("Error: ")]) == 1

    def closed() -> None:
        os.close(1)

    for command in (["sql", "from t"], ["sql", "from t", "--json"], ["sources", "list"]):
        result = alone(published, *command, limits=closed)
        assert (result.returncode, result.stderr) == (0, b"")

    reading, writing = os.pipe()
    os.close(reading)
    result = alone(published, "sql", "from range(100000)", "--format", "csv", out=writing)
    os.close(writing)
    assert (result.returncode, result.stderr) == (1, b"")


def test_a_run_that_fails_before_its_first_step_is_no_run_with_nothing_new(obmin: Any, tmp_path: Path) -> None:
    home = tmp_path / "deployment" / "sample" / "dagster"
    home.mkdir(parents=True)
    (home / "alive").write_text("a file where the runs' locks belong\n")
    result = obmin(["run"], {"OBMIN_DATA": str(tmp_path / "deployment")})
    assert result.exit_code == 1
    assert "Failed: The run ended early: Something of that name is there already" in result.output
    assert "Nothing new" not in result.output
