"""One publication as the report reads it: the rows of every file of sql/, from the published copy."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from importlib import resources
from typing import Any

import duckdb

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Publication:
    """``rows`` and the ``scripts`` that gave them by the file's name; ``address`` is the site's public one, ending
    with a slash, if it is known. Times are UTC without a zone, days are Kyiv's.
    """

    rows: dict[str, Rows]
    scripts: dict[str, str]
    address: str | None
    is_sample: bool

    @property
    def record(self) -> dict[str, Any]:
        """The one row about the whole record."""
        return self.rows["record"][0]

    def names(self, language: str) -> dict[str, str]:
        """The names of service branches and mediators, by code."""
        branches = {row["service_branch"]: row[f"name_{language}"] for row in self.rows["branches"]}
        return branches | {row["mediator"]: row[f"name_{language}"] for row in self.rows["mediators"]}


def read_publication(
    connection: duckdb.DuckDBPyConnection, address: str | None, is_sample: bool, only: Collection[str] = ()
) -> Publication:
    """Run every query of sql/ on an open published copy, or ``only`` some."""
    folder = resources.files("orchestration.report") / "sql"
    scripts = {
        file.name.removesuffix(".sql"): file.read_text("utf-8")
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if not only or file.name.removesuffix(".sql") in only
    }
    rows = {name: connection.execute(sql).to_arrow_table().to_pylist() for name, sql in scripts.items()}
    return Publication(rows, scripts, address, is_sample)
