"""The commands `obmin alerts …`: list and show alerts, retry deliveries, test channels. The work is in alerts/."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from orchestration.cli.answers import day_number_or_id
from orchestration.cli.output import finish, json_option, print_json, wide_option
from orchestration.settings import Settings

if TYPE_CHECKING:
    from orchestration.queries.exchange_details import Asked


@click.group()
def alerts() -> None:
    """List alerts and their deliveries, preview one, send them again, test the channels of alerts.yaml."""


@alerts.command("list")
@click.option("--due", "only_due", is_flag=True, help="Only what has not arrived.")
@wide_option
@json_option
@click.pass_obj
def list_alerts(settings: Settings, only_due: bool, wide: bool, as_json: bool) -> None:
    """List alerts and where each has arrived, oldest first."""
    from orchestration.alerts.outbox import LISTING, LISTING_BY_IMPORTANCE
    from orchestration.output.tables import Table, standard_output, table_text
    from orchestration.warehouse.database import Warehouse

    with Warehouse(settings).connection() as connection:
        rows = connection.execute(LISTING).to_arrow_table().to_pylist()
    wanted = [row for row in rows if row["state"] in ("due", "given up")] if only_due else rows
    if as_json:
        print_json(wanted)
    elif wanted:
        # Seconds are enough for people; --json has the rest.
        rows = [
            [value.replace(microsecond=0) if isinstance(value, datetime) else value for value in row.values()]
            for row in wanted
        ]
        table = Table(list(wanted[0]), rows, by_importance=LISTING_BY_IMPORTANCE)
        click.echo(table_text(table, standard_output(wide)), nl=False)
    else:
        click.echo("No alert waits." if only_due else "No alert was decided yet.")


@alerts.command()
@click.argument("which", callback=day_number_or_id, metavar="EXCHANGE")
@click.option("--language", type=click.Choice(["en", "uk"]), default="en", show_default=True, help="Of the text.")
@json_option
@click.pass_obj
def show(settings: Settings, which: Asked, language: Any, as_json: bool) -> None:
    """The alert that an exchange would cause now: a new one, or a withdrawal. Nothing is sent.

    EXCHANGE is a day, an official number or an id, as in `obmin exchange`.
    """
    from orchestration.alerts.messages import compose
    from orchestration.alerts.preview import previews
    from orchestration.output.tables import paragraph, standard_output

    payloads = previews(settings, which)
    messages = [compose(payload["kind"], payload, language) for payload in payloads]
    if as_json:
        print_json(
            [
                {**payload, "title": message.title, "text": message.body}
                for payload, message in zip(payloads, messages, strict=True)
            ]
        )
    else:
        screen = standard_output()
        texts = [f"{message.title}\n\n{message.body}" for message in messages]
        click.echo("\n\n".join("\n".join(paragraph(line, screen) for line in text.split("\n")) for text in texts))


@alerts.command()
@click.argument("alert_id", required=False)
@json_option
@click.pass_obj
def retry(settings: Settings, alert_id: str | None, as_json: bool) -> None:
    """Send now what has not arrived: the alert ALERT_ID, or every alert that waits or was given up."""
    from orchestration.alerts.delivery import deliver
    from orchestration.alerts.outbox import now
    from orchestration.alerts.outbox import retry as make_due
    from orchestration.warehouse.database import Warehouse

    warehouse = Warehouse(settings)
    with warehouse.connection() as connection:
        count = make_due(connection, alert_id, now())
    report = deliver(warehouse)
    summary = f"deliveries tried again: {count}, arrived: {report.delivered}"
    finish(
        [summary],
        {"tried": count, "delivered": report.delivered},
        [*report.waiting, *report.given_up],
        as_json,
    )


@alerts.command()
@click.argument("channel", required=False)
@json_option
@click.pass_obj
def test(settings: Settings, channel: str | None, as_json: bool) -> None:
    """Send a test message to CHANNEL, or to every channel."""
    from concurrent.futures import ThreadPoolExecutor

    from orchestration.alerts.channels import Failure, checked_channels, send
    from orchestration.alerts.config import Channel
    from orchestration.alerts.delivery import CHANNELS_AT_ONCE
    from orchestration.alerts.messages import compose_test
    from orchestration.alerts.payload import PAYLOAD_VERSION
    from orchestration.alerts.sender_process import SenderProcess

    channels = checked_channels(settings.alerts_file)
    wanted = [one for one in channels if channel in (None, one.name)]
    if not wanted:
        if not channels:
            raise click.ClickException(
                f"No channel of {settings.alerts_file} has an address: set the variable that it names (without an "
                "alerts.yaml of your own that is OBMIN_ALERT_URLS), then run again; docs/alerts.md says how."
            )
        named = ", ".join(one.name for one in channels)
        raise click.ClickException(f"{settings.alerts_file} has no channel {channel}; it has {named}.")

    def outcome(one: Channel) -> Failure | None:
        payload = {"version": PAYLOAD_VERSION, "id": "test", "kind": "test"}
        with SenderProcess() as sender:
            return send(one, compose_test(one.name, one.language), payload, sender)

    with ThreadPoolExecutor(CHANNELS_AT_ONCE) as threads:
        outcomes = dict(zip([one.name for one in wanted], threads.map(outcome, wanted), strict=True))
    finish(
        [f"{name}: arrived" for name, failure in outcomes.items() if failure is None],
        {name: failure.reason if failure else None for name, failure in outcomes.items()},
        [f"{name}: {failure.reason}." for name, failure in outcomes.items() if failure],
        as_json,
    )
