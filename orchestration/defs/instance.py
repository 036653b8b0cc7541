"""Dagster's own folder and settings for a profile: where runs are stored, and that one run writes at a time.

dagster.yaml is rewritten each time from the constants here; the operator's options are in the environment.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from filelock import FileLock

from orchestration.errors import sqlite_cure
from orchestration.settings import Settings
from scrapers.errors import ObminError

if TYPE_CHECKING:
    import dagster as dg

# Every asset that opens the working file is in this pool, whose limit is one: runs queue, none meets a lock.
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
IN_POSTGRES: dict[str, Any] = {"storage": {"postgres": {"postgres_url": {"env": POSTGRES}}}}


# Dagster's files of runs, events and ticks.
DATABASES = ("*.db", "history/*.db", "schedules/*.db", "storage/*.db")
SQLITE = b"SQLite format 3\0"


class BrokenStorage(ObminError):
    """Dagster's run storage can't be used. The message is a sentence for the operator, with no address in it."""


@contextmanager
def open_instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """Dagster's instance for this profile. Raises BrokenStorage when its files or its PostgreSQL can't be used."""
    import dagster as dg

    home = prepare_dagster_home(settings)
    try:
        # Services that start at the same time would each create the same tables.
        with FileLock(home / "instance.lock"):
            instance = dg.DagsterInstance.get()
    except Exception as error:
        if not os.environ.get(POSTGRES):
            if isinstance(error, OSError):
                raise
            raise _damaged(home, error) from error
        # The driver's message may contain the address, and with it a password.
        raise BrokenStorage(
            f"Dagster's storage in PostgreSQL can't be used ({type(error).__name__}). Look whether the server runs, "
            f"and whether {POSTGRES} is an address like postgresql://user:password@host:5432/database; without it "
            "runs are kept in files."
        ) from None
    with instance:
        yield instance


def prepare_dagster_home(settings: Settings) -> Path:
    """Dagster's folder for this profile, configured to store runs and send no telemetry. Runs and events are in the
    PostgreSQL database that OBMIN_DAGSTER_POSTGRES names, or else in files of this folder. Raises BrokenStorage.
    """
    home = settings.dagster_home
    storage = IN_POSTGRES if os.environ.get(POSTGRES) else EMBEDDED
    if home.is_file():
        raise BrokenStorage(f"{home} is a file where Dagster's folder should be; move it away, then run again.")
    home.mkdir(parents=True, exist_ok=True)
    written = (
        "# Written by Obmin at each start (orchestration/defs/instance.py); changes here are lost.\n"
        + yaml.safe_dump({**CONFIGURATION, **storage}, sort_keys=False)
    )
    file = home / "dagster.yaml"
    if file.is_dir():
        raise BrokenStorage(f"{file} is a folder where a file should be; move it away, then run again.")
    if not file.exists() or file.read_bytes() != written.encode():
        file.write_text(written, "utf-8")
    for database in [path for pattern in DATABASES for path in home.glob(pattern)]:
        _check(home, database)
    os.environ["DAGSTER_HOME"] = str(home)
    # Dagster reads PostgreSQL's timestamps as UTC, whatever the server's time zone.
    os.environ["PGTZ"] = "UTC"
    return home


def _check(home: Path, database: Path) -> None:
    """Detect damage that shows when a file is opened; other damage is reported where it is met."""
    if database.is_dir():
        raise BrokenStorage(f"{database} is a folder where a file should be; move it away, then run again.")
    with database.open("rb") as file:
        begins = file.read(len(SQLITE))
    if begins and begins != SQLITE:
        raise _damaged(home, sqlite3.DatabaseError(f"{database.name} is no SQLite file"))
    try:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
            connection.execute("select count(*) from sqlite_master").fetchone()
    except sqlite3.DatabaseError as error:
        if "locked" not in str(error) and "unable to open" not in str(error):
            raise _damaged(home, error) from error


def _damaged(home: Path, error: Exception) -> BrokenStorage:
    words = str(getattr(error, "orig", None) or error)
    said = words.splitlines()[0].rstrip(".") if words else type(error).__name__
    if cure := sqlite_cure(said):
        return BrokenStorage(f"Dagster's record of runs in {home} can't be used ({said}). {cure}")
    return BrokenStorage(
        f"Dagster's record of runs in {home} is damaged ({said}). Move it away, then run again: neither figures nor "
        "alerts are in it."
    )
