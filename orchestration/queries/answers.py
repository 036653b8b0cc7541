"""Prints or writes query results of the published copy. Formats are in output/formats.py."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
import duckdb

from orchestration.output.formats import Format, Rows, UnfitForm, write_rows
from orchestration.output.output_file import new_file
from orchestration.output.tables import Screen, Table, paragraph, standard_output, table_text
from orchestration.queries.query import answer
from orchestration.settings import Settings
from orchestration.warehouse.database import reading

# A figure as tables for people show it; a program gets the number and its bound.
WITH_BOUND = "if({bound} like '%about', 'about ', '') || {value} || if({bound} like 'at_least%', '+', '')"
BY_YEAR = f"""
select
    year as "year",
    exchanges as "exchanges",
    {WITH_BOUND.format(value="released_in_exchanges", bound="released_in_exchanges_bound")} as "released in them",
    {WITH_BOUND.format(value="released_outside_exchanges", bound="released_outside_bound")} as "outside them",
    {WITH_BOUND.format(value="released_in_all", bound="released_bound")} as "in all",
    exchanges_without_number as "with no count",
    {WITH_BOUND.format(value="official_exchanges", bound="official_exchanges_bound")} as "officials: exchanges",
    {WITH_BOUND.format(value="official_released", bound="official_released_bound")} as "officials: released"
from reports.by_year order by year
"""  # noqa: S608 - our own SQL
BY_YEAR_BY_IMPORTANCE = (
    "year", "exchanges", "in all", "released in them", "officials: released", "officials: exchanges",
)  # fmt: skip
# What a run ends with fits one screen of 25 lines, however many years there are.
YEARS_SHOWN, DIFFERENCES_SHOWN = 5, 2
# Why a sum with a "+" is lower needs no line of its own.
DIFFERENCES = f"""
select
    year, 'exchanges', {WITH_BOUND.format(value="official_exchanges", bound="official_exchanges_bound")},
    exchanges::varchar, why_exchanges_differ
from reports.by_year where why_exchanges_differ is not null
union all
select
    year, 'people', {WITH_BOUND.format(value="official_released", bound="official_released_bound")},
    {WITH_BOUND.format(value="released_in_all", bound="released_bound")}, why_released_differ
from reports.by_year where why_released_differ like '%not explained%'
order by all
"""  # noqa: S608 - our own SQL
LATEST = f"""
select
    exchanged_on as "day",
    official_number as "official number",
    {WITH_BOUND.format(value="released_total", bound="released_bound")} as "released",
    {WITH_BOUND.format(value="returned_to_russia", bound="returned_to_russia_bound")} as "returned to Russia",
    status as "status",
    announcement_url as "announcement"
from reports.latest_exchanges limit 3
"""  # noqa: S608 - our own SQL
LATEST_BY_IMPORTANCE = ("day", "released", "official number", "announcement", "returned to Russia", "status")
# Counts of fct_exchanges whose bound is in fct_figures alone.
COUNTS = ("military", "civilians", "women", "officers", "returned_to_russia")
EXCHANGES = f"""
with bounds as (
    select exchange_id, {", ".join(f"any_value(bound) filter (measure = '{one}') as {one}_bound" for one in COUNTS)}
    from marts.fct_figures group by exchange_id
)
select exchange_id, exchanged_on, official_number, stage, released_total, released_bound, released_is_lower_bound,
    military, civilians, women, officers, returned_to_russia, mediators, status, has_conflict, announcement_url,
    {", ".join(f"{one}_bound" for one in COUNTS)}
