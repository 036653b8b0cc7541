"""A waiting command ends at a signal with one sentence: what it waits for goes on, and nothing else begins."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.conftest import respond, web

NEVER = 60.0
OBMIN = str(Path(sys.executable).parent / "obmin")
SENTENCE = "Stopped; what was fetched is kept. Run again to go on from there."
FETCH = ["fetch", "koordshtab_telegram"]
BACKFILL = ["backfill", "--source", "koordshtab_telegram", "--from", "2024-01-01", "--to", "2024-03-01"]
CHECK = ["sources", "check", "koordshtab_telegram"]


@pytest.mark.parametrize(
    ("command", "number"),
    [
        (["run"], signal.SIGINT),
        (["run"], signal.SIGTERM),
        (FETCH, signal.SIGINT),
        (FETCH, signal.SIGTERM),
        (BACKFILL, signal.SIGTERM),
        (CHECK, signal.SIGTERM),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else value.name,
)
def test_a_wait_ends_at_a_signal(command: list[str], number: int, tmp_path: Path) -> None:
    """The site hangs as long as the process lives; a second request would show that it waited for the first."""
    asked, end = threading.Event(), threading.Event()
    requests: list[str] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.path.startswith("/t.me/s/Koord_shtab"):
            requests.append(handler.path)
            asked.set()
            end.wait(NEVER)
        return respond(handler, 404)

    with web(answer) as address:
        environment = {
            **os.environ,
            "OBMIN_REPLAY": address,
            "OBMIN_DATA": str(tmp_path),
            "OBMIN_PROFILE": "live",
            "OBMIN_CONTACT": "desk@newsroom.example",
            # Longer than the test: only the signal ends the wait.
            "OBMIN_SOURCE_SECONDS": "3000",
        }
        process = subprocess.Popen(
            [OBMIN, *command], env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            assert asked.wait(NEVER)
            process.send_signal(number)
            _, message = process.communicate(timeout=NEVER / 2)
        finally:
            process.kill()
            end.set()
    assert process.returncode == 130, message
    assert len(requests) == 1
    assert message.count("Stopped") == 1, message
    assert message.splitlines()[-1] == SENTENCE
    assert "Traceback" not in message
    assert "Failed" not in message
    # The run began no step after the waiting one. Steps are indented by two, their progress by four.
    steps = {line.strip() for line in message.splitlines() if line[:3].strip() and line.startswith("  ")}
    assert "run" not in command or steps <= {"pages"}


STUCK = """
import multiprocessing, threading, sys
from orchestration.defs.stopping import stoppable
from orchestration.cli.main import main
import click

@main.command()
def stuck():
    # dbt has such a lock; Python's own process that removes it warns when its owner was ended.
    lock = multiprocessing.get_context("spawn").RLock()
    click.echo("ready", err=True)
    {stuck}

main(["stuck"])
"""


@pytest.mark.parametrize(
    ("body", "number"),
    [
        # A destructor, a callback of C code or a library's `except:` swallows an interrupt.
        ("""
    while True:
        try:
            threading.Event().wait()
        except BaseException:
            pass""", signal.SIGTERM),
        # DuckDB turns the interrupt of a query into an error of its own.
        ("import duckdb; duckdb.sql('select sum(a.range * b.range) from range(10000000) a, range(10000000) b').show()",
         signal.SIGINT),
        # At its end the process waits for a non-daemon thread.
        ("threading.Thread(target=threading.Event().wait).start(); threading.Event().wait()", signal.SIGINT),
        # Dagster sets handlers of its own and checks them only between two steps.
        ("import signal; signal.signal(signal.SIGTERM, lambda *_: None); threading.Event().wait()", signal.SIGTERM),
    ],
    ids=["swallowed", "DuckDB", "a thread", "another handler"],
)  # fmt: skip
def test_what_does_not_end_is_ended(body: str, number: int, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", STUCK.format(stuck=body)],
        env={**os.environ, "OBMIN_DATA": str(tmp_path)},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        assert process.stderr.readline() == "ready\n"
        process.send_signal(number)
        _, message = process.communicate(timeout=NEVER / 2)
    finally:
        process.kill()
    assert (process.returncode, message) == (130, f"{SENTENCE}\n")


def test_a_replay_that_was_stopped_says_so(tmp_path: Path) -> None:
    environment = {**os.environ, "OBMIN_DATA": str(tmp_path)}
    process = subprocess.Popen([OBMIN, "replay", "--port", "0"], env=environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        started = process.stderr.readline()
        assert f": {tmp_path / 'sample' / 'pages'} holds none; stop with Ctrl-C" in started
        process.send_signal(signal.SIGTERM)
        _, message = process.communicate(timeout=NEVER / 2)
    finally:
        process.kill()
    assert (process.returncode, message) == (130, "Stopped.\n")


STARTING = """
import sys
from orchestration.defs import webserver as dagster_ui

class DagsterExecutionInterruptedError(BaseException):
    pass

def webserver(arguments):
    print("ready", flush=True)
    try:
        sys.stdin.read()
    except KeyboardInterrupt:
        raise {raised}

dagster_ui.webserver = webserver
dagster_ui.main("webserver", [])
"""


@pytest.mark.parametrize("raised", ["", "DagsterExecutionInterruptedError"])
def test_pages_that_are_stopped_while_they_start_end_without_a_traceback(raised: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", STARTING.format(raised=raised)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        _, message = process.communicate(timeout=NEVER / 2)
    finally:
        process.kill()
    assert (process.returncode, message) == (0, "Stopped while it was starting.\n")


def test_a_process_of_dagsters_that_is_stopped_in_an_import_prints_no_traceback() -> None:
    loaded = "from orchestration.defs.definitions import defs\ndefs()\n"
    raising = loaded + "class {0}(BaseException): pass\nraise {0}"
    for name, is_shown in (("DagsterExecutionInterruptedError", False), ("Other", True)):
        ended = subprocess.run(
            [sys.executable, "-c", raising.format(name)], check=False, capture_output=True, text=True
        )
        assert ended.returncode == 1
        assert ("Traceback" in ended.stderr) is is_shown
