"""Receivers that hang, trickle, flood or send garbage: each costs its own channel one deadline, and no other channel
anything.

The alerts themselves are tested in test_alerts.py.
"""

from __future__ import annotations

import contextlib
import signal
import socket
import socketserver
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from filelock import FileLock

from orchestration.alerts import channels as channels_module
from orchestration.alerts import delivery
from orchestration.alerts.channels import Failure, send
from orchestration.alerts.config import Channel, load_channels
from orchestration.alerts.delivery import deliver
from orchestration.alerts.kinds import KINDS
from orchestration.alerts.outbox import now
from orchestration.alerts.problems import Finding, note
from orchestration.alerts.sender import LARGEST_MEMORY
from orchestration.alerts.sender_process import SenderProcess
from orchestration.alerts.wording import Message
from orchestration.settings import Settings
from orchestration.warehouse.database import Warehouse
from tests.conftest import respond, web
from tests.support.alert_receiver import Receiver
from tests.support.alerting_deployment import alerting
from tests.support.child_processes import DELIVER
from tests.support.sensor_ticks import tick

Talk = Callable[[socket.socket, threading.Event], None]
LATE, TAKEN = Failure("no answer in time"), None


@contextmanager
def receiver_that(talk: Talk) -> Iterator[str]:
    """A receiver that reads the start of a request and then sends what ``talk`` sends, until the test is over."""
    is_over = threading.Event()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65_536)
            with contextlib.suppress(OSError):
                talk(self.request, is_over)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            is_over.set()
            server.shutdown()


def says(*parts: bytes, then: bytes = b"", every: float = 0.05) -> Talk:
    """Send these parts, then ``then`` every ``every`` seconds."""

    def talk(connection: socket.socket, is_over: threading.Event) -> None:
        for part in parts:
            connection.sendall(part)
        while not is_over.wait(every) and then:
            connection.sendall(then)
        is_over.wait()

    return talk


def hangs_up(connection: socket.socket, is_over: threading.Event) -> None:
    connection.close()


OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("talk", "expected"),
    [
        (says(), LATE),
        (says(b"HTTP/1.1 200 OK\r\nX-Slow: ", then=b"x"), LATE),
        (says(then=b"HTTP/1.1 100 Continue\r\n\r\n", every=0), LATE),
        (says(then=b" ", every=0), Failure("it could not be reached (ConnectionError)")),
        (says(OK, then=b"X: y\r\n", every=0), Failure("it could not be reached (ConnectionError)")),
        (says(OK, b"X: ", then=b"y" * 65_536, every=0), Failure("it could not be reached (ConnectionError)")),
        (says(b"I am no web server.\r\n"), Failure("it could not be reached (ConnectionError)")),
        (hangs_up, Failure("it could not be reached (ConnectionError)")),
        (says(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\n\r\n"), Failure("it answered 302")),
        (says(b"HTTP/1.1 103 Early Hints\r\n\r\n"), Failure("it answered 103")),
        (says(b"HTTP/1.1 422 No\r\n\r\n", then=b"x"), Failure("it answered 422", is_final=True)),
        # The status accepts the message; the rest of the response is not read.
        (says(OK, b"Transfer-Encoding: chunked\r\n\r\n", then=b"1\r\nx\r\n"), TAKEN),
        (says(OK, b"\r\n", then=b"x" * 1_000_000, every=0), TAKEN),
    ],
    ids=[
        "silence", "a header that trickles", "100 Continue without end", "a status line without end",
        "headers without end", "one header without end", "garbage", "hangs up", "redirect", "103",
        "refused, then trickles", "taken, then trickles", "taken, then floods",
    ],
)  # fmt: skip
def test_a_webhook_of_any_kind_has_one_deadline(
    talk: Talk, expected: Failure | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Where the deadline is not the expected failure, a slow machine must not reach it first.
    monkeypatch.setattr(channels_module, "SECONDS_TO_DELIVER", 1 if expected == LATE else 30)
    with receiver_that(talk) as place, SenderProcess() as sender:
        channel = Channel("desk", f"http://{place}/sEcReT", frozenset(KINDS), 0, "en")
        assert send(channel, Message("t", "b"), {"id": "x"}, sender) == expected
        # The next message has a working sender process, whatever happened to this one.
        monkeypatch.setattr(channels_module, "SECONDS_TO_DELIVER", 30)
        with web(lambda handler: respond(handler, 200)) as address:
            good = Channel("desk", address, frozenset(KINDS), 0, "en")
            assert send(good, Message("t", "b"), {"id": "x"}, sender) is None


def test_a_service_of_apprise_has_the_same_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels_module, "SECONDS_TO_DELIVER", 1)
    with receiver_that(says(OK, b"\r\n", then=b"x")) as place, SenderProcess() as sender:
        channel = Channel("desk", f"json://{place}/sEcReT", frozenset(KINDS), 0, "en")
        assert send(channel, Message("t", "b"), {"id": "x"}, sender) == LATE


def test_an_endless_answer_to_apprise_meets_the_limit_of_memory() -> None:
    sent = []

    def flood(connection: socket.socket, is_over: threading.Event) -> None:
        connection.sendall(OK + b"\r\n")
        while not is_over.is_set():
            connection.sendall(b"x" * 2**20)
            sent.append(2**20)

    with receiver_that(flood) as place, SenderProcess() as sender:
        channel = Channel("desk", f"json://{place}/sEcReT", frozenset(KINDS), 0, "en")
        failure = send(channel, Message("t", "b"), {"id": "x"}, sender)
    assert failure is not None
    assert failure != LATE
    assert sum(sent) < 2 * LARGEST_MEMORY


def with_problems(folder: Path, monkeypatch: pytest.MonkeyPatch, *names: str, **addresses: str) -> Settings:
    """A deployment with a channel for each address, and for each cause an alert due to all channels."""
    written = "\n".join(
        f"  - {{name: {name.lower()}, address_in: {name}, kinds: [operations]}}" for name in addresses
    )
    for name, address in addresses.items():
        monkeypatch.setenv(name, address)
    settings = alerting(folder, f"channels:\n{written}\n")
    with Warehouse(settings).connection() as connection:
        for name in names:
            note(connection, [Finding(name, False, "It is broken.")], load_channels(settings.alerts_file))
    return settings


def test_a_channel_that_hangs_is_tried_once_and_named_while_the_others_get_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels_module, "SECONDS_TO_DELIVER", 1)
    asked = []

    def hang(_: socket.socket, is_over: threading.Event) -> None:
        asked.append(1)
        is_over.wait()

    desk = Receiver()
    with receiver_that(hang) as hanging, web(desk) as good:
        settings = with_problems(tmp_path, monkeypatch, "a", "b", "c", HANGING=f"http://{hanging}/sEcReT", DESK=good)
        began = now()
        report = deliver(Warehouse(settings), clock=lambda: began)
        # A run delivers again at once when it reports itself after its steps: the failed channel is not tried again.
        again = deliver(Warehouse(settings), clock=lambda: began)
    assert [body["id"] for body in desk.got] == ["problem/a/1", "problem/b/1", "problem/c/1"]
    assert len(asked) == 1
    for reported, delivered in ((report, 3), (again, 0)):
        assert reported.delivered == delivered
        (down,) = reported.down
        assert (down.channel, down.reason, down.waiting) == ("hanging", "no answer in time", 3)
        assert down.next_attempt_at == began + timedelta(minutes=1)
        assert reported.waiting == [
            "3 alerts wait for the channel hanging: no answer in time. It is tried again from "
            f"{began + timedelta(minutes=1):%Y-%m-%d %H:%M} UTC on."
        ]


