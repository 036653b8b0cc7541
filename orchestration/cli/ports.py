"""Whether something can be served at an address, found out before anything is started."""

from __future__ import annotations

import socket

from scrapers.errors import ObminError


class UnusablePort(ObminError):
    """Nothing can be served at an address. The message names it and why."""


def check_port(host: str, port: int) -> None:
    """Raises UnusablePort when nothing can be served there, for example because something is already."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            # As servers do: a port that was left a moment ago may be taken again.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen()
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UnusablePort(
            f"Nothing can be served on {host}:{port} ({why}); choose another --port or --host."
        ) from error
