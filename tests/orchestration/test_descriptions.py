"""What dbt's files say of tables and columns: every key is one that dbt knows."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from orchestration.settings import DBT_PROJECT

COLUMN = {"name", "description", "data_type", "tests", "data_tests", "constraints", "meta", "config", "quote", "tags"}
FILES = sorted((DBT_PROJECT / "models").rglob("*.yml")) + sorted((DBT_PROJECT / "seeds").rglob("*.yml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_description_is_cut_at_a_comma(path: Path) -> None:
    """In `{name: a, description: ours, theirs}` YAML takes what follows the comma for another key."""
    held = yaml.safe_load(path.read_text("utf-8")) or {}
    tables = [*held.get("models", []), *held.get("seeds", [])]
    tables += [table for source in held.get("sources", []) for table in source.get("tables", [])]
    for table in tables:
        for column in table.get("columns", []):
            assert not column.keys() - COLUMN, (table["name"], column)
