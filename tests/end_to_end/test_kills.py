"""A refresh killed at each of its steps, as by a power loss: no alert is lost, no figure is wrong."""

from __future__ import annotations

import json
import os
import queue
import signal
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb

from orchestration.defs.instance import open_instance
from orchestration.defs.run_tags import REPORTED
from tests.conftest import deployment, respond, web
from tests.support.channel_posts import CHANNEL, FIRST, announced, show
from tests.support.obmin_process import REFRESH_SAMPLE, ObminProcess, run_obmin


def reached(step: str) -> Callable[[list[str], Path], bool]:
    return lambda lines, _: step in lines


def is_copying(_: list[str], data: Path) -> bool:
    """News is decided, and the copy that contains it is not published yet."""
    return (data / "obmin.duckdb.new").exists()


def killed_when(moment: Callable[[list[str], Path], bool], environment: dict[str, str], data: Path) -> None:
    """Start a refresh and kill it when its output or its files show ``moment``."""
    lines: list[str] = []
    with ObminProcess(REFRESH_SAMPLE, environment) as process:
        reading = threading.Thread(target=lambda: lines.extend(line.strip() for line in process.stderr))
        reading.start()
        while not moment(lines, data):
            assert process.is_running(), f"it was over before it could be killed: {lines}"
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        reading.join()


def test_a_refresh_that_is_killed_anywhere_loses_no_alert(tmp_path: Path) -> None:
    received: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()

    def webhook(handler: Any) -> None:
        received.put(json.loads(handler.rfile.read(int(handler.headers["Content-Length"]))))
        respond(handler, 200)

    data = tmp_path / "data" / "sample"
    # `make bench-kills` kills at random times; at these times much is half done.
    moments = [
        reached("warehouse"),
        reached("publication obmin_duckdb"),
        is_copying,
        reached("publication alerts"),
    ]
    with web(webhook) as address:
        environment = {
            **os.environ, "OBMIN_DATA": str(tmp_path / "data"), "OBMIN_SAMPLE_ARCHIVE": str(tmp_path / "archive"),
            "OBMIN_ALERT_URLS": f"{address}/hook", "OBMIN_ALERT_WITHIN_DAYS": "36500",
        }  # fmt: skip
        show(tmp_path, CHANNEL, announced(1))
        assert run_obmin(REFRESH_SAMPLE, environment).status == 0
        for number, moment in enumerate(moments, start=2):
            show(tmp_path, CHANNEL, announced(number))
            killed_when(moment, environment, data)
        assert run_obmin(REFRESH_SAMPLE, environment).status == 0
    alerts = {}
    while not received.empty():
        alert = received.get()
        # The same alert may come twice, under the same key and with the same figures.
        assert (
            alerts.setdefault(alert["id"], alert["exchange"]["released_total"]) == alert["exchange"]["released_total"]
        )
    assert alerts == {
        f"new-exchange/exchange-{FIRST + timedelta(days=2 * number)}": 90 + number for number in range(1, 6)
    }
    with duckdb.connect(str(data / "obmin.duckdb"), read_only=True) as connection:
        assert connection.execute("select sum(released_total) from marts.fct_exchanges").fetchone() == (5 * 93,)
    # The daemon, if there is one, reports the runs that could not report themselves.
    with open_instance(deployment(tmp_path / "data", tmp_path / "archive")) as instance:
        runs = instance.get_runs()
    assert [run.is_success for run in runs] == [True, *[False] * len(moments), True]
    assert all((REPORTED in run.tags) == run.is_success for run in runs)
