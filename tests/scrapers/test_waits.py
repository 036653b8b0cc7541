"""Every wait ends: one that a host asks for, one for a trickling response, and one for another source."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
import trustme

from scrapers.http import public_addresses as addresses
from scrapers.http.client import HttpClient, Limits
from scrapers.http.responses import Unanswered, retry_after
from scrapers.http.throttling import Clock
from scrapers.records import PageError, SourceError, SourceLate
from scrapers.registry import get_source
from tests.conftest import respond, web

Handler = BaseHTTPRequestHandler
SOURCE = get_source("koordshtab_telegram")
URL = "https://t.me/s/Koord_shtab"
QUICK = Limits(connect=0.3, read=0.3, page=0.5, wait=60.0)
NEVER = 30.0  # seconds after which a test counts as hung


def no_robots(answer: Callable[[Handler], None]) -> Callable[[Handler], None]:
    return lambda handler: respond(handler, 404) if handler.path.endswith("robots.txt") else answer(handler)


class Waits:
    """A clock that advances by each wait and records it."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.at = 1000.0

    def sleep(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self.at += seconds

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.at, self.sleep)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        (" 86400 ", 86400.0),
        ("²", None),
        ("٣", None),
        ("-5", None),
        ("1e9", None),
        ("inf", None),
        ("nan", None),
        ("", None),
        ("soon", None),
        ("9" * 400, float("inf")),
        ("Fri, 31 Dec 1999 23:59:59 GMT", 0.0),
        ("Fri, 31 Dec 99999999999 23:59:59 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 -2359", None),
    ],
)  # fmt: skip
def test_retry_after_is_read_as_the_rfc_writes_it(written: str, seconds: float | None) -> None:
    if written.endswith("-2359"):
        assert (retry_after(written) or 1e12) > 1e9  # far ahead, or beyond the range of dates
    else:
        assert retry_after(written) == seconds


