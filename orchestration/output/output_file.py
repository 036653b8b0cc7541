"""Files that the user asked for: written whole or not at all, and never over Obmin's own data."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from scrapers.errors import ObminError


class UnusableOutput(ObminError):
    """A file or folder can't be written. The message has its name and the reason."""


@contextmanager
def new_file(path: Path, own: Path) -> Iterator[IO[bytes]]:
    """A file that is at ``path`` when the block ends without an error; an existing file is replaced.

    Raises UnusableOutput when the path is in ``own``, Obmin's data, or can't be written.
    """
    place = Path(os.path.realpath(path))
    refuse_own(place, own)
    try:
        if place.exists() and not place.is_file():  # a device or a pipe, which can't be replaced
            with place.open("wb") as file:
                yield file
            return
        with tempfile.NamedTemporaryFile(dir=place.parent, prefix=f".{place.name[:50]}.", delete=False) as file:
            try:
                yield file
                file.close()
                os.chmod(file.name, place.stat().st_mode if place.exists() else 0o666 & ~_umask())
                os.replace(file.name, place)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UnusableOutput(
            f"{path} can't be written: {error.strerror}. Name a file in a folder that can be."
        ) from error


def check_folder(folder: Path, own: Path) -> None:
    """Create a folder if there is none. Raises UnusableOutput when it is Obmin's, or can't be written to."""
    refuse_own(folder, own)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise UnusableOutput(f"{folder} can't be written: {error.strerror}. Choose another folder.") from error


def refuse_others(folder: Path, made: Collection[str]) -> None:
    """Raises UnusableOutput when a folder contains anything but ``made``: the export would mix with it."""
    others = sorted(path.name for path in folder.iterdir() if path.name not in made)
    if others:
        raise UnusableOutput(f"{folder} holds other things, {others[0]} for one; choose an empty or a new folder.")


def refuse_own(place: Path, own: Path) -> None:
    """Raises UnusableOutput when a path is Obmin's data folder or inside it."""
    real = Path(os.path.realpath(place))
    if real == own or own in real.parents:
        raise UnusableOutput(f"{place} lies in Obmin's own data ({own}); choose another place.")


def _umask() -> int:
    """The user's umask; the only way to read it is to set it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
