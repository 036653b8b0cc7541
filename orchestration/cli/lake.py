"""The commands about the lake: `obmin lake …`, `pull`, `restore`. The work is in orchestration/lake/."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from orchestration.cli.output import finish, json_option
from orchestration.settings import Settings


@click.group()
def lake() -> None:
    """Publish to the lake, and tidy it."""


@lake.command()
@json_option
@click.pass_obj
def publish(settings: Settings, as_json: bool) -> None:
    """Bring the lake up to date now, as each refresh does."""
    _publish(settings, as_json, takes_over=False)


@lake.command("take-over")
@json_option
@click.pass_obj
def take_over(settings: Settings, as_json: bool) -> None:
    """Write this deployment's record over what another wrote to the lake; from then on only this one may publish."""
    _publish(settings, as_json, takes_over=True)


@lake.command()
@click.option(
    "--days",
    type=click.IntRange(0, 36_500),
    default=30,
    show_default=True,
    help="How long `obmin pull --as-of` can go back.",
)
@json_option
@click.pass_obj
def tidy(settings: Settings, days: int, as_json: bool) -> None:
    """Expire old snapshots, merge small files, remove files that nothing needs, such as a killed publication's."""
    from orchestration.cli.work_progress import working
    from orchestration.lake.deployment import lake_of
    from orchestration.lake.own_process import in_own_process
    from orchestration.lake.tidying import tidy as tidy_lake

    with working("tidying the lake"):
        tidied = in_own_process(tidy_lake, lake_of(settings), days)
    finish(
        [
            f"Expired: {tidied.snapshots} snapshots. Files: {tidied.files_merged} fewer by merging, "
            f"{tidied.files_removed} removed, {tidied.orphans} of no publication removed."
        ],
        asdict(tidied),
        [],
        as_json,
    )


@click.command()
@click.option("--as-of", help="A day or a time in UTC: 2026-05-01, of which the end counts, or 2026-05-01T12:00.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write; without it the profile's.",
)
@json_option
@click.pass_obj
def pull(settings: Settings, as_of: str | None, output: Path | None, as_json: bool) -> None:
    """Make the published copy from the lake, for a machine that only reads."""
    from orchestration.cli.work_progress import working
    from orchestration.lake.own_process import in_own_process
    from orchestration.lake.pull import pull as pull_copy

    with working("pulling the record from the lake"):
        pulled = in_own_process(pull_copy, settings, output, as_of)
    finish(
        [
            f"{pulled.path}: {pulled.exchanges} exchanges in {pulled.tables} tables, published to the lake at "
            f"{pulled.written_at:%Y-%m-%d %H:%M} UTC; {_proof(pulled.is_proved)}."
        ],
        asdict(pulled),
        [],
        as_json,
    )


@click.command()
@click.option(
    "--from-lake", is_flag=True, required=True, expose_value=False, help="Required: the only place there is."
)
@json_option
@click.pass_obj
def restore(settings: Settings, as_json: bool) -> None:
    """Make the working file from the lake, on a machine that takes over from a lost one."""
    from orchestration.cli.work_progress import working
    from orchestration.lake.own_process import in_own_process
    from orchestration.lake.restoring import restore_from_lake

    with working("restoring the working file from the lake"):
        restored = in_own_process(restore_from_lake, settings)
    finish(
        [
            f"{restored.path}: {restored.announcements:,} versions of announcements and {restored.alerts} alerts, as "
            f"they were at {restored.written_at:%Y-%m-%d %H:%M} UTC; {_proof(restored.is_proved)}.",
            *([f"{restored.decisions}: the reviewers' decisions."] if restored.decisions else []),
            "Now run `obmin run`: it builds the facts, and publishes to the lake from here on. Should the lost "
            "machine come back, stop it: it would be refused.",
        ],
        asdict(restored),
        [],
        as_json,
    )


def _proof(is_proved: bool) -> str:
    proof = "proved" if is_proved else "not proved, because another version of DuckDB wrote it"
    return f"the content of every table is {proof}"


def _publish(settings: Settings, as_json: bool, takes_over: bool) -> None:
    from orchestration.cli.work_progress import working
    from orchestration.lake.deployment import publish_to_lake
    from orchestration.warehouse.database import Warehouse

    with working("publishing to the lake"):
        report = publish_to_lake(Warehouse(settings), takes_over)
    rows = sum(report.rows.values())
    written = f"{len(report.rows)} tables written, with {rows:,} rows" if report.rows else "it had everything"
    finish([f"The lake is up to date: {written}."], asdict(report), [], as_json)
