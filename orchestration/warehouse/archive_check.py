"""Archive verification: all files on request, or a part at each refresh, so that a week covers all.

Reading past damage in a file is in scrapers/archive; nothing is repaired here.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from orchestration.settings import Settings
from orchestration.warehouse.database import Warehouse, WarehouseError, reading
from orchestration.warehouse.page_index import naive
from scrapers.archive import Damage, FileReport, PageArchive, verify_file

CLOCKS_APART = timedelta(hours=1)
# Each file is verified once a week; a refresh spends at most this many seconds on it, or verifies one file.
EVERY, SECONDS_A_REFRESH = timedelta(days=7), 10.0
STATE, STATE_KEYS = "verified.json", {"changed_at", "records", "damaged"}
MOST_NAMED = 20


@dataclass(slots=True)
class FileFigures:
    """One file's counts. ``unfinished``: bytes at its end left by an interrupted write."""

    file: str
    bytes: int
    records: int
    damaged: list[Damage] = field(default_factory=list)
    unfinished: int = 0


@dataclass(slots=True)
class Verification:
    """Totals for the archive. ``missing``: pages in the working file's index that the archive lacks.

    ``failures`` are sentences about errors, ``notes`` sentences for information only.
    """

    files: list[FileFigures] = field(default_factory=list)
    records: int = 0
    damaged: int = 0
    missing: int = 0
    failures: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def verify_archive(
    warehouse: Warehouse, on_progress: Callable[[int, int], None] = lambda _, __: None
) -> Verification:
    """Read all files, and compare them with the working file if it can be opened. ``on_progress`` gets the bytes that
    are read, and those of the whole archive.
    """
    archive, report = PageArchive(warehouse.settings.pages), Verification()
    held: dict[str, FileReport] = {}
    bytes_read, all_bytes = 0, archive.size()
    for path in archive.files():
        on_progress(bytes_read, all_bytes)
        try:
            bytes_read += path.stat().st_size
            verified = _verified(warehouse, path)
        except OSError as error:
            report.failures.append(f"{path} can't be read ({error.strerror}): fix its permissions or the disk.")
            continue
        held[path.name] = verified
        unfinished = verified.unfinished.length if verified.unfinished else 0
        report.files.append(FileFigures(path.name, verified.bytes, verified.records, verified.damaged, unfinished))
        report.records += verified.records
        report.damaged += len(verified.damaged)
        report.failures += [damage.sentence for damage in verified.damaged]
        if unfinished:
            report.notes.append(
                f"{path.name}: its last {unfinished:,} bytes are a record whose writer was stopped; the next run "
                "sets them aside."
            )
    _compare(warehouse.settings, held, report)
    report.notes += [f"Set aside after a crash, and free to be deleted: {path}" for path in archive.set_aside()]
    report.notes += archive.losses(datetime.now(UTC) - EVERY)
    return report


def check_some(settings: Settings) -> tuple[list[str], dict[str, int]]:
    """Verify the files that are due, longest overdue first, within a refresh's time limit.

    Returns a sentence for each problem in any file's latest verification, and counts.
    """
    archive = PageArchive(settings.pages)
    known, now = load_state(settings), datetime.now(UTC)
    files = {path.name: path for path in archive.files()}
    state = {name: entry for name, entry in known.items() if name in files}
    due = _due(files, state, now)
    began = time.monotonic()
    for name in due:
        if time.monotonic() - began > SECONDS_A_REFRESH:
            break
        state[name] = _result(files[name], now)
    if due:
        # A result that can't be written is verified again the next time.
        with suppress(OSError):
            settings.pages.mkdir(parents=True, exist_ok=True)
            (settings.pages / STATE).write_text(json.dumps(state, ensure_ascii=False, indent=1) + "\n", "utf-8")
    wrong = [sentence for name in sorted(state) for sentence in state[name]["damaged"]]
    wrong += archive.losses(now - EVERY)
    more = len(wrong) - MOST_NAMED
    named = [*wrong[:MOST_NAMED], *([f"… and {more} more: `obmin archive verify` names all."] if more > 0 else [])]
    figures = {
        "files": len(files), "files_verified": len(state), "damaged_parts": len(wrong),
        "records": sum(entry["records"] for entry in state.values()),
    }  # fmt: skip
    return named, figures


