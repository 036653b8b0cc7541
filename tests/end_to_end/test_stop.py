"""A run that a user or the service manager stops: no problem is reported, and the next run continues."""

from __future__ import annotations

import json
import os
import signal
import threading
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from orchestration.defs.run_outcomes import findings_of
from orchestration.defs.stopping import SENTENCE
from tests.conftest import respond, web
from tests.support.channel_posts import CHANNEL, announced, show
from tests.support.obmin_process import REFRESH_SAMPLE, ObminProcess, run_obmin


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_step_that_is_stopped_is_no_finding(how: signal.Signals) -> None:
    """A daemon's run that systemd stops ends like this; Dagster records a failure."""

    @dg.asset
    def stopped() -> None:
        os.kill(os.getpid(), how)
        threading.Event().wait(60)

    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize([stopped], instance=instance, raise_on_error=False)
        assert not result.success
        assert findings_of(result.all_events, "refresh") == []


def test_a_run_that_is_stopped_tells_nobody_and_the_next_goes_on(tmp_path: Path) -> None:
    received: list[dict[str, Any]] = []

    def webhook(handler: Any) -> None:
        received.append(json.loads(handler.rfile.read(int(handler.headers["Content-Length"]))))
        respond(handler, 200)

    show(tmp_path, CHANNEL, announced(2))
    with web(webhook) as address:
        environment = {
            **os.environ, "OBMIN_DATA": str(tmp_path / "data"), "OBMIN_SAMPLE_ARCHIVE": str(tmp_path / "archive"),
            "OBMIN_ALERT_URLS": f"{address}/hook", "OBMIN_ALERT_WITHIN_DAYS": "36500",
        }  # fmt: skip
        stops = (
            (signal.SIGINT, "announcements"), (signal.SIGTERM, "raw statements"), (signal.SIGINT, "warehouse"),
            (signal.SIGTERM, "warehouse"),
        )  # fmt: skip
        for how, step in stops:
            with ObminProcess(REFRESH_SAMPLE, environment) as process:
                for line in process.stderr:
                    if line.strip() == step:
                        process.send_signal(how)
                        break
                rest = process.stderr.read().splitlines()
                sentence = [line for line in rest if not line.startswith("  ")]
                assert (process.wait(), sentence) == (130, [SENTENCE])
        assert received == []
        assert run_obmin(REFRESH_SAMPLE, environment).status == 0
    assert [alert["exchange"]["released_total"] for alert in received] == [91, 92]
    with duckdb.connect(str(tmp_path / "data" / "sample" / "working.duckdb"), read_only=True) as connection:
        assert connection.execute("select * from raw.problems").fetchall() == []
