"""Checks that a server can listen at an address. The servers are started in service.py and pages.py."""

from __future__ import annotations

import socket

from scrapers.errors import ObminError


class UnusablePort(ObminError):
    """No server can listen at an address. The message has the address and the reason."""


def check_port(host: str, port: int) -> None:
    """Raises UnusablePort when no server can listen there, for example because the port is in use."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            # As servers do: a recently closed port may be bound again.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen()
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UnusablePort(
            f"Nothing can be served on {host}:{port} ({why}); choose another --port or --host."
        ) from error