def _due(files: dict[str, Path], state: dict[str, Any], now: datetime) -> list[str]:
    """The names of files that are due, those never verified first, then the longest overdue."""
    return sorted(
        (name for name, path in files.items() if name not in state or _is_due(state[name], path, now)),
        key=lambda name: (_moment(state[name]) if name in state else datetime.min.replace(tzinfo=UTC), name),
    )


def _result(path: Path, now: datetime) -> dict[str, Any]:
    """The stored result of verifying a file."""
    try:
        verified = verify_file(path)
        damaged, records = [damage.sentence for damage in verified.damaged], verified.records
    except OSError as error:
        damaged, records = [f"{path} can't be read ({error.strerror}): fix its permissions."], 0
    return {
        "at": now.isoformat(), "changed_at": path.stat().st_mtime_ns, "records": records, "damaged": damaged,
    }  # fmt: skip


def dated_ahead(connection: duckdb.DuckDBPyConnection, now: datetime) -> list[str]:
    """A sentence when pages are stored with timestamps after ``now`` (UTC): later fetches would count as older."""
    row = connection.execute(
        "select count(*), max(fetched_at) from raw.pages where fetched_at > ?", [naive(now + CLOCKS_APART)]
    ).fetchone()
    if row is None or not row[0]:
        return []
    return [
        f"{row[0]} pages are stored under times up to {row[1]:%Y-%m-%d %H:%M} UTC, and it is {now:%Y-%m-%d %H:%M}: "
        "this machine's clock was ahead then, or is behind now. Set it right. Until that time an edit of what these "
        "pages show counts as older than they are, and facts may lack it: compare them with the sources."
    ]


def _verified(warehouse: Warehouse, path: Path) -> FileReport:
    """A file's report; an unfinished end is verified again under the write lock."""
    report = verify_file(path)
    if report.unfinished is not None:
        with suppress(WarehouseError), warehouse.writing():
            return verify_file(path)
        report.unfinished = None  # a run is writing now
    return report


def _compare(settings: Settings, held: dict[str, FileReport], report: Verification) -> None:
    if not settings.working.exists():
        return
    try:
        with reading(settings.working) as connection:
            rows = connection.execute(
                "select archive_file, archive_offset, url from raw.pages order by all"
            ).fetchall()
    except (WarehouseError, duckdb.Error) as error:
        report.notes.append(f"The archive was not compared with the working file: {error}")
        return
    missing = [row for row in rows if row[0] not in held or held[row[0]].responses.get(row[1]) != row[2]]
    report.missing = len(missing)
    for file in sorted({row[0] for row in missing}):
        lost = [row for row in missing if row[0] == file]
        report.failures.append(
            f"{file}: {len(lost)} pages that were written to it are not there, the first at byte {lost[0][1]:,} "
            f"({lost[0][2]}). Put the file back from a copy if there is one; else `obmin run` fetches again what the "
            "sources still show, and what was read from the pages is kept."
        )


def load_state(settings: Settings) -> dict[str, Any]:
    """What was verified and when; empty if the state file can't be read."""
    try:
        state = json.loads((settings.pages / STATE).read_text("utf-8"))
        return {name: entry for name, entry in state.items() if _moment(entry) and entry.keys() >= STATE_KEYS}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def _is_due(entry: dict[str, Any], path: Path, now: datetime) -> bool:
    """Once a week, and when a damaged file has changed: it may have been restored."""
    is_changed = entry["changed_at"] != path.stat().st_mtime_ns
    return _moment(entry) < now - EVERY or bool(entry["damaged"] and is_changed)


def _moment(entry: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(entry["at"])
