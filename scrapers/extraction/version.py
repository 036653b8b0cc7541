"""The extractor's version. It changes with its code, words, model and calibration, so that texts are read again."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources

PARTS = (".py", ".yaml", ".npz", ".json")


@cache
def reader_version() -> str:
    """A hash of all that a reading depends on. Training code and labelled texts act only through the model."""
    package = resources.files("scrapers.extraction")
    digest = hashlib.sha256()
    for folder in (package, package / "words"):
        for entry in sorted(folder.iterdir(), key=lambda item: item.name):
            if entry.name.endswith(PARTS):
                digest.update(entry.name.encode() + b"\0" + entry.read_bytes())
    return digest.hexdigest()[:12]
