"""A child process that sends (sender.py), with a limit of time for each request that nothing can stretch.

A name server that hangs, a handshake, headers or an answer that trickle: a thread could only be abandoned in them, a
process is killed. Requests and answers as sender.py has them; what they mean is for who asks.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
from typing import Any

# From the start of the process to its first word: imports, on a machine that is busy.
SECONDS_TO_START = 60.0
LONGEST_ANSWER = 10_000


class SenderProcess:
    """One process for several requests, one after another. It starts with the first, and anew once it was killed."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._is_over = False
        self._lock = threading.Lock()

    def __enter__(self) -> SenderProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        """The answer to a request; ``error`` is "Timeout" after ``seconds``, "Killed" when it was ended before."""
        process = self._process or self._start()
        if process is None:
            return {"error": "Killed"}
        # Its own alarm comes a little later: it is for the case that nobody is left to kill it.
        line = json.dumps({**request, "seconds": seconds + 1}).encode() + b"\n"
        return self._line(process, seconds, line)

    def end(self) -> None:
        """End the process for good, whatever it does; another thread that waits for it gets its answer now."""
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
            # A session of its own: Ctrl-C is for us, who then kill it. Standard error would show addresses.
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
        """Say a line and read the next one; without one in time the process is killed."""
        assert process.stdin is not None
        assert process.stdout is not None
        timer = threading.Timer(seconds, process.kill)
        timer.daemon = True
        end = time.monotonic() + seconds
        timer.start()
        answer = b""
        with contextlib.suppress(OSError, ValueError):  # killed while it is told, or closed by another thread
            process.stdin.write(line)
            process.stdin.flush()
            answer = process.stdout.readline(LONGEST_ANSWER)
        timer.cancel()
        if not answer.endswith(b"\n"):
            self._kill()
            with contextlib.suppress(OSError):  # what it was still to be told
                process.stdin.close()
            return {"error": "Timeout" if time.monotonic() >= end else "Killed"}
        said: dict[str, Any] = json.loads(answer)
        return said
