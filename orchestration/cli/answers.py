"""The commands that query the published copy: exchanges, one exchange, any SQL, and export to files.

The work is in queries/answers.py, queries/exchange_details.py and warehouse/. Imports are inside the commands
(main.py).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from orchestration.cli.output import json_option, print_json, show_progress, wide_option
from orchestration.settings import Settings

if TYPE_CHECKING:
    from orchestration.queries.exchange_details import Asked

FORMATS = ("table", "csv", "json", "markdown", "parquet")


def answer_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add --format, --output, --wide and --json, shared by every command that prints rows."""
    command = wide_option(command)
    command = click.option("--json", "as_json", is_flag=True, help="The same as --format json.")(command)
    command = click.option(
        "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file."
    )(command)
    return click.option(
        "--format",
        "form",
        type=click.Choice(FORMATS),
        default="table",
        show_default=True,
        help="The form of the rows; parquet needs a file or a pipe.",
    )(command)


@click.command()
@click.option("--year", type=click.IntRange(2022, 2099), help="Only exchanges of this year.")
@answer_options
@click.pass_obj
def exchanges(
    settings: Settings, year: int | None, form: Any, output: Path | None, as_json: bool, wide: bool
) -> None:
    """List the exchanges."""
    from orchestration.queries.answers import EXCHANGES, EXCHANGES_BY_IMPORTANCE, EXCHANGES_TABLE, print_rows

    form = "json" if as_json else form
    query = EXCHANGES_TABLE if form in ("table", "markdown") else EXCHANGES
    print_rows(settings, query, {"year": year}, form, output, wide, EXCHANGES_BY_IMPORTANCE)


def day_number_or_id(_context: click.Context, _param: click.Parameter, given: str) -> Asked:
    """What is asked for: a day, an official number, or an id. Raises click.BadParameter."""
    from orchestration.queries.exchange_details import Asked

    if re.fullmatch("[0-9]{1,4}", given):
        return Asked(official_number=int(given))
    found = re.fullmatch(r"([0-9]{4}-[0-9]{2}-[0-9]{2})|exchange-([0-9]{4}-[0-9]{2}-[0-9]{2})[b-z]?(-[0-9]+)?", given)
    try:
        day = date.fromisoformat((found[1] or found[2]) if found else "")
    except ValueError as error:
        raise click.BadParameter(
            f"{given!r} is neither a day, like 2024-12-30, nor an official number, like 59, nor an id, like "
            "exchange-2024-12-30."
        ) from error
    return Asked(day, exchange_id=given if found and found[2] else None)


@click.command()
@click.argument("which", callback=day_number_or_id, metavar="DATE|NUMBER|ID")
@wide_option
@json_option
@click.pass_obj
def exchange(settings: Settings, which: Asked, wide: bool, as_json: bool) -> None:
    """One exchange: every figure with its source, words and address; conflicts and revisions.

    DATE is its day in Kyiv, like 2024-12-30; NUMBER what officials call it, like 59; ID what tables and alerts call
    it, like exchange-2024-12-30. A day can have two exchanges, a number several stages: all are printed.
    """
    from orchestration.output.tables import standard_output
    from orchestration.queries.exchange_details import details
    from orchestration.queries.exchange_text import as_text

    found = details(settings, which)
    if as_json:
        print_json(found)
    else:
        screen = standard_output(wide)
        click.echo("\n".join(as_text(one, screen) for one in found), nl=False)


class QueryCommand(click.Command):
    """A command whose argument is SQL, which may begin with a comment: `-- people released` is no option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        query = next((argument for argument in args if re.match(r"--\s", argument)), None)
        if query is not None:
            place = args.index(query)
            args = [*args[:place], *args[place + 1 :], "--", query]
        return super().parse_args(ctx, args)


@click.command(cls=QueryCommand)
@click.argument("query")
@answer_options
@click.pass_obj
def sql(settings: Settings, query: str, form: Any, output: Path | None, as_json: bool, wide: bool) -> None:
    """Ask the published warehouse in SQL; nothing can be written. QUERY of - is read from standard input.

    Rows that do not fit the terminal are printed one value a line; --wide prints them as a table all the same.
    """
    from orchestration.cli.work_progress import working
    from orchestration.queries.answers import print_rows

    if query == "-":
        try:
            query = sys.stdin.buffer.read().decode() if sys.stdin else ""
        except UnicodeDecodeError as error:
            raise click.UsageError("Standard input holds bytes that are no UTF-8; write it in UTF-8.") from error
    with ExitStack() as bar:
        bar.enter_context(working("asking"))
        print_rows(settings, query, None, "json" if as_json else form, output, wide, on_answer=bar.close)


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@json_option
@click.pass_obj
def export(settings: Settings, folder: Path, as_json: bool) -> None:
    """Write everything into FOLDER: Parquet, CSV, JSON Lines, SQLite, a data package, a dictionary."""
    from orchestration.cli.work_progress import working
    from orchestration.output.output_file import check_folder, refuse_others
    from orchestration.warehouse.export import MADE_BY_EXPORT
    from orchestration.warehouse.export import export as export_files

    check_folder(folder, settings.data)
    refuse_others(folder, MADE_BY_EXPORT)
    with working("exporting"):
        tables = export_files(settings, folder, show_progress)
    if as_json:
        print_json({"folder": folder, "tables": [asdict(table) for table in tables]})
    else:
        click.echo(f"{len(tables)} tables in {folder}: parquet/, csv/, jsonl/, obmin.sqlite, datapackage.json")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@json_option
@click.pass_obj
def report(settings: Settings, folder: Path | None, as_json: bool) -> None:
    """Draw the report, a static site for people, into FOLDER; without one, into the profile's own.

    A folder that already shows what is published is left as it is.
    """
    from orchestration.output.output_file import refuse_own
    from orchestration.report.report import draw_report

    if folder is not None:
        refuse_own(folder, settings.data)
    drawn = draw_report(settings, folder, show_progress)
    if as_json:
        print_json({**asdict(drawn), "index": drawn.index})
        return
    told = "shows what is published already"
    if drawn.front_page_bytes is not None:
        told = f"{drawn.pages} pages, the front page {drawn.front_page_bytes // 1000} kB"
    click.echo(f"{drawn.index}: {told}")


ANSWER_COMMANDS = (exchanges, exchange, sql, export, report)
