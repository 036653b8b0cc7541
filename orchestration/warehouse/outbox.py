"""The outbox: which alerts are due, decided once and marked only when delivered.

Deciding and marking belong here; words are in alerts/messages.py, delivery in alerts/channels.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb


@dataclass(frozen=True, slots=True)
class Alert:
    """``payload`` is the exchange's row as it stood when the alert was decided."""

    alert_id: str
    kind: str
    payload: dict[str, Any]


def decide(connection: duckdb.DuckDBPyConnection, today: date, within_days: int) -> int:
    """Put an alert for each exchange never built before into the outbox; the number put.

    The first build knows every exchange of the past and is silent about it, and so is a backfill: an
    exchange of more than ``within_days`` before ``today`` (Kyiv's) raises no alert.
    """
    now = datetime.now(UTC).replace(tzinfo=None)
    put = 0
    known = connection.execute("select count(*) from raw.known_exchanges").fetchone()
    is_first = not known or known[0] == 0
    rows = connection.execute(
        """
        select exchange_id, to_json(exchanges) as payload, exchanged_on
        from marts.fct_exchanges as exchanges
        where exchange_id not in (select exchange_id from raw.known_exchanges)
        order by exchanged_on
        """
    ).fetchall()
    connection.execute("begin")
    for exchange_id, payload, exchanged_on in rows:
        connection.execute("insert into raw.known_exchanges values (?, ?)", [exchange_id, now])
        if not is_first and exchanged_on >= today - timedelta(days=within_days):
            put += 1
            connection.execute(
                "insert into raw.alerts values (?, 'new_exchange', ?, ?, ?, null, 0, null)",
                [f"new-{exchange_id}", exchange_id, payload, now],
            )
    connection.execute("commit")
    return put


def is_due(connection: duckdb.DuckDBPyConnection) -> bool:
    """True when an alert waits for delivery."""
    row = connection.execute("select count(*) from raw.alerts where delivered_at is null").fetchone()
    return row is not None and row[0] > 0


def deliver(connection: duckdb.DuckDBPyConnection, send: Callable[[Alert], str | None]) -> tuple[int, list[str]]:
    """Send what is due, oldest first; how many went out, and a sentence for each that did not.

    ``send`` gives None on success, else the reason. An alert stays due until it succeeds.
    """
    delivered, failures = 0, []
    rows = connection.execute(
        "select alert_id, kind, payload from raw.alerts where delivered_at is null order by decided_at, alert_id"
    ).fetchall()
    for alert_id, kind, payload in rows:
        reason = send(Alert(alert_id, kind, json.loads(payload)))
        now = datetime.now(UTC).replace(tzinfo=None)
        connection.execute(
            "update raw.alerts set attempts = attempts + 1, last_error = ?, delivered_at = ? where alert_id = ?",
            [reason, None if reason else now, alert_id],
        )
        if reason:
            failures.append(f"Alert {alert_id} was not delivered: {reason} It stays due and goes out next time.")
        else:
            delivered += 1
    return delivered, failures
