"""What every command shares: the --json option, progress on standard error, and how a command ends.

No command is here.
"""

from __future__ import annotations

import sys
from typing import Any

import click

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a sentence or a table.")


def say(words: str) -> None:
    """Progress goes to standard error, so that standard output holds answers alone."""
    click.echo(f"  {words}", err=True)


def print_json(data: Any) -> None:
    """One JSON value on a line, strict; in ASCII where the terminal writes anything but UTF-8."""
    from orchestration.strict_json import json_text

    click.echo(json_text(data, ascii_only="utf" not in (sys.stdout.encoding or "").lower()))


def finish(sentences: list[str], data: Any, failures: list[str], as_json: bool) -> None:
    """Print what a step did and end with its status."""
    if as_json:
        print_json(data)
    else:
        for sentence in sentences:
            click.echo(sentence)
    for failure in failures:
        click.echo(f"Failed: {failure}", err=True)
    sys.exit(1 if failures else 0)
