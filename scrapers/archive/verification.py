"""Verification of the archive's files: every record decompressed and checked, every damaged part reported.

The comparison with the warehouse is in orchestration/warehouse/archive_check.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from scrapers.archive.damage import Damage
from scrapers.archive.members import scan
from scrapers.archive.records import UnreadableRecord, is_response, page_of


@dataclass(slots=True)
class FileReport:
    """One file: its size in bytes, number of whole records, addresses of the responses by offset, and the damage.

    ``unfinished`` is a record at the file's end that is being written or whose writer was stopped.
    """

    file: str
    bytes: int
    records: int = 0
    responses: dict[int, str] = field(default_factory=dict)
    damaged: list[Damage] = field(default_factory=list)
    unfinished: Damage | None = None


def verify_file(path: Path) -> FileReport:
    """Read a file from start to end without changing it. Raises OSError when it can't be opened."""
    report = FileReport(path.name, path.stat().st_size)
    for found in scan(path):
        if isinstance(found, Damage):
            if found.is_unfinished:
                report.unfinished = found
            else:
                report.damaged.append(found)
            continue
        report.records += 1
        if is_response(found.record):
            try:
                report.responses[found.offset] = page_of(found.record).url
            except UnreadableRecord as error:
                report.records -= 1
                report.damaged.append(Damage(path.name, found.offset, found.length, str(error)))
    return report
