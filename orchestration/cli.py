"""The command line `obmin`: each step of the house, and the answers.

Commands only: what they do is in warehouse/, refresh.py and scrapers/. Imports are inside the
commands, so that `obmin read` does not wait for a warehouse it never opens.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from orchestration.settings import NoContact, Settings, load_settings


class Obmin(click.Group):
    """Turns the errors that a person can mend into one sentence and status 1."""

    def invoke(self, context: click.Context) -> Any:
        from orchestration.warehouse.working import WarehouseError
        from scrapers.announcement import SourceError
        from scrapers.archive import BrokenRecord
        from scrapers.registry import UnknownSource
        from scrapers.sample.archive import BrokenArchive

        try:
            return super().invoke(context)
        except (NoContact, WarehouseError, SourceError, UnknownSource, BrokenArchive, BrokenRecord) as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=Obmin, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--profile", type=click.Choice(["sample", "live"]), help="Which house: the sample archive or the live sites."
)
@click.pass_context
def main(context: click.Context, profile: Any) -> None:
    """Obmin: the public record of prisoner exchanges between Ukraine and Russia."""
    try:
        context.obj = load_settings(profile)
    except ValueError as error:
        raise click.ClickException(str(error)) from error


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a sentence or a table.")


def _say(words: str) -> None:
    """Progress goes to standard error, so that standard output holds answers alone."""
    click.echo(f"  {words}", err=True)


def _finish(sentences: list[str], data: Any, failures: list[str], as_json: bool) -> None:
    """Print what a step did and end with its status."""
    if as_json:
        click.echo(json.dumps(data, default=str, ensure_ascii=False))
    else:
        for sentence in sentences:
            click.echo(sentence)
    for failure in failures:
        click.echo(f"Failed: {failure}", err=True)
    sys.exit(1 if failures else 0)


@main.command()
@json_option
@click.pass_obj
def run(settings: Settings, as_json: bool) -> None:
    """Run the refresh job: fetch, load, extract, build, publish, alert."""
    from orchestration.refresh import refresh
    from orchestration.report import print_answer

    click.echo(f"Refreshing the {settings.profile} house:", err=True)
    outcome = refresh(settings, _say)
    for warning in outcome.warnings:
        click.echo(f"Look at: {warning}", err=True)
    if not outcome.has_published and not outcome.failures:
        click.echo("Nothing new since the last run.", err=True)
    if settings.published.exists() and not as_json:
        print_answer(settings)
    _finish([], {**asdict(outcome), "warehouse": settings.published}, outcome.failures, as_json)


@main.command()
@click.argument("source_ids", nargs=-1, metavar="[SOURCE]...")
@json_option
@click.pass_obj
def fetch(settings: Settings, source_ids: tuple[str, ...], as_json: bool) -> None:
    """Crawl the sources and archive what is new."""
    from orchestration.warehouse.fetch import fetch_all, open_door
    from orchestration.warehouse.working import working_file, writing
    from scrapers.archive import PageArchive

    sources = [settings.source(source_id) for source_id in source_ids] or settings.sources()
    archive = PageArchive(settings.pages)
    with writing(settings), working_file(settings) as connection, open_door(settings) as door:
        reports = list(fetch_all(connection, archive, door, sources, settings.first_reach, _say))
    _finish(
        [f"{r.source_id}: {r.pages_seen} pages seen, {r.pages_new} new" for r in reports],
        [asdict(report) for report in reports],
        [report.error for report in reports if report.error],
        as_json,
    )


@main.command()
@click.option("--source", "source_ids", multiple=True, metavar="ID", help="Which source; all when not given.")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), default="2022-02-24", show_default=True)
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="Today when not given.")
@click.option("--wayback", is_flag=True, help="Look for pages that are gone in the Wayback Machine.")
@json_option
@click.pass_obj
def backfill(
    settings: Settings, source_ids: tuple[str, ...], first: Any, last: Any, wayback: bool, as_json: bool
) -> None:
    """Fetch the past, by whole months; broken off, it goes on where it was. No alert is sent for it."""
    from orchestration.backfill_command import backfill as backfill_months

    sources = [settings.source(source_id) for source_id in source_ids] or [
        source for source in settings.sources() if source.role == "facts"
    ]
    until = last.date() if last else settings.today()
    if first.date() > until:
        raise click.UsageError(f"--from {first:%Y-%m-%d} is after --to {until}.")
    reports = backfill_months(settings, sources, first.date(), until, "wayback" if wayback else "listing")
    _finish(
        [
            f"{r.source_id} {r.month:%Y-%m}: "
            + ("complete already" if r.was_complete else f"{r.pages} pages, {r.announcements_new} announcements new")
            for r in reports
        ],
        [asdict(report) for report in reports],
        [report.error for report in reports if report.error],
        as_json,
    )


@main.command()
@json_option
@click.pass_obj
def load(settings: Settings, as_json: bool) -> None:
    """Load announcements from the archived pages."""
    from orchestration.warehouse.load import load as load_pages
    from orchestration.warehouse.working import working_file, writing
    from scrapers.archive import PageArchive

    with writing(settings), working_file(settings) as connection:
        report = load_pages(connection, PageArchive(settings.pages))
    said = f"{report.announcements_new} announcements loaded, {report.ignored_new} items ignored with a reason"
    _finish([said], asdict(report), report.quarantined, as_json)


@main.command()
@json_option
@click.pass_obj
def reparse(settings: Settings, as_json: bool) -> None:
    """Rebuild all announcements from the archive with today's parsers; nothing is fetched."""
    from orchestration.reparse_command import reparse_with_progress

    report = reparse_with_progress(settings)
    said = (
        f"{report.pages} pages read anew: {report.announcements} announcements, "
        f"{report.announcements_before} before; {report.no_longer_read} of those are no longer read so."
    )
    _finish([said], asdict(report), report.quarantined, as_json)


