"""The files of publications: swapping in a new copy, and storing the last ones in `previous/`.

What is written to them is in publish.py.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from orchestration.settings import Settings
from orchestration.warehouse.attachment import wal_of
from orchestration.warehouse.database import WarehouseError, reading
from orchestration.warehouse.watermarks import Stamp, has_stamp, published_copy

COPIES_KEPT = 3
READ_ONLY, OWN = 0o444, 0o600
COPIES = "obmin-*.duckdb"


@dataclass(frozen=True, slots=True)
class LastPublication:
    """The last publication: ``built_at`` (UTC, naive), None if no file has it as it was published, and the ids of
    its ``exchanges``. ``file`` has it: the copy that users open, with its ``stamp``, or the base.
    """

    exchanges: frozenset[str] = frozenset()
    file: Path | None = None
    stamp: Stamp | None = None
    built_at: datetime | None = None


def read_last(connection: duckdb.DuckDBPyConnection, settings: Settings) -> LastPublication:
    """What is published now: from its copy, or from the base where users changed that, lost it or keep it locked."""
    copy, found = published_copy(connection, settings), _read(settings.published)
    if copy is not None and found is not None:
        _, built_at, exchanges = found
        return LastPublication(exchanges, settings.published, copy[1], built_at)
    of_base = _read(settings.base)
    noted = {row[0] for row in connection.execute("select publication_id from raw.publication").fetchall()}
    # A base that was changed since, or not completely written, is no publication.
    is_published = of_base is not None and of_base[0] in ({found[0]} if found is not None else noted)
    if of_base is not None and is_published and not wal_of(settings.base).exists():
        return LastPublication(of_base[2], settings.base, None, of_base[1])
    earlier = sorted(settings.previous.glob(COPIES), reverse=True)
    found = found or next((held for path in earlier if (held := _read(path))), None)
    return LastPublication(found[2]) if found is not None else LastPublication()


def _read(path: Path) -> tuple[str, datetime, frozenset[str]] | None:
    try:
        with reading(path) as last:
            row = last.execute("select publication_id, built_at from meta.about").fetchone()
            ids = last.execute("select exchange_id from marts.fct_exchanges").fetchall()
    except (duckdb.Error, WarehouseError):
        return None
    return None if row is None else (*row, frozenset(exchange_id for (exchange_id,) in ids))


def _kept(settings: Settings, last: LastPublication) -> Path | None:
    """The path in `previous/` of the last publication; None if no file has it, or it is there."""
    if last.built_at is None:
        return None
    kept = settings.previous / f"obmin-{last.built_at:%Y%m%dT%H%M%S%f}Z.duckdb"
    return None if kept.exists() else kept


def keep_last(settings: Settings, last: LastPublication) -> None:
    """Store the last publication before the base changes, if only the base has it; and remove from `previous/` what a
    killed publication left there.
    """
    settings.previous.mkdir(exist_ok=True)
    for path in settings.previous.glob("obmin-*"):
        is_linked = settings.published.exists() and path.samefile(settings.published)
        if is_linked or path.suffix == ".new":
            path.unlink()
    if last.file == settings.base and (kept := _kept(settings, last)):
        _copy(settings.base, kept)


def swap(settings: Settings, copy: Path, last: LastPublication) -> None:
    """Swap in the new copy; the last one stays in `previous/`."""
    if last.stamp is not None and has_stamp(settings.published, last.stamp) and (kept := _kept(settings, last)):
        # Two names for a moment, so that there is a file to open at any time.
        try:
            os.link(settings.published, kept)
        except OSError:  # a file system without links
            _copy(settings.published, kept)
    replace_file(copy, settings.published)


def tidy(settings: Settings) -> None:
    """Leave the newest three copies in `previous/`; log what can't be removed, or not be flushed to the disk."""
    try:
        flush(settings.data)
    except OSError as error:
        # Some network file systems refuse it. After a power cut the copy before may be back; the next run notices it.
        logging.getLogger("obmin").warning("%s can't be flushed to the disk (%s).", settings.data, error.strerror)
    for path in sorted(settings.previous.glob(COPIES))[:-COPIES_KEPT]:
        try:
            path.unlink()
        except OSError as error:
            logging.getLogger("obmin").warning("%s can't be removed (%s); remove it yourself.", path, error.strerror)


def _copy(source: Path, target: Path) -> None:
    with new_file(target) as fresh:
        shutil.copyfile(source, fresh)
        os.chmod(fresh, READ_ONLY)
        os.replace(fresh, target)


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """A path beside another, for what is to replace it; removed with its WAL if that fails, or stayed from before."""
    fresh = path.with_name(f"{path.name}.new")
    _remove(fresh)
    try:
        yield fresh
    finally:
        with suppress(OSError):
            _remove(fresh)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    wal_of(path).unlink(missing_ok=True)


def replace_file(fresh: Path, path: Path) -> None:
    """Put a new file in place of another. A WAL left by a program that had the old one open would be read into it."""
    wal_of(path).unlink(missing_ok=True)
    os.replace(fresh, path)
    wal_of(path).unlink(missing_ok=True)


def flush(path: Path) -> None:
    """Flush a file, or a folder's entries, to disk before anything relies on them."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
