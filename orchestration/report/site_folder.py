"""The report's folder: a new one is built beside it and swapped in whole. What is in it is in report.py."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from orchestration.output.output_file import UnusableOutput

# In every folder that this module made: what it was made from, and its files. A folder with any other file is not
# replaced.
MARK = "obmin-report.json"
FILES_NAMED = 3
# The files of reports whose mark does not list them yet (before December 2026).
OF_EARLIER_REPORT = re.compile(
    r"(assets|charts|sql|exchanges|uk|data)/.+|[a-z]+\.html|feed\.(en|uk)\.atom|(robots|sitemap)\.txt"
)
LOCK_SECONDS = 120


def beside(folder: Path, what: str) -> Path:
    """The path of the folder before ("old") or after ("new") a swap, and of the lock. Nobody else gives such a name,
    because what stands there is removed.
    """
    return folder.with_name(f".{folder.name}.obmin-report-{what}")


@contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; what a killed process left beside the folder is put in order first.

    Raises UnusableOutput when the folder can't be replaced, another process is writing it, or the place can't be
    written.
    """
    with explained(folder):
        refuse_foreign(folder)  # before anything is left beside it
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(beside(folder, "lock"), timeout=LOCK_SECONDS)
        try:
            lock.acquire()
        except Timeout as error:
            raise UnusableOutput(f"Another run is writing {folder}; wait for it to end, then run again.") from error
        try:
            old = beside(folder, "old")
            if old.exists() and not folder.exists():
                os.rename(old, folder)  # killed between the two renames of a swap
            for rest in (old, beside(folder, "new")):
                _remove(rest)
            yield
        finally:
            lock.release()


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """An empty folder that is swapped in when the block ends without an error, and removed otherwise.

    Raises UnusableOutput when the existing folder can't be replaced, or the place can't be written.
    """
    with explained(folder):
        fresh, old = beside(folder, "new"), beside(folder, "old")
        fresh.mkdir()
        try:
            yield fresh
            refuse_foreign(folder)  # drawing took seconds
            if folder.exists():
                os.rename(folder, old)
            try:
                os.rename(fresh, folder)
            except OSError:
                if old.exists():
                    os.rename(old, folder)
                raise
            _remove(old)
        finally:
            _remove(fresh)


def refuse_foreign(folder: Path) -> None:
    """Raises UnusableOutput when a folder has files that no report put there."""
    if folder.is_symlink() or os.path.ismount(folder):
        raise UnusableOutput(f"{folder} can't be swapped, it is a link or a mount point; name a folder inside it.")
    if folder.exists() and not folder.is_dir():
        raise UnusableOutput(f"{folder} is a file; name a folder.")
    if foreign := _foreign_files(folder):
        named = ", ".join(foreign[:FILES_NAMED])
        more = f" and {len(foreign) - FILES_NAMED} more" if len(foreign) > FILES_NAMED else ""
        raise UnusableOutput(
            f"{folder} holds other files than those of the last report ({named}{more}), and a new one would remove "
            "them; move them away, or name another folder."
        )


def _foreign_files(folder: Path) -> list[str]:
    """Files and links that the mark does not list; all of them without a mark."""
    paths = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    found = {path.relative_to(folder).as_posix() for path in paths}
    mark = read_mark(folder) or {}
    if "publication_id" in mark and "files" not in mark:
        return sorted(name for name in found - {MARK} if not OF_EARLIER_REPORT.fullmatch(name))
    files = mark.get("files")
    return sorted(found - {MARK, *(files if isinstance(files, list) else ())})


def write_mark(folder: Path, made_from: dict[str, Any]) -> None:
    """Note what a new report was made from, and all its files."""
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    (folder / MARK).write_text(json.dumps({**made_from, "files": files}, indent=2) + "\n", "utf-8")


def shows(folder: Path, made_from: dict[str, Any]) -> bool:
    """True when the report in a folder was made from this."""
    mark = read_mark(folder)
    return mark is not None and {**mark, **made_from} == mark and (folder / "index.html").is_file()


def read_mark(folder: Path) -> dict[str, Any] | None:
    """What the report in a folder was made from; None when there is none, or it can't be told."""
    try:
        mark = json.loads((folder / MARK).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return mark if isinstance(mark, dict) else None


def replace_file(path: Path, text: str) -> None:
    """Replace one file of a report that stands."""
    fresh = path.with_name(f".{path.name}.new")
    try:
        fresh.write_text(text, "utf-8")
        os.replace(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Raise what the disk refuses as UnusableOutput."""
    try:
        yield
    except OSError as error:
        where = error.filename or folder
        raise UnusableOutput(
            f"The report can't be written ({where}: {error.strerror}). The one before stays; fix that, then run "
            "`obmin report`."
        ) from error


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
