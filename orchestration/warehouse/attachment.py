"""Attaching a DuckDB file to a connection, and the name of its log. The callers handle its contents."""

from __future__ import annotations

from pathlib import Path

import duckdb


def attach(connection: duckdb.DuckDBPyConnection, path: Path, name: str, *options: str) -> None:
    """Attach a file under a name; DuckDB accepts no parameter for the path."""
    place = str(path).replace("'", "''")
    connection.execute(f"attach '{place}' as {name}" + (f" ({', '.join(options)})" if options else ""))


def wal_of(path: Path) -> Path:
    """Where DuckDB logs what is not in a file yet."""
    return path.with_name(f"{path.name}.wal")
