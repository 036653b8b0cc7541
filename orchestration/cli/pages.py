"""The commands for sources and pages: crawl, backfill, load, reparse and replay the archive, check sources.

The work is in warehouse/ (checks in sources_check.py) and scrapers/. Imports are inside the commands (main.py).
"""

from __future__ import annotations

import sys
import threading
from dataclasses import asdict
from itertools import count
from pathlib import Path
from typing import Any, Literal, NoReturn

import click

from orchestration.cli.output import (
    finish,
    json_option,
    look_at,
    of_profile,
    print_json,
    show_progress,
    wide_option,
)
from orchestration.settings import INVASION, Settings

# Texts that are named at the end; --json has all.
MOST_NAMED = 20


@click.command()
@click.argument("source_ids", nargs=-1, metavar="[SOURCE]...")
@click.option("--retry-failed", is_flag=True, help="Try again the articles that failed, those given up too.")
@json_option
@click.pass_obj
def fetch(settings: Settings, source_ids: tuple[str, ...], retry_failed: bool, as_json: bool) -> None:
    """Crawl the sources and archive what is new: each SOURCE that is named, or all."""
    from datetime import UTC, datetime

    from orchestration.warehouse.article_failures import retry_all
    from orchestration.warehouse.database import Warehouse
    from orchestration.warehouse.fetch import fetch_all, open_http_client
    from orchestration.warehouse.refusals import is_expected
    from orchestration.warehouse.sample_replay import replay_history
    from scrapers.archive import PageArchive

    sources = [settings.source(source_id) for source_id in source_ids] or settings.sources()
    archive = PageArchive(settings.pages)
    with Warehouse(settings).connection() as connection, open_http_client(settings) as client:
        if settings.has_past:
            replay_history(connection, archive, settings, sources, show_progress)
        if retry_failed:
            count = retry_all(connection, [source.id for source in sources], datetime.now(UTC))
            show_progress(f"{count} articles that failed are tried again")
        reports = list(
            fetch_all(
                connection, archive, client, sources, settings.first_reach, show_progress, settings.source_seconds
            )
        )
    by_id = {source.id: source for source in sources}
    finish(
        [f"{r.source_id}: pages seen: {r.pages_seen}, new: {r.pages_new}" for r in reports],
        [asdict(report) for report in reports],
        [report.error for report in reports if report.error and not is_expected(by_id[report.source_id], report)],
        as_json,
    )


@click.command()
@click.option("--source", "source_ids", multiple=True, metavar="ID", help="A source, repeatable; all when not given.")
@click.option(
    "--from",
    "first",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    default="2022-02-24",
    show_default=True,
    help="The first day; its whole month is fetched.",
)
@click.option(
    "--to", "last", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="The last day; today when not given."
)
@click.option("--wayback", is_flag=True, help="Look for pages that are gone in the Wayback Machine.")
@json_option
@click.pass_obj
def backfill(
    settings: Settings, source_ids: tuple[str, ...], first: Any, last: Any, wayback: bool, as_json: bool
) -> None:
    """Fetch the past, by whole months. Run it again after an interruption: it continues where it stopped.

    No alert is sent about an exchange that is more than OBMIN_ALERT_WITHIN_DAYS days ago (three when not set).
    """
    from orchestration.cli.backfill_progress import BackfillBars
    from orchestration.warehouse.backfill import backfill as backfill_months
    from orchestration.warehouse.backfill import months_between
    from orchestration.warehouse.database import Warehouse
    from orchestration.warehouse.fetch import open_http_client

    sources = [settings.source(source_id) for source_id in source_ids] or [
        source for source in settings.sources() if source.role == "facts"
    ]
    until = last.date() if last else settings.today()
    for name, day in (("--from", first.date()), ("--to", until)):
        if not INVASION.date() < day <= settings.today():
            raise click.UsageError(f"{name} {day} lies outside the record, 2022-02-24 to {settings.today()}.")
    if first.date() > until:
        raise click.UsageError(f"--from {first:%Y-%m-%d} is after --to {until}.")
    months = months_between(first.date(), until)
    with open_http_client(settings) as client, BackfillBars(months) as bars:
        way: Literal["wayback", "listing"] = "wayback" if wayback else "listing"
        reports = backfill_months(Warehouse(settings), client, sources, months, way, bars)
    finish(
        [
            f"{r.source_id} {r.month:%Y-%m}: "
            + (
                "complete already"
                if r.was_complete
                else f"pages: {r.pages}, announcements: {r.announcements_new} new"
            )
            for r in reports
        ],
        [asdict(report) for report in reports],
        [sentence for report in reports for sentence in report.failures],
        as_json,
    )


@click.command()
@click.option(
    "--mined", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Take in the Parquet files that `obmin mine --out DIR` wrote.",
)  # fmt: skip
@json_option
@click.pass_obj
def load(settings: Settings, mined: Path | None, as_json: bool) -> None:
    """Load announcements from the archived pages, or from what `obmin mine` found."""
    from orchestration.cli.work_progress import working
    from orchestration.warehouse.database import Warehouse
    from orchestration.warehouse.load import load as load_pages
    from scrapers.archive import PageArchive

    if mined is not None:
        _load_mined(settings, mined, as_json)
    with Warehouse(settings).connection() as connection, working("loading", "pages") as show:
        report = load_pages(connection, PageArchive(settings.pages), show)
    loaded = f"{report.announcements_new} versions of announcements loaded"
    summary = f"{loaded}, {report.ignored_new} items ignored with a reason"
    finish([summary], asdict(report), report.quarantined, as_json)


