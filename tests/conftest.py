"""Fixtures for several test folders: a deployment in a temporary folder, and a web server that misbehaves."""

from __future__ import annotations

import gc
import json
import os
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from filelock import FileLock

from orchestration.defs.process import keep_what_is_loaded
from orchestration.defs.refresh_run import Outcome, refresh
from orchestration.settings import Settings
from scrapers.sample.archive import DEFAULT_FOLDER

if TYPE_CHECKING:
    from tests.support.scripted_deployment import ScriptedDeployment

# As prepare_process does: else a tenth of the tests' time is scans of what they import.
gc.set_threshold(10_000, 100, 100)

pytest.register_assert_rewrite("tests.support")  # its asserts show their values too, as those of test modules do

# Commands that tests start draw no report unless they ask for one: it takes longer than most of them.
os.environ.setdefault("OBMIN_REPORT", "no")

Answer = Callable[[BaseHTTPRequestHandler], None]


def pytest_configure() -> None:
    # DuckDB takes this for the number of cores, in child processes too. On tables as small as the tests' its other
    # threads wake up for nothing, a fifth of a refresh. Benchmarks, which import this module too, use all cores.
    os.environ.setdefault("SLURM_CPUS_ON_NODE", "1")


def pytest_collection_finish() -> None:
    keep_what_is_loaded()


def deployment(folder: Path, archive: Path = DEFAULT_FOLDER, draws_report: bool = False) -> Settings:
    """Drawing the report takes longer than most refreshes, so only tests that are about it ask for it."""
    return Settings("sample", folder / "sample", archive, draws_report=draws_report)


def run(settings: Settings) -> tuple[Outcome, list[str]]:
    """Run one refresh under Dagster; return its outcome and its steps."""
    steps: list[str] = []
    return refresh(settings, steps.append), steps


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """One folder for all processes of this run of tests."""
    session = tmp_path_factory.getbasetemp()
    return session if worker_id == "master" else session.parent


@pytest.fixture(scope="session")
def built_sample(shared_folder: Path) -> Settings:
    """The sample, refreshed once for all tests that only read it; a test that changes it must take a copy."""
    folder = shared_folder / "built_sample"
    settings = deployment(folder, draws_report=True)
    with FileLock(f"{folder}.lock"):
        if not settings.published.exists():
            outcome, _ = run(settings)
            assert (outcome.failures, outcome.warnings, outcome.has_published) == ([], [], True)
    return settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return deployment(tmp_path)


@contextmanager
def web(answer: Answer, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """A real HTTP server on loopback; the test decides every response."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            try:
                answer(self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # the client closed the connection

        do_POST = do_GET  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        stopping = threading.Event()  # responses that hang wait for this

        def handle_error(self, request: object, client_address: object) -> None:
            """Ignore a client that disconnects during a handshake."""

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"{'https' if tls else 'http'}://{'localhost' if tls else '127.0.0.1'}:{server.server_port}"
    finally:
        server.stopping.set()
        server.shutdown()
        server.server_close()


def respond(
    handler: BaseHTTPRequestHandler, status: int, body: str | bytes = "", headers: dict[str, str] | None = None
) -> None:
    content = body.encode() if isinstance(body, str) else body
    handler.send_response(status)
    given = {"Content-Length": str(len(content)), **(headers or {})}
    for name, value in given.items():
        handler.send_header(name, value)
    handler.end_headers()
    if status != 304:
        handler.wfile.write(content)


@pytest.fixture
def alert_bodies(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """The alerts that the webhook of OBMIN_ALERT_URLS received."""
    got: list[dict[str, Any]] = []

    def webhook(handler: Any) -> None:
        got.append(json.loads(handler.rfile.read(int(handler.headers["Content-Length"]))))
        respond(handler, 200)

    with web(webhook) as address:
        monkeypatch.setenv("OBMIN_ALERT_URLS", f"{address}/hook")
        yield got


@pytest.fixture(scope="session")
def one_exchange(shared_folder: Path) -> ScriptedDeployment:
    """A deployment with one published exchange, of 100 people; tests work on copies of it."""
    from tests.support.built_once import built_once
    from tests.support.published_copies import announce_exchange
    from tests.support.scripted_deployment import ScriptedDeployment

    def build(folder: Path) -> ScriptedDeployment:
        scripted = ScriptedDeployment(deployment(folder))
        announce_exchange(scripted, 0)
        scripted.refresh()
        return scripted

    return built_once(shared_folder / "one-exchange", build)
