"""What the news about an exchange rests on: figures with their quotes, publishers, names, and why to confirm it.

Read from marts and reports, which the working file and the published copy both have. Text from posts is made harmless
here; sentences are made in messages.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import duckdb

from orchestration.output.sanitize import for_message

# What is less sure waits for a review: dbt_project/models/reports/review_queue.sql.
SURE_FROM = 0.9
# A quote is the few words that a figure was read from; a longer one is a sentence of names.
LONGEST_QUOTE = 160

FIGURES = """
    select figures.measure, figures.category, figures.parent_branch, figures.value, figures.bound, figures.quote,
        sources.publisher, figures.source_id, figures.url, figures.statement_id, figures.confidence,
        figures.publishers_agreeing, figures.publishers_differing, figures.review_decision
    from marts.fct_figures as figures
    inner join marts.dim_sources as sources on figures.source_id = sources.source_id
    where figures.exchange_id = ?
    order by figures.measure in ('by_service', 'part'), figures.measure, figures.value desc, figures.category,
        figures.parent_branch
"""
# The words that announce the exchange: they stand for its day, and for its number where none was announced.
ANNOUNCED = """
    select statements.quote, sources.publisher, statements.source_id, statements.url, statements.statement_id,
        statements.review_decision
    from marts.fct_statements as statements
    inner join marts.dim_sources as sources on statements.source_id = sources.source_id
    where statements.exchange_id = ? and statements.measure = 'event' and statements.verdict = 'stands'
    order by statements.published_at, statements.statement_id limit 1
"""
# Independent publishers, as in int_announcement_versions: no press, and no forwarded post.
PUBLISHERS = """
    select sources.publisher
    from marts.fct_statements as statements
    inner join marts.dim_sources as sources on statements.source_id = sources.source_id
    inner join marts.dim_announcements as announcements on statements.version_id = announcements.version_id
    where statements.exchange_id = ? and statements.measure = 'event' and statements.is_current
        and not statements.is_recap and sources.side <> 'press' and announcements.forwarded_from is null
    group by sources.publisher order by min(statements.published_at), sources.publisher
"""
DOUBTS = """
    select count(*) from reports.review_queue as waiting
    inner join marts.dim_measures as measures on waiting.measure = measures.measure
    where waiting.reason = 'doubt' and measures.measure_of = 'event' and waiting.version_id in (
        select version_id from marts.fct_statements
        where exchange_id = ? and measure = 'event' and is_current and not is_recap
    )
"""
# The figures that differ from those that stand, each with both quotes and the rule.
CONFLICTS = """
    select conflicts.measure, conflicts.category, standing_value, standing_source,
        standing_bound, standing.publisher as standing_publisher, standing_quote, standing_url, differing_value,
        differing_bound,
        differing_source, differing.publisher as differing_publisher, differing_quote, differing_url,
        verdict_rule as rule
    from reports.conflicts as conflicts
    left join marts.dim_sources as standing on conflicts.standing_source = standing.source_id
    left join marts.dim_sources as differing on conflicts.differing_source = differing.source_id
    where exchange_id = ? order by all
"""
NAMES = {
    "branches": "select service_branch, name_en, name_uk from marts.dim_service_branches",
    "mediators": "select mediator, name_en, name_uk from marts.dim_mediators",
}


def evidence_of(connection: duckdb.DuckDBPyConnection, exchange: dict[str, Any]) -> dict[str, Any]:
    """What an alert about a row of marts.fct_exchanges says beside it; the keys are documented in docs/webhook.md."""
    exchange_id = exchange["exchange_id"]
    figures = _records(connection, FIGURES, exchange_id)
    total = next((figure for figure in figures if figure["measure"] == "released_total"), None)
    publishers = [publisher for (publisher,) in connection.execute(PUBLISHERS, [exchange_id]).fetchall()]
    (doubts,) = connection.execute(DOUBTS, [exchange_id]).fetchall()[0]
    return {
        "announced_by": said_by(total) or announced_by(connection, exchange_id),
        "publishers": publishers,
        "figures": figures,
        "conflicts": _records(connection, CONFLICTS, exchange_id),
        "to_confirm": _to_confirm(exchange, len(publishers), doubts),
    }


def _to_confirm(exchange: dict[str, Any], publishers: int, doubts: int) -> list[str]:
    """Why a person should confirm it, as codes; empty when nothing is known against it."""
    confidence = exchange["confidence"]
    reasons = {
        "low_confidence": confidence is not None and confidence < SURE_FROM,
        "doubt": exchange["released_is_to_be_confirmed"] or doubts > 0,
        "conflict": exchange["has_conflict"],
        "one_publisher": publishers == 1,
        "no_publisher": publishers == 0,
    }
    return [reason for reason, holds in reasons.items() if holds]


def said_by(figure: dict[str, Any] | None) -> dict[str, Any] | None:
    """Who says a figure, in which words and where; None when nobody does."""
    keys = ("publisher", "source_id", "quote", "url", "statement_id", "review_decision")
    return {key: figure[key] for key in keys} if figure else None


def announced_by(connection: duckdb.DuckDBPyConnection, exchange_id: str) -> dict[str, Any] | None:
    """Who announces an exchange, in which words and where; None when no statement does."""
    return said_by(next(iter(_records(connection, ANNOUNCED, exchange_id)), None))


def publisher_of(connection: duckdb.DuckDBPyConnection, source_id: str | None) -> str | None:
    """A source's publisher; None for an unknown source."""
    row = connection.execute("select publisher from marts.dim_sources where source_id = ?", [source_id]).fetchone()
    return row[0] if row else None


def names_of(
    connection: duckdb.DuckDBPyConnection, rows: Iterable[dict[str, Any]], mediators: Iterable[str] = ()
) -> dict[str, Any]:
    """The names, by language, of the branches that figures, changes or conflicts are about, and of mediators."""
    wanted: dict[str, set[str | None]] = {
        "branches": {row.get(key) for row in rows for key in ("category", "parent_branch")},
        "mediators": set(mediators),
    }
    return {
        kind: {
            code: {"en": english, "uk": ukrainian}
            for code, english, ukrainian in connection.execute(query).fetchall()
            if code in wanted[kind]
        }
        for kind, query in NAMES.items()
    }


def _records(connection: duckdb.DuckDBPyConnection, query: str, exchange_id: str) -> list[dict[str, Any]]:
    cursor = connection.execute(query, [exchange_id])
    names = [column[0] for column in cursor.description or []]
    return [
        {name: _quoted(value) if name.endswith("quote") else value for name, value in zip(names, row, strict=True)}
        for row in cursor.fetchall()
    ]


def _quoted(text: str | None) -> str | None:
    """Words of a post, harmless and of a length that can be read in a message."""
    if text is None:
        return None
    words = for_message(text)
    return words if len(words) <= LONGEST_QUOTE else words[: LONGEST_QUOTE - 1].rstrip() + "…"
