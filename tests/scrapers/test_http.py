"""The HTTP client against servers that misbehave on purpose.

Waits are tested in test_waits.py, addresses and robots.txt in test_safety.py.
"""

from __future__ import annotations

import gzip
import re
import ssl
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
import trustme

from scrapers.http.client import HttpClient, Limits
from scrapers.http.responses import Unanswered
from scrapers.http.throttling import Clock
from scrapers.records import Gone, PageError, SourceError, Validators
from scrapers.registry import get_source
from tests.conftest import respond, web
from tests.support.sites import BOMB, trickle

Handler = BaseHTTPRequestHandler
SOURCE = get_source("koordshtab_telegram")
URL = "https://t.me/s/Koord_shtab"
QUICK = Limits(connect=1.0, read=0.3, page=0.6, wait=60.0)


class Slept:
    """A clock that does not wait and records the waits."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.moment = 1000.0

    def sleep(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self.moment += seconds

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.moment, self.sleep)


def page_only(answer: Callable[[Handler], None], robots: str | None = None) -> Callable[[Handler], None]:
    """Responses for pages; robots.txt is missing, or as given."""

    def answering(handler: Handler) -> None:
        if handler.path.endswith("robots.txt"):
            return respond(handler, 404) if robots is None else respond(handler, 200, robots)
        return answer(handler)

    return answering


def refused(answer: Callable[[Handler], None], robots: str | None = None, url: str = URL) -> str:
    """The error of a page request; the client does not really wait."""
    with web(page_only(answer, robots)) as address:
        with (
            HttpClient(replay=address, limits=QUICK, clock=Slept().clock) as client,
            pytest.raises(SourceError) as caught,
        ):
            client.get(SOURCE, url)
    assert caught.value.source_id == SOURCE.id
    return str(caught.value)


def test_page_keeps_its_public_address_and_bytes() -> None:
    with web(page_only(lambda h: respond(h, 200, "тіло"))) as address, HttpClient(replay=address) as client:
        page = client.get(SOURCE, URL)
    assert (page.url, page.body, page.status) == (URL, "тіло".encode(), 200)
    assert page.fetched_at.utcoffset() == timedelta(0)
    assert dict(page.request_headers)["Accept-Encoding"] == "gzip, deflate"


def test_the_door_names_itself_and_a_contact() -> None:
    agents: list[str] = []

    def answer(handler: Handler) -> None:
        agents.append(handler.headers["User-Agent"])
        respond(handler, 200, "")

    with web(answer) as address, HttpClient(replay=address, contact="desk@newsroom.example") as client:
        client.get(SOURCE, URL)
    assert len(agents) == 2
    assert all(agent.startswith("Obmin/") and "+desk@newsroom.example" in agent for agent in agents)


def test_server_errors_are_retried() -> None:
    left = [500, 503]
    slept = Slept()

    def answer(handler: Handler) -> None:
        return respond(handler, left.pop()) if left else respond(handler, 200, "ok")

    with web(page_only(answer)) as address, HttpClient(replay=address, clock=slept.clock) as client:
        assert client.get(SOURCE, URL).body == b"ok"
    first, second = slept.seconds
    assert 1 <= first <= 2
    assert 2 <= second <= 3  # twice as long, plus jitter


def test_retry_after_is_obeyed_in_seconds_and_as_a_date() -> None:
    slept = Slept()
    at = (datetime.now(UTC) + timedelta(seconds=30)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    asked = iter([(429, {"Retry-After": "7"}), (503, {"Retry-After": at}), (429, {}), (200, {})])

    def answer(handler: Handler) -> None:
        status, headers = next(asked)
        respond(handler, status, "", headers)

    with web(page_only(answer)) as address, HttpClient(replay=address, clock=slept.clock) as client:
        client.get(SOURCE, URL)
    assert slept.seconds[0] == 7
    assert 25 < slept.seconds[1] <= 30
    assert 4 <= slept.seconds[2] <= 5


def test_a_wait_that_is_too_long_is_not_waited_and_nothing_more_is_asked() -> None:
    slept, asked = Slept(), []

    def answer(handler: Handler) -> None:
        asked.append(handler.path)
        respond(handler, 429, "", {"Retry-After": "86400"})

    with web(page_only(answer)) as address, HttpClient(replay=address, limits=QUICK, clock=slept.clock) as client:
        with pytest.raises(SourceError, match="status 429 and asks to wait 86400 seconds"):
            client.get(SOURCE, URL)
    assert (len(asked), slept.seconds) == (1, [])


def test_a_host_that_keeps_failing_is_left_in_peace() -> None:
    asked: list[str] = []

    def answer(handler: Handler) -> None:
        asked.append(handler.path)
        respond(handler, 429)

    with web(page_only(answer)) as address, HttpClient(replay=address, attempts=2, clock=Slept().clock) as client:
        for _ in range(3):
            with pytest.raises(Unanswered, match="status 429") as caught:
                client.get(SOURCE, URL)
            assert (caught.value.kind, caught.value.ends_crawl) == ("rate limit", False)
        with pytest.raises(
            SourceError, match=r"t\.me failed several times and is left in peace for 5 minutes"
        ) as last:
            client.get(SOURCE, URL)
        assert (last.value.kind, last.value.ends_crawl) == ("resting", True)
        assert len(asked) == 6
        # Another host is still requested.
        with pytest.raises(SourceError, match=r"president\.gov\.ua.* status 429"):
            client.get(get_source("president_uk"), "https://www.president.gov.ua/news/all")


def test_errors_of_single_pages_do_not_open_the_circuit() -> None:
    """The listing works; five articles answer 500, then five 403: each error is its own page's."""
    statuses = {str(number): 500 if number < 5 else 403 for number in range(10)}

    def answer(handler: Handler) -> None:
        respond(handler, statuses.get(handler.path.rpartition("/")[2], 200), "ok")

    with web(page_only(answer)) as address, HttpClient(replay=address, attempts=2, clock=Slept().clock) as client:
        kinds = []
        for number in range(10):
            with pytest.raises(PageError) as caught:
                client.get(SOURCE, f"https://t.me/Koord_shtab/{number}")
            kinds.append(caught.value.kind)
        assert kinds == ["server error"] * 5 + ["refused"] * 5
        assert not caught.value.ends_crawl
        assert client.get(SOURCE, URL).body == b"ok"


