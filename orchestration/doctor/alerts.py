"""Checks of the alerts: the channels and their addresses, and what waits in the outbox. Nothing is sent."""

from __future__ import annotations

from collections.abc import Mapping

from orchestration.alerts.channels import checked_channels
from orchestration.alerts.config import variables_of_addresses
from orchestration.doctor.record import StoredRecord
from orchestration.doctor.results import CheckResult, ok, warning
from orchestration.doctor.words import counted
from orchestration.settings import Settings

AREA = "alerts"
NOT_TRIED = "Nothing was sent to them; `obmin alerts test` does."


def check_channels(settings: Settings, environment: Mapping[str, str]) -> list[CheckResult]:
    """The file of the channels is valid, and those that must have an address have one."""
    channels = checked_channels(settings.alerts_file)
    unset = {
        name: variable
        for name, variable in variables_of_addresses(settings.alerts_file).items()
        if not environment.get(variable, "").split()
    }
    without = ", ".join(f"{name} ({variable} is not set)" for name, variable in unset.items())
    file = settings.alerts_file.name
    if channels:
        names = ", ".join(channel.name for channel in channels)
        beside = f"; without an address: {without}" if unset else ""
        return [ok(AREA, "channels", f"{file} is valid; channels with an address: {names}{beside}. {NOT_TRIED}")]
    sentence = f"{file} is valid, and nobody is told: no channel has an address{': ' + without if unset else ''}."
    if settings.profile == "sample":
        return [ok(AREA, "channels", sentence)]
    return [warning(AREA, "channels", sentence, "Set one, then try it with `obmin alerts test`.")]


def check_outbox(record: StoredRecord) -> list[CheckResult]:
    found = [
        warning(AREA, f"channel {channel.channel}", channel.sentence, "Run `obmin alerts list`; fix the channel.")
        for channel in record.waiting
    ]
    if record.given_up:
        sentence = f"{counted(len(record.given_up), 'alert')} could not be delivered, and will not be tried again."
        cure = "See `obmin alerts list`; fix the channel, then run `obmin alerts retry`."
        found.append(warning(AREA, "given up", sentence, cure))
    if found or record.version is None:
        return found
    return [ok(AREA, "outbox", "No alert waits.")]
