"""Middleware that accepts requests to Dagster's pages only from those pages and from programs that are no browser.

Dagster's pages have no passwords, so another site's page that is open in the operator's browser could start runs:
through a name that resolves to this machine (DNS rebinding), or by a form, an image or a script. ASGI only; the
server is in webserver.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from orchestration.settings import WrongSetting

HOSTS = "OBMIN_UI_HOSTS"
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
# Any name would be allowed: then nothing is guarded.
WILDCARDS = ("0.0.0.0", "::", "")  # noqa: S104 - nothing is bound here
A_HOST = re.compile(r"(\*\.)?[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\]")
# The media types that no form can send, so that a browser sends a preflight request first.
OF_GRAPHQL = ("application/json", "application/graphql")


def hosts_of_operator(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The names in OBMIN_UI_HOSTS, by which a proxy or a network reaches the pages. Raises WrongSetting."""
    hosts = tuple(environment.get(HOSTS, "").lower().replace(",", " ").split())
    for host in hosts:
        if A_HOST.fullmatch(host) is None:
            raise WrongSetting(
                f"{HOSTS} holds {host!r}; it takes names without port or path, such as obmin.newsroom.example or "
                "*.newsroom.example, separated by spaces."
            )
    return hosts


def guarded(app: ASGIApp, served_on: str, of_operator: Sequence[str]) -> ASGIApp:
    """The app, restricted to requests to this machine, the address it is ``served_on``, and the operator's names."""
    address = f"[{served_on}]" if ":" in served_on else served_on
    own = () if served_on in WILDCARDS else (address,)
    return TrustedHostMiddleware(_OwnPages(app, of_operator), [*LOOPBACK, *own, *of_operator], www_redirect=False)


class _OwnPages:
    """Rejects a browser's request from a page of another origin, by Origin and Fetch Metadata
    (https://www.w3.org/TR/fetch-metadata/); a program sends neither.
    """

    def __init__(self, app: ASGIApp, of_operator: Sequence[str]) -> None:
        self._app = app
        self._hosts = of_operator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope) if scope["type"] in ("http", "websocket") else None
        if refusal is None:
            await self._app(scope, receive, send)
        else:
            status, words = refusal
            await PlainTextResponse(words, status)(scope, receive, send)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers, method = Headers(scope=scope), scope.get("method", "GET")
        is_reading = scope["type"] == "http" and method in ("GET", "HEAD")
        if not self._is_own(headers) and not (is_reading and _is_link(headers)):
            return 403, f"This request comes from another page. If that page is yours, name its host in {HOSTS}."
        if scope["type"] == "http" and scope["path"].rstrip("/").endswith("/graphql"):
            if is_reading and "text/html" not in headers.get("accept", ""):
                return 405, "GraphQL is asked by POST."
            if not is_reading and headers.get("content-type", "").partition(";")[0].strip() not in OF_GRAPHQL:
                return 415, "GraphQL is asked in JSON."
        return None

    def _is_own(self, headers: Headers) -> bool:
        if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            return False
        origin = headers.get("origin")
        if origin is None:
            return True
        try:
            parts = urlsplit(origin.lower())
        except ValueError:
            return False
        # A proxy may use another host name than the browser; the origin is then one of the operator's names.
        return bool(parts.netloc) and (parts.netloc == headers["host"].lower() or self._is_operators(parts.netloc))

    def _is_operators(self, netloc: str) -> bool:
        name = re.sub(r":\d+$", "", netloc)
        return any(name == host or (host.startswith("*.") and name.endswith(host[1:])) for host in self._hosts)


def _is_link(headers: Headers) -> bool:
    """True when the user follows a link, for example from an alert in a chat; not for what a page embeds."""
    return (
        "origin" not in headers
        and headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
    )
