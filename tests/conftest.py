"""Fixtures that several folders of tests share: a house in a temporary folder, and a misbehaving web."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from orchestration.settings import Settings
from scrapers.sample.archive import DEFAULT_FOLDER

Answer = Callable[[BaseHTTPRequestHandler], None]


def house(folder: Path, archive: Path = DEFAULT_FOLDER, alert_urls: tuple[str, ...] = ()) -> Settings:
    return Settings("sample", folder / "sample", archive, alert_urls)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return house(tmp_path)


@contextmanager
def web(answer: Answer) -> Iterator[str]:
    """A real HTTP server on loopback whose every answer the test decides."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        do_POST = do_GET  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def respond(
    handler: BaseHTTPRequestHandler, status: int, body: str = "", headers: dict[str, str] | None = None
) -> None:
    content = body.encode()
    handler.send_response(status)
    for name, value in (headers or {}).items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)
