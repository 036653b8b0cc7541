"""Connections that refuse private addresses and end in time, as an adapter for requests.

What may be connected to, and for how long, is decided here; what is asked belongs to http.py.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import threading
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

Address = tuple[str, int]


class RefusedAddress(Exception):
    """A host's name leads to an address of a private network, which no public site has."""


class GuardedAdapter(HTTPAdapter):
    """An adapter that looks at whom it has connected to, so that no name can lead inside.

    ``allowed`` is the one private address that may be used: the replay server's.
    ``seconds_to_answer`` bounds the wait for status and headers, however slowly they trickle.
    """

    def __init__(self, allowed: Address | None, seconds_to_answer: float) -> None:
        self._allowed = allowed
        self._seconds = seconds_to_answer
        super().__init__(pool_connections=32, max_retries=0)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        guard = type("Guard", (_Guard,), {"allowed": self._allowed, "seconds_to_answer": self._seconds})
        plain = type("GuardedHTTP", (guard, HTTPConnection), {})
        secure = type("GuardedHTTPS", (guard, HTTPSConnection), {})
        self.poolmanager.pool_classes_by_scheme = {
            "http": type("HTTPPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("HTTPSPool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
        }


class _Guard:
    """Mixed into urllib3's connections."""

    allowed: Address | None
    seconds_to_answer: float
    host: str
    port: int
    sock: socket.socket | None
    is_late: bool = False

    def _new_conn(self) -> socket.socket:
        connected: socket.socket = super()._new_conn()  # type: ignore[misc]
        peer = connected.getpeername()
        if (self.host, self.port) != self.allowed and not ipaddress.ip_address(peer[0].partition("%")[0]).is_global:
            connected.close()
            raise RefusedAddress(peer[0])
        return connected

    def getresponse(self) -> Any:
        """Each byte of a header resets the read timeout, so a clock of its own ends the wait."""
        self.is_late = False
        timer = threading.Timer(self.seconds_to_answer, self._hang_up)
        timer.daemon = True
        timer.start()
        try:
            response = super().getresponse()  # type: ignore[misc]
        finally:
            timer.cancel()
        if self.is_late:  # headers that were cut off look like headers that ended
            raise TimeoutError("the answer's headers did not end")
        return response

    def _hang_up(self) -> None:
        self.is_late = True
        if self.sock is not None:
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)
