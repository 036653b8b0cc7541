"""Answers in a terminal: tables for people, JSON and CSV for scripts. SQL and printing only."""

from __future__ import annotations

import csv
import json
import sys
from datetime import date, datetime
from typing import Any

import click
import duckdb

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
    'obmin sql "select service_branch, sum(persons) as persons from marts.fct_released_personnel '
    'where within_branch is null group by all order by persons desc"',
    "obmin ui",
)


def print_answer(settings: Settings) -> None:
    """What a run ends with: the years, the latest exchanges, where the file is, what to try next."""
    with reading(settings.published) as connection:
        _table(*_ask(connection, BY_YEAR), title="Exchanges and people released, by year")
        _table(*_ask(connection, LATEST), title="The five latest exchanges")
    click.echo(f"\nWarehouse: {settings.published}\nNext, for example:")
    prefix = "" if settings.profile == "sample" else " --profile live"
    for command in COMMANDS:
        click.echo(f"  .venv/bin/{command.replace('obmin', f'obmin{prefix}', 1)}")


def print_rows(settings: Settings, query: str, parameters: dict[str, Any] | None, form: str) -> None:
    """Print a query's rows as "table", "csv" or "json".

    Raises WarehouseError, with DuckDB's own words, when the query can't be answered.
    """
    with reading(settings.published) as connection:
        names, rows = _ask(connection, query, parameters)
    if form == "json":
        click.echo(
            json.dumps([dict(zip(names, row, strict=True)) for row in rows], default=_plain, ensure_ascii=False)
        )
    elif form == "csv":
        writer = csv.writer(sys.stdout)
        writer.writerow(names)
        writer.writerows(rows)
    else:
        _table(names, rows)


def _ask(
    connection: duckdb.DuckDBPyConnection, query: str, parameters: dict[str, Any] | None = None
) -> tuple[list[str], list[tuple[Any, ...]]]:
    try:
        cursor = connection.execute(query, parameters or {})
        return [column[0] for column in cursor.description or []], cursor.fetchall()
    except duckdb.Error as error:
        raise WarehouseError(f"The warehouse can't answer that: {error}") from error


def _table(names: list[str], rows: list[tuple[Any, ...]], title: str | None = None) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left", title_style="bold")
    for position, name in enumerate(names):
        numeric = any(isinstance(row[position], int) for row in rows)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_shown(value)) for value in row))
    console = Console()
    # In a pipe there is no width to fit: lines stay whole.
    Console(width=console.width if console.is_terminal else 200).print(table)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
