"""Shared by all commands: the --json and --wide options, progress on standard error, and the exit of a command.

The commands are in the other modules of cli/.
"""

from __future__ import annotations

import re
import sys
from typing import Any, NoReturn

import click

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a sentence or a table.")
wide_option = click.option(
    "--wide", is_flag=True, help="Tables with all columns and whole addresses, however wide the terminal is."
)


def show_progress(words: str) -> None:
    """Print progress to standard error, so that standard output has only results."""
    click.echo(f"  {words}", err=True)


def print_json(data: Any) -> None:
    """Print a value as one line of strict JSON; in ASCII if the terminal's encoding is not UTF-8."""
    from orchestration.output.strict_json import json_text

    click.echo(json_text(data, ascii_only="utf" not in (sys.stdout.encoding or "").lower()))


def of_profile(sentence: str) -> str:
    """A message for the user, with this call's profile added to the commands in it unless it is the default: running
    `obmin run` after a call with `--profile live` would refresh the sample.
    """
    context = click.get_current_context(silent=True)
    profile = getattr(context.obj, "profile", "sample") if context else "sample"
    return (
        sentence if profile == "sample" else re.sub(r"`obmin (?!--profile)", f"`obmin --profile {profile} ", sentence)
    )


def look_at(sentences: list[str]) -> None:
    """Print warnings: what needs attention but does not fail the command."""
    for sentence in sentences:
        click.echo(f"Warning: {of_profile(sentence)}", err=True)


def finish(sentences: list[str], data: Any, failures: list[str], as_json: bool) -> NoReturn:
    """Print a step's result and exit: status 1 if there are failures, else 0."""
    if as_json:
        print_json(data)
    else:
        for sentence in sentences:
            click.echo(sentence)
    for failure in failures:
        click.echo(f"Failed: {of_profile(failure)}", err=True)
    sys.exit(1 if failures else 0)
