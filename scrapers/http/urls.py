"""Which URLs may be requested: http or https, at the usual ports, without a password, and where redirects may lead.

URL text only; whether the host's addresses are public is in public_addresses.py.
"""

from __future__ import annotations

from urllib.parse import SplitResult, urljoin, urlsplit

from scrapers.records import PageError
from scrapers.registry import Source

USUAL_PORTS = {"http": 80, "https": 443}
LONGEST_URL = 8_000  # RFC 9110, 4.1, recommends to support at least this length
LONGEST_SHOWN = 200


def checked(source: Source, url: str) -> SplitResult:
    """The parts of a URL that may be requested. Raises PageError of kind "address" for any other.

    A port other than the scheme's own is allowed only when the registry names it: a page's links and redirects may
    not lead to other services of a host. A user name in a URL hides where it leads.
    """
    parts = _parts(url)
    registered = _parts(source.url)
    if (
        parts is None
        or len(url) > LONGEST_URL
        or parts.scheme not in USUAL_PORTS
        or not parts.hostname
        or parts.username is not None
        or parts.password is not None
        or parts.port not in (None, USUAL_PORTS[parts.scheme], registered.port if registered else None)
        or any(not character.isprintable() or character.isspace() or character == "\\" for character in url)
    ):
        raise PageError(
            source.id,
            f"{source.id}: {shown(url)} is no address that may be asked for (http or https, the usual port, no "
            "user name); check where the link came from.",
            "address",
        )
    return parts


def redirect_target(source: Source, url: str, location: str) -> str:
    """The target of a page's redirect, made absolute, without its fragment.

    Raises PageError of kind "redirect" when it leads to a host other than the source's own or the requested one, to
    an address that may not be requested, or from https to http, which anybody on the network path could forge.
    """
    target = target_of(source, url, location)
    own = (*source.hosts, urlsplit(url).netloc)
    if urlsplit(target).netloc.lower() not in [host.lower() for host in own]:
        raise PageError(
            source.id,
            f"{source.id}: {shown(url)} redirects to {shown(target)}, which is none of the source's own hosts "
            f"({', '.join(source.hosts)}). Open the address in a browser, then fix the registry.",
            "redirect",
        )
    return target


def target_of(source: Source, url: str, location: str) -> str:
    """The same without the check of the host: robots.txt may redirect to another one (RFC 9309, 2.3.1.2)."""
    try:
        # Headers are decoded as Latin-1, but sites write UTF-8 into them.
        written = location.encode("latin-1", "replace").decode("utf-8", "replace").strip().replace(" ", "%20")
        target = urljoin(url, written).partition("#")[0]
        parts = checked(source, target)
        if location.strip() and not (urlsplit(url).scheme == "https" and parts.scheme == "http"):
            port = "" if parts.port in (None, USUAL_PORTS[parts.scheme]) else f":{parts.port}"
            return parts._replace(netloc=_host(parts) + port).geturl()
    except (ValueError, PageError):
        pass
    raise PageError(
        source.id,
        f"{source.id}: {shown(url)} redirects to {shown(location)!r}, which is none of the source's own hosts "
        "or no safe address (a port, a user name, another scheme, https left for http). Open the address in a "
        "browser, then fix the registry.",
        "redirect",
    )


def shown(url: str) -> str:
    """An untrusted URL, made printable and short for use in a message."""
    plain = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in url)
    return plain if len(plain) <= LONGEST_SHOWN else plain[:LONGEST_SHOWN] + "…"


def _parts(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises ValueError when it is not a number
    except ValueError:
        return None
    return parts


def _host(parts: SplitResult) -> str:
    name = parts.hostname or ""
    return f"[{name}]" if ":" in name else name
