"""Checks of the process: its settings, the dbt project, the terminal, the contact. Packages are in packages.py."""

from __future__ import annotations

import os
from collections.abc import Mapping
from difflib import get_close_matches

from orchestration.alerts.config import BrokenAlerts, variables_of_addresses
from orchestration.defs.ui_guard import hosts_of_operator
from orchestration.doctor.packages import SET_UP
from orchestration.doctor.results import CheckResult, fault, fault_of, ok, warning
from orchestration.settings import NoContact, Settings, WrongSetting
from orchestration.settings.environment import Environment, wrong_settings
from orchestration.warehouse.dbt_runner import MANIFEST, is_parsed

AREA = "environment"


def check_settings(settings: Settings | None, refusal: str, environment: Mapping[str, str]) -> list[CheckResult]:
    """The settings of the environment. Without ``settings`` they are invalid, as ``refusal`` says."""
    if settings is None:
        wrong = wrong_settings() or [refusal]
        return [fault_of(AREA, "settings", message) for message in wrong]
    try:
        hosts_of_operator(environment)
    except WrongSetting as error:
        return [fault_of(AREA, "settings", str(error))]
    names = [str(field.alias) for field in Environment.model_fields.values()]
    given = ", ".join(name for name in names if environment.get(name, "").strip())
    replayed = f" {settings.replay} replaces the web." if settings.replay else ""
    return [
        ok(AREA, "settings", f"The settings are valid; from the environment: {given or 'none'}."),
        ok(AREA, "profile", f"The profile is {settings.profile}; its data are in {settings.data}.{replayed}"),
    ]


def check_names(settings: Settings, environment: Mapping[str, str]) -> list[CheckResult]:
    """Variables whose name is almost that of a setting: nothing reads them."""
    known = {str(field.alias) for field in Environment.model_fields.values()}
    try:
        of_channels = set(variables_of_addresses(settings.alerts_file).values())
    except BrokenAlerts:  # the check of the alerts reports it
        of_channels = set()
    found = []
    for name in sorted(set(environment) - known - of_channels):
        if name.startswith("OBMIN_") and (meant := get_close_matches(name, known, 1, 0.8)):
            sentence = f"{name} is set in the environment, and Obmin has no such setting."
            found.append(warning(AREA, name, sentence, f"Name it {meant[0]} if that is meant."))
    return found


def check_contact(settings: Settings) -> list[CheckResult]:
    if settings.profile != "live" or settings.replay is not None:
        return []
    try:
        return [ok(AREA, "contact", f"OBMIN_CONTACT is {settings.contact()}: sites' operators may write to it.")]
    except NoContact as error:
        return [fault_of(AREA, "contact", str(error))]


def check_dbt_project() -> list[CheckResult]:
    if is_parsed():
        return [ok(AREA, "dbt project", "The dbt project is parsed.")]
    sentence = f"The dbt project has changed since it was parsed into {MANIFEST.parent}, or never was parsed."
    folder = next(path for path in (MANIFEST.parent, *MANIFEST.parents) if path.exists())
    if os.access(folder, os.W_OK):
        return [warning(AREA, "dbt project", sentence, "Nothing is to be done: the next run parses it.")]
    return [fault(AREA, "dbt project", sentence, f"{SET_UP}, as the user whose folder it is.")]


def check_terminal(encoding: str) -> list[CheckResult]:
    if "utf" in encoding.lower():
        return [ok(AREA, "terminal", "The terminal shows Ukrainian: its encoding is UTF-8.")]
    return [
        warning(
            AREA,
            "terminal",
            f"The terminal's encoding is {encoding}: Ukrainian letters are shown as \\u codes.",
            "Set LANG=C.UTF-8 or PYTHONIOENCODING=utf-8.",
        )
    ]
