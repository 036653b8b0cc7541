"""What is news: exchanges and figures compared with what was told of them last.

Deciding only; where an alert goes from here is the outbox's business.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import duckdb

from orchestration.alerts.config import Channel
from orchestration.alerts.outbox import Alert, now, put

PAYLOAD_VERSION = 1
# What a correction is of. A figure that is told for the first time corrects nothing, but for the total.
FIGURES = (
    "released_total", "released_is_lower_bound", "military", "civilians", "returned_to_russia", "officers",
    "privates_and_sergeants", "women", "official_number",
)  # fmt: skip

EXCHANGES = """
    select exchanges.exchange_id, to_json(exchanges) as exchange, told.exchange_id is not null as is_told,
        told.figures, coalesce(told.has_conflict, false) as had_conflict, coalesce(told.changes, 0) as changes,
        coalesce(told.is_withdrawn, false) as was_withdrawn
    from marts.fct_exchanges as exchanges
    left join raw.told_exchanges as told on exchanges.exchange_id = told.exchange_id
    order by exchanges.exchanged_on
"""
WITHDRAWN = """
    select withdrawn.exchange_id, to_json(withdrawn) as exchange, told.changes
    from marts.fct_withdrawn_exchanges as withdrawn
    inner join raw.told_exchanges as told on withdrawn.exchange_id = told.exchange_id
    where not told.is_withdrawn
    order by withdrawn.exchange_id
"""
CONFLICTS = """
    select measure, category, standing_value, standing_source, differing_value, differing_source
    from reports.conflicts where exchange_id = ? order by all
"""


@dataclass(slots=True)
class _Told:
    """What is to be told of one exchange, and what is remembered of it."""

    exchange: dict[str, Any]
    changes: int
    alerts: list[tuple[str, dict[str, Any]]] = field(default_factory=list)  # kind, what the payload adds


def decide_news(
    connection: duckdb.DuckDBPyConnection, channels: Sequence[Channel], today: date, within_days: int
) -> int:
    """Put an alert for all that is new since the last time into the outbox, in one transaction; how many.

    The first build knows every exchange of the past and is silent about it. So is whatever is told or changed
    of an exchange more than ``within_days`` before ``today`` (Kyiv's): a backfill, a rebuild, a better reader.
    """
    connection.execute("begin")
    try:
        is_first = connection.execute("select count(*) from raw.told_exchanges").fetchone() == (0,)
        since = today - timedelta(days=within_days)
        at, put_now = now(), 0
        for told in [*_exchanges(connection), *_withdrawn(connection)]:
            is_silent = is_first or date.fromisoformat(told.exchange["exchanged_on"]) < since
            for kind, more in [] if is_silent else told.alerts:
                put(connection, _alert(connection, kind, told, more, at), channels, told.exchange["released_total"])
                put_now += 1
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
    return put_now


def _exchanges(connection: duckdb.DuckDBPyConnection) -> Iterator[_Told]:
    """Each exchange that stands, with what is new of it; what is told now is remembered."""
    rows = connection.execute(EXCHANGES).fetchall()
    for exchange_id, as_json, is_told, figures_before, had_conflict, changes, was_withdrawn in rows:
        exchange = json.loads(as_json)
        told = _Told(exchange, changes)
        figures = {name: exchange[name] for name in FIGURES}
        before = json.loads(figures_before) if is_told else None
        corrected = corrections(before, figures) if before else []
        is_new_conflict = exchange["has_conflict"] and not had_conflict
        if not is_told:
            told.alerts.append(("new_exchange", {}))
        if corrected:
            told.alerts.append(("figure_corrected", {"changes": corrected}))
        if is_told and is_new_conflict:
            cursor = connection.execute(CONFLICTS, [exchange_id])
            names = [column[0] for column in cursor.description]
            conflicts = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
            told.alerts.append(("sources_in_conflict", {"conflicts": conflicts}))
        if was_withdrawn or (figures, exchange["has_conflict"]) != (before, had_conflict):
            connection.execute(
                "insert or replace into raw.told_exchanges values (?, ?, ?, false, ?)",
                [exchange_id, json.dumps(figures), exchange["has_conflict"], changes + bool(is_told and told.alerts)],
            )
        yield told


def _withdrawn(connection: duckdb.DuckDBPyConnection) -> Iterator[_Told]:
    for exchange_id, as_json, changes in connection.execute(WITHDRAWN).fetchall():
        exchange = json.loads(as_json)
        reason = {"reason": exchange["reason"], "replaced_by": exchange["replaced_by"]}
        connection.execute(
            "update raw.told_exchanges set is_withdrawn = true, changes = changes + 1 where exchange_id = ?",
            [exchange_id],
        )
        yield _Told(exchange, changes, [("exchange_withdrawn", reason)])


def corrections(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
    """The figures that are others now than were told: ``figure``, ``old``, ``new``."""
    return [
        {"figure": name, "old": before.get(name), "new": after[name]}
        for name in FIGURES
        if before.get(name) != after[name] and (before.get(name) is not None or name == "released_total")
    ]


def _alert(
    connection: duckdb.DuckDBPyConnection, kind: str, told: _Told, more: dict[str, Any], at: datetime
) -> Alert:
    exchange_id = told.exchange["exchange_id"]
    first = f"new-exchange/{exchange_id}"
    is_sent = connection.execute("select count(*) from raw.alerts where alert_id = ?", [first]).fetchone() == (1,)
    alert_id = first if kind == "new_exchange" else f"{kind.replace('_', '-')}/{exchange_id}/{told.changes + 1}"
    payload = {
        "version": PAYLOAD_VERSION,
        "id": alert_id,
        "kind": kind,
        "decided_at": f"{at.isoformat(timespec='seconds')}Z",
        "refers_to": first if is_sent and kind != "new_exchange" else None,
        "exchange": told.exchange,
        **more,
    }
    return Alert(alert_id, kind, exchange_id, payload, at)
