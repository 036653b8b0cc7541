"""What every command shares: the --json option, progress on standard error, and how a command ends.

No command is here.
"""

from __future__ import annotations

import re
import sys
from typing import Any

import click

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a sentence or a table.")


def say(words: str) -> None:
    """Progress goes to standard error, so that standard output holds answers alone."""
    click.echo(f"  {words}", err=True)


def print_json(data: Any) -> None:
    """One JSON value on a line, strict; in ASCII where the terminal writes anything but UTF-8."""
    from orchestration.output.strict_json import json_text

    click.echo(json_text(data, ascii_only="utf" not in (sys.stdout.encoding or "").lower()))


def of_profile(sentence: str) -> str:
    """A sentence for a person, in which the commands that it names have this call's profile if it is not the default:
    whoever follows "run `obmin run`" after a call with `--profile live` would refresh the sample.
    """
    context = click.get_current_context(silent=True)
    profile = getattr(context.obj, "profile", "sample") if context else "sample"
    return (
        sentence if profile == "sample" else re.sub(r"`obmin (?!--profile)", f"`obmin --profile {profile} ", sentence)
    )


def look_at(sentences: list[str]) -> None:
    """Show what does not fail the command and is for a person to look at."""
    for sentence in sentences:
        click.echo(f"Look at: {of_profile(sentence)}", err=True)


def finish(sentences: list[str], data: Any, failures: list[str], as_json: bool) -> None:
    """Print what a step did and end with its status."""
    if as_json:
        print_json(data)
    else:
        for sentence in sentences:
            click.echo(sentence)
    for failure in failures:
        click.echo(f"Failed: {of_profile(failure)}", err=True)
    sys.exit(1 if failures else 0)
