"""The payloads of alerts: what a webhook receives, and what messages are made from. docs/webhook.md documents them.

What is news is decided in news.py, problems.py and digest.py; the texts are made in messages.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

import duckdb

from orchestration.alerts.evidence import (
    announced_by,
    evidence_of,
    names_of,
    publisher_of,
    said_by,
)

PAYLOAD_VERSION = 2


def payload_of(
    kind: str, alert_id: str, at: datetime, refers_to: str | None, more: Mapping[str, Any]
) -> dict[str, Any]:
    """The keys of every payload, and more of its kind. ``at``: when it was decided, UTC without a zone."""
    return {
        "version": PAYLOAD_VERSION,
        "id": alert_id,
        "kind": kind,
        "decided_at": utc_text(at),
        "refers_to": refers_to,
        **more,
    }


def news_payload(
    connection: duckdb.DuckDBPyConnection,
    kind: str,
    exchange: dict[str, Any],
    at: datetime,
    first: str | None = None,
    number: int = 0,
    more: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, Any]:
    """The payload of an alert about an exchange, a row of `as_json`. ``first``: the id of the first alert about it;
    ``number``: how many came after that; ``more``: what a correction says.
    """
    exchange_id = exchange["exchange_id"]
    alert_id = f"{kind.replace('_', '-')}/{exchange_id}" + (f"/{number}" if number else "")
    if kind == "exchange_withdrawn":
        taken_back = {key: exchange[key] for key in ("reason", "replaced_by")}
        taken_back["publisher"] = publisher_of(connection, exchange["source_id"])
        return payload_of(kind, alert_id, at, first, {"exchange": exchange, **taken_back})
    evidence = evidence_of(connection, exchange)
    said: dict[str, Any] = {**more}
    if "changes" in more:
        said["changes"] = [
            {**change, "said_by": _said_by(connection, exchange_id, change, evidence["figures"])}
            for change in more["changes"]
        ]
    told = [*evidence["figures"], *evidence["conflicts"], *said.get("changes", ())]
    names = names_of(connection, told, exchange["mediators"])
    return payload_of(kind, alert_id, at, first, {"exchange": exchange, **evidence, **said, "names": names})


def _said_by(
    connection: duckdb.DuckDBPyConnection, exchange_id: str, change: dict[str, Any], figures: list[dict[str, Any]]
) -> dict[str, Any] | None:
    """Who says the new figure. A bound is the total's; for a day it is who announces the exchange."""
    if change["figure"] in ("exchanged_on", "status"):
        return announced_by(connection, exchange_id)
    is_bound = change["figure"] in ("released_is_lower_bound", "released_bound")
    measure = "released_total" if is_bound else change["figure"]
    wanted = (measure, change["category"], change["parent_branch"])
    return said_by(
        next((one for one in figures if (one["measure"], one["category"], one["parent_branch"]) == wanted), None)
    )


def as_json(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as JSON types: timestamps in UTC like "2026-05-20T10:15:02Z", days like "2026-05-20"."""
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return utc_text(value)
    return value.isoformat() if isinstance(value, date) else value


def utc_text(moment: datetime) -> str:
    """A timestamp in the one form that payloads have. ``moment`` is UTC, with or without a zone."""
    return f"{moment.replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def utc_of(written: str) -> datetime:
    """The moment that a payload of any version gives: version 1 had forms without a zone. Raises ValueError."""
    moment = datetime.fromisoformat(written)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
