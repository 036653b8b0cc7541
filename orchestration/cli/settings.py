"""`obmin settings`: what is in force and where it came from. The settings are in orchestration/settings/."""

from __future__ import annotations

import click

from orchestration.cli.output import json_option, print_json
from orchestration.settings import Settings
from orchestration.settings.environment import read_environment, settings_in_force


@click.command()
@json_option
@click.pass_obj
def settings(settings: Settings, as_json: bool) -> None:
    """Every setting with its value, where that came from, and what it means. Secrets are not shown."""
    found = settings_in_force(read_environment(), settings.profile)
    if as_json:
        print_json([one._asdict() for one in found])
        return
    from orchestration.output.formats import table_text

    rows = [(one.setting, one.value or "not set", one.origin, one.meaning) for one in found]
    click.echo(table_text(["setting", "value", "from", "meaning"], rows))
