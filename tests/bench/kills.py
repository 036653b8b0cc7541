"""`make bench-kills`: the plain command killed at random times while a channel grows, next to an undisturbed run.

After each kill the command runs to its end; a run that ends before its kill does not count. Counted are the runs that
succeed, alerts that are lost or come under another key, and facts that differ.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb

from orchestration.settings import PROJECT
from tests.bench.size import sized
from tests.conftest import respond, web
from tests.support.channel_posts import CHANNEL, FIRST, announced, show
from tests.support.child_processes import OBMIN_RUN, stop_children_when_terminated

KILLS = sized(100, 1)
SEED = 15


class CrawledDeployment:
    """A data folder with a channel of its own, which sends its alerts to ``address``."""

    def __init__(self, folder: Path, address: str) -> None:
        self.folder = folder
        self.environment = {
            **os.environ, "OBMIN_DATA": str(folder / "data"), "OBMIN_SAMPLE_ARCHIVE": str(folder / "archive"),
            "OBMIN_ALERT_URLS": address, "OBMIN_ALERT_WITHIN_DAYS": "36500",
        }  # fmt: skip

    def show(self, exchanges: int) -> None:
        show(self.folder, CHANNEL, announced(exchanges))

    def run(self, kill_after: float | None = None) -> int:
        """The command's exit status; it is killed after ``kill_after`` seconds."""
        with subprocess.Popen(
            OBMIN_RUN, cwd=PROJECT, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            try:
                return process.wait(kill_after)
            except subprocess.TimeoutExpired:
                process.kill()
                return process.wait()

    def facts(self) -> dict[str, list[tuple[Any, ...]]]:
        """The rows of every fact table, without timestamps."""
        file = self.folder / "data" / "sample" / "obmin.duckdb"
        with duckdb.connect(str(file), read_only=True) as connection:
            tables = connection.execute(
                "select table_name, list(column_name order by column_index) from duckdb_columns() "
                "where schema_name = 'marts' and table_name like 'fct_%' and data_type not like 'TIMESTAMP%' group by all"
            ).fetchall()
            return {
                table: connection.execute(f"select {', '.join(columns)} from marts.{table} order by all").fetchall()
                for table, columns in tables
            }


def seconds_of_a_run(deployment: CrawledDeployment) -> float:
    """The duration of the command in seconds; it must succeed."""
    began = time.monotonic()
    assert deployment.run() == 0
    return time.monotonic() - began


def main() -> None:
    received: list[dict[str, Any]] = []

    def webhook(handler: Any) -> None:
        received.append(json.loads(handler.rfile.read(int(handler.headers["Content-Length"]))))
        respond(handler, 200)

    moments = random.Random(SEED)
    number, killed_runs, recovered = 2, 0, 0
    with tempfile.TemporaryDirectory() as folder, web(webhook) as address:
        killed = CrawledDeployment(Path(folder) / "killed", f"{address}/hook")
        killed.show(1)
        seconds_of_a_run(killed)
        killed.show(2)
        length = seconds_of_a_run(killed)  # with one new exchange, like the runs that are killed
        while killed_runs < KILLS:
            number += 1
            killed.show(number)
            began = time.monotonic()
            if killed.run(moments.uniform(0, 1) * length) >= 0:
                length = time.monotonic() - began  # it ended before its kill; the machine is faster now
                continue
            killed_runs += 1
            began = time.monotonic()
            recovered += killed.run() == 0
            length = time.monotonic() - began
            print(f"  {killed_runs} killed, {recovered} recovered", file=sys.stderr)
        expected = {f"new-exchange/exchange-{FIRST + timedelta(days=2 * one)}" for one in range(1, number + 1)}
        got = Counter(alert["id"] for alert in received)
        subjects = Counter(alert.rpartition("exchange-")[2] for alert in got)
        undisturbed = CrawledDeployment(Path(folder) / "undisturbed", "")
        undisturbed.show(number)
        assert undisturbed.run() == 0
        are_equal = killed.facts() == undisturbed.facts()
        rows = sum(map(len, undisturbed.facts().values()))
    print(
        f"kill -9 before the run's end: {KILLS} of {number - 2} runs, seed {SEED}; recoveries {recovered} of {KILLS}"
    )
    print(
        f"alerts: {len(expected)} due, {len(expected - set(got))} lost (target 0), "
        f"{sum(times - 1 for times in subjects.values())} doubled under another key (target 0), "
        f"{len(set(got) - expected)} that were not due; {sum(got.values()) - len(got)} came again under the same key"
    )
    print(f"facts {'equal' if are_equal else 'DIFFERENT FROM'} those of the undisturbed run: {rows} rows")
    assert (recovered, set(got), len(subjects), are_equal) == (KILLS, expected, len(got), True)


if __name__ == "__main__":
    stop_children_when_terminated()
    main()
