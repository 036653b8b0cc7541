"""Checks of what is stored: the working file, the published copy, the archive, and what was set aside.

Dagster's runs are in dagster_storage.py.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from orchestration.doctor.record import StoredRecord
from orchestration.doctor.results import CheckResult, fault, fault_of, ok, warning
from orchestration.doctor.words import ago, counted
from orchestration.settings import Settings
from orchestration.warehouse.archive_check import load_state
from orchestration.warehouse.kept_state import NOT_IN_THE_ARCHIVE, rows_kept
from orchestration.warehouse.schema import NEWEST
from scrapers.archive import PageArchive

AREA = "storage"


def check_working_file(settings: Settings, record: StoredRecord) -> list[CheckResult]:
    name, path = "working file", settings.working
    if record.is_busy:
        return [ok(AREA, name, f"Another run is writing {path} now, so it was not opened.")]
    if record.refusal:
        return [fault_of(AREA, name, record.refusal)]
    if record.version is None:
        return [ok(AREA, name, f"There is no {path} yet; the first run makes it.")]
    if record.version < NEWEST:
        sentence = f"{path} has version {record.version}; the next run brings it to version {NEWEST}."
        return [ok(AREA, name, sentence)]
    extent = "can be read" if record.is_read_whole else "opens, and was too large to be read as a whole"
    return [ok(AREA, name, f"{path} {extent}; its schema is version {record.version}.")]


def check_published_copy(settings: Settings, record: StoredRecord, now: datetime) -> list[CheckResult]:
    name, path = "published copy", settings.published
    if record.copy_refusal:
        return [fault_of(AREA, name, record.copy_refusal)]
    if record.copy_built_at is None:
        return [warning(AREA, name, f"Nothing is published at {path} yet.", "Run `obmin run`.")]
    if record.is_copy_unchanged is False:
        sentence = f"{path} is not the file that was published: another program wrote to it, or put it there."
        return [warning(AREA, name, sentence, "Run `obmin run`: it is published again.")]
    age = ago(now - record.copy_built_at)
    return [ok(AREA, name, f"{path} opens; it was built {age} ago and has {counted(record.exchanges, 'exchange')}.")]


def check_archive(settings: Settings, record: StoredRecord) -> list[CheckResult]:
    archive = PageArchive(settings.pages)
    files = archive.files() if settings.pages.is_dir() else []
    if not files:
        if record.pages:
            sentence = f"{settings.pages} has no file of pages, and the working file knows {record.pages} pages."
            return [
                fault(AREA, "archive", sentence, "Put the folder back from a back-up: pages can't be fetched again.")
            ]
        return [ok(AREA, "archive", f"{settings.pages} has no pages yet.")]
    damaged = sorted(name for name, entry in load_state(settings).items() if entry["damaged"])
    if damaged:
        sentence = f"Files of the archive in {settings.pages} are damaged: {', '.join(damaged)}."
        return [fault(AREA, "archive", sentence, "Run `obmin archive verify`: it says what is lost and what to do.")]
    if cut := archive.shortened():
        sentence = f"Files of the archive in {settings.pages} were cut: {', '.join(path.name for path in cut)}."
        return [fault(AREA, "archive", sentence, "Put them back from a back-up: pages can't be fetched again.")]
    size = archive.size() / 10**6
    return [ok(AREA, "archive", f"{settings.pages} has {counted(len(files), 'file')} of pages, {size:,.1f} MB.")]


def check_kept_state(settings: Settings) -> list[CheckResult]:
    """What would be left of the alerts and the backfill's progress if the working file were lost."""
    name, path = "kept state", settings.kept_state
    if path.is_file() and rows_kept(path, NOT_IN_THE_ARCHIVE) is None:
        sentence = f"{path}, the copy of what was alerted, can't be read; without the working file it would be lost."
        return [warning(AREA, name, sentence, "Delete it: the next alert or check of a source writes it again.")]
    return []


def check_set_aside(settings: Settings, record: StoredRecord) -> list[CheckResult]:
    """Damaged files, builds that failed after the last publication, and tracebacks."""
    found = []
    if held := _entries(settings.damaged):
        sentence = (
            f"{settings.damaged} has {counted(len(held), 'file')} that could not be read, the newest of {_day(held)}."
        )
        found.append(warning(AREA, "damaged", sentence, "Delete them when nothing is to be looked for in them."))
    built_at = record.copy_built_at
    if (held := _entries(settings.failed)) and (built_at is None or _changed_at(held[-1]) > built_at):
        file = held[-1] / "failures.txt"
        sentence = f"The last build failed, on {_day(held)}, and was not published."
        found.append(warning(AREA, "failed", sentence, f"Look at {file}, then run `obmin run`."))
    if held := _entries(settings.data / "bugs"):
        sentence = f"{settings.data / 'bugs'} has {counted(len(held), 'traceback')}, the newest of {_day(held)}."
        found.append(warning(AREA, "bugs", sentence, "Report them, then delete them."))
    return found


def _entries(folder: Path) -> list[Path]:
    """The content of a folder, the newest last; their names begin with their time."""
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _changed_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _day(paths: list[Path]) -> str:
    return f"{_changed_at(paths[-1]):%Y-%m-%d}"
