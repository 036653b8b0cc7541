"""Hosts that hang, trickle, redirect or ask for waits without end."""

from __future__ import annotations

import gzip

from tests.faults.attack import SITES, Answer, Asked, Attack, Expected, Reply
from tests.faults.table.articles import trickle


def host(name: str, answer: Answer, *says: str) -> Attack:
    """A site that always responds like this."""
    return Attack(name, SITES, answer, Expected(says=says))


def robots(name: str, reply: Reply, *says: str) -> Attack:
    """A site with this robots.txt and nothing else."""
    return Attack(name, SITES, lambda asked: Reply("", 404), Expected(says=says), robots=reply)


def hang(asked: Asked) -> None:
    asked.handler.server.stopping.wait(60)  # type: ignore[attr-defined]


def to(target: str) -> Reply:
    return Reply("", 302, {"Location": target})


ATTACKS = [
    host("a host that hangs", hang, "fell silent"),
    host("a host that trickles", trickle, "too slowly"),
    host("Retry-After of a day", lambda asked: Reply("", 429, {"Retry-After": "86400"}), "429"),
    host("Retry-After of 400 nines", lambda asked: Reply("", 503, {"Retry-After": "9" * 400}), "503"),
    host("Retry-After that is no number", lambda asked: Reply("", 429, {"Retry-After": "-5"}), "429"),
    host("a redirect to a private address", lambda asked: to("http://10.0.0.1/"), "redirects to"),
    host("a redirect to a file", lambda asked: to("file:///etc/passwd"), "redirects to"),
    host("a redirect without an address", lambda asked: Reply("", 302), "redirects to"),
    host("a status that is no status", lambda asked: Reply("", 999), "999"),
    robots("robots.txt forbids all", Reply("User-agent: *\nDisallow: /\n"), "robots.txt forbids"),
    robots("robots.txt asks for a pause of a day", Reply("User-agent: *\nCrawl-delay: 100000\n"), "Crawl-delay"),
    robots("robots.txt fails", Reply("", 503), "robots.txt"),
    robots(
        "robots.txt is a bomb",
        Reply(gzip.compress(b"#" * 60_000_000), headers={"Content-Encoding": "gzip"}),
        "robots.txt",
    ),
    robots("robots.txt is in an unknown encoding", Reply(b"x", headers={"Content-Encoding": "zz"}), "robots.txt"),
]
