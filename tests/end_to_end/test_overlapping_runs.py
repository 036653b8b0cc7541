"""Refreshes started at once from terminals: each waits for its slot, does its work, and succeeds."""

from __future__ import annotations

import json
import os
import queue
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import duckdb

from tests.conftest import respond, web
from tests.support.channel_posts import CHANNEL, OTHER, announced, show
from tests.support.obmin_process import REFRESH_SAMPLE, ObminProcess, run_obmin

AT_ONCE = 3


def test_three_refreshes_at_once_all_end_well_and_tell_each_exchange_once(tmp_path: Path) -> None:
    received: queue.SimpleQueue[str] = queue.SimpleQueue()

    def webhook(handler: Any) -> None:
        received.put(json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))["id"])
        respond(handler, 200)

    show(tmp_path, CHANNEL, announced(3))
    show(tmp_path, OTHER, announced(2))
    with web(webhook) as address:
        environment = {
            **os.environ, "OBMIN_DATA": str(tmp_path / "data"), "OBMIN_SAMPLE_ARCHIVE": str(tmp_path / "archive"),
            "OBMIN_ALERT_URLS": f"{address}/hook", "OBMIN_ALERT_WITHIN_DAYS": "36500",
        }  # fmt: skip
        with ExitStack() as running:
            runs = [running.enter_context(ObminProcess(REFRESH_SAMPLE, environment)) for _ in range(AT_ONCE)]
            ended = [run.end() for run in runs]
        assert [run.status for run in ended] == [0] * AT_ONCE, ended
        again = run_obmin(REFRESH_SAMPLE, environment)
        assert again.status == 0
    assert "Nothing new since the last run." in again.stderr
    alerts = [received.get() for _ in range(received.qsize())]
    assert sorted(alerts) == [f"new-exchange/exchange-2024-05-{day:02}" for day in (3, 5, 7)]
    with duckdb.connect(str(tmp_path / "data" / "sample" / "obmin.duckdb"), read_only=True) as connection:
        assert connection.execute("select released_total from marts.fct_exchanges order by 1").fetchall() == [
            (91,), (92,), (93,),
        ]  # fmt: skip
