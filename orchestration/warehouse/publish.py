"""The published copy: what people open, made whole beside the old one and swapped in by rename.

Nobody but this module writes it, and it is never the file that the pipeline writes. The copies before it
are kept in `previous/`.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from orchestration.settings import Settings
from orchestration.warehouse.state import built_state, published_state, state_of
from orchestration.warehouse.working import attach, reading, working_file
from scrapers.reading import reader_version

SCHEMAS = ("marts", "reports")
COPIES_KEPT = 3
# Tables that grow with every announcement: of them only the rows that the last build touched are copied.
GROWING = {
    "dim_announcements": ("intermediate.int_touched_items", ("source_id", "announcement_id")),
    "fct_statements": ("intermediate.int_touched_statements", ("statement_id",)),
}


@dataclass(frozen=True, slots=True)
class Published:
    """``new`` are the exchanges that the copy before had not, newest first: day (Kyiv's), people released where a
    number is known, status, address of the announcement, id.
    """

    path: Path
    tables: int
    exchanges: int
    new: list[dict[str, Any]] = field(default_factory=list)


def publish(settings: Settings, run_id: str) -> Published:
    """Copy marts and reports into a new file and swap it in. Call it only after the checks passed.

    What did not change is taken from the copy before, so that publishing one announcement costs about the same
    however many there are.
    """
    fresh = settings.published.with_suffix(".duckdb.new")
    fresh.unlink(missing_ok=True)
    known = _exchanges_of(settings)
    with working_file(settings) as connection:
        continues = _is_base(connection, settings)
        if continues:
            shutil.copyfile(settings.published, fresh)
        attach(connection, fresh, "fresh")
        tables = connection.execute(
            "select table_schema, table_name from information_schema.tables "
            "where table_schema in (select unnest(?)) and table_catalog = current_database() order by all",
            [list(SCHEMAS)],
        ).fetchall()
        connection.execute("begin")
        _clear(connection, keep=set(GROWING) if continues else set())
        for schema, table in tables:
            if continues and table in GROWING:
                _replace_touched(connection, table)
            else:
                connection.execute(f'create table fresh.{schema}."{table}" as from {schema}."{table}"')
        _write_about(connection, run_id)
        connection.execute("commit")
        connection.execute("detach fresh")
        exchanges = connection.execute(
            "select exchanged_on, released_total, status, announcement_url, exchange_id "
            "from marts.fct_exchanges order by exchanged_on desc, exchange_id"
        )
        names = [column[0] for column in exchanges.description]
        rows = [dict(zip(names, row, strict=True)) for row in exchanges.fetchall()]
    _swap(settings, fresh)
    new = [row for row in rows if row["exchange_id"] not in known]
    return Published(settings.published, len(tables), len(rows), new)


def released_by_month(published: Path) -> dict[date, int]:
    """People released by a published copy, by the first day of the month; "at least" figures count as they are."""
    with reading(published) as connection:
        rows = connection.execute(
            "select date_trunc('month', exchanged_on)::date, coalesce(sum(released_total), 0)::int "
            "from marts.fct_exchanges group by all order by all"
        ).fetchall()
    return dict(rows)


def _exchanges_of(settings: Settings) -> set[str]:
    """Ids of the exchanges in the copy that is published now; none, when there is no copy that can be read."""
    if not settings.published.exists():
        return set()
    try:
        with reading(settings.published) as published:
            rows = published.execute("select exchange_id from marts.fct_exchanges").fetchall()
    except duckdb.Error:
        return set()
    return {row[0] for row in rows}


def _is_base(connection: duckdb.DuckDBPyConnection, settings: Settings) -> bool:
    """True when the last build was of what changed since the copy that is published now."""
    row = connection.execute("select max(since) from raw.build").fetchone()
    published, now = published_state(settings), state_of(connection)
    return bool(row and row[0] and published and (published.rules, published.changed) == (now.rules, row[0]))


def _clear(connection: duckdb.DuckDBPyConnection, keep: set[str]) -> None:
    """Drop what is made anew, so that a table that the project has no more is gone."""
    held = connection.execute(
        "select table_schema, table_name from information_schema.tables where table_catalog = 'fresh'"
    ).fetchall()
    for schema, table in held:
        if table not in keep:
            connection.execute(f'drop table fresh.{schema}."{table}"')
    for schema in (*SCHEMAS, "meta"):
        connection.execute(f"create schema if not exists fresh.{schema}")


def _replace_touched(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    touched, keys = GROWING[table]
    is_touched = " and ".join(f"held.{key} = touched.{key}" for key in keys)
    # A semi join passes over the texts of a million rows; `exists` would read them.
    connection.execute(
        f"delete from fresh.marts.{table} where rowid in ("  # noqa: S608
        f"select held.rowid from fresh.marts.{table} as held semi join {touched} as touched on {is_touched})"
    )
    connection.execute(
        f"insert into fresh.marts.{table} by name "  # noqa: S608
        f"select held.* from marts.{table} as held semi join {touched} as touched on {is_touched}"
    )


def _swap(settings: Settings, fresh: Path) -> None:
    """Put the new copy in the old one's place; the old one and two before it stay in `previous/`."""
    previous = settings.previous
    previous.mkdir(exist_ok=True)
    if settings.published.exists():
        built_at = _built_at(settings)
        kept = previous / f"obmin-{built_at:%Y%m%dT%H%M%S%f}Z.duckdb"
        kept.unlink(missing_ok=True)
        os.link(settings.published, kept)
    os.replace(fresh, settings.published)
    for path in sorted(previous.glob("obmin-*.duckdb"))[:-COPIES_KEPT]:
        path.unlink()


def _built_at(settings: Settings) -> datetime:
    """When the published copy was built; by its file's date when it can't be read."""
    try:
        with reading(settings.published) as published:
            row = published.execute("select built_at from meta.about").fetchone()
    except duckdb.Error:
        row = None
    if row is not None and isinstance(row[0], datetime):
        return row[0]
    return datetime.fromtimestamp(settings.published.stat().st_mtime, UTC)


def _write_about(connection: duckdb.DuckDBPyConnection, run_id: str) -> None:
    connection.execute(
        """
        create table fresh.meta.about as
        select $built_at::timestamp as built_at, $run_id as run_id, $obmin as obmin_version,
            $reader as reader_version, $dbt as dbt_version, $duckdb as duckdb_version,
            (
                select list(struct_pack(source_id, last_success_at) order by source_id) from raw.source_checks
            ) as sources,
            $rules as rules, $arrived::bigint as arrived, $changed::bigint as changed,
            $references::ubigint as "references"
        """,
        {
            "built_at": datetime.now(UTC).replace(tzinfo=None),
            "run_id": run_id,
            "obmin": version("obmin"),
            "reader": reader_version(),
            "dbt": version("dbt-core"),
            "duckdb": version("duckdb"),
            **asdict(built_state(connection)),
        },
    )
    connection.execute(
        "create table fresh.meta.sources as "
        "select source_id, last_checked_at, last_success_at, last_error from raw.source_checks"
    )
