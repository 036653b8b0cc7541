"""The long-running commands: Dagster's web UI and daemon. The definitions are in defs/all_definitions.py."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from orchestration.cli.ports import check_port
from orchestration.settings import PROJECT, Settings

GUARDED = [sys.executable, "-m", "orchestration.defs.webserver"]


port_option = click.option(
    "--port", type=click.IntRange(1, 65535), default=3000, show_default=True, help="Of the pages."
)
host_option = click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Where the pages are served. They know no passwords: before any other address a proxy must ask for one.",
)


@click.command()
@host_option
@port_option
@click.pass_obj
def ui(settings: Settings, host: str, port: int) -> None:
    """Dagster's pages, with the daemon that keeps the schedule and delivers alerts: all in one.

    It is for your own machine; `obmin webserver` and `obmin daemon` are the same as two services.
    """
    check_port(host, port)
    # Dagster recommends `dg dev` instead, which takes twice as long to start.
    ours = os.environ.get("PYTHONWARNINGS")
    os.environ["PYTHONWARNINGS"] = ",".join(filter(None, [ours, "ignore:Function `dev_command` is superseded"]))
    command = [*GUARDED, "dev", "-w", "workspace.yaml", "--host", host, "--port", str(port)]
    _become(settings, command, f"Dagster starts on http://{host}:{port}; the page answers in some ten seconds.")


@click.command()
@host_option
@port_option
@click.pass_obj
def webserver(settings: Settings, host: str, port: int) -> None:
    """Dagster's pages alone, as a service; `obmin daemon` runs next to it."""
    check_port(host, port)
    _become(settings, [*GUARDED, "webserver", "-w", "workspace.yaml", "--host", host, "--port", str(port)])


@click.command()
@click.pass_obj
def daemon(settings: Settings) -> None:
    """The daemon alone, as a service: schedule, runs, alerts, freshness, heartbeat."""
    _become(settings, [str(Path(sys.executable).parent / "dagster-daemon"), "run", "-w", "workspace.yaml"])


def _become(settings: Settings, command: list[str], message: str | None = None) -> None:
    """Check what would otherwise fail in five processes in turn, print what is served, then exec the command.

    Raises BrokenAlerts, BrokenStorage, NoContact, WarehouseError or WrongSetting, each with its sentence.
    """
    from orchestration.alerts.channels import checked_channels
    from orchestration.defs.instance import open_instance
    from orchestration.defs.stopping import serves
    from orchestration.defs.ui_guard import hosts_of_operator
    from orchestration.warehouse.dbt_runner import ensure_manifest

    serves()
    hosts_of_operator(os.environ)
    checked_channels(settings.alerts_file)
    settings.sources()
    if settings.profile == "live" and settings.replay is None:
        settings.contact()
    with open_instance(settings):
        ensure_manifest()
    if message:
        click.echo(message, err=True)
    os.environ.update(OBMIN_PROFILE=settings.profile, OBMIN_DATA=str(settings.data.parent))
    os.chdir(PROJECT)
    # Not a child process: signals must reach Dagster itself.
    os.execv(command[0], command)  # noqa: S606


SERVICE_COMMANDS = (ui, webserver, daemon)