def _load_mined(settings: Settings, folder: Path, as_json: bool) -> NoReturn:
    from orchestration.cli.work_progress import working
    from orchestration.warehouse.database import Warehouse
    from orchestration.warehouse.load_mined import load_mined
    from scrapers.archive import PageArchive

    with Warehouse(settings).connection() as connection, working("loading", "files") as show:
        report = load_mined(connection, PageArchive(settings.pages), folder, show)
    named = [*report.left_out, *(f"{url} gives no day of publication." for url in report.without_day)]
    look_at(report.warnings)
    if not as_json:
        look_at(named[:MOST_NAMED])
        if len(named) > MOST_NAMED:
            look_at([f"{len(named) - MOST_NAMED:,} more texts were left out; --json names them all."])
    counts = {
        "archived": report.archived,
        "loaded before": report.loaded_before,
        "of an address that a source has": report.of_crawled_sources,
        "without statements": report.without_statements,
        "without a day of publication": len(report.without_day),
        "published before 24 February 2022": report.before_the_invasion,
        "can't be stored": len(report.left_out),
    }
    sentences = [
        f"{report.texts:,} texts in {report.files:,} files, {report.announcements_new:,} versions of announcements "
        "loaded",
        *(f"  {count:>12,}  {words}" for words, count in counts.items() if count),
    ]
    if report.announcements_new:
        sentences.append("Now run `obmin run`: it builds the facts.")
    finish([*map(of_profile, sentences)], asdict(report), report.failures, as_json)


@click.command()
@json_option
@click.pass_obj
def reparse(settings: Settings, as_json: bool) -> None:
    """Rebuild all announcements from the archive with today's parsers; nothing is fetched."""
    from orchestration.cli.archive_progress import archive_bar
    from orchestration.warehouse.database import Warehouse
    from orchestration.warehouse.reparse import reparse as reparse_archive

    warehouse = Warehouse(settings)
    with warehouse.writing(), archive_bar(settings) as show:
        report = reparse_archive(warehouse, show)
    look_at(report.warnings)
    summary = (
        f"{report.pages} pages read anew: {report.announcements} versions of announcements, "
        f"{report.announcements_before} before; {report.no_longer_read} of those are read differently now."
    )
    finish([summary], asdict(report), report.quarantined, as_json)


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0 takes a free one.")
@click.pass_obj
def replay(settings: Settings, port: int) -> None:
    """Serve the archive on 127.0.0.1: the sites as they were when they were last read."""
    from orchestration.cli.ports import check_port
    from orchestration.defs.stopping import serves
    from scrapers.archive import Damage, PageArchive
    from scrapers.crawling.replay_server import serve_archive

    serves()
    check_port("127.0.0.1", port)

    def say_damage(damage: Damage) -> None:
        look_at([damage.sentence])

    with serve_archive(PageArchive(settings.pages), port, say_damage) as (address, count):
        example = f", for example {address}/t.me/s/Koord_shtab" if count else f": {settings.pages} holds none"
        click.echo(f"{count} pages on {address}{example}; stop with Ctrl-C.", err=True)
        threading.Event().wait()


@click.group()
def sources() -> None:
    """The sources: list them, or check them as they answer now."""


@sources.command("list")
@wide_option
@json_option
def list_sources(wide: bool, as_json: bool) -> None:
    """Every source, and how sure we are of its markup."""
    from orchestration.output.tables import standard_output
    from orchestration.warehouse.sources_check import sources_text
    from scrapers.registry import load_registry

    if as_json:
        print_json([source.model_dump() for source in load_registry()])
    else:
        click.echo(sources_text(load_registry(), standard_output(wide)), nl=False)


@sources.command()
@click.argument("source_ids", nargs=-1, metavar="[SOURCE]...")
@wide_option
@json_option
@click.pass_obj
def check(settings: Settings, source_ids: tuple[str, ...], wide: bool, as_json: bool) -> None:
    """Ask each SOURCE, or all, for its listing and one article, and say what is wrong and where. Nothing is kept.

    With --profile live it asks the live sites; the sample's sources are checked on the sample archive.
    """
    from orchestration.cli.work_progress import working
    from orchestration.defs.stopping import was_asked
    from orchestration.output.tables import standard_output
    from orchestration.warehouse.fetch import open_http_client
    from orchestration.warehouse.sources_check import CheckReport, check_all, reports_text

    def say_verdict(report: CheckReport) -> None:
        if not was_asked():  # a source interrupted by the stop has no verdict
            show_progress(f"{report.source_id}: {report.verdict}")
        show(next(checked), len(chosen))

    chosen = [settings.source(source_id) for source_id in source_ids] or settings.sources()
    checked = count(1)
    with open_http_client(settings) as client, working("checking", "sources") as show:
        reports = check_all(client, chosen, say_verdict)
    if as_json:
        print_json([{**asdict(report), "verdict": report.verdict} for report in reports])
    else:
        click.echo(reports_text(reports, standard_output(wide)), nl=False)
    sys.exit(1 if any(report.broken and not report.is_refused_as_expected for report in reports) else 0)


PAGE_COMMANDS = (fetch, backfill, load, reparse, replay, sources)
