"""What dbt's files say of tables and columns: every key is one that dbt knows."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from orchestration.settings import DBT_PROJECT
from orchestration.warehouse.table_descriptions import described_tables
from orchestration.warehouse.tables_page import PAGE, tables_page

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


def test_the_page_of_tables_is_that_of_the_descriptions() -> None:
    """Renew it with `make tables-page`."""
    page = PAGE.read_text("utf-8")
    assert tables_page(page) == page


def test_what_a_column_refers_to_is_the_key_of_a_table() -> None:
    described = described_tables()
    references = [
        (name, column, table) for name, held in described.items() for column, table in held.references.items()
    ]
    assert len(references) > 20
    for name, column, table in references:
        assert described["marts", table].key == (column,), (name, column, table)
