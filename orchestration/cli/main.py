"""The `obmin` command line: the commands for the pipeline's steps and for queries.

Commands only: the work is in warehouse/, defs/refresh_run.py and scrapers/. Imports are inside the commands, so that
`obmin read` does not import warehouse code that it never uses.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict
from itertools import count
from pathlib import Path
from typing import Any

import click

from orchestration.cli.alerts import alerts
from orchestration.cli.answers import ANSWER_COMMANDS
from orchestration.cli.archive import archive
from orchestration.cli.browse import browse
from orchestration.cli.doctor import doctor
from orchestration.cli.lake import lake, pull, restore
from orchestration.cli.mine import mine
from orchestration.cli.output import (
    finish,
    json_option,
    look_at,
    of_profile,
    print_json,
    show_progress,
    wide_option,
)
from orchestration.cli.pages import PAGE_COMMANDS
from orchestration.cli.review import review
from orchestration.cli.service import SERVICE_COMMANDS
from orchestration.cli.settings import settings as settings_command
from orchestration.defs.stopping import STATUS, stoppable, was_asked
from orchestration.settings import Settings, folder_of_bugs, is_unicode, load_settings


class Obmin(click.Group):
    """Turns every error into one sentence and exit status 1; the traceback of a bug is written to a file."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, **more: Any) -> Any:
        """When the program was stopped by a signal, flush the output and exit at once: a normal interpreter shutdown
        would kill threads inside DuckDB's or a socket's C++ code, which may abort the process.
        """
        try:
            return super().main(args, *rest, **more)
        except SystemExit as end:
            if args is None and was_asked() and end.code == STATUS:
                with suppress(OSError, ValueError):
                    sys.stdout.flush()
                    sys.stderr.flush()
                os._exit(STATUS)
            raise

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        for argument in args:
            if not is_unicode(argument):
                raise click.UsageError(f"The argument {argument!a} holds bytes that are no UTF-8; write it in UTF-8.")
        return super().parse_args(context, args)

    def invoke(self, context: click.Context) -> Any:
        try:
            with stoppable():
                return super().invoke(context)
        except (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
            raise  # click handles these itself
        except Exception as error:
            from orchestration.errors import report_bug, sentence_of, show_traceback

            show_traceback(error)
            summary = sentence_of(error) or report_bug(error, folder_of_bugs(context.obj))
            raise click.ClickException(of_profile(summary)) from error


@click.group(cls=Obmin, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--profile", type=click.Choice(["sample", "live"]), help="Which deployment: the sample archive or the live sites."
)
@click.pass_context
def main(context: click.Context, profile: Any) -> None:
    """Obmin: the public record of prisoner exchanges between Ukraine and Russia."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # the shell closed it (`>&-`)
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115  # it stays open to the end
    for stream in (sys.stdout, sys.stderr):
        # A character that the terminal can't encode is escaped instead of ending the command.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if context.invoked_subcommand != doctor.name:  # which reports invalid settings among other faults
        context.obj = load_settings(profile)


for command in (
    *PAGE_COMMANDS, *ANSWER_COMMANDS, *SERVICE_COMMANDS, alerts, archive, browse, doctor, lake, mine, pull, restore,
    review, settings_command,
):  # fmt: skip
    main.add_command(command)


@main.command()
@wide_option
@json_option
@click.pass_obj
def run(settings: Settings, wide: bool, as_json: bool) -> None:
    """Run the refresh job: fetch, load, extract, build, publish, alert, and draw the report."""
    from orchestration.defs.refresh_run import refresh
    from orchestration.queries.answers import print_answer

    click.echo(f"Refreshing the {settings.profile} deployment:", err=True)
    outcome = refresh(settings, show_progress)
    look_at(outcome.warnings)
    if not outcome.has_published and not outcome.failures:
        click.echo("Nothing new since the last run.", err=True)
    if settings.published.exists() and not as_json:
        print_answer(settings, wide)
    finish([], {**asdict(outcome), "warehouse": settings.published}, outcome.failures, as_json)


@main.command()
@json_option
@click.pass_obj
def extract(settings: Settings, as_json: bool) -> None:
    """Read the announcements into statements."""
    from orchestration.cli.work_progress import working
    from orchestration.warehouse.database import Warehouse
    from orchestration.warehouse.extract import extract as extract_statements
    from orchestration.warehouse.reviews import decided_reviews

    with Warehouse(settings).connection() as connection, working("extracting", "announcements") as show:
        report = extract_statements(
            connection, decided_reviews(settings), lambda report: show(report.announcements_read, None)
        )
    look_at([*report.issues, *filter(None, [report.withdrawal])])
    summary = (
        f"{report.announcements_read} versions of announcements read, {report.statements_new} statements found, "
        f"{report.reviews_changed} decisions changed"
    )
    finish([summary], asdict(report), [], as_json)


@main.command()
@json_option
@click.pass_obj
def build(settings: Settings, as_json: bool) -> None:
    """Build and test the facts with dbt."""
    from orchestration.cli.work_progress import working
    from orchestration.warehouse.build import build as build_facts
    from orchestration.warehouse.database import Warehouse

    warehouse, results = Warehouse(settings), count(1)
    with warehouse.writing(), working("building the facts", "models and tests") as show:
        report = build_facts(warehouse, lambda _: show(next(results), None))
    waiting = f"{report.unextracted} announcements are not extracted yet; run `obmin extract`, then build."
    look_at([*report.warnings, *([waiting] if report.unextracted else [])])
    summary = f"{report.models} models built, {report.tests} tests run"
    finish([summary], asdict(report), report.failures, as_json)


@main.command()
@json_option
@click.pass_obj
def publish(settings: Settings, as_json: bool) -> None:
    """Swap in the published copy and deliver the alerts that are due. Run `build` first."""
    from orchestration.alerts.delivery import deliver
    from orchestration.alerts.publication import publish_news
    from orchestration.cli.work_progress import working
    from orchestration.warehouse.database import Warehouse

    warehouse = Warehouse(settings)
    with working("publishing"):
        published = publish_news(warehouse, run_id="command line")
        report = deliver(warehouse)
    look_at(report.waiting)
    finish(
        [f"{published.path}: {published.exchanges} exchanges; {report.delivered} alerts delivered"],
        {**asdict(published), "alerts": asdict(report)},
        report.given_up,
        as_json,
    )


@main.command()
@json_option
@click.pass_obj
def rebuild(settings: Settings, as_json: bool) -> None:
    """Everything again from the archive alone: announcements, statements, facts, the published copy."""
    from orchestration.alerts.rebuild import rebuild as rebuild_all
    from orchestration.cli.archive_progress import archive_bar
    from orchestration.cli.work_progress import working
    from orchestration.warehouse.database import Warehouse

    with ExitStack() as bars:
        show = bars.enter_context(archive_bar(settings))

        def say_step(words: str) -> None:
            bars.close()  # what the step before showed
            show_progress(words)
            bars.enter_context(working(words))

        report = rebuild_all(Warehouse(settings), say_step, show)
    look_at(report.warnings)
    summary = (
        f"{report.announcements} versions of announcements, {report.statements} statements, "
        f"{report.exchanges} exchanges"
    )
    finish([summary], asdict(report), report.failures, as_json)


@main.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default="site")
@click.pass_obj
def docs(settings: Settings, folder: Path) -> None:
    """Write dbt's documentation of every table as a static site into FOLDER; without one, into site/."""
    from orchestration.cli.work_progress import working
    from orchestration.output.output_file import check_folder
    from orchestration.warehouse.build import document

    check_folder(folder, settings.data)
    with working("writing the documentation"):
        document(settings, folder / "index.html")
    click.echo(f"{folder / 'index.html'}: every table and column, and how each is made")


@main.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--jsonl", is_flag=True, help="Read JSON objects, one a line, from standard input.")
@click.option("--title", help="The text's title.")
@click.option("--published-at", help="Day or time of publication, ISO 8601; Kyiv's when it has no offset.")
@click.option("--language", type=click.Choice(["uk", "en", "ru"]), help="Of the texts; detected when not given.")
@click.option(
    "--explain", is_flag=True, help="Show the texts with quotes and numbers marked, and why they were read so."
)
def read(
    files: tuple[Path, ...],
    jsonl: bool,
    title: str | None,
    published_at: str | None,
    language: str | None,
    explain: bool,
) -> None:
    """Read the texts of FILES into statements: one JSON object a text. Needs FILES, or --jsonl without any."""
    from rich.console import Console

    from orchestration.review.reading_input import texts_of_files, texts_of_lines
    from orchestration.review.reading_view import show_explanation, show_reading

    if bool(files) == jsonl:
        raise click.UsageError("Give files to read, or --jsonl with objects on standard input.")
    if jsonl and (title, published_at, language) != (None, None, None):
        raise click.UsageError("With --jsonl each line has its own title, published_at and language.")
    if title is not None and len(files) > 1:
        raise click.UsageError("One --title can't be that of several files; give one file, or --jsonl.")
    if jsonl and sys.stdin is None:
        raise click.UsageError("Standard input is closed; give the objects there, a line each.")
    texts = texts_of_lines(sys.stdin.buffer) if jsonl else texts_of_files(files, title, published_at, language)
    for given in texts:
        if explain:
            show_reading(given.reading(), given.text, given.title, Console())
            show_explanation(given.explanation(), Console())
        else:
            print_json(given.result())


@main.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@wide_option
@json_option
def evaluate(path: Path, wide: bool, as_json: bool) -> None:
    """Precision and recall of the extractor on labelled texts: PATH is a YAML file, or a folder of them."""
    from orchestration.cli.work_progress import working
    from orchestration.output.tables import standard_output
    from orchestration.review.evaluation import as_plain, as_text
    from orchestration.review.evaluation import evaluate as run_evaluation

    with working("reading", "labelled texts") as show:
        evaluation = run_evaluation(path, show)
    if as_json:
        print_json(as_plain(evaluation))
    else:
        click.echo(as_text(evaluation, standard_output(wide)), nl=False)


@main.command(hidden=True)
@click.pass_obj
def prepare(settings: Settings) -> None:
    """Parse the dbt project and bundle the report's script, so that no run has to; make Dagster's own folder."""
    from orchestration.defs.instance import name_home_for_dagster, prepare_dagster_home
    from orchestration.report.vega_library import library
    from orchestration.warehouse.dbt_runner import ensure_manifest

    ensure_manifest()
    library()
    name_home_for_dagster(prepare_dagster_home(settings))
