"""Channels: alerts.yaml, and what Apprise's own services and a real mail server receive: plain text, no active
markup.
"""

from __future__ import annotations

import email
import email.policy
import json
import queue
import socket
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from bs4 import BeautifulSoup
from click.testing import CliRunner

from orchestration.alerts.channels import Failure, checked_channels
from orchestration.alerts.channels import send as send_by
from orchestration.alerts.config import BrokenAlerts, Channel
from orchestration.alerts.kinds import KINDS
from orchestration.alerts.messages import compose
from orchestration.alerts.sender import answer_to
from orchestration.alerts.sender_process import SenderProcess
from orchestration.alerts.wording import Message
from orchestration.cli.main import main
from tests.conftest import respond, web
from tests.support.alert_receiver import Receiver
from tests.support.alerting_deployment import alerting
from tests.support.hostile_text import HOSTILE

LINK = "https://t.me/Koord_shtab/5"


def channel(address: str) -> Channel:
    return Channel("desk", address, frozenset(KINDS), 0, "en")


def send(channel: Channel, message: Message, payload: dict[str, Any]) -> Failure | None:
    with SenderProcess() as sender:
        return send_by(channel, message, payload, sender)


def reported() -> Message:
    """A correction in which every text from outside is hostile."""
    exchange = {
        "exchanged_on": HOSTILE, "released_total": 5, "status": "confirmed", "announcement_url": LINK,
    }  # fmt: skip
    changes = [{"figure": HOSTILE, "old": HOSTILE, "new": HOSTILE}]
    return compose("figure_corrected", {"exchange": exchange, "refers_to": HOSTILE, "changes": changes}, "en")


def is_inert(text: str) -> bool:
    """No character that a chat interprets, and no link but ours."""
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
        assert send(channel(service.format(address.removeprefix("http://"))), reported(), {}) is None
    taken = got.get(timeout=10)
    shown = "\n".join(taken[key] for key in ("title", "message", "text") if key in taken)
    assert "forged" in shown
    # Where Apprise makes the title a heading and escapes our text, the Markdown is Apprise's, not the attacker's.
    assert is_inert(shown.removeprefix("# ").replace("\\", ""))


@pytest.fixture
def mail() -> Iterator[tuple[str, queue.SimpleQueue[EmailMessage]]]:
    """The address of a mail server, and what it received."""
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
    assert send(channel(f"mailto://{address}&format={form}"), reported(), {}) is None
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
    # As the child process calls it; its False becomes "the service did not take it".
    assert answer_to({"service": "json://127.0.0.1:9/sEcReT", "title": "t", "body": "b"}) == {"taken": False}
    assert send(channel("json://127.0.0.1:9/sEcReT"), reported(), {}) == Failure("the service did not take it")


def test_an_hour_stays_readable() -> None:
    problem = {"cause": "c", "sentence": "at 12:40 tel:112 localhost:80", "since": "2026-05-20 12:00", "times": 1}
    assert compose("problem", {"problem": problem}, "en").body == (
        "at 12:40 tel：112 localhost：80\nFirst seen on 20 May 2026, 12:00 UTC."
    )


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("channels: [", "is not valid YAML"),
        ("channels: [{name: a, address_in: DESK, kind: news}]", "channels[0].kind: Extra inputs are not permitted"),
        (
            "channels: [{name: a, address_in: DESK, kinds: [weather]}]",
            "weather is no kind; there are news, operations",
        ),
        (
            "channels: [{name: a, address_in: DESK, language: fr}]",
            "channels[0].language: Input should be 'en' or 'uk'",
        ),
        ("channels: [{name: a, address_in: DESK, least_released: -1}]", "greater than or equal to 0"),
        ("channels: [{name: a, address_in: UNSET_ONE}]", "takes its address from UNSET_ONE, which is not set"),
        (
            "channels: [{name: a, address_in: DESK}, {name: a, address_in: DESK}]",
            "two channels are named a",
        ),
        ("channels: [{name: a, address_in: 'https://hook.example/sEcReT'}]", "channels[0].address_in: String should"),
        ("channels: [{name: a, address_in: ODD}]", "the address of a is of no service that Apprise knows"),
    ],
)
def test_a_wrong_alerts_file_stops_the_start_with_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, expected: str
) -> None:
    monkeypatch.setenv("DESK", "https://hook.example/sEcReT")
    monkeypatch.setenv("ODD", "nosuchservice://sEcReT")
    settings = alerting(tmp_path, written)
    with pytest.raises(BrokenAlerts, match=r"alerts\.yaml") as raised:
        checked_channels(settings.alerts_file)
    assert expected in str(raised.value)
    assert "sEcReT" not in str(raised.value)


def test_a_test_message_is_sent_by_hand(tmp_path: Path, receiver: Receiver) -> None:
    settings = alerting(tmp_path)
    env = {"OBMIN_DATA": str(settings.data.parent), "OBMIN_ALERTS": str(settings.alerts_file)}
    result = CliRunner().invoke(main, ["alerts", "test"], env=env)
    assert (result.exit_code, result.output) == (0, "desk: arrived\n")
    assert receiver.kinds() == ["test"]
    receiver.status = 404
    result = CliRunner().invoke(main, ["alerts", "test", "desk"], env=env)
    assert (result.exit_code, result.output) == (1, "Failed: desk: it answered 404.\n")
    result = CliRunner().invoke(main, ["alerts", "test", "other"], env=env)
    assert "has no channel other; it has desk" in result.output
    settings.alerts_file.write_text("channels: []")
    result = CliRunner().invoke(main, ["alerts", "test"], env=env)
    assert "OBMIN_ALERT_URLS" in result.output
    assert "docs/alerts.md" in result.output


def test_a_channel_that_can_not_be_reached_says_so_without_its_address() -> None:
    channel = Channel("desk", "http://127.0.0.1:9/sEcReT", frozenset({"problem"}), 0, "en")
    problem = {"cause": "c", "sentence": "s", "since": "2026-05-20 12:00", "times": 1}
    failure = send(channel, compose("problem", {"problem": problem}, "en"), {"id": "x"})
    assert failure is not None
    assert failure.reason == "it could not be reached (ConnectionError)"
    assert "sEcReT" not in repr(channel)
