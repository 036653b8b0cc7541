"""Delivers the outbox: alerts are taken, sent and marked one by one, in order per channel, channels in parallel.

The working file is not locked while a message is being sent, so that a slow channel blocks no refresh. If the process
is killed between sending and marking, an alert is sent twice, with the same key; none is lost.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from queue import LifoQueue

from filelock import FileLock, Timeout

from orchestration.alerts.channels import Failure, send
from orchestration.alerts.config import Channel, load_channels
from orchestration.alerts.messages import compose
from orchestration.alerts.outbox import (
    DownChannel,
    Due,
    channels_down,
    due,
    given_up,
    mark_delivered,
    mark_failed,
    now,
)
from orchestration.alerts.sender_process import SenderProcess
from orchestration.warehouse.database import Warehouse

# No message is started after this: a slow channel would otherwise delay a run by its whole backlog.
SECONDS_OF_DELIVERY = 20.0
# Together with SECONDS_TO_DELIVER below the minute that Dagster allows a sensor.
SECONDS_FOR_ANOTHER = 20.0
# Each needs a process of about 40 MiB.
CHANNELS_AT_ONCE = 8


@dataclass(slots=True)
class DeliveryReport:
    """``waiting`` and ``given_up`` are sentences: what is retried and when, and what the operator must fix. ``down``
    are the channels that do not accept their waiting alerts.
    """

    delivered: int = 0
    down: list[DownChannel] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)


def deliver(warehouse: Warehouse, clock: Callable[[], datetime] = now) -> DeliveryReport:
    """Send all alerts that are due to the channels of alerts.yaml, each channel in its own order.

    It sends for about half a minute at most; the rest goes out the next time, as does everything when another process
    has been delivering for too long. ``clock`` gives UTC without a zone. Raises
    BrokenAlerts when alerts.yaml can't be used, WarehouseError when another run holds the working file for too long.
    """
    settings = warehouse.settings
    channels = {channel.name: channel for channel in load_channels(settings.alerts_file)}
    report = DeliveryReport()
    if not settings.working.exists():
        return report
    lock = FileLock(settings.data / "delivery.lock")  # two delivering processes would send everything twice
    try:
        lock.acquire(timeout=SECONDS_FOR_ANOTHER)
    except Timeout:
        report.waiting.append(
            f"Another process has been delivering alerts for more than {SECONDS_FOR_ANOTHER:.0f} seconds; what is "
            f"due goes out the next time. If this repeats, end the process that holds {lock.lock_file}."
        )
        return report
    try:
        _deliver(warehouse, channels, report, clock)
    finally:
        lock.release()
    return report


def _deliver(
    warehouse: Warehouse,
    channels: dict[str, Channel],
    report: DeliveryReport,
    clock: Callable[[], datetime],
) -> None:
    sent: dict[Future[Failure | None], Due] = {}
    outcomes: list[tuple[Due, Failure | None]] = []
    end = time.monotonic() + SECONDS_OF_DELIVERY
    with _senders() as submit:
        while True:
            with warehouse.connection() as connection:
                at = clock()
                for item, failure in outcomes:
                    if failure is None:
                        mark_delivered(connection, item, at)
                        report.delivered += 1
                    else:
                        mark_failed(connection, item, at, failure.reason, failure.is_final)
                items = due(connection, at) if time.monotonic() < end else []
                report.given_up, report.down = given_up(connection), channels_down(connection)
            busy = {item.channel for item in sent.values()}
            free = [item for item in items if item.channel not in busy][: CHANNELS_AT_ONCE - len(sent)]
            sent |= {submit(item, channels.get(item.channel)): item for item in free}
            if not sent:
                break
            done, _ = wait(sent, return_when=FIRST_COMPLETED)
            outcomes = [(sent.pop(future), future.result()) for future in done]
    report.waiting += [channel.sentence for channel in report.down]


@contextmanager
def _senders() -> Iterator[Callable[[Due, Channel | None], Future[Failure | None]]]:
    """A function that starts a send, on a few threads with one process each; all processes are killed at the end."""
    idle: LifoQueue[SenderProcess] = LifoQueue()
    processes = [SenderProcess() for _ in range(CHANNELS_AT_ONCE)]
    for process in reversed(processes):
        idle.put(process)
    threads = ThreadPoolExecutor(CHANNELS_AT_ONCE)

    def send_by_one(item: Due, channel: Channel | None) -> Failure | None:
        process = idle.get()
        try:
            return _send(item, channel, process)
        finally:
            idle.put(process)

    try:
        yield lambda item, channel: threads.submit(send_by_one, item, channel)
    finally:
        for process in processes:
            process.end()
        threads.shutdown(cancel_futures=True)


def _send(item: Due, channel: Channel | None, sender: SenderProcess) -> Failure | None:
    if channel is None:
        return Failure("alerts.yaml has no such channel any more", is_final=True)
    message = compose(item.alert.kind, item.alert.payload, channel.language)
    return send(channel, message, item.alert.payload, sender)
