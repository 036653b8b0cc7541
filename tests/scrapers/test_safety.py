"""Which addresses are requested, what robots.txt leads to, and payloads made to waste time."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from scrapers.content_encoding import BrokenPayload, decode
from scrapers.http.client import HttpClient
from scrapers.http.public_addresses import is_public
from scrapers.http.urls import checked, redirect_target
from scrapers.records import PageError, SourceError
from scrapers.registry import get_source
from tests.conftest import respond, web
from tests.support.sites import BOMB

SOURCE = get_source("koordshtab_telegram")
URL = "https://t.me/s/Koord_shtab"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("8.8.8.8", True), ("127.0.0.1", False), ("10.1.2.3", False), ("100.64.0.1", False), ("169.254.169.254", False),
        ("0.0.0.0", False), ("224.0.0.1", False), ("240.0.0.1", False), ("192.88.99.1", False),
        ("2606:4700::1", True), ("::", False), ("::1", False), ("::7f00:1", False), ("fe80::1%eth0", False),
        ("fec0::1", False), ("fd00::1", False), ("ff0e::1", False), ("::ffff:10.0.0.1", False), ("::ffff:8.8.8.8", True),
        ("64:ff9b::7f00:1", False), ("64:ff9b::808:808", True), ("64:ff9b:1::808:808", False),
        ("2002:7f00:1::1", False), ("2002:808:808::1", False), ("2001:0:1::1", False),
        ("2606:4700::5efe:a00:1", False),
    ],
)  # fmt: skip
def test_only_the_public_internet_is_public(address: str, expected: bool) -> None:
    assert is_public(address) is expected


@pytest.mark.parametrize(
    "location",
    ["https://t.me:8443/s/x", "http://t.me/s/x", "https://u:p@t.me/s/x", "ftp://t.me/x", "file:///etc/passwd",
     "javascript:alert(1)", "http://[bad", "https://t.me:99999/", "https://t.me\\@evil.example/", "//evil.example/",
     "https://evil.example/", ""],
)  # fmt: skip
def test_a_redirect_that_is_not_safe_is_refused(location: str) -> None:
    with pytest.raises(PageError) as caught:
        redirect_target(SOURCE, URL, location)
    assert caught.value.kind == "redirect"


def test_a_redirect_within_the_host_is_followed() -> None:
    assert redirect_target(SOURCE, URL, "https://T.me:443/s/y#top") == "https://t.me/s/y"
    assert redirect_target(SOURCE, URL, "/s/a b") == "https://t.me/s/a%20b"


@pytest.mark.parametrize(
    "url", ["http://[bad", "https://t.me:22/", "https://u@t.me/", "ftp://t.me/", "https://", "x"]
)
def test_an_address_that_is_none_concerns_that_page_alone(url: str) -> None:
    with pytest.raises(PageError) as caught:
        checked(SOURCE, url)
    assert caught.value.kind == "address"


Answer = Callable[[BaseHTTPRequestHandler], Any]
BIG = b"User-agent: *\nDisallow: /x\n" + b"# filler\n" * 70_000 + b"Disallow: /s/\n"


def robots_are(answer: Answer) -> SourceError | None:
    """The error of a page whose host answers so for robots.txt; None when the page is read."""

    def answering(handler: BaseHTTPRequestHandler) -> None:
        answer(handler) if "robots" in handler.path else respond(handler, 200, "ok")

    with web(answering) as address, HttpClient(replay=address, attempts=1) as client:
        try:
            client.get(SOURCE, URL)
        except SourceError as error:
            return error
    return None


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (lambda h: respond(h, 200, BOMB, {"Content-Encoding": "gzip"}), "unfolds to more than 20 MiB"),
        (lambda h: respond(h, 200, b"?", {"Content-Encoding": "br"}), "is encoded as 'br'"),
        (lambda h: respond(h, 200, b"%PDF-1.4"), "is no text"),
        (lambda h: respond(h, 200, b"User-agent: *\nDisallow: /\xed\xee\n"), "rules that are not UTF-8"),
        (lambda h: respond(h, 500), "answered with status 500"),
        (lambda h: respond(h, 200, b"User-agent: a\n" * 2_000 + b"Disallow: /\n" * 2_000), "too many to be meant"),
        (lambda h: respond(h, 302, "", {"Location": "http://t.me:22/"}), "redirects to"),
    ],
)
def test_rules_that_can_not_be_had_forbid_all(answer: Answer, sentence: str) -> None:
    error = robots_are(answer)
    assert error is not None
    assert (error.kind, error.ends_crawl) == ("robots", True)
    assert sentence in str(error)


@pytest.mark.parametrize(
    "answer",
    [
        lambda h: respond(h, 404),
        lambda h: respond(h, 403),
        lambda h: respond(h, 200, b"# \xed\xee cp1251 in a comment\nUser-agent: *\nDisallow: /x"),
        lambda h: respond(h, 200, BIG),  # a rule beyond 500 KiB is ignored
        lambda h: respond(h, 302, "", {"Location": "/robots.txt"}),  # a redirect loop: as if there were none
        lambda h: respond(h, 200, "") if "other" in h.path else respond(h, 301, "", {"Location": "https://other.example/robots.txt"}),
    ],
)  # fmt: skip
def test_rules_that_allow(answer: Answer) -> None:
    assert robots_are(answer) is None


def test_payloads_unfold_in_linear_time_and_within_limits() -> None:
    assert decode(gzip.compress(b"a") + gzip.compress(b"b") + b"\0" * 99, "gzip") == b"ab"
    assert decode(gzip.compress(zlib.compress(b"a")), "deflate, identity, gzip") == b"a"
    with pytest.raises(BrokenPayload, match=r"more than 4,096 pieces"):
        decode(gzip.compress(b"x") * 80_000, "gzip")
    with pytest.raises(BrokenPayload, match="compressed 1000 times over"):
        decode(b"x", ", ".join(["gzip"] * 1000))
    with pytest.raises(BrokenPayload, match="unfolds to more than 20 MiB"):
        decode(gzip.compress(BOMB), "gzip, gzip")


def test_a_door_to_a_replay_server_leads_nowhere_else() -> None:
    with pytest.raises(ValueError, match="no address of a replay server"):
        HttpClient(replay="")
    with web(lambda h: respond(h, 404)) as address, HttpClient(replay=address, attempts=1) as client:
        client._replay = "http://8.8.8.8"  # even if an earlier check fails, the connection is refused
        with pytest.raises(SourceError, match="past the replay server"):
            client.get(SOURCE, URL)