def test_a_missing_page_does_not_open_the_circuit() -> None:
    with web(lambda h: respond(h, 404)) as address, HttpClient(replay=address) as client:
        for _ in range(5):
            with pytest.raises(Gone, match="answered with status 404"):
                client.get(SOURCE, URL)


def test_an_unchanged_page_costs_a_304() -> None:
    asked: list[tuple[str | None, str | None]] = []

    def answer(handler: Handler) -> None:
        asked.append((handler.headers["If-None-Match"], handler.headers["If-Modified-Since"]))
        respond(
            handler, 304 if handler.headers["If-None-Match"] else 200, "тіло", {"ETag": '"v1"', "Last-Modified": "x"}
        )

    with web(page_only(answer)) as address, HttpClient(replay=address) as client:
        first = client.get(SOURCE, URL)
        second = client.get(SOURCE, URL, first.validators)
    assert (first.is_unchanged, second.is_unchanged, second.payload) == (False, True, b"")
    assert asked == [(None, None), ('"v1"', "x")]


def test_a_304_that_nobody_asked_for_is_no_page() -> None:
    assert "answered with status 304" in refused(lambda h: respond(h, 304))


def silent(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "100")
    handler.end_headers()
    handler.wfile.write(b"x")
    handler.wfile.flush()
    time.sleep(1.0)