@pytest.mark.parametrize("asked", ["86400", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_host_that_asks_for_too_long_a_wait_makes_the_source_late_at_once(asked: str) -> None:
    waits, paths = Waits(), []

    def answer(handler: Handler) -> None:
        paths.append(handler.path)
        respond(handler, 429, "", {"Retry-After": asked})

    with web(no_robots(answer)) as address, HttpClient(replay=address, clock=waits.clock) as client:
        with pytest.raises(SourceLate, match=r"koordshtab_telegram is late: .*status 429 and asks to wait") as caught:
            client.get(SOURCE, URL)
        assert caught.value.ends_crawl
        # Another source of the host learns this without a request.
        with pytest.raises(SourceLate, match=r"would pass until t\.me may be asked"):
            client.get(SOURCE, "https://t.me/s/other")
    assert (len(paths), waits.seconds) == (1, [])


def test_a_wait_that_is_allowed_but_longer_than_what_is_left_is_not_begun() -> None:
    waits = Waits()
    answer = no_robots(lambda h: respond(h, 429, "", {"Retry-After": "40"}))
    with web(answer) as address, HttpClient(replay=address, limits=QUICK, clock=waits.clock) as client:
        with pytest.raises(SourceLate, match="asks to wait 40 seconds"):
            client.within(30).get(SOURCE, URL)
    assert waits.seconds == []


def test_one_article_that_asks_for_a_day_is_that_articles_matter() -> None:
    waits = Waits()

    def answer(handler: Handler) -> None:
        is_article = handler.path.endswith("/1")
        respond(handler, 503 if is_article else 200, "ok", {"Retry-After": "86400"} if is_article else {})

    with web(no_robots(answer)) as address, HttpClient(replay=address, clock=waits.clock) as client:
        with pytest.raises(PageError, match="status 503 and asks to wait 86400 seconds") as caught:
            client.get(SOURCE, "https://t.me/Koord_shtab/1")
        assert (caught.value.kind, caught.value.ends_crawl) == ("server error", False)
        assert client.get(SOURCE, URL).body == b"ok"
    assert waits.seconds == []


@pytest.mark.parametrize(
    ("delay", "is_late"),
    [("100000", True), ("1e300", True), ("nan", False), ("inf", False), ("-1", False), ("²", False)],
)
def test_a_crawl_delay_is_obeyed_up_to_the_limit_or_the_source_is_late(delay: str, is_late: bool) -> None:
    waits = Waits()

    def answer(handler: Handler) -> None:
        is_robots = handler.path.endswith("robots.txt")
        respond(handler, 200, f"User-agent: *\nCrawl-delay: {delay}\n" if is_robots else "ok")

    with web(answer) as address, HttpClient(replay=address, clock=waits.clock) as client:
        if is_late:
            with pytest.raises(SourceLate, match=r"t\.me asks for .* seconds between requests \(Crawl-delay\)"):
                client.get(SOURCE, URL)
        else:
            assert client.get(SOURCE, URL).body == b"ok"
    assert waits.seconds == []


def one_byte_at_a_time(handler: Handler) -> None:
    """Send a header without an end, a byte every 20 ms."""
    for byte in b"HTTP/1.1 200 OK\r\nX: " + b"y" * 10_000:
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()
        time.sleep(0.02)


def chunk_lengths_without_end(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n")
    for _ in range(1_000):
        handler.wfile.write(b"0")
        handler.wfile.flush()
        time.sleep(0.02)


def body_without_end(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    for _ in range(1_000):
        handler.wfile.write(b"x")
        handler.wfile.flush()
        time.sleep(0.02)


def hints_without_end(handler: Handler) -> None:
    for _ in range(1_000):
        handler.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        handler.wfile.flush()
        time.sleep(0.02)


def nothing_at_all(handler: Handler) -> None:
    time.sleep(2)


@pytest.mark.parametrize(
    ("answer", "is_tls"),
    [
        (one_byte_at_a_time, False),
        (chunk_lengths_without_end, False),
        (hints_without_end, False),
        (nothing_at_all, False),
        (one_byte_at_a_time, True),
        (body_without_end, True),
    ],
)
def test_an_answer_that_does_not_end_is_given_up(
    answer: Callable[[Handler], None], is_tls: bool, tmp_path: Path
) -> None:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with web(no_robots(answer), context if is_tls else None) as address:
        limits = Limits(connect=1.0, read=0.2, page=0.3)
        with HttpClient(replay=address, attempts=1, limits=limits, authorities=str(tmp_path / "ca.pem")) as client:
            began = time.monotonic()
            with pytest.raises(Unanswered) as caught:
                client.get(SOURCE, URL)
            assert caught.value.kind == "silent"
            assert time.monotonic() - began < NEVER


@contextmanager
def mute() -> Iterator[str]:
    """A port that accepts connections and sends nothing: a TLS handshake with it never ends."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"https://localhost:{server.getsockname()[1]}"


def test_a_handshake_that_does_not_end_is_given_up() -> None:
    with mute() as address, HttpClient(replay=address, attempts=1, limits=QUICK) as client:
        with pytest.raises(Unanswered, match=r"t\.me does not answer as it should"):
            client.get(SOURCE, URL)


def test_a_handshake_that_trickles_is_given_up() -> None:
    """The TLS record's header announces 16 KiB; each byte arrives before a read timeout would fire."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def trickle() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"\x16\x03\x03\x40\x00")
                for _ in range(1_000):
                    try:
                        connection.sendall(b"\0")
                    except OSError:
                        return
                    time.sleep(0.02)

        threading.Thread(target=trickle, daemon=True).start()
        address = f"https://localhost:{server.getsockname()[1]}"
        with HttpClient(replay=address, attempts=1, limits=QUICK) as client:
            with pytest.raises(Unanswered, match=r"t\.me does not answer as it should at .*can't be reached in time"):
                client.get(SOURCE, URL)


def test_a_name_that_is_not_resolved_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    hanging = threading.Event()
    monkeypatch.setattr(addresses.socket, "getaddrinfo", lambda *_, **__: hanging.wait(NEVER))
    try:
        with (
            HttpClient(attempts=1, limits=QUICK) as client,
            pytest.raises(Unanswered, match="can't be reached in time"),
        ):
            client.get(SOURCE, URL)
    finally:
        hanging.set()


def test_a_source_waits_for_another_of_its_host_no_longer_than_its_own_time() -> None:
    """The first source holds the host with a request that hangs; the second is late, and another host is read."""
    asked, go_on = threading.Event(), threading.Event()

    def answer(handler: Handler) -> None:
        if handler.path == "/t.me/s/Koord_shtab":
            asked.set()
            go_on.wait(NEVER)
        respond(handler, 200, "ok")

    with web(no_robots(answer)) as address, HttpClient(replay=address) as client:
        first: list[bytes] = []
        thread = threading.Thread(target=lambda: first.append(client.get(SOURCE, URL).body))
        thread.start()
        assert asked.wait(NEVER)
        with pytest.raises(SourceLate, match=r"its time was over before t\.me was read"):
            client.within(0.3).get(SOURCE, "https://t.me/s/other")
        assert client.within(5).get(SOURCE, "https://gur.gov.ua/").body == b"ok"
        go_on.set()
        thread.join(NEVER)
        assert first == [b"ok"]


def test_closing_the_door_ends_requests_and_waits_in_other_threads() -> None:
    asked = threading.Barrier(3)

    def answer(handler: Handler) -> None:
        if "hangs" in handler.path:
            asked.wait(NEVER)
            time.sleep(2)
        respond(handler, 503)
        if "waits" in handler.path:
            asked.wait(NEVER)

    caught: list[str] = []

    def ask(host: str) -> None:
        try:
            client.get(SOURCE, f"https://{host}.example/s/Koord_shtab")
        except SourceError as error:
            caught.append(error.kind)

    with web(no_robots(answer)) as address, HttpClient(replay=address, backoff_seconds=NEVER) as client:
        threads = [threading.Thread(target=ask, args=(host,)) for host in ("hangs", "waits")]
        for thread in threads:
            thread.start()
        asked.wait(NEVER)
        client.close()
        for thread in threads:
            thread.join(1.5)
            assert not thread.is_alive()
    assert caught == ["stopped", "stopped"]
