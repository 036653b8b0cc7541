"""`obmin exchange DAY`: everything known about one exchange, each figure with its source, quote and URL."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb

from orchestration.output.formats import shown, table_text
from orchestration.settings import Settings
from orchestration.warehouse.database import WarehouseError, reading

PARTS = {
    "exchange": "select * from marts.fct_exchanges where exchange_id = $id",
    "figures": """
        select measure, category, parent_branch, value, bound, source_id, quote, url
        from marts.fct_statements
        where exchange_id = $id and verdict = 'stands'
        order by
            measure in ('event', 'mediator', 'by_service'), measure, parent_branch nulls first, value desc, category
    """,
    "conflicts": """
        select measure, category, differing_value as value, differing_source as source_id, standing_value,
            verdict_rule, differing_quote as quote, differing_url as url
        from reports.conflicts where exchange_id = $id
    """,
    "revisions": """
        select revised_at, measure, service_branch, old_value, new_value, cause, source_id, url
        from marts.fct_exchange_revisions where exchange_id = $id order by revised_at, measure, service_branch
    """,
    "sources": """
        select source_id, publisher, announced_at, minutes_after_first, released_total, url
        from reports.coverage where exchange_id = $id order by minutes_after_first, source_id
    """,
}
TITLES = {
    "figures": "Figures, each with the words it stands on",
    "conflicts": "Sources that say otherwise",
    "revisions": "Changes since the first announcement (UTC)",
    "sources": "Who announced it, and how many minutes after the first (UTC)",
}


def details(settings: Settings, day: date, exchange_id: str | None = None) -> dict[str, Any]:
    """Everything about the exchange of a day (Kyiv's), by part; "exchange" is one record, the rest are lists. With an
    id, only that exchange: a day whose exchange was withdrawn may have another now.

    Raises WarehouseError, naming the nearest exchanges, when there is none.
    """
    with reading(settings.published) as connection:
        row = connection.execute(
            "select exchange_id from marts.fct_exchanges where exchanged_on = $day and $id in (exchange_id, '')",
            {"day": day, "id": exchange_id or ""},
        ).fetchone()
        if row is None:
            raise WarehouseError(_none_on(connection, day))
        found = {
            part: connection.execute(query, {"id": row[0]}).to_arrow_table().to_pylist()
            for part, query in PARTS.items()
        }
    return {**found, "exchange": found["exchange"][0]}


def as_text(found: dict[str, Any]) -> str:
    """The details as text for a terminal."""
    exchange = found["exchange"]
    facts = [(name, shown(value)) for name, value in exchange.items() if value is not None and value != []]
    parts = [table_text(["", ""], facts, title=f"Exchange of {exchange['exchanged_on']}")]
    for part, title in TITLES.items():
        if found[part]:
            names = [name for name in found[part][0] if any(row[name] is not None for row in found[part])]
            rows = [tuple(row[name] for name in names) for row in found[part]]
            parts.append(table_text(names, rows, title=title))
    return "\n".join(parts)


def _none_on(connection: duckdb.DuckDBPyConnection, day: date) -> str:
    withdrawn = connection.execute(
        "select exchange_id, reason, replaced_by from marts.fct_withdrawn_exchanges where exchanged_on = ? "
        "order by withdrawn_at desc",
        [day],
    ).fetchone()
    if withdrawn is not None:
        exchange_id, reason, replaced_by = withdrawn
        now = f" It tells of {replaced_by} now." if replaced_by else ""
        return f"{exchange_id} was withdrawn: {reason}.{now}"
    near = connection.execute(
        "select exchanged_on from marts.fct_exchanges "
        "order by abs(date_diff('day', exchanged_on, ?::date)), exchanged_on limit 2",
        [day],
    ).fetchall()
    days = " and ".join(str(found) for (found,) in sorted(near))
    return f"No exchange of {day} is known" + (f"; the nearest are of {days}." if days else ".")
