"""One server on loopback that stands for the whole web in a batch: each attacked source responds as its attack
defines, one source is healthy, and all others refuse.

The attacks are in table/, the pages in pages.py.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

from scrapers.registry import Source, load_registry
from tests.conftest import respond, web
from tests.faults.attack import Answer, Asked, Reply

HTML = {"Content-Type": "text/html; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Part:
    """One source's part in a batch, with a day of its own."""

    answer: Answer
    day: date
    robots: Reply | None = None


class HostileWeb:
    """``round`` is increased between two runs of the command."""

    def __init__(self, parts: Mapping[str, Part]) -> None:
        self._parts = parts
        self._times: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.round = 1

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        url = urlsplit(handler.path)
        host, _, rest = url.path.lstrip("/").partition("/")
        with self._lock:
            times = self._times[handler.path]
            self._times[handler.path] += 1
        source = _source_of(host, f"/{rest}")
        part = self._parts.get(source.id) if source is not None else None
        if part is None or source is None:
            return respond(handler, 403, "refused")
        query = {key: values[-1] for key, values in parse_qs(url.query).items()}
        asked = Asked(handler, host, f"/{rest}", query, times, self.round, source.id, part.day)
        reply = part.robots or Reply("", 404) if rest == "robots.txt" else part.answer(asked)
        if reply is not None:
            body = reply.body.encode("utf-8", "surrogatepass") if isinstance(reply.body, str) else reply.body
            return respond(handler, reply.status, body, {**HTML, **reply.headers})
        return None


def _source_of(host: str, path: str) -> Source | None:
    """The source of a page: a channel's by its name, a site's by its host; robots.txt of t.me has none."""
    for source in load_registry():
        if source.host == host and source.parser == "telegram":
            if source.url.rpartition("/")[2].lower() in path.lower().split("/"):
                return source
        elif host in source.hosts:
            return source
    return None


@contextmanager
def serving(parts: Mapping[str, Part]) -> Iterator[tuple[HostileWeb, str]]:
    """Serve while the block runs; yields the server and its address."""
    hostile = HostileWeb(parts)
    with web(hostile.answer) as address:
        yield hostile, address
