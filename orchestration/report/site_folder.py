"""The report's folder: a new one is built beside it and swapped in whole. What is in it is in report.py."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from orchestration.output.output_file import UnusableOutput

# In every folder that this module made: what it was made from, and its files with their sizes. A folder with any
# other file is not replaced.
MARK = "obmin-report.json"
FILES_NAMED = 3
# The files of a report whose mark does not list them, because it is of before December 2026 or damaged. They are the
# very names that a report has: what a person put beside them is not of it.
OF_A_REPORT = re.compile(
    r"assets/(icon\.svg|page\.js|style\.css|vega-[\d.]+-embed-[\d.]+\.js)"
    r"|charts/[a-z_]+\.(en|uk)\.[0-9a-f]{12}\.(js|(narrow|wide)\.svg)"
    r"|sql/[a-z_]+\.sql"
    r"|(uk/)?(index|exchanges|data|sources)\.html"
    r"|(uk/)?exchanges/exchange-\d{4}-\d\d-\d\d[b-z]?(-\d+)?\.(html|json)"
    r"|data/(data-dictionary\.md|datapackage\.json|obmin\.sqlite)"
    r"|data/(csv|jsonl|parquet)/(marts|reports|meta)_[a-z_]+\.(csv|jsonl|parquet)"
    r"|feed\.(en|uk)\.atom|(robots|sitemap)\.txt"
)
LOCK_SECONDS = 120


def beside(folder: Path, what: str) -> Path:
    """The path of the folder before ("old") or after ("new") a swap, of a new "file" in it, and of the lock. Nobody
    else gives such a name, because what stands there is removed.
    """
    return folder.with_name(f".{folder.name}.obmin-report-{what}")


@contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; what a killed process left beside the folder is put in order first.

    Raises UnusableOutput when the folder can't be replaced, another process is writing it, or the place can't be
    written.
    """
    with explained(folder):
        with suppress(FileNotFoundError):  # another process is swapping it
            refuse_foreign(folder)  # before anything is left beside it
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside(folder, "lock").touch()  # the lock would try again and again where no file can be
        lock = FileLock(beside(folder, "lock"), timeout=LOCK_SECONDS)
        try:
            lock.acquire()
        except Timeout as error:
            raise UnusableOutput(f"Another run is writing {folder}; wait for it to end, then run again.") from error
        try:
            old = beside(folder, "old")
            if old.exists() and not folder.exists():
                os.rename(old, folder)  # killed between the two renames of a swap
            for rest in (old, beside(folder, "new"), beside(folder, "file")):
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
        if all(map(OF_A_REPORT.fullmatch, foreign)):
            raise UnusableOutput(
                f"{folder} looks like a report, but lacks {MARK}, which says that Obmin made it; move the folder "
                "away, then run again."
            )
        named = ", ".join(foreign[:FILES_NAMED])
        more = f" and {len(foreign) - FILES_NAMED} more" if len(foreign) > FILES_NAMED else ""
        raise UnusableOutput(
            f"{folder} holds other files than those of the last report ({named}{more}), and a new one would remove "
            "them; move them away, or name another folder."
        )


def _foreign_files(folder: Path) -> list[str]:
    """Files and links that the mark does not list; with a damaged mark, those that no report has; all without one."""
    paths = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    found = {path.relative_to(folder).as_posix() for path in paths}
    files = sizes_in(folder)
    if MARK in found and files is None:
        return sorted(name for name in found - {MARK} if not OF_A_REPORT.fullmatch(name))
    return sorted(found - {MARK, *(files or ())})


def write_mark(folder: Path, made_from: dict[str, Any]) -> None:
    """Note what a new report was made from, and all its files."""
    (folder / MARK).write_text(_marked(folder, made_from), "utf-8")


def _marked(folder: Path, made_from: dict[str, Any]) -> str:
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MARK)
    sizes = {path.relative_to(folder).as_posix(): path.stat().st_size for path in paths}
    return json.dumps({**made_from, "files": sizes}, indent=2) + "\n"


def shows(folder: Path, made_from: dict[str, Any]) -> bool:
    """True when the report in a folder was made from this, and none of its files is missing or cut."""
    mark, sizes = read_mark(folder), sizes_in(folder)
    if mark is None or sizes is None or {**mark, **made_from} != mark:
        return False
    return all(is_whole(folder, name, sizes) for name in sizes)


def is_whole(folder: Path, name: str, sizes: Mapping[str, int]) -> bool:
    """True for a file of a report that has its size."""
    try:
        return (folder / name).stat().st_size == sizes.get(name)
    except (OSError, ValueError):
        return False


def sizes_in(folder: Path) -> dict[str, int] | None:
    """The files of a folder's report with their sizes; None when its mark does not tell."""
    files = (read_mark(folder) or {}).get("files")
    if not isinstance(files, dict) or not all(isinstance(size, int) for size in files.values()):
        return None
    return files


def read_mark(folder: Path) -> dict[str, Any] | None:
    """What the report in a folder was made from; None when there is none, or it can't be told."""
    try:
        mark = json.loads((folder / MARK).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return mark if isinstance(mark, dict) else None


def replace_files(folder: Path, texts: Mapping[str, str]) -> None:
    """Replace some files of a report that stands, each whole, and note their sizes. Call it as the only writer."""
    fresh = beside(folder, "file")
    made_from = {key: value for key, value in (read_mark(folder) or {}).items() if key != "files"}
    for name, text in texts.items():
        fresh.write_text(text, "utf-8")
        os.replace(fresh, folder / name)
    fresh.write_text(_marked(folder, made_from), "utf-8")
    os.replace(fresh, folder / MARK)


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Raise what the disk refuses as UnusableOutput."""
    try:
        yield
    except OSError as error:
        where = error.filename or folder
        raise UnusableOutput(
            f"The report can't be written ({where}: {error.strerror}). One that is there stays; fix that, then run "
            "`obmin report`."
        ) from error


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
