"""Delivery of what the outbox holds: taken, sent and marked one by one, in order for each channel.

The working file is not held while a message is on its way, so that a slow channel stops no refresh. Killed
between sending and marking, an alert goes out twice, with the same key; none is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from filelock import FileLock

from orchestration.alerts.channels import Failure, send
from orchestration.alerts.config import Channel, load_channels
from orchestration.alerts.messages import compose
from orchestration.alerts.outbox import Due, due, given_up, mark_delivered, mark_failed, now
from orchestration.settings import Settings
from orchestration.warehouse.working import working_file, writing


@dataclass(slots=True)
class DeliveryReport:
    """``waiting`` and ``given_up`` are sentences: what is tried again and when, and what needs a person."""

    delivered: int = 0
    waiting: list[str] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)


def deliver(settings: Settings, clock: Callable[[], datetime] = now, patience: float | None = None) -> DeliveryReport:
    """Send all that is due to the channels of alerts.yaml.

    ``clock`` gives UTC without a zone; ``patience`` as in writing(). Raises BrokenAlerts when alerts.yaml can't
    be used, WarehouseError when another run holds the working file for too long.
    """
    channels = {channel.name: channel for channel in load_channels(settings.alerts_file)}
    report = DeliveryReport()
    if not settings.working.exists():
        return report
    with FileLock(settings.data / "delivery.lock"):  # two deliverers would send everything twice
        while items := _take(settings, clock(), report, patience):
            outcomes = [(item, _send(item, channels)) for item in items]
            _mark(settings, outcomes, clock(), report, patience)
    return report


def _take(settings: Settings, at: datetime, report: DeliveryReport, patience: float | None) -> list[Due]:
    with writing(settings, patience), working_file(settings) as connection:
        report.given_up = given_up(connection)
        return due(connection, at)


def _send(item: Due, channels: dict[str, Channel]) -> Failure | None:
    channel = channels.get(item.channel)
    if channel is None:
        return Failure("alerts.yaml has no such channel any more", is_final=True)
    message = compose(item.alert.kind, item.alert.payload, channel.language)
    return send(channel, message, item.alert.payload)


def _mark(
    settings: Settings,
    outcomes: list[tuple[Due, Failure | None]],
    at: datetime,
    report: DeliveryReport,
    patience: float | None,
) -> None:
    with writing(settings, patience), working_file(settings) as connection:
        for item, failure in outcomes:
            if failure is None:
                mark_delivered(connection, item, at)
                report.delivered += 1
                continue
            next_at = mark_failed(connection, item, at, failure.reason, failure.is_final)
            if next_at is not None:
                report.waiting.append(
                    f"{item.alert.alert_id} did not reach the channel {item.channel}: {failure.reason}. It goes out "
                    f"again from {next_at:%Y-%m-%d %H:%M} UTC on."
                )
