"""Which IP addresses are public, and name resolution with a timeout.

Connecting is in ssrf_guard.py, which URLs may be requested in urls.py.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLate

# IANA, IPv6 Address Space: all that is assigned for global unicast.
GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
# RFC 6052, 2.1: the last 32 bits are the IPv4 address that a NAT64 gateway connects to.
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# No public site has only such an address, and each leads to an IPv4 address that the sender chose: 6to4 (RFC 3056,
# deprecated by RFC 7526), Teredo (RFC 4380), the 6to4 relays' anycast prefix, benchmarking, ORCHID, documentation.
REFUSED = tuple(
    ipaddress.ip_network(network)
    for network in ("2002::/16", "2001::/23", "2001:db8::/32", "3fff::/20", "192.88.99.0/24", "192.0.0.0/24")
)
# RFC 5214, 6.1: an ISATAP interface identifier ends in an IPv4 address after these 32 bits.
ISATAP = (0x0000_5EFE, 0x0200_5EFE)


def is_public(written: str) -> bool:
    """True for an address (IPv4 or IPv6, as text) that the public internet routes to one machine.

    Private, shared (RFC 6598), loopback, link-local, multicast, reserved and unspecified addresses are not, nor is
    any IPv6 address that embeds such an IPv4 address (mapped, NAT64, ISATAP), nor any 6to4 or Teredo address.
    NAT64's local prefix 64:ff9b:1::/48 (RFC 8215) is refused because it is outside 2000::/3.
    """
    address = ipaddress.ip_address(written.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        embedded = address.ipv4_mapped or (_last_bits(address) if address in NAT64 else None)
        if embedded is not None:
            return is_public(str(embedded))
        if address not in GLOBAL_UNICAST:
            return False
        if (int(address) >> 32) & 0xFFFF_FFFF in ISATAP and not is_public(str(_last_bits(address))):
            return False
    is_refused = any(address.version == network.version and address in network for network in REFUSED)
    return address.is_global and not address.is_multicast and not address.is_reserved and not is_refused


def addresses_of(name: str, port: int, seconds: float) -> list[str]:
    """The addresses of a name, in the order of the system's resolver, which has no timeout of its own.

    Raises socket.gaierror when the name is unknown, TimeoutError when resolving takes longer than ``seconds``.
    """
    found: Future[list[str]] = Future()

    def ask() -> None:
        try:
            answers = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
            found.set_result(list(dict.fromkeys(str(answer[4][0]) for answer in answers)))
        except BaseException as error:
            found.set_exception(error)

    threading.Thread(target=ask, daemon=True, name=f"resolve {name}").start()
    try:
        return found.result(max(seconds, 0.0))
    except TooLate as error:
        raise TimeoutError(f"the name {name} was not resolved in time") from error


def _last_bits(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address:
    return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
