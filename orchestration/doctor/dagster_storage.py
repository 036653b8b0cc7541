"""Checks of Dagster's runs, in files or in PostgreSQL, and of the daemon's heartbeat. Nothing is created there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy
from sqlalchemy.pool import NullPool

from orchestration.defs.dagster_yaml import POSTGRES, configuration_to_write
from orchestration.defs.instance import check_header, databases_of
from orchestration.doctor.record import StoredRecord
from orchestration.doctor.results import CheckResult, fault, ok, warning
from orchestration.doctor.words import ago
from orchestration.settings import Settings

AREA = "storage"
# The daemon writes its heartbeat each half minute.
SILENT = timedelta(minutes=3)
SECONDS_TO_CONNECT = 4


def check_runs(settings: Settings, environment: Mapping[str, str]) -> list[CheckResult]:
    home = settings.dagster_home
    if home.is_file():
        sentence = f"{home} is a file where Dagster's folder should be."
        return [fault(AREA, "Dagster's runs", sentence, "Move it away, then run again.")]
    if home.is_dir():
        configuration_to_write(home)
    if address := environment.get(POSTGRES, "").strip():
        return _in_postgres(address)
    files = databases_of(home)
    for database in files:
        check_header(home, database)
    where = f"Dagster's runs are in files of {home}" if files else f"Dagster's runs will be in files of {home}"
    return [ok(AREA, "Dagster's runs", f"{where}.")]


def _in_postgres(address: str) -> list[CheckResult]:
    """Whether the server answers. The driver's messages may contain the address, and with it a password."""
    try:
        engine = sqlalchemy.create_engine(
            address, poolclass=NullPool, connect_args={"connect_timeout": SECONDS_TO_CONNECT}
        )
        with engine.connect() as connection:
            has_runs = connection.execute(sqlalchemy.text("select to_regclass('runs') is not null")).scalar()
    except Exception as error:
        return [
            fault(
                AREA,
                "Dagster's runs",
                f"The PostgreSQL server of {POSTGRES} can't be used ({type(error).__name__}).",
                "Look whether it runs, and whether that is an address like postgresql://user:password@host:5432/database.",
            )
        ]
    what = "has Dagster's runs" if has_runs else "is still empty"
    return [ok(AREA, "Dagster's runs", f"The PostgreSQL server of {POSTGRES} answers; the database {what}.")]


def check_daemon(settings: Settings, record: StoredRecord, now: datetime) -> list[CheckResult]:
    if record.alive_at is None:
        return [ok(AREA, "daemon", "No daemon has run here; `obmin daemon` keeps the schedule.")]
    silence = now - record.alive_at
    if silence > SILENT:
        sentence = f"The daemon has been silent for {ago(silence)}, says {settings.heartbeat}."
        return [warning(AREA, "daemon", sentence, "Start it with `obmin daemon`, or look at its log.")]
    return [ok(AREA, "daemon", f"The daemon was alive {ago(silence)} ago.")]