from marts.fct_exchanges left join bounds using (exchange_id)
where $year is null or year(exchanged_on) = $year
order by exchanged_on, exchange_id
"""  # noqa: S608 - our own SQL
# The same for people.
EXCHANGES_TABLE = f"""
select * exclude (released_bound, released_is_lower_bound, {", ".join(f"{one}_bound" for one in COUNTS)}) replace (
    {WITH_BOUND.format(value="released_total", bound="released_bound")} as released_total,
    {", ".join(f"{WITH_BOUND.format(value=one, bound=f'{one}_bound')} as {one}" for one in COUNTS)}
)
from ({EXCHANGES})
order by exchanged_on, exchange_id
"""  # noqa: S608 - our own SQL
EXCHANGES_BY_IMPORTANCE = (
    "exchanged_on", "released_total", "official_number", "announcement_url",
    "returned_to_russia", "status", "civilians", "exchange_id", "officers", "women", "military", "mediators",
)  # fmt: skip


def print_answer(settings: Settings, wide: bool = False) -> None:
    """Print a run's summary: the latest years, why officials' totals differ, the latest exchanges, the files' paths,
    and commands to try next.
    """
    screen = standard_output(wide)
    with reading(settings.published) as connection:
        names, by_year = _rows(connection, BY_YEAR)
        title = "Exchanges and people released, by year (+: at least)"
        years = Table(names, by_year[-YEARS_SHOWN:], title, BY_YEAR_BY_IMPORTANCE)
        latest = Table(*_rows(connection, LATEST), "The three latest exchanges", LATEST_BY_IMPORTANCE)
        differences = [
            f"{year}: officials count {official} {what} and this record {ours}: {reason}."
            for year, what, official, ours, reason in _rows(connection, DIFFERENCES)[1]
        ]
    click.echo(table_text(years, screen), nl=False)
    if len(by_year) > YEARS_SHOWN:
        click.echo(f"{len(by_year) - YEARS_SHOWN} earlier years: obmin sql 'from reports.by_year'")
    for difference in differences[-DIFFERENCES_SHOWN:]:
        click.echo(paragraph(difference, screen))
    if len(differences) > DIFFERENCES_SHOWN:
        click.echo(
            f"{len(differences) - DIFFERENCES_SHOWN} more differences: obmin sql 'from reports.reconciliation_items'"
        )
    click.echo("\n" + table_text(latest, screen))
    click.echo(f"Warehouse: {settings.published}")
    report = settings.report / "index.html"
    if settings.draws_report and report.is_file():  # else one of before
        click.echo(f"Report: {report}")
    obmin = ".venv/bin/obmin" if settings.profile == "sample" else f".venv/bin/obmin --profile {settings.profile}"
    day = next((row[0] for row in latest.rows), "2024-12-30")
    click.echo(f"Next, for example: {obmin} exchange {day}, or {obmin} ui")


def print_rows(
    settings: Settings,
    query: str,
    parameters: dict[str, Any] | None,
    form: Format,
    output: Path | None,
    wide: bool = False,
    by_importance: Sequence[str] | None = None,
    on_answer: Callable[[], None] = lambda: None,
) -> None:
    """Write a query's rows to ``output``, or to standard output, within the settings' time and memory limits. A table
    on a terminal is fitted to its width, unless it is to be ``wide``. ``on_answer`` is called before the first row is
    written.

    Raises QueryFailed when the query can't be answered, UnfitForm when the rows don't fit the format or Parquet would
    be written to a terminal, UnusableOutput when the file can't be written.
    """
    if form == "parquet" and output is None and sys.stdout.isatty():
        raise UnfitForm("Parquet is not for a terminal; add --output FILE.parquet.")
    with (
        reading(settings.published, settings.sql_memory) as connection,
        answer(connection, query, parameters, settings.sql_seconds, as_stored=form == "parquet") as found,
    ):
        rows = found.begun()
        on_answer()
        if output is None:
            _print(rows, form, standard_output(wide), by_importance)
        else:
            with new_file(output, settings.data) as file:
                write_rows(rows, form, file)


def _print(rows: Rows, form: Format, screen: Screen, by_importance: Sequence[str] | None) -> None:
    """JSON is UTF-8, or ASCII where the terminal's encoding is another, so that a program can read it in either."""
    out = sys.stdout.buffer
    write_rows(rows, form, out, "utf" not in screen.encoding.lower(), screen, by_importance)
    out.flush()


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    cursor = connection.execute(query)
    return [column[0] for column in cursor.description or []], cursor.fetchall()
