"""User-facing error messages: one sentence with the file and the fix.

Obmin's own errors carry their message (scrapers/errors.py); system, DuckDB and SQLite errors get theirs here. An
unknown error is a bug: its traceback is written to a file.
"""

from __future__ import annotations

import errno
import os
import re
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

from scrapers.errors import ObminError

# When set to 1, the traceback of every error is printed.
TRACEBACK = "OBMIN_TRACEBACK"
SYSTEM = {
    errno.ENOSPC: "The disk is full{at}: free some space, then run again; what is stored is whole.",
    errno.EDQUOT: "This user's share of the disk is used up{at}: free some space, then run again.",
    errno.EFBIG: "A file may not grow so large here{at}: raise the limit (`ulimit -f`), then run again.",
    errno.EROFS: "The disk can only be read{at}: choose a folder that can be written with OBMIN_DATA.",
    errno.EACCES: "This user may not open or write it{at}: fix its permissions, or choose another place.",
    errno.EPERM: "This user may not do that{at}: fix its permissions, or choose another place.",
    errno.ENOENT: "There is no such file or folder{at}: look whether it was moved or deleted, then run again.",
    errno.ENOTDIR: "A file stands where a folder is needed{at}: move it away, or choose another place.",
    errno.EISDIR: "A folder stands where a file is needed{at}: name a file.",
    errno.EEXIST: "Something of that name is there already{at}: move it away, or choose another place.",
    errno.ENAMETOOLONG: "That name is longer than the disk allows{at}: choose a shorter one.",
    errno.ELOOP: "Symbolic links lead round in a circle{at}: fix them, or choose another place.",
    errno.EMFILE: "Too many files are open at once{at}: raise the limit (`ulimit -n`), then run again.",
    errno.ENFILE: "Too many files are open on this machine{at}: close other programs, then run again.",
    errno.ENOMEM: "The memory is used up{at}: close other programs, then run again.",
    errno.EIO: "The disk could not be read or written{at}: look whether it is failing, then run again.",
    errno.EADDRINUSE: "That port is used by another program{at}: choose another with --port.",
}
# Dagster stores an error as text that begins with the module, so these prefixes identify Obmin's own errors.
OBMINS = ("orchestration.", "scrapers.")
WRITTEN_SYSTEM_ERROR = re.compile(r"\w+: \[Errno (\d+)\] ([^:]*)(?:: '(.*?)')?(?: -> '(.*)')?")
OUT_OF_MEMORY_KINDS = {"MemoryError", "_duckdb.OutOfMemoryException"}
# After `git pull` without `make setup`, the code may need a library that was added to the lock file.
MISSING_LIBRARY = re.compile(r"No module named '(.+)'")
NOT_INSTALLED = "The library {} is not installed here: run `make setup`, then run again."
SQLITE_KINDS = {
    "sqlite3.Error", "sqlite3.DatabaseError", "sqlite3.OperationalError",
    "sqlalchemy.exc.DBAPIError", "sqlalchemy.exc.DatabaseError", "sqlalchemy.exc.OperationalError",
}  # fmt: skip
SQLITE_CURES = {
    "disk is full": "Free some space, then run again.",
    "disk I/O error": "Look whether the disk is full or failing, then run again.",
    "readonly": "Fix its permissions, or choose a folder that can be written with OBMIN_DATA.",
    "unable to open": "Look whether it was deleted or may not be opened, then run again.",
    "locked": "Another program has it open; end that, or wait, then run again.",
}
SQLITE_DAMAGED = "Move it away, then run again; facts are not in it."
# DuckDB has no exception class for a full disk.
NO_SPACE = os.strerror(errno.ENOSPC)
QUOTED_PATH = re.compile(r'"(/[^"]*)"')
OUT_OF_MEMORY = "The memory is used up: close other programs, or use a machine with more, then run again."


def sentence_of(error: BaseException) -> str | None:
    """The message for an error, or for its cause; None when it is a bug in Obmin."""
    link: BaseException | None = error
    while link is not None:
        if sentence := _own_sentence(link):
            return sentence
        link = link.__cause__
    return None


