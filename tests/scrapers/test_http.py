"""The door against servers that misbehave on purpose."""

from __future__ import annotations

import pytest

from scrapers import http
from scrapers.announcement import SourceError
from scrapers.http import Door
from scrapers.registry import get_source
from tests.conftest import respond, web

SOURCE = get_source("koordshtab_telegram")
URL = "https://t.me/s/Koord_shtab"


def test_page_keeps_its_public_address_and_bytes() -> None:
    with web(lambda h: respond(h, 404 if "robots" in h.path else 200, "тіло")) as address:
        with Door(replay=address) as door:
            page = door.get(SOURCE, URL)
    assert page.url == URL
    assert page.body == "тіло".encode()
    assert page.fetched_at.utcoffset() is not None


def test_the_door_names_itself() -> None:
    agents: list[str] = []

    def answer(handler):  # type: ignore[no-untyped-def]
        agents.append(handler.headers["User-Agent"])
        respond(handler, 200, "")

    with web(answer) as address, Door(replay=address) as door:
        door.get(SOURCE, URL)
    assert all(agent.startswith("Obmin/") for agent in agents)


def test_server_errors_are_retried() -> None:
    left = [500, 503]

    def answer(handler):  # type: ignore[no-untyped-def]
        if "robots" in handler.path:
            return respond(handler, 404)
        return respond(handler, left.pop()) if left else respond(handler, 200, "ok")

    with web(answer) as address, Door(replay=address, backoff_seconds=0.01) as door:
        assert door.get(SOURCE, URL).body == b"ok"


def test_retry_after_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr("urllib3.util.retry.time.sleep", waited.append)
    asked = iter([429, 200])

    def answer(handler):  # type: ignore[no-untyped-def]
        if "robots" in handler.path:
            return respond(handler, 404)
        return respond(handler, next(asked), "", {"Retry-After": "7"})

    with web(answer) as address, Door(replay=address, backoff_seconds=0.01) as door:
        door.get(SOURCE, URL)
    assert waited == [7]


@pytest.mark.parametrize(
    ("status", "headers", "sentence"),
    [
        (302, {"Location": "/Koord_shtab"}, "redirects to /Koord_shtab"),
        (404, {}, "answered with status 404"),
        (500, {}, "answered with status 500"),
    ],
)
def test_what_is_no_page_is_an_error(status: int, headers: dict[str, str], sentence: str) -> None:
    with web(lambda h: respond(h, 404 if "robots" in h.path else status, "", headers)) as address:
        with Door(replay=address, attempts=1) as door, pytest.raises(SourceError, match=sentence):
            door.get(SOURCE, URL)


def test_host_that_does_not_answer() -> None:
    with web(lambda h: respond(h, 200)) as address:
        dead = address
    with Door(replay=dead, attempts=1) as door, pytest.raises(SourceError, match=r"t\.me does not answer"):
        door.get(SOURCE, URL)


def test_robots_txt_is_obeyed() -> None:
    with web(lambda h: respond(h, 200, "User-agent: *\nDisallow: /s/" if "robots" in h.path else "page")) as address:
        with Door(replay=address) as door, pytest.raises(SourceError, match=r"robots\.txt forbids"):
            door.get(SOURCE, URL)


def test_body_over_the_limit_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "LARGEST_BODY", 1000)
    with web(lambda h: respond(h, 404 if "robots" in h.path else 200, "x" * 5000)) as address:
        with Door(replay=address) as door, pytest.raises(SourceError, match="larger than"):
            door.get(SOURCE, URL)
