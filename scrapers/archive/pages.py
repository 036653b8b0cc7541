"""The archive's folder: pages are staged, committed or dropped, and read.

Nothing in a file is ever changed or deleted. Reading past damage is in members.py.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from errno import ENOENT
from pathlib import Path
from uuid import uuid4

from scrapers.archive.damage import BrokenRecord, Damage, RefusedFile, UnwritableArchive
from scrapers.archive.members import Member, member_at, scan
from scrapers.archive.records import (
    Original,
    UnreadableRecord,
    is_response,
    page_of,
    request_record,
    response_record,
    revisit_record,
)
from scrapers.archive.revisits import RevisitsOfDay
from scrapers.records import Page

FILES = "????-??.warc.gz"
LOSSES = "losses.txt"


@dataclass(frozen=True, slots=True)
class Location:
    """Where a response is: a file name inside the archive's folder, and the offset of its first byte."""

    file: str
    offset: int


@dataclass(frozen=True, slots=True)
class Staged:
    """A page that is on disk, but not yet in a file of the archive."""

    path: Path
    file: str
    offset_of_response: int


class PageArchive:
    """A folder of monthly WARC files, and of fetched pages that are neither committed nor dropped yet.

    A fetched page is staged first, so that it is on disk before it is parsed. Then it is committed, or dropped when
    it only repeats what is stored. Pages that a crash left staged are committed at the next start; a record that it
    left unfinished is moved to damaged/, and everything else stays in place. Safe to use from several threads of
    the only process that writes; other processes may read meanwhile, and see whole records only.

    Every method that writes raises UnwritableArchive when the disk is full or read-only; the next start recognizes
    any partial write.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._revisits = RevisitsOfDay(folder / "revisited.txt")
        self._is_recovered = False

    def stage(self, page: Page) -> Staged:
        """Write a page's request and response to incoming/."""
        self.recover()
        name = uuid4()
        record_id = f"<urn:uuid:{name}>"
        request, response = request_record(page, record_id), response_record(page, record_id)
        file = _file_of(page)
        staged = Staged(self._incoming / f"{page.source_id}.{name.hex}.{file}", file, len(request))
        with self._writing():
            _write_whole(staged.path, request + response)
        return staged

    def commit(self, staged: Staged) -> Location:
        """Append a staged page to the archive."""
        with self._lock, self._writing():
            offset = self._append(staged.file, staged.path.read_bytes())
            staged.path.unlink()
        return Location(staged.file, offset + staged.offset_of_response)

    def drop(self, staged: Staged) -> None:
        """Delete a staged page that only repeats what is stored."""
        with self._writing():
            staged.path.unlink()

    def append(self, page: Page) -> Location:
        """Stage and commit at once."""
        return self.commit(self.stage(page))

    def revisit(self, page: Page, original: Original) -> None:
        """Record that a page was requested again and is unchanged (304, or the same payload), once a day per page."""
        self.recover()
        with self._lock, self._writing():
            if self._revisits.is_first(page):
                self._append(_file_of(page), revisit_record(page, original))

    def read(self, location: Location) -> Page:
        """The page of one record. Raises BrokenRecord when the archive does not hold it, RefusedFile when the file
        may not be opened.
        """
        missing = (
            f"The archive holds no page at byte {location.offset} of {self.folder / location.file}; run "
            "`obmin archive verify` to see what is damaged, and put the file back from a copy if there is one."
        )
        try:
            path = self.folder / location.file
            member = member_at(path, location.offset) if path.is_file() else None
            if member is None:
                raise BrokenRecord(missing)
            return page_of(member.record)
        except (OSError, UnreadableRecord) as error:
            # Damage within a file has no number of the system's; a disk that fails now may answer later.
            if isinstance(error, OSError) and error.errno not in (None, ENOENT):
                raise RefusedFile(location.file, f"it can't be opened: {error.strerror}") from error
            raise BrokenRecord(missing) from error

    def pages(
        self, after: dict[str, int] | None = None, on_damage: Callable[[Damage], None] = lambda _: None
    ) -> Iterator[tuple[Location, Page]]:
        """All archived responses, file by file in the order of writing; one page in memory at a time.

        ``after`` holds, for a file, the offset of the last response that the caller already has. Unreadable parts
        are passed to ``on_damage`` and skipped, except an end that is just being written.
        """
        for path in self.files():
            yield from self.pages_of(path.name, (after or {}).get(path.name, -1), on_damage)

    def pages_of(
        self, file: str, known: int = -1, on_damage: Callable[[Damage], None] = lambda _: None
    ) -> Iterator[tuple[Location, Page]]:
        """As ``pages``, for one file after the offset ``known``; nothing when there is no such file."""
        path = self.folder / file
        if not path.exists():
            return
        for found in scan(path, max(known, 0)):
            if isinstance(found, Damage):
                if not found.is_unfinished:
                    on_damage(found)
            elif found.offset > known and is_response(found.record):
                try:
                    page = page_of(found.record)
                except UnreadableRecord as error:
                    on_damage(Damage(file, found.offset, found.length, str(error)))
                else:
                    yield Location(file, found.offset), page

    def shortened(self) -> list[Path]:
        """Files that are shorter than what was written to them, by the lengths recorded beside them."""
        return [path for path in self.files() if path.stat().st_size < _as_noted(path)]

    def size(self) -> int:
        """Bytes of all files."""
        return sum(path.stat().st_size for path in self.files())

    def bytes_before(self, location: Location) -> int:
        """Bytes of the archive before a record, for a progress bar."""
        return location.offset + sum(path.stat().st_size for path in self.files() if path.name < location.file)

    def files(self) -> list[Path]:
        """The archive's WARC files, oldest month first, and anything else with such a name."""
        return sorted(path for path in self.folder.glob(FILES) if path.exists())

    def note_loss(self, sentence: str) -> None:
        """Store a sentence about pages that the archive lost, with a timestamp; `losses` returns it."""
        with self._lock, self._writing():
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / LOSSES).open("a", encoding="utf-8") as stream:
                stream.write(f"{datetime.now(UTC).isoformat(timespec='seconds')} {sentence}\n")

    def losses(self, since: datetime) -> list[str]:
        """The losses recorded since a timestamp, oldest first. Deleting the file losses.txt clears them."""
        try:
            lines = (self.folder / LOSSES).read_text("utf-8", "replace").splitlines()
        except OSError:
            return []
        return [line for line in lines if line >= since.astimezone(UTC).isoformat(timespec="seconds")]

    def set_aside(self) -> list[Path]:
        """The files in damaged/ that crashes left unfinished; the user may delete them."""
        return sorted(self._damaged.glob("*")) if self._damaged.is_dir() else []

    def recover(self) -> None:
        """Move records that a crash left unfinished to damaged/, and commit pages that it left staged.

        Runs once, and only in the process that writes.
        """
        with self._lock, self._writing():
            if self._is_recovered:
                return
            self._incoming.mkdir(parents=True, exist_ok=True)
            for path in self.files():
                self._set_end_aside(path)
            for path in sorted(self._incoming.glob(f"*.{FILES}")):
                self._take_in_staged(path)
            for path in self._incoming.glob("*.part"):
                path.unlink()  # its page is incomplete, and is requested again
            self._is_recovered = True

    @property
    def _incoming(self) -> Path:
        return self.folder / "incoming"

    @property
    def _damaged(self) -> Path:
        return self.folder / "damaged"

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise UnwritableArchive(self.folder, error) from error

    def _append(self, file: str, records: bytes) -> int:
        """Append to a file; a partial write is undone."""
        path = self.folder / file
        if path.exists() and not path.is_file():
            raise FileExistsError(f"{path} is no regular file; move it away")
        with path.open("ab", buffering=0) as stream:
            offset = stream.tell()
            try:
                written = 0
                while written < len(records):
                    written += stream.write(records[written:])
                os.fsync(stream.fileno())
            except OSError:
                # These bytes are our own and still staged; if truncating fails, the next start sets them aside.
                with suppress(OSError):
                    stream.truncate(offset)
                raise
        self._note_length(path, offset + len(records))
        return offset

    def _set_end_aside(self, path: Path) -> None:
        """Move an unfinished record at a file's end to damaged/, so that the next record can be read."""
        size, start = path.stat().st_size, _noted_length(path)
        if size == start or not path.is_file():
            return
        found = list(_outline(path, start if start < size else 0))
        if start and (not found or isinstance(found[0], Damage)):
            found = list(_outline(path, 0))  # the recorded length may be wrong
        last = found[-1] if found else None
        if isinstance(last, Damage) and last.is_unfinished:
            self._keep_aside(path, last.offset)
            os.truncate(path, last.offset)
        self._note_length(path, path.stat().st_size)

    def _take_in_staged(self, path: Path) -> None:
        """Commit the whole records of a staged page; the rest of its file is set aside."""
        whole = [found for found in scan(path) if isinstance(found, Member)]
        if whole:
            data = path.read_bytes()
            records = b"".join(data[found.offset : found.offset + found.length] for found in whole)
            self._append(".".join(path.name.split(".")[-3:]), records)
        if sum(found.length for found in whole) < path.stat().st_size:
            self._keep_aside(path, 0)
        path.unlink()

    def _keep_aside(self, path: Path, offset: int) -> None:
        self._damaged.mkdir(parents=True, exist_ok=True)
        with path.open("rb") as stream:
            stream.seek(offset)
            _write_whole(self._damaged / f"{path.name}.{offset}.{uuid4().hex[:8]}", stream.read())

    def _note_length(self, path: Path, length: int) -> None:
        """Record a file's length after its last record, so that a start need not read it all. A hint only."""
        noted = _note_of(path)
        partial = noted.with_suffix(".part")
        with suppress(OSError):
            partial.write_text(str(length))
            partial.replace(noted)


def _outline(path: Path, start: int) -> Iterator[Member | Damage]:
    """As scan, without the records' bytes."""
    for found in scan(path, start):
        yield Member(found.offset, found.length, b"") if isinstance(found, Member) else found


def _note_of(path: Path) -> Path:
    return path.with_suffix(".size")


def _noted_length(path: Path) -> int:
    """The recorded length after the last record; 0 when there is none, or it can't be right."""
    noted = _as_noted(path)
    return noted if noted <= path.stat().st_size else 0


def _as_noted(path: Path) -> int:
    """The recorded length, also that of a file that is shorter now; 0 when there is none."""
    try:
        written = _note_of(path).read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return 0
    return int(written) if written.isdigit() and len(written) < 19 else 0


def _write_whole(path: Path, data: bytes) -> None:
    """Write a file atomically: it exists whole or not at all, whenever the process is killed."""
    partial = path.with_name(f"{path.name}.part")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    except OSError:
        with suppress(OSError):
            partial.unlink()
        raise


def _file_of(page: Page) -> str:
    return f"{page.fetched_at:%Y-%m}.warc.gz"
