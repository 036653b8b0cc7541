"""Comparison of a copied file with its original: each table's rows and content hash. Copying is in publish.py."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import duckdb

from orchestration.warehouse.attachment import attach

# Reading a million texts takes a second, so each is compared only once: a version's id is a hash of its text, and
# DuckDB's checksums detect a block that changed on disk.
TEXTS = ("text", "title")


class Content(NamedTuple):
    """``columns`` are the hashed columns with their types; their order matters, the order of rows does not."""

    rows: int
    hash: int
    columns: tuple[tuple[str, str], ...]


def content_of(connection: duckdb.DuckDBPyConnection, table: str, without_texts: bool = False) -> Content:
    """Row count and hash of a table; ``table`` is a name ready for SQL."""
    return content(connection, table, columns_of(connection, table, without_texts))


def columns_of(
    connection: duckdb.DuckDBPyConnection, table: str, without_texts: bool = False
) -> tuple[tuple[str, str], ...]:
    """The columns to hash, with their types."""
    described = connection.execute(f"describe {table}").fetchall()
    return tuple((name, kind) for name, kind, *_ in described if not (without_texts and name in TEXTS))


def compare(connection: duckdb.DuckDBPyConnection, copy: Path, expected: Mapping[str, Content]) -> list[str]:
    """Names of the tables in ``copy`` that differ from what is expected.

    Raises duckdb.Error when the file is damaged, or lacks a table or a column.
    """
    attach(connection, copy, "copied", "read_only")
    differing = [
        table
        for table, expected_content in expected.items()
        if content(connection, f"copied.{table}", expected_content.columns) != expected_content
    ]
    connection.execute("detach copied")
    return differing


def content(connection: duckdb.DuckDBPyConnection, table: str, columns: tuple[tuple[str, str], ...]) -> Content:
    """Row count and hash of a table, or of a query in brackets. Both add up: those of all rows are those of some rows
    plus those of the others.
    """
    listed = ", ".join(f'"{column}"' for column, _ in columns)
    row = connection.execute(
        f"select count(*), coalesce(sum(hash({listed})::hugeint), 0) from {table}"  # noqa: S608
    ).fetchone()
    assert row is not None
    return Content(int(row[0]), int(row[1]), columns)