def sentence_of_written(message: str) -> str | None:
    """The same for an error known only as the text "module.Kind: message", as Dagster stores step errors."""
    message = message.strip()
    kind, _, words = message.partition(": ")
    if kind.startswith(OBMINS):
        return words
    if found := WRITTEN_SYSTEM_ERROR.fullmatch(message):
        number, reason, *names = found.groups()
        return _of_system(OSError(int(number), reason, names[0], None, names[1]))
    return _by_name({kind}, words)


def report_bug(error: BaseException, folder: Path) -> str:
    """Write the traceback of an unknown error to ``folder``; returns the sentence that names the file."""
    what = "".join(traceback.format_exception_only(error)).strip().splitlines()[0][:300]
    where = traceback.extract_tb(error.__traceback__)
    at = f" at {Path(where[-1].filename).name}:{where[-1].lineno}" if where else ""
    sentence = f"This is a bug in Obmin, please report it: {what}{at}."
    file = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}.txt"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(traceback.format_exception(error)), "utf-8", "backslashreplace")
    except OSError:
        return f"{sentence} Run it again with {TRACEBACK}=1 to see the traceback."
    return f"{sentence} The traceback is in {file}."


def show_traceback(error: BaseException) -> None:
    """Print the traceback to standard error when OBMIN_TRACEBACK asks for it."""
    if os.environ.get(TRACEBACK) == "1":
        traceback.print_exception(error, file=sys.stderr)


def _own_sentence(error: BaseException) -> str | None:
    if isinstance(error, ObminError):
        return str(error)
    if isinstance(error, MemoryError):
        return OUT_OF_MEMORY
    if isinstance(error, OSError):
        return _of_system(error)
    if isinstance(error, UnicodeEncodeError):
        return (
            f"The text holds {error.object[error.start]!a}, which {error.encoding} can't write: set "
            "PYTHONIOENCODING=utf-8, or write to a file."
        )
    kinds = {f"{kind.__module__}.{kind.__name__}" for kind in type(error).__mro__}
    return _by_name(kinds, str(getattr(error, "orig", None) or error))


def _by_name(kinds: set[str], message: str) -> str | None:
    """Messages for library errors, by full class name, so that no library is imported for this."""
    first_line = (message.strip().splitlines() or ["no reason was given"])[0].rstrip(".")
    if kinds & OUT_OF_MEMORY_KINDS:
        return OUT_OF_MEMORY
    if kinds & {"ModuleNotFoundError", "builtins.ModuleNotFoundError"} and (
        found := MISSING_LIBRARY.fullmatch(first_line)
    ):
        return None if f"{found[1]}.".startswith(OBMINS) else NOT_INSTALLED.format(found[1])
    if NO_SPACE in message and any(kind.startswith("_duckdb.") for kind in kinds):
        found = QUOTED_PATH.search(message)
        return SYSTEM[errno.ENOSPC].format(at=f" ({found[1]})" if found else "")
    if "_duckdb.IOException" in kinds:
        return f"DuckDB can't read or write a file: {first_line}. Fix that, then run again."
    if kinds & SQLITE_KINDS:
        home = os.environ.get("DAGSTER_HOME")
        place = f"Dagster's record of runs in {home}" if home else "A SQLite file"
        return f"{place} can't be used: {first_line}. {sqlite_cure(first_line) or SQLITE_DAMAGED}"
    return None


def sqlite_cure(message: str) -> str | None:
    """The fix when SQLite refuses a file for an external reason; None when the file itself is damaged."""
    return next((cure for words, cure in SQLITE_CURES.items() if words in message), None)


def _of_system(error: OSError) -> str:
    names = [str(name) for name in (error.filename, error.filename2) if name not in (None, "")]
    at = f" ({' and '.join(names)})" if names else ""
    if error.errno in SYSTEM:
        return SYSTEM[error.errno].format(at=at)
    return f"The system refused{at}: {error.strerror or error}. Fix that, then run again."
