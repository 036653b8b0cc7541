"""The file dagster.yaml of a profile: written when it is missing, and the operator's from the first change on.

An operator who wants Dagster's own event log or run launcher takes those parts out of it (docs/operate.md).
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import yaml

from scrapers.errors import ObminError
from scrapers.yaml_file import BrokenYaml, read_yaml

POSTGRES = "OBMIN_DAGSTER_POSTGRES"
CONFIGURATION: dict[str, Any] = {
    "telemetry": {"enabled": False},
    "nux": {"enabled": False},
    # The pool's limit is one (instance.py): runs queue for the working file.
    "concurrency": {"pools": {"granularity": "run", "default_limit": 1}},
    "run_coordinator": {
        "module": "dagster.core.run_coordinator",
        "class": "QueuedRunCoordinator",
        "config": {"dequeue_interval_seconds": 1},
    },
    # A run whose process died must not block the pool.
    "run_launcher": {"module": "orchestration.defs.run_launcher", "class": "LockFileRunLauncher"},
    "run_monitoring": {"enabled": True, "poll_interval_seconds": 20},
    "retention": {
        "schedule": {"purge_after_days": {"skipped": 7}},
        "sensor": {"purge_after_days": {"skipped": 7}},
    },
}
# One file of events instead of an index and one file per run: each event is written once.
EMBEDDED: dict[str, Any] = {
    "event_log_storage": {
        "module": "orchestration.defs.event_log",
        "class": "PooledSqliteEventLogStorage",
        "config": {"base_dir": {"env": "DAGSTER_HOME"}},
    },
}
# The address is read from the environment at each start and is in no file.
IN_POSTGRES: dict[str, Any] = {
    storage: {"module": module, "class": name, "config": {"postgres_url": {"env": POSTGRES}}}
    for storage, module, name in (
        ("run_storage", "dagster_postgres.run_storage", "PostgresRunStorage"),
        ("event_log_storage", "orchestration.defs.postgres_event_log", "PostgresEventLog"),
        ("schedule_storage", "dagster_postgres.schedule_storage", "PostgresScheduleStorage"),
    )
}
HEADING = "# Written by Obmin as it is, {}. Change what you like: a changed file is never written again.\n"
# Up to version 0.1 the file was rewritten at each start, and logged it.
HEADING_BEFORE = "# Written by Obmin at each start"


class BrokenStorage(ObminError):
    """Dagster's run storage can't be used. The message is a sentence for the operator, with no address in it."""


def write_configuration(home: Path) -> None:
    """Write dagster.yaml when it is missing, or when it is Obmin's own and unchanged. Raises BrokenStorage."""
    own = configuration_to_write(home)
    if own is not None:
        (home / "dagster.yaml").write_text(own, "utf-8")


def configuration_to_write(home: Path) -> str | None:
    """What dagster.yaml must become; None when it may stay as it is.

    Raises BrokenStorage when the operator's file can't be read, or contradicts OBMIN_DAGSTER_POSTGRES.
    """
    file, in_postgres = home / "dagster.yaml", bool(os.environ.get(POSTGRES))
    if file.is_dir():
        raise BrokenStorage(f"{file} is a folder where a file should be; move it away, then run again.")
    body = yaml.safe_dump({**CONFIGURATION, **(IN_POSTGRES if in_postgres else EMBEDDED)}, sort_keys=False)
    own = HEADING.format(_digest(body)) + body
    held = file.read_bytes().decode("utf-8", "replace") if file.exists() else None
    if held is None or _is_unchanged(held):
        return own if held != own else None
    try:
        written = read_yaml(file) or {}
    except BrokenYaml as error:
        raise BrokenStorage(
            f"{error} Fix it, or move it away: Obmin writes its own then, and neither figures nor alerts are in it."
        ) from error
    if in_postgres and "storage" not in written and not IN_POSTGRES.keys() <= written.keys():
        raise BrokenStorage(
            f"{POSTGRES} is set, but {file}, which was changed by hand, names no storage. Add there\n"
            f"{yaml.safe_dump(IN_POSTGRES)}or move it away: Obmin writes its own then."
        )
    return None


def _is_unchanged(held: str) -> bool:
    heading, _, body = held.partition("\n")
    return heading.startswith(HEADING_BEFORE) or f"{heading}\n" == HEADING.format(_digest(body))


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:12]
