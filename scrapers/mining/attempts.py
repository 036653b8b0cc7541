"""One file mined to its place, whatever happens: what the workers of both engines run.

Which files there are, and what becomes of a worker that dies, is in local_workers.py and ray_workers.py.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from scrapers.errors import ObminError
from scrapers.mining.mined_file import mine, parquet_name
from scrapers.mining.parquet_files import MinedFile
from scrapers.mining.warc_files import WarcFile

PART = ".part"
Announce = Callable[["Attempt"], None]


@dataclass(frozen=True, slots=True)
class Attempt:
    """A file, and its report; or, where it has none, a sentence that says why."""

    file: WarcFile
    report: MinedFile | None = None
    fault: str = ""


def mine_into(file: WarcFile, folder: Path, mark: str) -> Attempt:
    """Mine a file to its Parquet file in a folder, written aside and renamed. ``mark`` is in the name of the file
    aside, which is there from the beginning: it tells what a worker that died had in hand.

    Raises OSError when the folder can't be written: then no other file could be either.
    """
    destination = folder / parquet_name(file)
    partial = destination.with_name(f"{destination.name}.{mark}{PART}")
    partial.touch()
    try:
        report = mine(file, partial)
        partial.replace(destination)
    except ObminError as error:
        return Attempt(file, fault=str(error))
    except (OSError, MemoryError):
        raise
    except Exception as error:
        return Attempt(
            file, fault=f"{file.name} can't be mined, by a fault in Obmin: {_described(error)}. Report it."
        )
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
    return Attempt(file, report)


def _described(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:200].rstrip(".")