def test_channels_are_served_side_by_side_and_the_working_file_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slow one responds only after the other has received all and another process has held the write lock."""
    other_has_all, is_free = threading.Event(), threading.Event()
    got: list[str] = []

    def slow(handler: Any) -> None:
        handler.rfile.read(int(handler.headers["Content-Length"]))
        with FileLock(settings.lock).acquire(timeout=10):
            is_free.set()
        assert other_has_all.wait(10)
        respond(handler, 200)

    def quick(handler: Any) -> None:
        handler.rfile.read(int(handler.headers["Content-Length"]))
        got.append(handler.headers["Idempotency-Key"])
        if len(got) == 2:
            other_has_all.set()
        respond(handler, 200)

    with web(slow) as one, web(quick) as other:
        settings = with_problems(tmp_path, monkeypatch, "a", "b", SLOW=one, ZQUICK=other)
        assert deliver(Warehouse(settings)).delivered == 4
    assert is_free.is_set()


def test_a_slow_channel_leaves_the_rest_for_the_next_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Receiver()
    with web(desk) as address:
        settings = with_problems(tmp_path, monkeypatch, "a", "b", DESK=address)
        monkeypatch.setattr(delivery, "SECONDS_OF_DELIVERY", 0)
        assert (
            deliver(Warehouse(settings))
            .waiting[0]
            .startswith("2 alerts wait for the channel desk: what came before took the time there was.")
        )
        monkeypatch.undo()
        monkeypatch.setenv("DESK", address)
        assert deliver(Warehouse(settings)).delivered == 2


def test_a_deliverer_that_hangs_is_waited_for_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "SECONDS_FOR_ANOTHER", 0)
    desk = Receiver()
    with web(desk) as address:
        settings = with_problems(tmp_path, monkeypatch, "a", DESK=address)
        with FileLock(settings.data / "delivery.lock"):
            report = deliver(Warehouse(settings))
        assert "Another process has been delivering alerts for more than 0 seconds" in report.waiting[0]
        assert desk.got == []
        assert deliver(Warehouse(settings)).delivered == 1


def test_ctrl_c_ends_a_delivery_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    is_asked = threading.Event()

    def hang(_: socket.socket, is_over: threading.Event) -> None:
        is_asked.set()
        is_over.wait()

    with receiver_that(hang) as hanging:
        settings = with_problems(tmp_path, monkeypatch, "a", DESK=f"http://{hanging}/sEcReT")
        # The deadline is far off. A shell that starts the tests in the background makes them ignore SIGINT.
        begin = (
            "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
            "from orchestration.alerts import channels; channels.SECONDS_TO_DELIVER = 3600\n"
        )
        arguments = [sys.executable, "-c", begin + DELIVER, str(settings.data), str(settings.alerts_file)]
        with subprocess.Popen(arguments, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdin is not None
            process.stdin.write(b"x")
            process.stdin.flush()
            assert is_asked.wait(60)
            process.send_signal(signal.SIGINT)
            _, sentence = process.communicate(timeout=60)
    assert b"KeyboardInterrupt" in sentence


@pytest.mark.parametrize(
    ("talk", "sentence"),
    [
        (says(b"HTTP/1.1 200 OK\r\nX-Slow: ", then=b"x"), "the heartbeat's address can't be reached (Timeout)."),
        (says(OK, b"\r\n", then=b"x" * 1_000_000, every=0), "the address answered 200."),
    ],
    ids=["trickles", "floods"],
)
def test_the_heartbeat_has_a_deadline_too(
    talk: Talk, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.defs.sensors.SECONDS_OF_HEARTBEAT", 1)
    with receiver_that(talk) as place, dg.DagsterInstance.ephemeral() as instance:
        settings = replace(alerting(tmp_path), heartbeat_url=f"http://{place}/sEcReT")
        assert tick(settings, "heartbeat", instance).skip_message.endswith(sentence)
