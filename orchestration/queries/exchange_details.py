"""`obmin exchange`: everything known about an exchange, each figure with its source, quote and URL.

Its text is in exchange_text.py.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import duckdb

from orchestration.settings import Settings
from orchestration.warehouse.database import WarehouseError, reading
from scrapers.extraction.measures import load_measures

PARTS = {
    "exchange": "select * from marts.fct_exchanges where exchange_id = $id",
    "figures": """
        select measure, category, parent_branch, value, bound, publishers_agreeing, publishers_differing, rule,
            confidence, review_decision, first_said_at, last_said_at, said_at, source_id, quote, url
        from marts.fct_figures
        where exchange_id = $id
        order by parent_branch nulls first, value desc, category
    """,
    "conflicts": """
        select measure, category, differing_value as value, differing_bound as bound, differing_source as source_id,
            standing_value, standing_bound, verdict_rule, differing_quote as quote, differing_url as url
        from reports.conflicts where exchange_id = $id
    """,
    "revisions": """
        select revised_at, measure, service_branch, old_value, old_bound, new_value, new_bound, cause, source_id, url
        from marts.fct_exchange_revisions where exchange_id = $id order by revised_at, measure, service_branch
    """,
    "sources": """
        select source_id, publisher, announced_at, minutes_after_first, released_total, released_bound, url, total_url
        from reports.coverage where exchange_id = $id order by minutes_after_first, source_id
    """,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which exchanges are asked for: those of a day (Kyiv's), of an official number, or the one with an id, which has
    its day too.
    """

    day: date | None = None
    official_number: int | None = None
    exchange_id: str | None = None


def details(settings: Settings, asked: Asked) -> list[dict[str, Any]]:
    """Everything about the exchanges, by part; "exchange" is one record, the rest are lists. A day has two exchanges
    at times, an official number one for each of its stages.

    Raises WarehouseError, naming the nearest exchanges, when there is none.
    """
    with reading(settings.published) as connection:
        found = exchanges_asked_for(connection, asked)
        if not found:
            raise none_of(connection, asked)
        return [_parts(connection, exchange["exchange_id"]) for exchange in found]


def exchanges_asked_for(connection: duckdb.DuckDBPyConnection, asked: Asked) -> list[dict[str, Any]]:
    """The rows of marts.fct_exchanges that are asked for, by day."""
    rows = connection.execute(
        """
        select exchanges from marts.fct_exchanges as exchanges
        where
            coalesce(exchanged_on = $day, true)
            and coalesce(official_number = $official_number, $official_number is null)
            and coalesce(exchange_id = $exchange_id, true)
        order by exchanged_on, exchange_id
        """,
        asdict(asked),
    ).fetchall()
    return [exchange for (exchange,) in rows]


def _parts(connection: duckdb.DuckDBPyConnection, exchange_id: str) -> dict[str, Any]:
    found = {
        part: connection.execute(query, {"id": exchange_id}).to_arrow_table().to_pylist()
        for part, query in PARTS.items()
    }
    order = {measure: place for place, measure in enumerate(load_measures())}
    found["figures"].sort(key=lambda figure: order[figure["measure"]])
    return {**found, "exchange": found["exchange"][0]}


def none_of(connection: duckdb.DuckDBPyConnection, asked: Asked) -> WarehouseError:
    """The error for what is asked for and is not held, with the nearest that is."""
    return WarehouseError(_why_none(connection, asked))


def _why_none(connection: duckdb.DuckDBPyConnection, asked: Asked) -> str:
    if asked.official_number is not None:
        (highest,) = connection.execute("select max(official_number) from marts.fct_exchanges").fetchall()[0]
        known = f"; the highest number known is {highest}." if highest else "."
        return f"No exchange with the official number {asked.official_number} is known{known}"
    withdrawn = connection.execute(
        "select exchange_id, reason, replaced_by from marts.fct_withdrawn_exchanges "
        "where coalesce(exchange_id = $id, exchanged_on = $day) order by exchange_id",
        {"id": asked.exchange_id, "day": asked.day},
    ).fetchall()
    if withdrawn:
        return " ".join(
            f"{exchange_id} was withdrawn: {reason}." + (f" It tells of {replaced_by} now." if replaced_by else "")
            for exchange_id, reason, replaced_by in withdrawn
        )
    of_the_day = connection.execute(
        "select exchange_id from marts.fct_exchanges where exchanged_on = $day union all "
        "select exchange_id from marts.fct_withdrawn_exchanges where exchanged_on = $day order by exchange_id",
        {"day": asked.day},
    ).fetchall()
    if of_the_day:  # another id was asked for
        return (
            f"No {asked.exchange_id} is known; of {asked.day} there is {' and '.join(one for (one,) in of_the_day)}."
        )
    near = connection.execute(
        "select exchanged_on from marts.fct_exchanges "
        "order by abs(date_diff('day', exchanged_on, ?::date)), exchanged_on limit 2",
        [asked.day],
    ).fetchall()
    days = " and ".join(str(found) for (found,) in sorted(near))
    return f"No exchange of {asked.day} is known" + (f"; the nearest are of {days}." if days else ".")
