"""The published copy: what people open, made whole beside the old one and swapped in by rename.

Nobody but this module writes it, and it is never the file that the pipeline writes.
"""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from orchestration.settings import Settings
from orchestration.warehouse.state import state_of
from orchestration.warehouse.working import attach, working_file
from scrapers.reading import reader_version

SCHEMAS = ("marts", "reports")


@dataclass(frozen=True, slots=True)
class Published:
    path: Path
    tables: int
    exchanges: int


def publish(settings: Settings, run_id: str) -> Published:
    """Copy marts and reports into a new file and swap it in. Call it only after the checks passed."""
    fresh = settings.published.with_suffix(".duckdb.new")
    fresh.unlink(missing_ok=True)
    with working_file(settings) as connection:
        attach(connection, fresh, "fresh")
        tables = connection.execute(
            "select table_schema, table_name from information_schema.tables "
            "where table_schema in (select unnest(?)) and table_catalog = current_database() order by all",
            [list(SCHEMAS)],
        ).fetchall()
        for schema in (*SCHEMAS, "meta"):
            connection.execute(f"create schema fresh.{schema}")
        for schema, table in tables:
            connection.execute(f'create table fresh.{schema}."{table}" as from {schema}."{table}"')
        _write_about(connection, run_id)
        connection.execute("detach fresh")
        row = connection.execute("select count(*) from marts.fct_exchanges").fetchone()
    os.replace(fresh, settings.published)
    return Published(settings.published, len(tables), row[0] if row else 0)


def _write_about(connection: duckdb.DuckDBPyConnection, run_id: str) -> None:
    state = state_of(connection)
    connection.execute(
        """
        create table fresh.meta.about as
        select $built_at::timestamp as built_at, $run_id as run_id, $reader as reader_version,
            $rules as rules, $arrived::bigint as arrived, $changed::bigint as changed,
            $references::ubigint as "references"
        """,
        {
            "built_at": datetime.now(UTC).replace(tzinfo=None),
            "run_id": run_id,
            "reader": reader_version(),
            **asdict(state),
        },
    )
    connection.execute(
        "create table fresh.meta.sources as "
        "select source_id, last_checked_at, last_success_at, last_error from raw.source_checks"
    )
