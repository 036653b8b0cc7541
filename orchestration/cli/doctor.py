"""`obmin doctor`: whether this deployment can work, and what to do where it can't. The checks are in doctor/."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from orchestration.cli.output import json_option, of_profile, print_json
from orchestration.settings import WrongSetting, load_settings

if TYPE_CHECKING:
    from orchestration.doctor.results import CheckResult


@click.command()
@json_option
@click.pass_context
def doctor(context: click.Context, as_json: bool) -> None:
    """Check whether this deployment can work: environment, disk, network, sources, storage, alerts, clock.

    Nothing is changed or sent. Status 1 when anything is at fault.
    """
    refusal = ""
    try:
        context.obj = load_settings(context.find_root().params["profile"])
    except WrongSetting as error:  # a fault like others: the command shows them all
        refusal = str(error)
    results = [
        replace(result, sentence=of_profile(result.sentence), cure=result.cure and of_profile(result.cure))
        for result in _results(context, refusal)
    ]
    faults = sum(result.state == "fault" for result in results)
    if as_json:
        warnings = sum(result.state == "warning" for result in results)
        print_json({"faults": faults, "warnings": warnings, "checks": [_as_plain(result) for result in results]})
    else:
        from orchestration.doctor.text import results_text
        from orchestration.output.tables import standard_output

        click.echo(results_text(results, standard_output()), nl=False)
    sys.exit(1 if faults else 0)


def _results(context: click.Context, refusal: str) -> list[CheckResult]:
    from orchestration.doctor.packages import check_packages

    packages = check_packages()
    if any(result.name == "missing packages" for result in packages):
        return packages  # the other checks could not be imported
    from orchestration.doctor.running import Surroundings, examine

    encoding = sys.stdout.encoding or "utf-8"
    return examine(Surroundings(context.obj, os.environ, encoding, datetime.now(UTC), refusal))


def _as_plain(result: CheckResult) -> dict[str, str | None]:
    plain = asdict(result)
    del plain["is_detail"]
    return plain
