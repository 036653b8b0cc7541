"""Dagster's own folder and settings for a profile: where runs are kept, and that one run writes at a time.

The file is written anew each time from what stands here; what an operator may choose is in the environment.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from filelock import FileLock

from orchestration.settings import Settings
from scrapers.errors import ObminError

if TYPE_CHECKING:
    import dagster as dg

# All that opens the working file is in this pool, whose limit is one: runs take turns, none meets a lock.
POOL = "working_file"
POSTGRES = "OBMIN_DAGSTER_POSTGRES"
CONFIGURATION: dict[str, Any] = {
    "telemetry": {"enabled": False},
    "nux": {"enabled": False},
    "concurrency": {"pools": {"granularity": "run", "default_limit": 1}},
    "run_coordinator": {
        "module": "dagster.core.run_coordinator",
        "class": "QueuedRunCoordinator",
        "config": {"dequeue_interval_seconds": 1},
    },
    # A run whose process died must not keep the pool from the others.
    "run_launcher": {"module": "orchestration.run_launcher", "class": "HouseRunLauncher"},
    "run_monitoring": {"enabled": True, "poll_interval_seconds": 20},
    "retention": {
        "schedule": {"purge_after_days": {"skipped": 7}},
        "sensor": {"purge_after_days": {"skipped": 7}},
    },
}
# One file of events instead of one a run beside an index: each event is written once.
EMBEDDED: dict[str, Any] = {
    "event_log_storage": {
        "module": "orchestration.event_log",
        "class": "KeptEventLog",
        "config": {"base_dir": {"env": "DAGSTER_HOME"}},
    },
}
# The address is read from the environment at each start and stands in no file.
IN_POSTGRES: dict[str, Any] = {"storage": {"postgres": {"postgres_url": {"env": POSTGRES}}}}


class BrokenStorage(ObminError):
    """Where Dagster keeps its runs can't be used. The message is a sentence for a person, with no address in it."""


@contextmanager
def open_instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """Dagster's instance for this profile. Raises BrokenStorage when its PostgreSQL can't be used."""
    import dagster as dg

    home = prepare_dagster_home(settings)
    try:
        # Services that start together would each make the same tables.
        with FileLock(home / "instance.lock"):
            instance = dg.DagsterInstance.get()
    except Exception as error:
        if not os.environ.get(POSTGRES):
            raise
        # What the driver says may hold the address, and with it a password.
        raise BrokenStorage(
            f"Dagster's storage in PostgreSQL can't be used ({type(error).__name__}). Look whether the server runs, "
            f"and whether {POSTGRES} is an address like postgresql://user:password@host:5432/database; without it "
            "runs are kept in files."
        ) from None
    with instance:
        yield instance


def prepare_dagster_home(settings: Settings) -> Path:
    """Dagster's folder for this profile, so that runs are kept and nothing phones home. Runs and events are in
    the PostgreSQL database that OBMIN_DAGSTER_POSTGRES names, or else in files of this folder.
    """
    home = settings.dagster_home
    storage = IN_POSTGRES if os.environ.get(POSTGRES) else EMBEDDED
    home.mkdir(parents=True, exist_ok=True)
    written = (
        "# Written by Obmin at each start (orchestration/instance.py); changes here are lost.\n"
        + yaml.safe_dump({**CONFIGURATION, **storage}, sort_keys=False)
    )
    file = home / "dagster.yaml"
    if not file.exists() or file.read_text("utf-8") != written:
        file.write_text(written, "utf-8")
    os.environ["DAGSTER_HOME"] = str(home)
    return home
