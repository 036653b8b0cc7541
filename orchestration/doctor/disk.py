"""Checks of the data folder's disk: room, rights, locks, renames. What they write there they remove again."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from pwd import getpwuid

from orchestration.doctor.results import CheckResult, fault, ok, warning
from orchestration.errors import sentence_of
from orchestration.settings import Settings

AREA = "disk"
LITTLE, TOO_LITTLE = 2 * 10**9, 2 * 10**8
ELSEWHERE = "Fix that, or choose another folder with OBMIN_DATA."
TRIAL = ".trial-"
MOST_NAMED = 3


def check_folder(settings: Settings) -> list[CheckResult]:
    """The data folder is there, or can be made; files in it can be written, locked and renamed."""
    folder = settings.data
    if folder.is_dir():
        return _trial(folder)
    if os.path.lexists(folder):
        return [fault(AREA, "folder", f"{folder} is a file where the data folder should be.", "Move it away.")]
    above = next(path for path in folder.parents if os.path.lexists(path))
    if not above.is_dir():
        sentence = f"{folder} can't be made: {above} is a file."
        return [fault(AREA, "folder", sentence, "Move it away, or choose another folder with OBMIN_DATA.")]
    if _is_read_only(above):
        return [fault(AREA, "folder", f"{folder} can't be made: the file system of {above} is read-only.", ELSEWHERE)]
    if not os.access(above, os.W_OK | os.X_OK):
        sentence = f"{folder} is missing, and {_user()} may not make it in {above}, which belongs to {_owner(above)}."
        return [fault(AREA, "folder", sentence, "Make it as root, give it to this user, then run again.")]
    try:
        Path(tempfile.mkdtemp(prefix=TRIAL, dir=above)).rmdir()
    except OSError as error:  # /proc and others have rights that say nothing
        return [fault(AREA, "folder", f"{folder} can't be made in {above}: {error.strerror}.", ELSEWHERE)]
    return [ok(AREA, "folder", f"{folder} is not there yet; the first run makes it.")]


def _is_read_only(folder: Path) -> bool:
    return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)


def _trial(folder: Path) -> list[CheckResult]:
    """Write, lock and rename a file of our own."""
    try:
        with tempfile.TemporaryDirectory(prefix=TRIAL, dir=folder) as place:
            trial = Path(place)
            if not _locks_work(trial / "lock"):
                return [fault(AREA, "folder", f"Locks do nothing on the file system of {folder}.", ELSEWHERE)]
            (trial / "new").write_bytes(b"obmin")
            os.replace(trial / "new", trial / "old")
    except OSError as error:
        reason = (sentence_of(error) or str(error)).partition(" (")[0].partition(":")[0].rstrip(".")
        return [
            fault(AREA, "folder", f"Files in {folder} can't be written, locked and renamed: {reason}.", ELSEWHERE)
        ]
    return [ok(AREA, "folder", f"Files in {folder} can be written, locked and renamed.")]


def _locks_work(path: Path) -> bool:
    """True when a lock that is held can't be taken a second time. Raises OSError where there are no locks."""
    with path.open("wb") as first, path.open("wb") as second:
        fcntl.flock(first, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def check_space(settings: Settings) -> list[CheckResult]:
    place = next(path for path in (settings.data, *settings.data.parents) if path.is_dir())
    free = shutil.disk_usage(place).free
    sentence = f"{_amount(free)} are free on the disk of {place}"
    if free < TOO_LITTLE:
        return [fault(AREA, "space", f"Only {sentence}: a run would fail.", "Free some space, then run again.")]
    if free < LITTLE:
        cure = "Free some space: the archive grows, and publishing needs room for two more copies."
        return [warning(AREA, "space", f"Only {sentence}.", cure)]
    return [ok(AREA, "space", f"{sentence}.")]


def check_rights(settings: Settings) -> list[CheckResult]:
    """Files that runs write and this user can't; of a read-only file system the folder's check tells."""
    if not settings.data.is_dir() or _is_read_only(settings.data):
        return []
    barred = [path for path in _written_by_runs(settings) if not os.access(path, os.W_OK)]
    if not barred:
        return []
    named = ", ".join(f"{path} (of {_owner(path)})" for path in barred[:MOST_NAMED])
    more = f" and {len(barred) - MOST_NAMED} more" if len(barred) > MOST_NAMED else ""
    sentence = f"{_user()} may not write {named}{more}."
    cure = f"Run as the owner, or give the files to {_user()}: `chown -R {_user()} {settings.data}`."
    return [fault(AREA, "rights", sentence, cure)]


def _written_by_runs(settings: Settings) -> Iterator[Path]:
    """Not the published copies, which nobody may write."""
    copies = {settings.published, settings.previous}
    for folder in (settings.data, settings.pages, settings.pages / "incoming", settings.dagster_home):
        if folder.is_dir():
            yield from sorted(path for path in folder.iterdir() if path not in copies and not path.is_symlink())


def _amount(size: int) -> str:
    return f"{size / 10**9:,.1f} GB" if size >= 10**9 else f"{size / 10**6:,.0f} MB"


def _owner(path: Path) -> str:
    try:
        return path.owner()
    except (KeyError, OSError):  # a container may have files of users that it does not know
        return f"user {path.lstat().st_uid}"


def _user() -> str:
    try:
        return getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"user {os.geteuid()}"
