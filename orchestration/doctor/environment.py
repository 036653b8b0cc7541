"""Checks of the process: its settings, the dbt project, the extractor, the terminal, the contact. Packages are in
packages.py.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from difflib import get_close_matches

from orchestration.alerts.config import BrokenAlerts, variables_of_addresses
from orchestration.defs.ui_guard import hosts_of_operator
from orchestration.doctor.packages import SET_UP
from orchestration.doctor.results import CheckResult, fault, fault_of, ok, warning
from orchestration.errors import TRACEBACK
from orchestration.settings import NoContact, Settings, WrongSetting
from orchestration.settings.environment import IS_CHECKOUT, Environment, wrong_settings
from orchestration.warehouse.dbt_runner import MANIFEST, WORKING_FILE, is_parsed
from scrapers.extraction.confidence import load_calibration
from scrapers.extraction.model import load_model
from scrapers.extraction.trained_file import UnreadableTrainedFile

AREA = "environment"
GET_AGAIN = "Get it again with `git checkout -- scrapers/extraction`" if IS_CHECKOUT else SET_UP


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
    """Variables that are named like a setting and are none: nothing reads them."""
    known = {str(field.alias) for field in Environment.model_fields.values()} | {TRACEBACK, WORKING_FILE}
    try:
        of_channels = set(variables_of_addresses(settings.alerts_file).values())
    except BrokenAlerts:  # the check of the alerts reports it
        of_channels = set()
    found = []
    for name in sorted(set(environment) - known - of_channels):
        if name.startswith("OBMIN_"):
            meant = get_close_matches(name, known, 1, 0.8)
            sentence = f"{name} is set in the environment, and Obmin has no such setting."
            cure = (
                f"Name it {meant[0]} if that is meant." if meant else "Unset it; docs/settings.md lists the settings."
            )
            found.append(warning(AREA, name, sentence, cure))
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


def check_extractor() -> list[CheckResult]:
    """The trained networks and the calibration can be read."""
    try:
        load_model()
        load_calibration()
    except UnreadableTrainedFile as error:
        return [fault(AREA, "extractor", error.fault, f"{GET_AGAIN}.")]
    return [ok(AREA, "extractor", "The extractor's trained networks and its calibration can be read.")]


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
