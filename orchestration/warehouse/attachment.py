"""Attaching a DuckDB file to a connection. The callers handle its contents."""

from __future__ import annotations

from pathlib import Path

import duckdb


def attach(connection: duckdb.DuckDBPyConnection, path: Path, name: str, *options: str) -> None:
    """Attach a file under a name; DuckDB accepts no parameter for the path."""
    place = str(path).replace("'", "''")
    connection.execute(f"attach '{place}' as {name}" + (f" ({', '.join(options)})" if options else ""))
