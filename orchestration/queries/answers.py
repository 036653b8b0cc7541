"""Prints or writes query results of the published copy. Formats are in output/formats.py."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
import duckdb

from orchestration.output.formats import Format, Rows, UnfitForm, table_text, write_rows
from orchestration.output.output_file import new_file
from orchestration.queries.query import answer
from orchestration.settings import Settings
from orchestration.warehouse.database import reading

BY_YEAR = """
select
    year as "year",
    exchanges as "exchanges",
    case when released_is_lower_bound then 'at least ' else '' end || released_in_exchanges as "released in them",
    released_outside_exchanges as "outside them",
    case when released_is_lower_bound then 'at least ' else '' end || released_in_all as "in all",
    exchanges_without_number as "with no count",
    official_exchanges as "officials: exchanges",
    official_released as "officials: released"
from reports.by_year order by year
"""
DIFFERENCES = """
select year, official_exchanges, exchanges, why_exchanges_differ
from reports.by_year where why_exchanges_differ is not null order by year
"""
LATEST = """
select
    exchanged_on as "day",
    official_number as "official number",
    released_total as "released",
    civilians as "of them civilians",
    returned_to_russia as "returned to Russia",
    status as "status",
    announcement_url as "announcement"
from reports.latest_exchanges
"""
COMMANDS = (
    "obmin exchanges --year 2024",
    "obmin exchange 2024-12-30",
    'obmin sql "select coalesce(service_branch, category_kind) as part, sum(persons) as persons '
    'from marts.fct_released_personnel where parent_branch is null group by all order by persons desc"',
    "obmin ui",
)


def print_answer(settings: Settings) -> None:
    """Print a run's summary: the years, the latest exchanges, the file's path, commands to try next."""
    with reading(settings.published) as connection:
        click.echo(table_text(*_rows(connection, BY_YEAR), title="Exchanges and people released, by year"), nl=False)
        for year, official, ours, reason in _rows(connection, DIFFERENCES)[1]:
            click.echo(f"{year}: officials count {official} exchanges and this record {ours}: {reason}.")
        click.echo(table_text(*_rows(connection, LATEST), title="The five latest exchanges"), nl=False)
    click.echo(f"\nWarehouse: {settings.published}")
    index = settings.report / "index.html"
    if index.is_file():
        click.echo(f"Report: {index}")
    click.echo("Next, for example:")
    prefix = "" if settings.profile == "sample" else " --profile live"
    for command in COMMANDS:
        click.echo(f"  .venv/bin/{command.replace('obmin', f'obmin{prefix}', 1)}")


def print_rows(
    settings: Settings, query: str, parameters: dict[str, Any] | None, form: Format, output: Path | None
) -> None:
    """Write a query's rows to ``output``, or to standard output, within the settings' time and memory limits.

    Raises QueryFailed when the query can't be answered, UnfitForm when the rows don't fit the format or Parquet would
    be written to a terminal, UnusableOutput when the file can't be written.
    """
    if form == "parquet" and output is None and sys.stdout.isatty():
        raise UnfitForm("Parquet is not for a terminal; add --output FILE.parquet.")
    with (
        reading(settings.published, settings.sql_memory) as connection,
        answer(connection, query, parameters, settings.sql_seconds, as_stored=form == "parquet") as rows,
    ):
        if output is None:
            _print(rows, form)
        else:
            with new_file(output, settings.data) as file:
                write_rows(rows, form, file)


def _print(rows: Rows, form: Format) -> None:
    """JSON is UTF-8, or ASCII where the terminal's encoding is another, so that a program can read it in either."""
    is_utf = "utf" in (sys.stdout.encoding or "").lower()
    out = sys.stdout.buffer
    write_rows(rows, form, out, ascii_only=not is_utf)
    out.flush()


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    cursor = connection.execute(query)
    return [column[0] for column in cursor.description or []], cursor.fetchall()
