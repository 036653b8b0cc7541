"""Decides what is news, by comparing exchanges and figures with what was last alerted.

Deciding only; storing alerts is in outbox.py, sending in delivery.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import duckdb

from orchestration.alerts.config import Channel
from orchestration.alerts.corrections import change, corrections, state_of, told_in
from orchestration.alerts.outbox import Alert, now, put
from orchestration.alerts.payload import as_json, news_payload, utc_of, utc_text
from orchestration.settings import KYIV

# Exchanges that are no longer announced: the withdrawn ones, and alerted ones that are in no list although their
# announcement was read: after a decision, by a better extractor, or because an edit made two exchanges of a day one.
# Where the announcement of another exchange of that day is not held, nothing is proved: the working file may be new.
NO_LONGER_ANNOUNCED = """
    create or replace temporary table no_longer_announced as
    with built as (select max(arrived) as arrived from raw.build),
    alerted as (
        select alerted.exchange_id, alerted.figures ->> 'exchanged_on' as exchanged_on,
            (alerted.figures ->> 'released_total')::integer as released_total,
            alerted.figures ->> 'released_bound' as released_bound,
            arg_max(alerts.payload ->> '$.exchange.first_announced_at', alerts.number) as announced_at,
            arg_max(alerts.payload ->> '$.exchange.announcement_url', alerts.number) as url
        from raw.alerted_exchanges as alerted
        inner join raw.alerts as alerts on alerted.exchange_id = alerts.subject
        where not alerted.is_withdrawn and (alerts.payload ->> '$.exchange.announcement_url') is not null
        group by all
    ),
    held as (
        select url, arg_max(version_id, load_seq) as version_id, arg_max(source_id, load_seq) as source_id
        from raw.announcements, built
        where load_seq <= built.arrived and url in (select url from alerted) group by url
    ),
    listed as (
        select exchange_id from marts.fct_exchanges union select exchange_id from marts.fct_withdrawn_exchanges
    ),
    announced_now as (
        select statements.url, min(statements.exchange_id) as exchange_id
        from marts.fct_statements as statements
        semi join marts.fct_exchanges as exchanges on statements.exchange_id = exchanges.exchange_id
        where statements.is_current and not statements.is_recap and statements.url in (select url from alerted)
        group by statements.url
    )
    select exchange_id, exchanged_on, released_total, released_bound, announced_at, withdrawn_at, reason, replaced_by,
        version_id, source_id, url
    from marts.fct_withdrawn_exchanges
    union all by name
    select alerted.exchange_id, alerted.exchanged_on::date as exchanged_on, alerted.released_total,
        alerted.released_bound,
        alerted.announced_at::timestamp as announced_at, $now::timestamp as withdrawn_at,
        if(announced_now.exchange_id is null, 'its announcement is no longer read as one of an exchange',
            'its announcement is read as one of another exchange now') as reason,
        announced_now.exchange_id as replaced_by, held.version_id, held.source_id, held.url
    from alerted
    inner join held on alerted.url = held.url
    left join announced_now on alerted.url = announced_now.url
    where alerted.exchange_id not in (select exchange_id from listed)
        and not exists (
            select 1 from alerted as other
            where other.exchanged_on = alerted.exchanged_on and other.url not in (select url from held)
        )
"""
# An exchange that was alerted under another day and then moved is matched by its former id.
EXCHANGES = """
    with moved as (
        select withdrawn.replaced_by as exchange_id, min(withdrawn.exchange_id) as moved_from
        from no_longer_announced as withdrawn
        inner join raw.alerted_exchanges as alerted on withdrawn.exchange_id = alerted.exchange_id
        where not alerted.is_withdrawn and withdrawn.exchange_id in (select subject from raw.alerts)
        group by withdrawn.replaced_by
    ),
    branches as (
        select exchange_id,
            map_from_entries(list((concat_ws('/', parent_branch, category), value) order by all)) as branches
        from marts.fct_figures where measure = 'by_service' group by exchange_id
    ),
    bounds as (
        select exchange_id,
            map_from_entries(list((
                if(measure = 'by_service', concat_ws('/', parent_branch, category), measure), bound
            ) order by all)) as bounds
        from marts.fct_figures where bound <> 'exact' and measure <> 'part' group by exchange_id
    ),
    parts as (
        select exchange_id, map_from_entries(list((category, value) order by all)) as parts
        from marts.fct_figures where measure = 'part' group by exchange_id
    )
    select exchanges, coalesce(branches.branches, map {}) as branches, coalesce(bounds.bounds, map {}) as bounds,
        coalesce(parts.parts, map {}) as parts,
        alerted.exchange_id is not null as is_alerted, coalesce(alerted.figures, before.figures) as figures,
        coalesce(alerted.has_conflict, before.has_conflict, false) as had_conflict,
        coalesce(alerted.changes, 0) as changes,
        coalesce(alerted.is_withdrawn, false) as was_withdrawn,
        before.exchange_id as moved_from
    from marts.fct_exchanges as exchanges
    left join raw.alerted_exchanges as alerted on exchanges.exchange_id = alerted.exchange_id
    left join moved on exchanges.exchange_id = moved.exchange_id and alerted.exchange_id is null
    left join raw.alerted_exchanges as before on moved.moved_from = before.exchange_id
    left join branches on exchanges.exchange_id = branches.exchange_id
    left join bounds on exchanges.exchange_id = bounds.exchange_id
    left join parts on exchanges.exchange_id = parts.exchange_id
    order by exchanges.exchanged_on
