"""Attaching a DuckDB file to a connection. What is in the file is its owner's subject."""

from __future__ import annotations

from pathlib import Path

import duckdb


def attach(connection: duckdb.DuckDBPyConnection, path: Path, name: str, *options: str) -> None:
    """Attach a file under a name; DuckDB takes no parameter in the place of a path."""
    place = str(path).replace("'", "''")
    connection.execute(f"attach '{place}' as {name}" + (f" ({', '.join(options)})" if options else ""))
