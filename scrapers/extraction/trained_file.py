"""The error about a file that training wrote, model.npz or calibration.npz, and that can't be read."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import BadZipFile

from scrapers.errors import ObminError


class UnreadableTrainedFile(ObminError):
    """A trained file is missing, damaged, or written by another version of Obmin. ``fault`` says which."""

    def __init__(self, fault: str) -> None:
        self.fault = fault
        super().__init__(f"{fault} The extractor reads nothing without it: install Obmin, or check it out, again.")


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Raise UnreadableTrainedFile for what goes wrong while the file is read."""
    try:
        yield
    except FileNotFoundError as error:
        raise UnreadableTrainedFile(f"{path} is missing.") from error
    except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile, zlib.error) as error:
        raise UnreadableTrainedFile(f"{path} is damaged and can't be read ({type(error).__name__}).") from error
