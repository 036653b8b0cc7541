"""Runs the checks: groups in parallel, each with a time limit, and every result in its area's place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from orchestration.doctor import (
    alerts,
    clock,
    dagster_storage,
    disk,
    environment,
    lake,
    network,
    sources,
    storage,
    written,
)
from orchestration.doctor.packages import check_packages, check_python
from orchestration.doctor.record import read_record
from orchestration.doctor.results import AREAS, CheckResult, fault, guarded, warning
from orchestration.settings import Settings
from orchestration.warehouse.side_by_side import side_by_side

SECONDS = 8.0
NOT_LOOKED_AT = warning(
    "environment",
    "not looked at",
    "Disk, network, sources, storage, lake and alerts were not looked at: it is not known which are meant.",
    "Make the settings valid, then run again.",
)
Check = tuple[str, str, Callable[[], list[CheckResult]]]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the checks look at beside the files. ``refusal``: why there are no settings."""

    settings: Settings | None
    environment: Mapping[str, str]
    encoding: str
    now: datetime
    refusal: str = ""


def examine(around: Surroundings, seconds: float = SECONDS) -> list[CheckResult]:
    """The results of all checks. What takes longer than ``seconds`` is a fault."""
    settings = around.settings
    groups: dict[str, Callable[[], list[CheckResult]]] = {
        "environment": partial(_all, _of_process(around)),
    }
    if settings is not None:
        groups["disk"] = partial(_all, _of_disk(settings))
        groups["network"] = partial(_network, settings, around)
        groups["storage"] = partial(_stored, settings, around)
        if settings.lake is not None:
            groups["lake"] = partial(_all, [("lake", "lake", partial(lake.check_lake, settings, around.now))])
        groups["alerts"] = partial(
            _all, [("alerts", "channels", partial(alerts.check_channels, settings, around.environment))]
        )
    found = dict(side_by_side(groups, seconds, lambda: None, look_seconds=0.1))
    results = [result for group in groups for result in found[group] or [_late(group, seconds)]]
    if settings is None:
        results.append(NOT_LOOKED_AT)
    return sorted(results, key=lambda result: AREAS.index(result.area))


def _all(checks: list[Check]) -> list[CheckResult]:
    return [result for area, name, check in checks for result in guarded(area, name, check)]


def _of_process(around: Surroundings) -> list[Check]:
    settings = around.settings
    found: list[Check] = [
        ("environment", "python", check_python),
        ("environment", "packages", check_packages),
        ("environment", "settings", partial(
            environment.check_settings, settings, around.refusal, around.environment)),
        ("environment", "dbt project", environment.check_dbt_project),
        ("environment", "extractor", environment.check_extractor),
        ("environment", "terminal", partial(environment.check_terminal, around.encoding)),
        ("clock", "time zone", clock.check_zone),
    ]  # fmt: skip
    if settings is not None:
        found += [
            ("environment", "names", partial(environment.check_names, settings, around.environment)),
            ("environment", "contact", partial(environment.check_contact, settings)),
        ]
    return found


def _of_disk(settings: Settings) -> list[Check]:
    checks = {"folder": disk.check_folder, "space": disk.check_space, "rights": disk.check_rights}
    return [("disk", name, partial(check, settings)) for name, check in checks.items()]


def _network(settings: Settings, around: Surroundings) -> list[CheckResult]:
    def check() -> list[CheckResult]:
        answers = network.ask(settings)
        return network.check_network(settings, answers, around.environment) + network.check_clock_of_hosts(answers)

    return guarded("network", "hosts", check)


def _stored(settings: Settings, around: Surroundings) -> list[CheckResult]:
    def check() -> list[CheckResult]:
        record, now = read_record(settings), around.now
        return _all(
            [
                ("sources", "summary", partial(sources.check_sources, settings, record, now)),
                ("storage", "working file", partial(storage.check_working_file, settings, record)),
                ("storage", "published copy", partial(storage.check_published_copy, settings, record, now)),
                ("storage", "archive", partial(storage.check_archive, settings, record)),
                ("storage", "kept state", partial(storage.check_kept_state, settings)),
                ("storage", "set aside", partial(storage.check_set_aside, settings, record)),
                ("storage", "decisions", partial(written.check_decisions, settings)),
                ("storage", "sample archive", partial(written.check_sample_archive, settings)),
                ("storage", "report", partial(written.check_report, settings)),
                ("storage", "Dagster's runs", partial(dagster_storage.check_runs, settings, around.environment)),
                ("storage", "daemon", partial(dagster_storage.check_daemon, settings, record, now)),
                ("alerts", "outbox", partial(alerts.check_outbox, record)),
                ("clock", "machine", partial(clock.check_clock, record, now)),
            ]
        )

    return guarded("storage", "record", check)


def _late(group: str, seconds: float) -> CheckResult:
    sentence = f"This was not looked at to the end within {seconds:g} seconds."
    return fault(
        group, "time limit", sentence, "Look whether a disk or a server of this deployment hangs, then run again."
    )