def trickle_headers(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(100):
        handler.wfile.write(b"X-%d: y\r\n" % number)
        handler.wfile.flush()
        time.sleep(0.05)


def cut_off(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "100")
    handler.end_headers()
    handler.wfile.write(b"only this")
    handler.close_connection = True


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (trickle, "came too slowly to be complete in time"),
        (silent, r"t\.me does not answer as it should at .*it fell silent"),
        (trickle_headers, r"t\.me does not answer as it should at .*it fell silent"),
        (cut_off, r"does not answer as it should at .*the page broke off"),
        (lambda h: respond(h, 200, gzip.compress(b"x" * 999)[:-9], {"Content-Encoding": "gzip"}), "is cut short"),
        (lambda h: respond(h, 200, b"not gzip", {"Content-Encoding": "gzip"}), "is damaged"),
        (lambda h: respond(h, 200, b"?", {"Content-Encoding": "br"}), "is encoded as 'br', which was not asked for"),
        (lambda h: respond(h, 200, BOMB, {"Content-Encoding": "gzip"}), "unfolds to more than 20 MiB"),
        (lambda h: respond(h, 200, b"<p>" * (20 * 2**20)), "is larger than 20 MiB and was not read"),
        (lambda h: respond(h, 200, b"%PDF", {"Content-Type": "application/pdf"}), "is application/pdf, not a page"),
        (lambda h: respond(h, 403, "no"), "answered with status 403"),
        (lambda h: respond(h, 500), "answered with status 500"),
        (lambda h: respond(h, 302, "", {"Location": "https://evil.example/"}), "none of the source's own hosts"),
        (lambda h: respond(h, 302, "", {"Location": "http://127.0.0.1:22/"}), "none of the source's own hosts"),
        (lambda h: respond(h, 302, "", {"Location": "file:///etc/passwd"}), "none of the source's own hosts"),
        (lambda h: respond(h, 302, "", {"Location": "/s/Koord_shtab"}), "goes round in more than 5 redirects"),
    ],
)  # fmt: skip
def test_what_is_no_page_is_a_sentence(answer: Callable[[Handler], None], sentence: str) -> None:
    message = refused(answer)
    assert re.search(sentence, message), message


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ("<html><title>Just a moment...</title>" + "x" * 30_000, {}),
        ("<html><title>\n Увійти </title><form></form>", {}),
        ("<html><script>window._cf_chl_opt={}</script>", {}),
        ("<html>", {"cf-mitigated": "challenge"}),
    ],
)
def test_a_challenge_or_log_in_page_is_an_error(body: str, headers: dict[str, str]) -> None:
    assert "answered with a challenge or log-in page" in refused(lambda h: respond(h, 200, body, headers))


def test_a_page_that_only_speaks_of_challenges_is_a_page() -> None:
    body = (
        "<title>Access denied: the Red Cross and the camps</title>"
        + "x" * 70_000
        + '<script src="/cdn-cgi/challenge-platform/x.js"></script>'
    )
    with web(page_only(lambda h: respond(h, 200, body))) as address, HttpClient(replay=address) as client:
        assert client.get(SOURCE, URL).status == 200


def test_a_redirect_within_the_sources_own_hosts_is_followed() -> None:
    def answer(handler: Handler) -> None:
        if handler.path.startswith("/www.t.me"):
            return respond(handler, 200, "there")
        return respond(handler, 301, "", {"Location": "https://www.t.me/s/Koord_shtab"})

    with web(page_only(answer)) as address, HttpClient(replay=address) as client:
        page = client.get(SOURCE, URL)
    assert (page.url, page.body) == ("https://www.t.me/s/Koord_shtab", b"there")


def test_no_private_address_is_asked() -> None:
    asked: list[str] = []
    with web(lambda h: asked.append(h.path)) as address:
        private = SOURCE.model_copy(update={"url": address})
        with (
            HttpClient(limits=QUICK, clock=Slept().clock) as client,
            pytest.raises(SourceError, match="private address 127"),
        ):
            client.get(private, f"{address}/s/Koord_shtab")
    assert asked == []


def certificate(folder: Path, until: datetime) -> tuple[ssl.SSLContext, str]:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", not_after=until).configure_cert(context)
    authority.cert_pem.write_to_path(folder / "ca.pem")
    return context, str(folder / "ca.pem")


