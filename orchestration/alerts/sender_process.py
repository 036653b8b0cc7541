"""A child process that sends (sender.py), with a hard time limit for each request.

A DNS lookup or a handshake may hang, and a response may trickle: a stuck thread could only be abandoned, a process
can be killed. Requests and responses are documented in sender.py and interpreted by the caller.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
from typing import Any

# From the start of the process to its first line: imports, on a busy machine.
SECONDS_TO_START = 60.0
LONGEST_ANSWER = 10_000


class SenderProcess:
    """One process for several requests, one at a time. It starts with the first, and again after it was killed."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._is_over = False
        self._lock = threading.Lock()

    def __enter__(self) -> SenderProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        """The response to a request; ``error`` is "Timeout" after ``seconds``, "Killed" if it was ended earlier."""
        process = self._process or self._start()
        if process is None:
            return {"error": "Killed"}
        # Its own alarm comes a little later: it is for the case that this process is gone and can't kill it.
        line = json.dumps({**request, "seconds": seconds + 1}).encode() + b"\n"
        return self._line(process, seconds, line)

    def end(self) -> None:
        """End the process permanently, whatever it is doing; a thread that waits for it gets its response now."""
        with self._lock:
            self._is_over = True
        self._kill()

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    def _start(self) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self._is_over:
                return None
            # Its own session: Ctrl-C reaches only us, and we kill it. Standard error would show addresses.
            self._process = subprocess.Popen(
                [sys.executable, "-m", "orchestration.alerts.sender"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._line(self._process, SECONDS_TO_START)
        return self._process

    def _line(self, process: subprocess.Popen[bytes], seconds: float, line: bytes = b"") -> dict[str, Any]:
        """Write a line and read the next one; if none arrives in time, the process is killed."""
        assert process.stdin is not None
        assert process.stdout is not None
        timer = threading.Timer(seconds, process.kill)
        timer.daemon = True
        end = time.monotonic() + seconds
        timer.start()
        answer = b""
        with contextlib.suppress(OSError, ValueError):  # killed during the write, or closed by another thread
            process.stdin.write(line)
            process.stdin.flush()
            answer = process.stdout.readline(LONGEST_ANSWER)
        timer.cancel()
        if not answer.endswith(b"\n"):
            self._kill()
            with contextlib.suppress(OSError):  # data not yet written
                process.stdin.close()
            return {"error": "Timeout" if time.monotonic() >= end else "Killed"}
        answered: dict[str, Any] = json.loads(answer)
        return answered
