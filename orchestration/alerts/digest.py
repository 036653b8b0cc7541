"""The daily digest of announcements that wait for review, if there are any. Failures are in problems.py."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time

import duckdb

from orchestration.alerts.config import Channel
from orchestration.alerts.outbox import Alert, now, put
from orchestration.alerts.payload import payload_of
from orchestration.settings import KYIV
from orchestration.warehouse.reviews import WAITING, extractor_in_force

SENT_FROM = time(9)  # Kyiv time, so that it wakes no one up
COUNT = f"select count(*), arg_max(url, (published_at, version_id)) from ({WAITING})"  # noqa: S608 - our own SQL


def decide_digest(
    connection: duckdb.DuckDBPyConnection, channels: Sequence[Channel], clock: Callable[[], datetime] = now
) -> bool:
    """Put the day's digest into the outbox when announcements wait for review; returns whether it was put.

    ``clock`` gives UTC without a zone; the day is in Kyiv time.
    """
    at = clock()
    here = at.replace(tzinfo=UTC).astimezone(KYIV)
    alert_id = f"digest/{here:%Y-%m-%d}"
    decided = connection.execute("select 1 from raw.alerts where alert_id = ?", [alert_id]).fetchone()
    if decided is not None or here.time() < SENT_FROM:
        return False
    waiting, newest = connection.execute(COUNT, {"reader": extractor_in_force(connection)}).fetchone() or (0, None)
    if not waiting:
        return False
    payload = payload_of("digest", alert_id, at, None, {"digest": {"waiting": waiting, "newest": newest}})
    connection.execute("begin")
    try:
        put(connection, Alert(alert_id, "digest", "digest", payload, at), channels)
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
    return True