"""
WITHDRAWN = """
    select withdrawn, alerted.changes
    from no_longer_announced as withdrawn
    inner join raw.alerted_exchanges as alerted on withdrawn.exchange_id = alerted.exchange_id
    where not alerted.is_withdrawn
    order by withdrawn.exchange_id
"""
WITHDRAW = "update raw.alerted_exchanges set is_withdrawn = true, changes = changes + 1 where exchange_id = ?"
# Who changed an alerted figure: its sources, when anything about the exchange arrived or was deleted since it was
# last compared; else a reviewer; else the extractor. No row for an exchange that was not alerted.
CORRECTED_BY = """
    with of_exchange as (
        select version_id from marts.fct_statements where exchange_id in ($id, $former)
        union
        select announcements.version_id
        from raw.announcements as announcements
        inner join raw.alerts as alerts on announcements.url = (alerts.payload ->> '$.exchange.announcement_url')
        where alerts.subject = $former
    ),
    versions as (
        select announcements.version_id, announcements.load_seq, deleted.change_seq as deleted_seq
        from of_exchange
        inner join raw.announcements as announcements on of_exchange.version_id = announcements.version_id
        left join raw.absent_items as deleted
            on announcements.source_id = deleted.source_id
            and announcements.announcement_id = deleted.item_id and deleted.is_deleted
    )
    select case
        when alerted.load_seq is null then 'sources'
        when exists (
            select 1 from versions where load_seq > alerted.load_seq or deleted_seq > alerted.change_seq
        ) then 'sources'
        when exists (
            select 1 from versions inner join raw.reviews as reviews on versions.version_id = reviews.version_id
            where reviews.change_seq > alerted.change_seq
        ) then 'review'
        else 'extractor'
    end
    from raw.alerted_exchanges as alerted where alerted.exchange_id = $former
"""
# What the last build was made from: what was loaded since will change figures later.
COMPARED = """
    update raw.alerted_exchanges set load_seq = built.arrived, change_seq = built.changed
    from (select max(arrived) as arrived, max(changed) as changed from raw.build) as built
    where (alerted_exchanges.load_seq, alerted_exchanges.change_seq) is distinct from (built.arrived, built.changed)
"""
# The alert before, about an exchange or about the one that it was before its day moved.
ALERT_BEFORE = """
    select alert_id, decided_at, payload from raw.alerts where subject in ($id, $former) order by number desc limit 1
