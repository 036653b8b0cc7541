"""The outbox: the alerts that were decided, and for each channel whether it received them.

Storing, selecting and marking; alerts are decided in news.py and problems.py, sent in delivery.py.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb

from orchestration.alerts.config import Channel
from scrapers.errors import ObminError

# A failed delivery is retried after 1, 2, 4 … minutes, in the end each hour, for three days.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
GIVEN_UP_AFTER = timedelta(days=3)


class UnknownAlert(ObminError):
    """The named alert does not exist."""


class NothingToRetry(ObminError):
    """The named alert waits for no channel."""


@dataclass(frozen=True, slots=True)
class Alert:
    """``subject`` is an exchange's id or a problem's cause; ``payload`` is documented in docs/webhook.md.

    ``decided_at`` is UTC, without a zone.
    """

    alert_id: str
    kind: str
    subject: str
    payload: dict[str, Any]
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """An alert that is due for a channel; ``channel`` is the name."""

    alert: Alert
    channel: str


@dataclass(frozen=True, slots=True)
class DownChannel:
    """A channel with waiting alerts: the reason, how many, and when (UTC) the oldest of them is next retried."""

    channel: str
    reason: str
    waiting: int
    next_attempt_at: datetime

    @property
    def sentence(self) -> str:
        alerts = "1 alert waits" if self.waiting == 1 else f"{self.waiting} alerts wait"
        return (
            f"{alerts} for the channel {self.channel}: {self.reason}. It is tried again from "
            f"{self.next_attempt_at:%Y-%m-%d %H:%M} UTC on."
        )


def now() -> datetime:
    """UTC, without a zone, as the warehouse stores it."""
    return datetime.now(UTC).replace(tzinfo=None)


def put(
    connection: duckdb.DuckDBPyConnection, alert: Alert, channels: Sequence[Channel], released: int | None = None
) -> None:
    """Put an alert into the outbox for each channel that wants it. Part of the caller's transaction.

    ``released`` is the exchange's total, None when not reported. A channel that got an alert about an exchange gets
    the later ones too, even when the exchange has become too small for it.
    """
    connection.execute(
        "insert into raw.alerts select ?, ?, ?, ?, ?, coalesce(max(number), 0) + 1 from raw.alerts",
        [alert.alert_id, alert.kind, alert.subject, json.dumps(alert.payload, ensure_ascii=False), alert.decided_at],
    )
    knowing = _told_before(connection, alert)
    for channel in channels:
        if alert.kind in channel.kinds and (channel.name in knowing or channel.is_large_enough(released)):
            connection.execute(
                "insert into raw.deliveries (alert_id, channel, attempts, due_since, next_attempt_at) "
                "values (?, ?, 0, ?, ?)",
                [alert.alert_id, channel.name, alert.decided_at, alert.decided_at],
            )


def _told_before(connection: duckdb.DuckDBPyConnection, alert: Alert) -> set[str]:
    """The channels that received, or will receive, an earlier alert about the same subject, also of another day."""
    rows = connection.execute(
        "select distinct channel from raw.deliveries inner join raw.alerts using (alert_id) "
        "where subject = $subject or $first in (alert_id, payload ->> 'refers_to')",
        {"subject": alert.subject, "first": alert.payload["refers_to"]},
    ).fetchall()
    return {channel for (channel,) in rows}


def due(connection: duckdb.DuckDBPyConnection, at: datetime) -> list[Due]:
    """Each channel's oldest undelivered alert, unless the channel is paused at ``at``; the channel that has waited
    longest comes first.

    One per channel, so that none overtakes another; call again once it is marked. A pause that would last longer than
    any is of a clock that was ahead, and counts as over.
    """
    rows = connection.execute(
        """
        with waiting as (
            select alerts.*, deliveries.channel, deliveries.next_attempt_at
            from raw.deliveries
            inner join raw.alerts on deliveries.alert_id = alerts.alert_id
            where deliveries.delivered_at is null and deliveries.given_up_at is null
            qualify row_number() over (partition by deliveries.channel order by alerts.number) = 1
        )
        select alert_id, kind, subject, payload, decided_at, channel
        from waiting where next_attempt_at <= $1 or next_attempt_at > $2
        order by next_attempt_at, channel
        """,
        [at, at + LONGEST_PAUSE],
    ).fetchall()
    return [
        Due(Alert(alert_id, kind, subject, json.loads(payload), decided_at), channel)
        for alert_id, kind, subject, payload, decided_at, channel in rows
    ]


def channels_down(connection: duckdb.DuckDBPyConnection) -> list[DownChannel]:
    """Each channel with waiting alerts, by name; after a delivery, those that failed or were slow."""
    rows = connection.execute(
        """
        select deliveries.channel, coalesce(min_by(last_error, number), 'what came before took the time there was'),
            count(*), min_by(next_attempt_at, number)
        from raw.deliveries
        inner join raw.alerts on deliveries.alert_id = alerts.alert_id
        where deliveries.delivered_at is null and deliveries.given_up_at is null
        group by deliveries.channel order by deliveries.channel
        """
    ).fetchall()
    return [DownChannel(*row) for row in rows]


def mark_delivered(connection: duckdb.DuckDBPyConnection, item: Due, at: datetime) -> None:
    connection.execute(
        "update raw.deliveries set attempts = attempts + 1, delivered_at = ?, last_error = null "
        "where alert_id = ? and channel = ?",
        [at, item.alert.alert_id, item.channel],
    )


def mark_failed(
    connection: duckdb.DuckDBPyConnection, item: Due, at: datetime, reason: str, is_final: bool
) -> datetime | None:
    """Record a failed attempt; returns the time of the next one, None when it is given up.

    It is given up when no retry could help (``is_final``), or three days after it was first due.
    """
    row = connection.execute(
        "select attempts, due_since from raw.deliveries where alert_id = ? and channel = ?",
        [item.alert.alert_id, item.channel],
    ).fetchone()
    assert row is not None
    attempts, since = row
    is_over = is_final or at - since >= GIVEN_UP_AFTER
    next_at = at + min(FIRST_PAUSE * 2 ** min(attempts, 10), LONGEST_PAUSE)
    connection.execute(
        "update raw.deliveries set attempts = attempts + 1, last_error = ?, next_attempt_at = ?, given_up_at = ? "
        "where alert_id = ? and channel = ?",
        [reason, next_at, at if is_over else None, item.alert.alert_id, item.channel],
    )
    return None if is_over else next_at


def given_up(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """A sentence for each delivery that was given up."""
    rows = connection.execute(
        "select alert_id, channel, attempts, last_error from raw.deliveries where given_up_at is not null "
        "order by given_up_at, alert_id, channel"
    ).fetchall()
    return [
        f"{alert_id} did not reach the channel {channel} in {attempts} attempts: {error}. "
        f"Fix the channel, then run `obmin alerts retry`."
        for alert_id, channel, attempts, error in rows
    ]


def retry(connection: duckdb.DuckDBPyConnection, alert_id: str | None, at: datetime) -> int:
    """Make deliveries that were given up or are paused due at once, for one alert or all; returns how many.

    Raises UnknownAlert when there is no such alert, NothingToRetry when that one waits for no channel.
    """
    known = "select 1 from raw.alerts where alert_id = ?"
    if alert_id is not None and not connection.execute(known, [alert_id]).fetchone():
        raise UnknownAlert(f"There is no alert {alert_id!r}; `obmin alerts list` shows them.")
    rows = connection.execute(
        "update raw.deliveries set next_attempt_at = $at, given_up_at = null, due_since = $at "
        "where delivered_at is null and ($alert_id is null or alert_id = $alert_id) returning 1",
        {"at": at, "alert_id": alert_id},
    ).fetchall()
    if alert_id is not None and not rows:
        raise NothingToRetry(
            f"The alert {alert_id!r} waits for no channel, so there is nothing to retry; `obmin alerts list` shows "
            "where each has arrived."
        )
    return len(rows)


LISTING = """
    select alerts.alert_id, alerts.kind, alerts.subject, alerts.decided_at, deliveries.channel,
        case
            when deliveries.channel is null then 'no channel wanted it'
            when deliveries.delivered_at is not null then 'delivered'
            when deliveries.given_up_at is not null then 'given up'
            else 'due'
        end as state,
        deliveries.attempts, deliveries.delivered_at, deliveries.next_attempt_at, deliveries.last_error
    from raw.alerts
    left join raw.deliveries on alerts.alert_id = deliveries.alert_id
    order by alerts.number, deliveries.channel
"""
LISTING_BY_IMPORTANCE = (
    "alert_id", "state", "channel", "next_attempt_at", "decided_at", "last_error", "attempts", "delivered_at", "kind",
)  # fmt: skip
