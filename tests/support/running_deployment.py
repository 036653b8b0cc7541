"""A running deployment: `obmin ui` or single services, over channels that a test can change, with a webhook for alerts.

Deployments without services are in scripted_deployment.py.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import requests
import yaml

from orchestration.settings import KYIV, PROJECT
from tests.conftest import respond, web

CHANNEL, OTHER = "koordshtab_telegram", "president_telegram"
PATIENCE = 180
SECRET = "sEcReT"  # part of the webhook's address
REFRESH = """
    mutation {
        launchPipelineExecution(executionParams: {
            mode: "default",
            selector: {
                repositoryName: "__repository__", repositoryLocationName: "obmin", pipelineName: "refresh"
            }
        }) { __typename ... on PythonError { message } }
    }
"""


def until(is_so: Callable[[], bool], lock_timeout: float = PATIENCE) -> None:
    """Wait for another process to do something; fail after ``lock_timeout`` seconds."""
    end = time.monotonic() + lock_timeout
    while not is_so():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.2)


def since(day: date) -> str:
    """The OBMIN_ALERT_WITHIN_DAYS for which an exchange of this day or later is news."""
    return str((datetime.now(KYIV).date() - day).days)


class RunningDeployment:
    """A folder with an archive of channels, the deployment's data, and what its webhook received."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.address = f"http://127.0.0.1:{port}"
        self.data = folder / "data" / "sample"
        self.archive = folder / "archive"
        self.log = folder / "dagster.log"
        self.received: queue.Queue[dict[str, Any]] = queue.Queue()
        self.services: list[subprocess.Popen[bytes]] = []

    def show(self, source: str, posts: dict[str, str]) -> None:
        """Set a channel's posts: texts by Kyiv time, such as "2024-05-05 15:00"; the Nth is post N."""
        place = self.archive / source
        place.mkdir(parents=True, exist_ok=True)
        rows = [{"id": number, "at": at, "text": text} for number, (at, text) in enumerate(posts.items(), start=1)]
        fresh = place / "posts.new"
        fresh.write_text(yaml.safe_dump(rows, allow_unicode=True), "utf-8")
        os.replace(fresh, place / "posts.yaml")

    def exchanges(self) -> int:
        """The number of published exchanges."""
        if not (self.data / "obmin.duckdb").exists():
            return 0
        with duckdb.connect(str(self.data / "obmin.duckdb"), read_only=True) as connection:
            row = connection.execute("select count(*) from marts.fct_exchanges").fetchone()
        return row[0] if row else 0

    def files_with(self, words: str) -> list[Path]:
        """All files of the deployment and of Dagster that contain this text."""
        found = []
        for path in self.folder.rglob("*"):
            with suppress(FileNotFoundError):  # services remove files meanwhile, such as SQLite's logs
                if path.is_file() and words.encode() in path.read_bytes():
                    found.append(path)
        return found

    def lose_power(self) -> None:
        """Kill all processes of the services at once, their runs included."""
        for service in self.services:
            _kill_all(service)

    def ask(self, query: str, **variables: Any) -> Any:
        """What Dagster's GraphQL API, which its pages use, returns."""
        answer = requests.post(f"{self.address}/graphql", json={"query": query, "variables": variables}, timeout=60)
        sentence = answer.json()
        assert "errors" not in sentence, sentence
        return sentence["data"]

    def answers(self) -> bool:
        """True when Dagster has loaded the definitions; fails with the log if a service has ended."""
        for service in self.services:
            assert service.poll() is None, f"{service.args} ended: {self.log.read_text()[-2000:]}"
        try:
            sentence = self.ask("{ repositoriesOrError { ... on RepositoryConnection { nodes { name } } } }")
        except requests.RequestException:
            return False
        return bool(sentence["repositoriesOrError"].get("nodes"))


@contextmanager
def running_deployment(
    folder: Path, prepare: Callable[[RunningDeployment], None], services: Sequence[str] = ("ui",), **environment: str
) -> Iterator[RunningDeployment]:
    """The deployment while these commands of `obmin` run. ``prepare`` fills the archive first; ``environment`` is
    added to the test's own.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    deployment = RunningDeployment(folder, port)
    prepare(deployment)

    def webhook(handler: Any) -> None:
        deployment.received.put(json.loads(handler.rfile.read(int(handler.headers["Content-Length"]))))
        respond(handler, 200)

    with web(webhook) as address:
        environment = {
            **os.environ, "OBMIN_PROFILE": "sample", "OBMIN_DATA": str(folder / "data"),
            "OBMIN_SAMPLE_ARCHIVE": str(deployment.archive), "OBMIN_ALERT_URLS": f"{address}/hook?token={SECRET}",
            **environment,
        }  # fmt: skip
        with deployment.log.open("w") as log, ExitStack() as running:
            for service in services:
                more = [] if service == "daemon" else ["--port", str(port)]
                command = [sys.executable, "-m", "orchestration.cli", service, *more]
                process = running.enter_context(
                    subprocess.Popen(
                        command, cwd=PROJECT, env=environment, stdout=log, stderr=log, start_new_session=True
                    )
                )
                deployment.services.append(process)
                running.callback(_stop, process)
            yield deployment


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Stop as a service manager does: send a signal, wait, then kill what is left."""
    process.send_signal(signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        process.wait(30)
    _kill_all(process)


def _kill_all(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
