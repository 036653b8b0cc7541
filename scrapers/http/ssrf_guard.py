"""An adapter for requests that connects to public addresses only and within a time limit.

Which addresses are public is in public_addresses.py, the requests are in client.py.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

from scrapers.http.public_addresses import addresses_of, is_public
from scrapers.http.watchdog import Watched, current

Address = tuple[str, int]


class RefusedAddress(Exception):
    """A host name resolves to no public address, or is not the replay server's."""


class GuardedAdapter(HTTPAdapter):
    """An adapter that connects to public addresses only; each is checked before anything is sent to it.

    ``replay`` is a replay server's host and port: with it, connections go only there.
    The timeouts of a request bound all of connecting and of waiting for headers, however slowly they arrive;
    this needs a watched request (watchdog.py).
    """

    def __init__(self, replay: Address | None) -> None:
        self._replay = replay
        super().__init__(pool_connections=32, max_retries=0)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        guard = type("Guard", (_Guard,), {"replay": self._replay})
        plain = type("GuardedHTTP", (guard, HTTPConnection), {})
        secure = type("GuardedHTTPS", (guard, HTTPSConnection), {})
        self.poolmanager.pool_classes_by_scheme = {
            "http": type("HTTPPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("HTTPSPool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
        }


class _Guard:
    """Mixed into urllib3's connections."""

    replay: Address | None
    host: str
    port: int
    timeout: float
    sock: socket.socket | None
    socket_options: Any

    def connect(self) -> None:
        with self._phase() as request:
            try:
                super().connect()  # type: ignore[misc]
            except Exception:
                if request is not None and request.is_late:  # an aborted handshake looks like bad TLS
                    raise ConnectTimeoutError(self, f"no connection to {self.host} in time") from None
                raise

    def _new_conn(self) -> socket.socket:
        request = current()
        try:
            found = addresses_of(self.host, self.port, self.timeout)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error  # type: ignore[arg-type]
        except TimeoutError as error:
            raise ConnectTimeoutError(self, str(error)) from None
        if self.replay is not None:
            if (self.host, self.port) != self.replay:
                raise RefusedAddress(f"{self.host}, past the replay server")
        else:
            public = [address for address in found if is_public(address)]
            if not public:
                raise RefusedAddress(", ".join(found))
            found = public
        failure: Exception | None = None
        for number, address in enumerate(found):
            # Each address gets a share of the time, so that one that drops packets leaves some for the next.
            share = (self.timeout if request is None else request.left()) / (len(found) - number)
            if share <= 0:
                break
            try:
                connected = create_connection((address, self.port), share, socket_options=self.socket_options)
            except OSError as error:
                failure = error
                continue
            if request is not None:
                request.hold(connected)
            return connected
        if failure is None or isinstance(failure, TimeoutError):
            raise ConnectTimeoutError(self, f"no connection to {self.host} in time") from failure
        raise NewConnectionError(self, f"no connection to {self.host}: {failure}") from failure  # type: ignore[arg-type]

    def getresponse(self) -> Any:
        with self._phase() as request:
            if request is not None and self.sock is not None:
                request.hold(self.sock)
            try:
                response = super().getresponse()  # type: ignore[misc]
            except Exception:
                if request is not None and request.is_late:
                    raise TimeoutError("the answer's headers did not end") from None
                raise
            if request is not None and request.is_late:  # truncated headers look complete
                raise TimeoutError("the answer's headers did not end")
        return response

    @contextmanager
    def _phase(self) -> Iterator[Watched | None]:
        """Limit the waits in the block to the timeout that the requests library set for it."""
        request = current()
        if request is None:
            yield None
            return
        request.begin_phase(self.timeout)
        try:
            yield request
        finally:
            request.end_phase()
