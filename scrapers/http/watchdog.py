"""A watchdog that closes a request's connection when its time limit passes. The limits are set by its callers.

A read timeout restarts with each byte, so a server that sends one now and then could hold a request for ever:
in a TLS handshake, in headers, in chunk lengths, in the body.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_current = threading.local()


class Watched:
    """One request's deadlines (monotonic seconds) and connection. Used by its own thread and the watchdog's."""

    def __init__(self, watch: Watch, seconds: float) -> None:
        self._watch = watch
        self._lock = threading.Lock()
        self._line: socket.socket | None = None
        self.ends_at = self.phase_ends_at = time.monotonic() + seconds
        self.is_late = False

    def left(self) -> float:
        """Seconds until this phase must end, at least 0."""
        return max(0.0, min(self.ends_at, self.phase_ends_at) - time.monotonic())

    def begin_phase(self, seconds: float) -> None:
        """Limit the phase that begins now; the limit of the whole request stays."""
        self.phase_ends_at = min(self.ends_at, time.monotonic() + seconds)
        self._watch.consider(self.phase_ends_at)

    def end_phase(self) -> None:
        self.phase_ends_at = self.ends_at

    def hold(self, connection: socket.socket) -> None:
        """Watch this connection. A duplicate of its descriptor is held: a TLS socket takes over the first one."""
        with self._lock:
            self._let_go()
            self._line = socket.socket(fileno=os.dup(connection.fileno()))
            if self.is_late:
                self._shut()

    def hang_up(self) -> None:
        """End the request: a read of its connection gets an error or end of file at once."""
        with self._lock:
            self.is_late = True
            self._shut()

    def let_go(self) -> None:
        with self._lock:
            self._let_go()

    def _shut(self) -> None:
        if self._line is not None:
            with contextlib.suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)

    def _let_go(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None


class Watch:
    """One thread for all requests of a client; it sleeps until the earliest deadline."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._requests: set[Watched] = set()
        self._wakes_at = float("inf")
        self._thread: threading.Thread | None = None
        self._is_closed = False

    @contextmanager
    def over(self, seconds: float) -> Iterator[Watched]:
        """Watch the request that this thread makes in the block."""
        request = Watched(self, seconds)
        with self._changed:
            if self._is_closed:
                request.is_late = True
            self._requests.add(request)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True, name="watch over requests")
                self._thread.start()
        self.consider(request.ends_at)
        _current.request = request
        try:
            yield request
        finally:
            _current.request = None
            with self._changed:
                self._requests.discard(request)
            request.let_go()

    def consider(self, moment: float) -> None:
        """Wake in time for this deadline (monotonic seconds)."""
        with self._changed:
            if moment < self._wakes_at:
                self._changed.notify()

    def close(self) -> None:
        """End all requests, now and from now on."""
        with self._changed:
            self._is_closed = True
            for request in self._requests:
                request.hang_up()
            self._changed.notify()

    def _run(self) -> None:
        with self._changed:
            while not self._is_closed:
                now = time.monotonic()
                for request in self._requests:
                    if not request.is_late and min(request.ends_at, request.phase_ends_at) <= now:
                        request.hang_up()
                waiting = [min(r.ends_at, r.phase_ends_at) for r in self._requests if not r.is_late]
                self._wakes_at = min(waiting, default=float("inf"))
                self._changed.wait(None if not waiting else max(0.0, self._wakes_at - now))


def current() -> Watched | None:
    """The watched request of this thread, if any."""
    return getattr(_current, "request", None)