def test_tls_is_verified(tmp_path: Path) -> None:
    """The same authority is trusted both times: only the date is rejected."""
    now = datetime.now(UTC)
    valid, authorities = certificate(tmp_path, now + timedelta(days=1))
    with web(page_only(lambda h: respond(h, 200, "ok")), valid) as address:
        with HttpClient(replay=address, authorities=authorities) as client:
            assert client.get(SOURCE, URL).body == b"ok"
        with (
            HttpClient(replay=address, clock=Slept().clock) as client,
            pytest.raises(SourceError, match="TLS certificate"),
        ):
            client.get(SOURCE, URL)
    expired, authorities = certificate(tmp_path, now - timedelta(days=1))
    with web(page_only(lambda h: respond(h, 200, "ok")), expired) as address:
        with HttpClient(replay=address, authorities=authorities) as client:
            with pytest.raises(SourceError, match=r"TLS certificate of t\.me is not valid .*expired"):
                client.get(SOURCE, URL)


def test_host_that_does_not_answer() -> None:
    with web(lambda h: respond(h, 200)) as address:
        dead = address
    with HttpClient(replay=dead, clock=Slept().clock) as client:
        with pytest.raises(SourceError, match=r"t\.me does not answer as it should at .*it refuses"):
            client.get(SOURCE, URL)


def test_robots_txt_is_obeyed() -> None:
    assert "robots.txt forbids" in refused(lambda h: respond(h, 200), "User-agent: Obmin\nDisallow: /s/")
    assert "robots.txt forbids" in refused(lambda h: respond(h, 200), "User-agent: *\nDisallow: /s/")


def test_robots_txt_that_fails_forbids_all() -> None:
    """RFC 9309, 2.3.1.4: a server error means complete disallow."""
    asked: list[str] = []

    def answer(handler: Handler) -> None:
        asked.append(handler.path)
        respond(handler, 503 if "robots" in handler.path else 200)

    with web(answer) as address, HttpClient(replay=address, clock=Slept().clock) as client:
        with pytest.raises(SourceError, match=r"robots\.txt answered with status 503"):
            client.get(SOURCE, URL)
    assert all("robots" in path for path in asked)


def test_requests_to_a_host_are_spaced_and_one_at_a_time() -> None:
    """Without a replay server, so with the host's own record of slots."""
    from protego import Protego

    from scrapers.http.throttling import Hosts, Robots

    slept = Slept()
    host = Hosts(slept.clock).of(URL)
    host.asked(2.0)
    assert 2.0 <= host.pause() <= 3.0
    slept.sleep(3.0)
    assert host.pause() == 0.0
    assert host.crawl_delay("Obmin/0.1") == 0.0
    host.robots["https://t.me"] = Robots(Protego.parse("User-agent: *\nCrawl-delay: 10"), 0.0)
    assert host.crawl_delay("Obmin/0.1") == 10.0


def test_several_hosts_are_asked_at_once_and_one_host_never_twice() -> None:
    """Each host's first page waits until the other host is requested too; sequential requests would time out."""
    both, taken, clients = threading.Barrier(2), [], []

    def answer(handler: Handler) -> None:
        host = handler.path.split("/")[1]
        # While a host responds, no other request can take its slot.
        taken.append(not clients[0]._hosts.of(f"https://{host}/").lock.acquire(blocking=False))
        if handler.path.endswith("first"):
            both.wait(timeout=5)
        respond(handler, 200, "ok")

    with web(page_only(answer)) as address, HttpClient(replay=address) as client:
        clients.append(client)

        def ask(host: str, path: str) -> None:
            client.get(SOURCE, f"https://{host}/{path}")

        paths = [("t.me", "first"), ("gur.gov.ua", "first"), ("t.me", "a"), ("t.me", "b"), ("www.gur.gov.ua", "c")]
        threads = [threading.Thread(target=ask, args=pair) for pair in paths]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=10)
    assert not both.broken
    assert taken == [True] * 5


def test_validators_are_sent_only_where_there_are_any() -> None:
    asked: list[str | None] = []

    def answer(handler: Handler) -> None:
        asked.append(handler.headers["If-None-Match"] or handler.headers["If-Modified-Since"])
        respond(handler, 200, "ok")

    with web(page_only(answer)) as address, HttpClient(replay=address) as client:
        client.get(SOURCE, URL, Validators())
    assert asked == [None]
