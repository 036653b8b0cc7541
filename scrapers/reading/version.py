"""Which reader read: a version that changes with any word or rule, so that texts are read again."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources


@cache
def reader_version() -> str:
    """A hash of the reader's modules and lexicons."""
    package, shared = resources.files("scrapers.reading"), resources.files("scrapers.extraction")
    digest = hashlib.sha256()
    for folder, ending in (
        (package, ".py"),
        (package / "lexicon", ".yaml"),
        (shared, ".py"),
        (shared / "words", ".yaml"),
    ):
        for entry in sorted(folder.iterdir(), key=lambda item: item.name):
            if entry.name.endswith(ending):
                digest.update(entry.name.encode() + b"\0" + entry.read_bytes())
    return digest.hexdigest()[:12]
