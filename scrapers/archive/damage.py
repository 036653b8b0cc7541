"""The faults of the archive and their messages: a damaged part, a missing record, a full disk.

Damage is detected in members.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from scrapers.errors import ObminError


class BrokenRecord(ObminError):
    """A record that raw.pages names is not in the archive. The message names the record and what to do."""


class RefusedFile(ObminError):
    """The system does not open a file of the archive. It may be whole, so nothing of it counts as lost."""

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(
            f"{file} of the archive: {reason}. Give this user the right to read it, then run again; what was "
            "read from it stays."
        )


class UnwritableArchive(ObminError):
    """The archive's folder can't be written: the disk is full, read-only, or owned by another user."""

    def __init__(self, folder: Path, error: OSError) -> None:
        super().__init__(
            f"The archive at {folder} can't be written ({error.strerror or error}); make room or give the right to "
            "write, then run again: what was fetched before is kept."
        )


@dataclass(frozen=True, slots=True)
class Damage:
    """A part of a file that can't be read as a record: ``length`` bytes from ``offset`` on, with the reason.

    ``is_unfinished``: it reaches the file's end and would continue there; a record is being written, or its
    writer was stopped. ``is_refused``: the system did not open the file, which may be intact.
    """

    file: str
    offset: int
    length: int
    reason: str
    is_unfinished: bool = False
    is_refused: bool = False

    @property
    def sentence(self) -> str:
        """The damage as a sentence, for a list of them."""
        return (
            f"{self.file}: {self.length:,} bytes from byte {self.offset:,} on are no whole record ({self.reason}); "
            "they are skipped, and the rest of the file is read."
        )