@main.command()
@click.option("--port", type=int, default=8080, show_default=True, help="0 takes a free one.")
@click.pass_obj
def replay(settings: Settings, port: int) -> None:
    """Serve the archive on 127.0.0.1, each page as it was last fetched."""
    from scrapers.archive import PageArchive
    from scrapers.replay import serve_archive

    try:
        with serve_archive(PageArchive(settings.pages), port) as (address, count):
            example = f"{address}/t.me/s/Koord_shtab"
            click.echo(f"{count} pages on {address}, for example {example}; stop with Ctrl-C.", err=True)
            _wait_for_ctrl_c()
    except OSError as error:
        raise click.ClickException(f"Port {port} can't be used ({error.strerror}); choose another.") from error


def _wait_for_ctrl_c() -> None:
    import contextlib
    import threading

    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()


@main.command()
@json_option
@click.pass_obj
def extract(settings: Settings, as_json: bool) -> None:
    """Read the announcements into statements."""
    from orchestration.warehouse.extract import extract as extract_statements
    from orchestration.warehouse.working import working_file, writing

    with writing(settings), working_file(settings) as connection:
        report = extract_statements(connection)
    for issue in report.issues:
        click.echo(f"Look at: {issue}", err=True)
    said = f"{report.announcements_read} announcements read, {report.statements_new} statements found"
    _finish([said], asdict(report), [], as_json)


@main.command()
@json_option
@click.pass_obj
def build(settings: Settings, as_json: bool) -> None:
    """Build and test the facts with dbt."""
    from orchestration.warehouse.build import build as build_facts
    from orchestration.warehouse.working import writing

    with writing(settings):
        report = build_facts(settings)
    said = f"{report.models} models built, {report.tests} tests run"
    _finish([said], asdict(report), report.failures, as_json)


@main.command()
@json_option
@click.pass_obj
def publish(settings: Settings, as_json: bool) -> None:
    """Swap in the published copy and deliver the alerts that are due. Run `build` first."""
    from orchestration.alerts.channels import sender
    from orchestration.warehouse.outbox import decide, deliver
    from orchestration.warehouse.publish import publish as publish_copy
    from orchestration.warehouse.working import working_file, writing

    with writing(settings):
        with working_file(settings) as connection:
            decide(connection, settings.today(), settings.alert_within_days)
        published = publish_copy(settings, run_id="command line")
        with working_file(settings) as connection:
            delivered, failures = deliver(connection, sender(settings.alert_urls))
    _finish(
        [f"{published.path}: {published.exchanges} exchanges; {delivered} alerts delivered"],
        {**asdict(published), "alerts_delivered": delivered},
        failures,
        as_json,
    )


@main.command()
@click.option("--year", type=int, help="Only exchanges of this year.")
@json_option
@click.pass_obj
def exchanges(settings: Settings, year: int | None, as_json: bool) -> None:
    """List the exchanges."""
    from orchestration.report import print_rows

    print_rows(
        settings,
        """
        select exchanged_on, official_number, stage, released_total, released_is_lower_bound, military,
            civilians, returned_to_russia, mediators, status, announcement_url
        from marts.fct_exchanges
        where $year is null or year(exchanged_on) = $year
        order by exchanged_on
        """,
        {"year": year},
        "json" if as_json else "table",
    )


@main.group()
def sources() -> None:
    """The sources: list them, or check them as they answer now."""


