"""The whole chain at once: Dagster with its daemon, a replayed site to which a post is added, a webhook."""

from __future__ import annotations

import json
import os
import queue
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from orchestration.settings import PROJECT
from tests.conftest import respond, web

CHANNEL, OTHER = "koordshtab_telegram", "president_telegram"
PATIENCE = 120


class House:
    """A running `dagster dev` over two channels that a test can change."""

    def __init__(self, folder: Path, told: queue.Queue[dict[str, Any]]) -> None:
        self.folder, self.told = folder, told
        self.data = folder / "data" / "sample"

    def show(self, source: str, posts: dict[int, str]) -> None:
        """What a channel shows from now on; post N is of the Nth of May 2024."""
        place = self.folder / "archive" / source
        place.mkdir(parents=True, exist_ok=True)
        rows = [{"id": number, "at": f"2024-05-{number:02} 15:00", "text": text} for number, text in posts.items()]
        fresh = place / "2024.new"
        fresh.write_text(yaml.safe_dump(rows, allow_unicode=True), "utf-8")
        os.replace(fresh, place / "2024.yaml")

    def exchanges(self) -> int:
        if not (self.data / "obmin.duckdb").exists():
            return 0
        with duckdb.connect(str(self.data / "obmin.duckdb"), read_only=True) as connection:
            row = connection.execute("select count(*) from marts.fct_exchanges").fetchone()
        return row[0] if row else 0


def until(is_so: Callable[[], bool]) -> None:
    """Wait for another process to have done something; a test that waits in vain fails."""
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.2)


@pytest.fixture
def living(tmp_path: Path) -> Iterator[House]:
    told: queue.Queue[dict[str, Any]] = queue.Queue()

    def webhook(handler: Any) -> None:
        told.put(json.loads(handler.rfile.read(int(handler.headers["Content-Length"]))))
        respond(handler, 200)

    house = House(tmp_path, told)
    for source in (CHANNEL, OTHER):
        house.show(source, {1: "Сьогодні відбувся обмін: вдома 91 захисник."})
    with web(webhook) as address:
        environment = {
            **os.environ, "OBMIN_DATA": str(tmp_path / "data"), "OBMIN_SAMPLE_ARCHIVE": str(tmp_path / "archive"),
            "OBMIN_ALERT_URLS": f"{address}/hook", "OBMIN_ALERT_WITHIN_DAYS": "100000", "OBMIN_WATCH_SECONDS": "5",
            "OBMIN_PROFILE": "sample",
        }  # fmt: skip
        log = (tmp_path / "dagster.log").open("w")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [sys.executable, "-m", "orchestration.cli", "ui", "--port", str(port)]
        with subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=log, stderr=log) as process:
            try:
                yield house
            finally:
                process.send_signal(signal.SIGINT)
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:
                    process.kill()


def test_a_post_becomes_one_alert_and_a_broken_source_another(living: House) -> None:
    until(lambda: living.exchanges() == 1)
    assert living.told.empty()  # the past is no news
    living.show(
        CHANNEL,
        {1: "Сьогодні відбувся обмін: вдома 91 захисник.", 5: "Сьогодні відбувся обмін: вдома 157 захисників."},
    )
    alert = living.told.get(timeout=PATIENCE)
    assert (alert["kind"], alert["exchange"]["exchanged_on"]) == ("new_exchange", "2024-05-05")
    assert alert["exchange"]["released_total"] == 157
    living.show(OTHER, {})
    problem = living.told.get(timeout=PATIENCE)
    assert (problem["kind"], problem["problem"]["cause"]) == ("problem", f"source {OTHER}")
    living.show(OTHER, {1: "Сьогодні відбувся обмін: вдома 91 захисник."})
    recovery = living.told.get(timeout=PATIENCE)
    assert (recovery["kind"], recovery["refers_to"]) == ("recovery", problem["id"])
    assert json.loads((living.data / "heartbeat.json").read_text())["alive_at"].startswith("20")
    assert living.told.empty()
    assert living.exchanges() == 2
