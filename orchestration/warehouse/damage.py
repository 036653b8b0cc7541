"""Messages for files that DuckDB can't open or read, each with the fix. Opening them is in database.py."""

from __future__ import annotations

from pathlib import Path

import duckdb

from orchestration.warehouse.schema import DamagedFile, WarehouseError

# Bytes 8 to 11 of every DuckDB file; https://duckdb.org/docs/stable/internals/storage
MAGIC_AT, MAGIC = 8, b"DUCK"
# DuckDB has no exception class for any of these.
LOCKED, NEWER = "Could not set lock on file", "file with version number"
DAMAGED = (
    "Corrupt database file",
    "Could not read enough bytes",
    "not a valid DuckDB",
    "read past the end",
)
BROKEN = (duckdb.SerializationException, duckdb.InternalException, duckdb.FatalException)

OF_WORKING = "Run `obmin rebuild`: it is made again from the archive; nothing is fetched again or alerted twice."
OF_PUBLISHED = "Run `obmin run`: it is published anew."


def check_before_opening(path: Path, cure: str) -> None:
    """Raise when a path exists but is no DuckDB file: DuckDB would download extensions to open some of them."""
    if path.is_dir():
        raise WarehouseError(f"{path} is a folder where a file should be; move it away. {cure}")
    try:
        with path.open("rb") as file:
            begins = file.read(MAGIC_AT + len(MAGIC))
    except FileNotFoundError:
        return
    except OSError as error:
        raise WarehouseError(f"{path} can't be opened ({error.strerror}); fix that, then run again.") from error
    if begins[MAGIC_AT:] != MAGIC:
        what = "is empty" if not begins else "is damaged at its beginning, or not a DuckDB warehouse at all"
        raise DamagedFile(f"{path} {what}. {cure}")


def is_damage(error: BaseException | None) -> bool:
    """True for an error that means that a file's content is not what DuckDB wrote."""
    if isinstance(error, BROKEN):
        return True
    return isinstance(error, duckdb.Error) and any(reason in str(error) for reason in DAMAGED)


def error_of(path: Path, error: duckdb.Error, cure: str) -> WarehouseError | None:
    """The error with its message; None when it is not about the file."""
    if LOCKED in str(error):
        return WarehouseError(
            f"{path} is open for writing in another program; close it there, then run again. Readers open "
            "obmin.duckdb, never working.duckdb, and with read_only=True."
        )
    if NEWER in str(error):
        return WarehouseError(f"{path} was written by a newer DuckDB; upgrade this Obmin, then run again.")
    if is_damage(error):
        reason = str(error).splitlines()[0].rstrip(".!")
        return DamagedFile(f"{path} is damaged ({reason}). {cure}")
    return None