@sources.command("list")
@json_option
@click.pass_obj
def list_sources(settings: Settings, as_json: bool) -> None:
    """Every source, and how sure we are of its markup."""
    from rich.console import Console

    from orchestration.sources_command import show_sources
    from scrapers.registry import load_registry

    if as_json:
        click.echo(json.dumps([source.model_dump() for source in load_registry()], ensure_ascii=False))
    else:
        console = Console()
        show_sources(load_registry(), Console(width=console.width if console.is_terminal else 200))


@sources.command()
@click.argument("source_ids", nargs=-1, metavar="[SOURCE]...")
@json_option
@click.pass_obj
def check(settings: Settings, source_ids: tuple[str, ...], as_json: bool) -> None:
    """Ask each source for its listing and one article, and say what is wrong and where. Nothing is kept.

    With --profile live it asks the live sites; the sample's sources are checked on the sample archive.
    """
    from rich.console import Console

    from orchestration.sources_command import CheckReport, check_all, show_reports
    from orchestration.warehouse.fetch import open_door

    def say(report: CheckReport) -> None:
        _say(f"{report.source_id}: {report.verdict}")

    chosen = [settings.source(source_id) for source_id in source_ids] or settings.sources()
    with open_door(settings) as door:
        reports = check_all(door, chosen, say)
    if as_json:
        plain = [{**asdict(report), "verdict": report.verdict} for report in reports]
        click.echo(json.dumps(plain, default=str, ensure_ascii=False))
    else:
        console = Console()
        show_reports(reports, Console(width=console.width if console.is_terminal else 200))
    sys.exit(1 if any(report.mend for report in reports) else 0)


@main.command()
@click.argument("query")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table")
@json_option
@click.pass_obj
def sql(settings: Settings, query: str, form: str, as_json: bool) -> None:
    """Ask the published warehouse in SQL; nothing can be written."""
    from orchestration.report import print_rows

    print_rows(settings, query, None, "json" if as_json else form)


@main.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--jsonl", is_flag=True, help="Read JSON objects, one a line, from standard input.")
@click.option("--title", help="The text's title.")
@click.option("--published-at", help="Day or time of publication, ISO 8601; Kyiv's when it has no offset.")
@click.option("--language", type=click.Choice(["uk", "en", "ru"]), help="Found from the text when not given.")
@click.option("--explain", is_flag=True, help="Show the texts with quotes and rejected numbers marked.")
def read(
    files: tuple[Path, ...],
    jsonl: bool,
    title: str | None,
    published_at: str | None,
    language: str | None,
    explain: bool,
) -> None:
    """Read texts into statements: one JSON object a text."""
    from rich.console import Console

    from orchestration.explain import explain as show_explained
    from orchestration.reading_command import texts_of_files, texts_of_lines

    if bool(files) == jsonl:
        raise click.UsageError("Give files to read, or --jsonl with objects on standard input.")
    texts = texts_of_lines(sys.stdin) if jsonl else texts_of_files(files, title, published_at, language)
    for given in texts:
        if explain:
            show_explained(given.reading(), given.text, given.title, Console())
        else:
            click.echo(json.dumps(given.result(), ensure_ascii=False))


@main.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@json_option
def evaluate(path: Path, as_json: bool) -> None:
    """Precision and recall of the reader on labelled texts: a file or a folder of them."""
    from rich.console import Console

    from orchestration.evaluate_command import as_plain, show
    from orchestration.evaluate_command import evaluate as run_evaluation

    evaluation = run_evaluation(path)
    if as_json:
        click.echo(json.dumps(as_plain(evaluation), ensure_ascii=False))
    else:
        show(evaluation, Console())


@main.command()
@click.option("--port", type=int, default=3000, show_default=True)
@click.pass_obj
def ui(settings: Settings, port: int) -> None:
    """Open Dagster on 127.0.0.1."""
    import os

    from orchestration.refresh import prepare_dagster_home
    from orchestration.settings import PROJECT
    from orchestration.warehouse.build import ensure_manifest

    prepare_dagster_home(settings)
    ensure_manifest()
    dagster = str(Path(sys.executable).parent / "dagster")
    os.environ["OBMIN_PROFILE"] = settings.profile
    os.chdir(PROJECT)
    click.echo(f"Dagster on http://127.0.0.1:{port}", err=True)
    arguments = [dagster, "dev", "-w", "workspace.yaml", "-h", "127.0.0.1", "-p", str(port)]
    # Not a child: signals must reach Dagster itself.
    os.execv(dagster, arguments)  # noqa: S606


@main.command(hidden=True)
def prepare() -> None:
    """Parse the dbt project once, so that no run has to."""
    from orchestration.warehouse.build import ensure_manifest

    ensure_manifest()


if __name__ == "__main__":
    main()
