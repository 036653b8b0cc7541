"""Answers of the published copy in a terminal or a file: SQL here, forms in formats.py."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any

import click
import duckdb
import pyarrow as pa

from orchestration.formats import Format, formatted, table_text
from orchestration.settings import Settings
from orchestration.warehouse.working import WarehouseError, reading

BY_YEAR = """
select
    year as "year",
    exchanges as "exchanges",
    case when released_is_lower_bound then 'at least ' else '' end || released_in_exchanges as "released in them",
    released_outside_exchanges as "outside them",
    case when released_is_lower_bound then 'at least ' else '' end || released_in_all as "in all",
    exchanges_without_number as "without number",
    official_exchanges as "officials: exchanges",
    official_released as "officials: released"
from reports.by_year order by year
"""
LATEST = """
select
    exchanged_on as "day",
    official_number as "number",
    released_total as "released",
    civilians as "of them civilians",
    returned_to_russia as "returned to Russia",
    status as "status",
    announcement_url as "announcement"
from reports.latest
"""
COMMANDS = (
    "obmin exchanges --year 2024",
    "obmin exchange 2024-12-30",
    'obmin sql "select service_branch, sum(persons) as persons from marts.fct_released_personnel '
    'where within_branch is null group by all order by persons desc"',
    "obmin ui",
)


def print_answer(settings: Settings) -> None:
    """What a run ends with: the years, the latest exchanges, where the file is, what to try next."""
    with reading(settings.published) as connection:
        click.echo(table_text(*_rows(connection, BY_YEAR), title="Exchanges and people released, by year"), nl=False)
        click.echo(table_text(*_rows(connection, LATEST), title="The five latest exchanges"), nl=False)
    click.echo(f"\nWarehouse: {settings.published}\nNext, for example:")
    prefix = "" if settings.profile == "sample" else " --profile live"
    for command in COMMANDS:
        click.echo(f"  .venv/bin/{command.replace('obmin', f'obmin{prefix}', 1)}")


def print_rows(
    settings: Settings, query: str, parameters: dict[str, Any] | None, form: Format, output: Path | None
) -> None:
    """Write a query's rows to ``output``, or to standard output.

    Raises WarehouseError, with DuckDB's own words, when the query can't be answered, and when Parquet would be
    written to a terminal.
    """
    if form == "parquet" and output is None and sys.stdout.isatty():
        raise WarehouseError("Parquet is not for a terminal; add --output FILE.parquet.")
    with reading(settings.published) as connection:
        answer = formatted(ask(connection, query, parameters), form)
    if output is None:
        click.echo(answer, nl=False)
    else:
        output.write_bytes(answer)


def ask(connection: duckdb.DuckDBPyConnection, query: str, parameters: dict[str, Any] | None = None) -> pa.Table:
    """A query's rows, under names of their own.

    Raises WarehouseError, with DuckDB's own words, when it can't be answered, and when two columns share a name,
    of which a record would hold one.
    """
    try:
        answer: pa.Table = connection.execute(query, parameters or {}).to_arrow_table()
    except duckdb.Error as error:
        raise WarehouseError(f"The warehouse can't answer that: {error}") from error
    twice = sorted(name for name, times in Counter(answer.column_names).items() if times > 1)
    if twice:
        raise WarehouseError(f"Two columns of the answer are named {', '.join(twice)}; name them apart with `as`.")
    return answer


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    cursor = connection.execute(query)
    return [column[0] for column in cursor.description or []], cursor.fetchall()
