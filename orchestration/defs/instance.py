"""Dagster's own folder and settings for a profile: where runs are stored, and that one run writes at a time.

Its configuration is in dagster_yaml.py.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from orchestration.defs.dagster_yaml import POSTGRES, BrokenStorage, write_configuration
from orchestration.errors import sqlite_cure
from orchestration.settings import PROJECT, Settings
from orchestration.settings.environment import IS_CHECKOUT

if TYPE_CHECKING:
    import dagster as dg

# Every asset that opens the working file is in this pool, whose limit is one: runs queue, none meets a lock.
POOL = "working_file"
# Dagster's files of runs, events and ticks.
DATABASES = ("*.db", "history/*.db", "schedules/*.db", "storage/*.db")
SQLITE = b"SQLite format 3\0"
ENV_FILE, DEFAULT_HOME = PROJECT / ".env", 'DAGSTER_HOME="${{DAGSTER_HOME:-{home}}}"\n'


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
    if home.is_file():
        raise BrokenStorage(f"{home} is a file where Dagster's folder should be; move it away, then run again.")
    home.mkdir(parents=True, exist_ok=True)
    write_configuration(home)
    for database in databases_of(home):
        check_header(home, database)
        _check(home, database)
    os.environ["DAGSTER_HOME"] = str(home)
    # Dagster reads PostgreSQL's timestamps as UTC, whatever the server's time zone.
    os.environ["PGTZ"] = "UTC"
    return home


def name_home_for_dagster(home: Path) -> None:
    """Name a folder as the default home of Dagster's own commands in a checkout (`dagster dev`, `dg`), in the file
    `.env` that they read. Without it they keep runs in a folder of the checkout. An existing file stays; what the
    environment names comes first.
    """
    if IS_CHECKOUT and not ENV_FILE.exists():
        ENV_FILE.write_text(DEFAULT_HOME.format(home=home), "utf-8")


def refuse_home_of_another(settings: Settings) -> None:
    """Raises BrokenStorage when Dagster's own commands keep their runs in the default home of `.env`, and the
    settings name another deployment: its history would be shown and written beside facts that are not its own.
    """
    named, home = os.environ.get("DAGSTER_HOME"), settings.dagster_home
    is_default = ENV_FILE.is_file() and ENV_FILE.read_text("utf-8") == DEFAULT_HOME.format(home=named)
    if is_default and named != str(home):
        raise BrokenStorage(
            f"The settings name the deployment at {settings.data}, and Dagster keeps its runs in {named}, which "
            f"{ENV_FILE} names as the default. Start it with `obmin ui`, or with DAGSTER_HOME={home}."
        )


def databases_of(home: Path) -> list[Path]:
    """Dagster's files of runs, events and ticks."""
    return [path for pattern in DATABASES for path in home.glob(pattern)]


def check_header(home: Path, database: Path) -> None:
    """Raises BrokenStorage when a file is none of SQLite's. Opening it as one may change files beside it."""
    if database.is_dir():
        raise BrokenStorage(f"{database} is a folder where a file should be; move it away, then run again.")
    with database.open("rb") as file:
        begins = file.read(len(SQLITE))
    if begins and begins != SQLITE:
        raise _damaged(home, sqlite3.DatabaseError(f"{database.name} is no SQLite file"))


def _check(home: Path, database: Path) -> None:
    """Detect damage that shows when a file is opened; other damage is reported where it is met."""
    try:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
            connection.execute("select count(*) from sqlite_master").fetchone()
    except sqlite3.DatabaseError as error:
        if "locked" not in str(error) and "unable to open" not in str(error):
            raise _damaged(home, error) from error


def _damaged(home: Path, error: Exception) -> BrokenStorage:
    words = str(getattr(error, "orig", None) or error)
    reason = words.splitlines()[0].rstrip(".") if words else type(error).__name__
    if cure := sqlite_cure(reason):
        return BrokenStorage(f"Dagster's record of runs in {home} can't be used ({reason}). {cure}")
    return BrokenStorage(
        f"Dagster's record of runs in {home} is damaged ({reason}). Move it away, then run again: neither figures "
        "nor alerts are in it."
    )