"""


@dataclass(slots=True)
class _News:
    """The alerts to send about one exchange, and its stored state."""

    exchange: dict[str, Any]
    changes: int
    alerts: list[tuple[str, dict[str, Any]]] = field(default_factory=list)  # kind, additions to the payload
    moved_from: str | None = None

    def is_past(self, kind: str, since: date, first_alert: str | None) -> bool:
        """True when its day is older than ``since``. What was alerted is never past: who read that alert has to hear
        what became of it, however late we do; but another source's number is news only when it is new itself.
        """
        if first_alert is None:
            return date.fromisoformat(self.exchange["exchanged_on"]) < since
        if kind != "sources_in_conflict":
            return False
        return utc_of(self.exchange["last_revised_at"]).astimezone(KYIV).date() < since


def decide_news(
    connection: duckdb.DuckDBPyConnection, channels: Sequence[Channel], today: date, within_days: int
) -> int:
    """Put an alert for everything new since the last call into the outbox, in one transaction; returns how many.

    None is sent about what is more than ``within_days`` before ``today`` (Kyiv's): a first run, a backfill, a rebuild
    and a better extractor find old exchanges. An alerted exchange is corrected however late its correction is known.
    """
    connection.execute("begin")
    try:
        since = today - timedelta(days=within_days)
        at, put_now = now(), 0
        connection.execute(NO_LONGER_ANNOUNCED, {"now": at})
        for item in [item for item in (*_exchanges(connection), *_withdrawn(connection)) if item.alerts]:
            first = _first_alert(connection, item.moved_from or item.exchange["exchange_id"])
            for kind, more in item.alerts:
                if item.is_past(kind, since, first):
                    continue
                alert = _alert(connection, kind, item, first, more, at)
                put(connection, alert, channels, item.exchange["released_total"])
                put_now += 1
        connection.execute(COMPARED)
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
    return put_now


def _exchanges(connection: duckdb.DuckDBPyConnection) -> Iterator[_News]:
    """Each current exchange with its new alerts; the state that is alerted now is stored."""
    rows = connection.execute(EXCHANGES).fetchall()
    for row, branches, bounds, parts, is_alerted, figures_before, had_conflict, changes, *rest in rows:
        exchange, (was_withdrawn, moved_from) = as_json(row), rest
        item = _News(exchange, changes, moved_from=moved_from)
        before = json.loads(figures_before) if figures_before else None
        figures = state_of(exchange, branches, bounds, parts, before)
        if before is None:
            item.alerts.append(("new_exchange", {}))
        corrected = _corrected(before, figures, exchange["status"] if was_withdrawn else None)
        if corrected:
            item.alerts.append(("figure_corrected", _correction(connection, item, corrected)))
        if before and exchange["has_conflict"] and not had_conflict:
            item.alerts.append(("sources_in_conflict", {}))
        if not is_alerted or was_withdrawn or (figures, exchange["has_conflict"]) != (before, had_conflict):
            connection.execute(
                "insert or replace into raw.alerted_exchanges by name select ? as exchange_id, ? as figures, "
                "? as has_conflict, false as is_withdrawn, ? as changes",
                [
                    exchange["exchange_id"],
                    json.dumps(figures),
                    exchange["has_conflict"],
                    changes + bool(before and item.alerts),
                ],
            )
        if moved_from:
            connection.execute(WITHDRAW, [moved_from])
        yield item


def _corrected(
    before: dict[str, Any] | None, figures: dict[str, Any], status_again: str | None
) -> list[dict[str, Any]]:
    """The figures that changed, and that an exchange is no longer withdrawn: ``status_again``."""
    corrected = corrections(before, figures) if before else []
    if status_again is not None:
        corrected.append(change("status", "withdrawn", status_again))
    return corrected


def _correction(
    connection: duckdb.DuckDBPyConnection, item: _News, corrected: list[dict[str, Any]]
) -> dict[str, Any]:
    """What a correction says beside the exchange: the changes, who made them, and what the alert before said."""
    ids = {"id": item.exchange["exchange_id"], "former": item.moved_from or item.exchange["exchange_id"]}
    by = connection.execute(CORRECTED_BY, ids).fetchone()
    alert = connection.execute(ALERT_BEFORE, ids).fetchone()
    before = alert and {"id": alert[0], "decided_at": utc_text(alert[1]), "figures": told_in(json.loads(alert[2]))}
    return {"changes": corrected, "corrected_by": by[0] if by else "sources", "before": before}


def _withdrawn(connection: duckdb.DuckDBPyConnection) -> Iterator[_News]:
    for row, changes in connection.execute(WITHDRAWN).fetchall():
        exchange = as_json(row)
        connection.execute(WITHDRAW, [exchange["exchange_id"]])
        yield _News(exchange, changes, [("exchange_withdrawn", {})])


def _alert(
    connection: duckdb.DuckDBPyConnection,
    kind: str,
    item: _News,
    first: str | None,
    more: dict[str, Any],
    at: datetime,
) -> Alert:
    """``first`` is the id of the first alert about the exchange, if there was one."""
    number = 0 if kind == "new_exchange" else item.changes + 1
    payload = news_payload(connection, kind, item.exchange, at, first, number, more)
    return Alert(payload["id"], kind, item.exchange["exchange_id"], payload, at)


def _first_alert(connection: duckdb.DuckDBPyConnection, exchange_id: str) -> str | None:
    """The id of the first alert about an exchange, perhaps under another day; None when there was none."""
    row = connection.execute(
        "select coalesce(payload ->> 'refers_to', alert_id) from raw.alerts where subject = ? "
        "order by number limit 1",
        [exchange_id],
    ).fetchone()
    return row[0] if row else None
