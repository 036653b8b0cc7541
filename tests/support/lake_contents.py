"""What a lake has, beside what the deployment has that publishes to it. Starting the servers is in lake_servers.py."""

from __future__ import annotations

from collections.abc import Collection

import psycopg

from orchestration.lake.connection import open_lake
from orchestration.lake.deployment import lake_of, lake_waits
from orchestration.lake.publishing import read_held
from orchestration.lake_address import Lake
from orchestration.settings import Settings
from orchestration.warehouse.attachment import attach
from orchestration.warehouse.comparison import content_of
from orchestration.warehouse.database import Warehouse

# Those that announcing one more exchange changes.
CHANGING = (
    "raw.alerted_exchanges", "raw.announcements", "raw.doubts", "raw.readings", "raw.statements",
    "marts.dim_announcements", "marts.fct_exchanges", "marts.fct_figures", "marts.fct_statements",
)  # fmt: skip


def waits(settings: Settings) -> bool:
    with Warehouse(settings).connection() as connection:
        return lake_waits(connection, settings)


def differing(settings: Settings, of: Collection[str] = CHANGING) -> list[str]:
    """The tables of the working file and of the published copy that are missing in the lake, or differ; ``of`` none
    are all.
    """
    with open_lake(lake_of(settings), is_read_only=True) as connection:
        attach(connection, settings.working, "working", "read_only")
        attach(connection, settings.published, "copy", "read_only")
        tables = connection.execute(
            "select database_name, schema_name || '.' || table_name from duckdb_tables() "
            "where database_name = 'copy' or (database_name = 'working' and schema_name = 'raw' and table_name not in "
            "('build', 'lake_publication', 'pages', 'publication', 'publication_base')) order by all"
        ).fetchall()
        held = {
            name
            for (name,) in connection.execute(
                "select schema_name || '.' || table_name from duckdb_tables() where database_name = 'lake'"
            ).fetchall()
        }
        assert len(tables) > 40
        return [
            name
            for database, name in tables
            if (not of or name in of)
            and (
                name not in held
                or content_of(connection, f"{database}.{name}") != content_of(connection, f"lake.{name}")
            )
        ]


def rows_written(lake: Lake, table: str) -> list[int]:
    """How many rows each data file of a table has, in the order in which they were written."""
    with psycopg.connect(lake.catalog) as session:
        return [
            rows
            for (rows,) in session.execute(
                "select record_count from obmin_lake.ducklake_data_file join obmin_lake.ducklake_table "
                "using (table_id) where table_name = %s and ducklake_table.end_snapshot is null order by data_file_id",
                [table],
            ).fetchall()
        ]


def published_id(lake: Lake) -> str:
    with open_lake(lake, is_read_only=True) as connection:
        held = read_held(connection)
    assert held is not None
    return held.publication_id


def end_lock(lake: Lake) -> None:
    """End the connection that holds the lake's writer lock, as an administrator or a restart does."""
    with psycopg.connect(lake.catalog, autocommit=True) as session:
        ended = session.execute(
            "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' "
            "and database = (select oid from pg_database where datname = current_database())"
        ).fetchall()
    assert ended == [(True,)]
