"""The commands `obmin review …`: list and decide doubtful texts, and export decisions for the corpus.

Prompts and display only; decisions are made in review/queue.py.
"""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from orchestration.cli.output import json_option, print_json
from orchestration.settings import Settings

if TYPE_CHECKING:
    from orchestration.review.queue import StoredVersion
    from orchestration.warehouse.database import Warehouse
    from orchestration.warehouse.reviews import Decision

CHOICES = {"a": "accepted", "c": "corrected", "n": "not_an_exchange"}
QUESTION = "[a]ccept what is read, [c]orrect it, [n]ot an exchange, [s]kip, [q]uit"


@click.group(invoke_without_command=True)
@click.option("--by", "decided_by", help="Who decides; your login name when not given.")
@click.pass_context
def review(context: click.Context, decided_by: str | None) -> None:
    """Decide what the extractor is not sure enough to state, one text after another."""
    if context.invoked_subcommand is None:
        _ask(cast(Settings, context.obj), decided_by or _login_name())


@review.command("list")
@json_option
@click.pass_obj
def list_waiting(settings: Settings, as_json: bool) -> None:
    """List what waits, newest announcements first."""
    from orchestration.output.tables import paragraph, standard_output
    from orchestration.review.queue import waiting
    from orchestration.warehouse.database import Warehouse

    warehouse = Warehouse(settings)
    found = waiting(warehouse)
    if as_json:
        print_json([_plain(one) for one in found])
        return
    screen = standard_output()
    for one in found:
        heading = f"{one.published_at:%Y-%m-%d %H:%M} UTC  {one.url}  ({one.version_id})"
        click.echo(paragraph(heading, screen, "  "))
        if one.was_decided:
            click.echo(f"    {_why(one)}")
        for doubt in one.doubts:
            click.echo(paragraph(f"    {_doubt(doubt)}", screen, "  "))
    click.echo(f"Announcements that wait for review: {len(found)}." if found else _why_nothing_waits(warehouse))


@review.command("decide")
@click.argument("announcement")
@click.option("--accept", "is_accepted", is_flag=True, help="The reading is right, doubts too.")
@click.option("--not-an-exchange", "is_rejected", is_flag=True, help="It announces no exchange.")
@click.option("--set", "corrections", multiple=True, metavar="MEASURE=VALUE", help="A figure or the day; repeatable.")
@click.option("--by", "decided_by", help="Who decides; your login name when not given.")
@json_option
@click.pass_obj
def decide_one(
    settings: Settings,
    announcement: str,
    is_accepted: bool,
    is_rejected: bool,
    corrections: tuple[str, ...],
    decided_by: str | None,
    as_json: bool,
) -> None:
    """Decide one ANNOUNCEMENT, by its address or version id, also one that does not wait or was decided before."""
    from orchestration.review.decisions import decide
    from orchestration.review.queue import stored_version
    from orchestration.warehouse.database import Warehouse

    if [is_accepted, is_rejected, bool(corrections)].count(True) != 1:
        raise click.UsageError("Give one of --accept, --not-an-exchange, and corrections with --set.")
    chosen: Decision = "accepted" if is_accepted else "not_an_exchange" if is_rejected else "corrected"
    warehouse = Warehouse(settings)
    one = stored_version(warehouse, announcement)
    made = decide(warehouse, one, chosen, decided_by or _login_name(), corrections)
    if as_json:
        print_json(made.model_dump(mode="json"))
    else:
        click.echo(f"{made.decision.replace('_', ' ')}: {made.url}; {_when(settings)}")


@review.command("take-back")
@click.argument("announcement")
@click.pass_obj
def take_back_one(settings: Settings, announcement: str) -> None:
    """Remove the decision about an ANNOUNCEMENT: what the extractor reads counts again."""
    from orchestration.review.decisions import take_back
    from orchestration.warehouse.database import Warehouse

    taken = take_back(Warehouse(settings), announcement)
    click.echo(f"taken back: {taken.url}; {_when(settings)}")


@review.command()
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file; standard output else.")
@click.pass_obj
def export(settings: Settings, output: Path | None) -> None:
    """Decided texts as labelled texts, to be checked and put into the corpus."""
    from orchestration.output.output_file import new_file
    from orchestration.review.labelled_export import labelled_texts
    from orchestration.warehouse.database import Warehouse

    text = labelled_texts(Warehouse(settings))
    if output is None:
        click.echo(text.encode(), nl=False)  # a YAML file is UTF-8, whatever the terminal is
    else:
        with new_file(output, settings.data) as file:
            file.write(text.encode())
        click.echo(f"Labelled texts are in {output}.")


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise click.UsageError("The system has no login name for you; give your name with --by.") from None


def _ask(settings: Settings, decided_by: str) -> None:
    from orchestration.review.decisions import decide
    from orchestration.review.queue import UnfitDecision, waiting
    from orchestration.warehouse.database import Warehouse

    warehouse = Warehouse(settings)
    found = waiting(warehouse)
    decided = 0
    for number, one in enumerate(found, start=1):
        _show(one, number, len(found))
        while True:
            answer = click.prompt(QUESTION, type=click.Choice(["a", "c", "n", "s", "q"]), show_choices=False)
            if answer in ("s", "q"):
                break
            corrections = click.prompt("Corrections, such as released_total=189").split() if answer == "c" else []
            try:
                decide(warehouse, one, cast("Decision", CHOICES[answer]), decided_by, corrections)
            except UnfitDecision as error:
                click.echo(f"Not decided. {error}")
                continue
            decided += 1
            break
        if answer == "q":
            break
    if not found:
        click.echo(_why_nothing_waits(warehouse))
    else:
        click.echo(f"{decided} decided; {_when(settings)}" if decided else "Nothing decided.")


def _why_nothing_waits(warehouse: Warehouse) -> str:
    from orchestration.review.queue import is_anything_loaded

    if is_anything_loaded(warehouse):
        return "Nothing waits for review."
    return "No announcement was loaded yet, so none was read and none waits. `obmin doctor` says why."


def _show(one: StoredVersion, number: int, count: int) -> None:
    from rich.console import Console

    from orchestration.output.tables import paragraph, standard_output
    from orchestration.review.reading_view import show_reading

    screen = standard_output()
    heading = f"{number} of {count}: {one.url}, published {one.published_at:%Y-%m-%d %H:%M} UTC"
    click.echo(f"\n{paragraph(heading, screen, '  ')}")
    show_reading(one.reading(), one.text, one.title, Console())
    click.echo(_why(one))
    for doubt in one.doubts:
        click.echo(paragraph(f"    {_doubt(doubt)}", screen, "  "))


def _why(one: StoredVersion) -> str:
    return "An earlier version was decided; this one is edited." if one.was_decided else "Doubts:"


def _doubt(doubt: dict[str, Any]) -> str:
    value = "" if doubt["value"] is None else f" {doubt['value']}"
    readings = "; ".join(f"{r['label']} {r['chance']:.0%}" for r in doubt["readings"])
    return f"{doubt['measure']}{value} in “{' '.join(doubt['quote'].split())}”: {readings}"


def _plain(one: StoredVersion) -> dict[str, Any]:
    return {
        "version_id": one.version_id, "url": one.url, "title": one.title, "text": one.text,
        "published_at": one.published_at.isoformat(), "doubts": one.doubts, "was_decided": one.was_decided,
    }  # fmt: skip


def _when(settings: Settings) -> str:
    return f"written to {settings.reviews}; the next `obmin run` brings it into the facts."
