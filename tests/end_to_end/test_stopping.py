"""A command that waits for a site is stopped by a signal within two seconds, with one sentence."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.conftest import respond, web

NEVER = 60.0


@pytest.mark.parametrize(
    ("command", "number"),
    [(["fetch", "koordshtab_telegram"], signal.SIGINT), (["fetch", "koordshtab_telegram"], signal.SIGTERM)],
    ids=["Ctrl-C", "SIGTERM"],
)
def test_a_wait_ends_at_a_signal(command: list[str], number: int, tmp_path: Path) -> None:
    asked, end = threading.Event(), threading.Event()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.path.endswith("robots.txt"):
            return respond(handler, 404)
        if handler.path.startswith("/t.me/s/Koord_shtab"):
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
        }
        process = subprocess.Popen(
            [str(Path(sys.executable).parent / "obmin"), *command],
            env=environment,
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert asked.wait(NEVER)
            began = time.monotonic()
            process.send_signal(number)
            _, said = process.communicate(timeout=NEVER)
            seconds = time.monotonic() - began
        finally:
            process.kill()
            end.set()
    assert process.returncode == 130, said
    assert "Stopped; what was fetched is kept. Run again to go on from there." in said
    assert "Traceback" not in said
    assert seconds < 2 or os.getloadavg()[0] > 4, f"it took {seconds:.1f} seconds"
