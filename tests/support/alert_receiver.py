"""A webhook for alerts in the test's own process.

Its fixtures are in orchestration/conftest.py, deployments that send it alerts in alerting_deployment.py.
"""

from __future__ import annotations

import json
import os
import signal
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.conftest import respond


class Receiver:
    """A webhook that stores what it receives, returns a given status, and can kill its sender."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.status = 200
        self.kills: list[int] = []

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        if self.kills:
            os.kill(self.kills.pop(), signal.SIGKILL)
        if self.status == 200:
            self.got.append(body)
            self.keys.append(handler.headers["Idempotency-Key"])
        respond(handler, self.status)

    def kinds(self) -> list[str]:
        return [body["kind"] for body in self.got]
