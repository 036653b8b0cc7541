"""Real services on loopback: each gets the same words, and nothing in them is alive."""

from __future__ import annotations

import email
import email.policy
import json
import queue
import socket
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from bs4 import BeautifulSoup

from orchestration.alerts.channels import Failure, send
from orchestration.alerts.config import Channel
from orchestration.alerts.kinds import KINDS
from orchestration.alerts.messages import Message, compose
from tests.conftest import respond, web
from tests.orchestration.test_alerts import HOSTILE

LINK = "https://t.me/Koord_shtab/5"


def channel(address: str) -> Channel:
    return Channel("desk", address, frozenset(KINDS), 0, "en")


def told() -> Message:
    """A correction whose every word from outside is hostile."""
    exchange = {
        "exchanged_on": HOSTILE, "released_total": 5, "status": "confirmed", "announcement_url": LINK,
    }  # fmt: skip
    changes = [{"figure": HOSTILE, "old": HOSTILE, "new": HOSTILE}]
    return compose("figure_corrected", {"exchange": exchange, "refers_to": HOSTILE, "changes": changes}, "en")


def is_inert(text: str) -> bool:
    """No sign that a chat obeys, and no link but ours."""
    rest = text.replace(LINK, "")
    assert rest != text
    return not set("<>[]`*_~|@#&\\\x1b\u202e\u200f") & set(rest) and "://" not in rest and "evil.example" not in rest


@pytest.mark.parametrize(
    "service",
    [
        "json://{}/x", "ntfy://{}/exchanges", "gotify://{}/a-token-of-ours", "mmost://{}/abcdefghijklmnopqrstuvwx",
        "rocket://abcd/efgh@{}",
    ],
)  # fmt: skip
def test_a_chat_gets_plain_words(service: str) -> None:
    got: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()

    def chat(handler: Any) -> None:
        got.put(json.loads(handler.rfile.read(int(handler.headers["Content-Length"]))))
        respond(handler, 200, "{}", {"Content-Type": "application/json"})

    with web(chat) as address:
        assert send(channel(service.format(address.removeprefix("http://"))), told(), {}) is None
    taken = got.get(timeout=10)
    shown = "\n".join(taken[key] for key in ("title", "message", "text") if key in taken)
    assert "forged" in shown
    # Where Apprise takes the title for a heading and shields our words, that is its Markdown and not theirs.
    assert is_inert(shown.removeprefix("# ").replace("\\", ""))


@pytest.fixture
def mail() -> Iterator[tuple[str, queue.SimpleQueue[EmailMessage]]]:
    """The address of a mail server, and what it was handed."""
    got: queue.SimpleQueue[EmailMessage] = queue.SimpleQueue()

    class Desk:
        async def handle_DATA(self, _: Any, __: Any, envelope: Any) -> str:  # noqa: N802
            got.put(email.message_from_bytes(envelope.content, policy=email.policy.default))
            return "250 OK"

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(Desk(), hostname="127.0.0.1", port=port)
    controller.start()
    yield f"127.0.0.1:{port}?from=obmin@newsroom.example&to=desk@newsroom.example", got
    controller.stop()


@pytest.mark.parametrize("form", ["text", "html"])
def test_a_mail_is_plain_words_and_its_subject_one_line(
    mail: tuple[str, queue.SimpleQueue[EmailMessage]], form: str
) -> None:
    address, got = mail
    assert send(channel(f"mailto://{address}&format={form}"), told(), {}) is None
    message = got.get(timeout=10)
    assert message["to"] == "desk@newsroom.example"
    assert is_inert(message["subject"] + LINK)
    body = message.get_body((form if form == "html" else "plain",))
    assert body is not None
    page = BeautifulSoup(body.get_content(), "html.parser")
    assert {tag.name for tag in page.find_all()} <= {"html", "head", "body", "br", "p"}
    assert is_inert(page.get_text())


def test_a_service_that_fails_in_its_own_code_is_a_channel_that_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    from apprise.plugins.custom_json import NotifyJSON

    def broken(*_: Any, **__: Any) -> bool:
        raise RuntimeError("https://hook.example/sEcReT")

    monkeypatch.setattr(NotifyJSON, "send", broken)
    failure = send(channel("json://127.0.0.1:9/sEcReT"), told(), {})
    assert failure == Failure("the service did not take it")


def test_an_hour_stays_readable() -> None:
    problem = {"cause": "c", "sentence": "at 12:40 tel:112 localhost:80", "since": "2026-05-20 12:00", "times": 1}
    assert compose("problem", {"problem": problem}, "en").body == (
        "at 12:40 tel：112 localhost：80\nFirst seen 2026-05-20 12:00 UTC."
    )
