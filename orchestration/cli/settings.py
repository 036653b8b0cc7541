"""`obmin settings`: what is in force and where it came from. The settings are in orchestration/settings/."""

from __future__ import annotations

import click

from orchestration.cli.output import json_option, print_json, wide_option
from orchestration.settings import Settings
from orchestration.settings.environment import read_environment, settings_in_force


@click.command()
@wide_option
@json_option
@click.pass_obj
def settings(settings: Settings, wide: bool, as_json: bool) -> None:
    """Every setting with its value, where that came from, and what it means. Secrets are not shown."""
    found = settings_in_force(read_environment(), settings.profile)
    if as_json:
        print_json([one._asdict() for one in found])
        return
    from orchestration.output.tables import Table, standard_output, table_text

    rows = [(one.setting, one.value or "not set", one.origin, one.meaning) for one in found]
    table = Table(
        ("setting", "value", "from", "meaning"), rows, by_importance=("setting", "value", "from", "meaning")
    )
    click.echo(table_text(table, standard_output(wide)), nl=False)
