"""Writes the list of tables in docs/tables.md from their descriptions: `make tables-page`.

The descriptions themselves are dbt's and meta_tables.yaml's (table_descriptions.py).
"""

from __future__ import annotations

from orchestration.settings import PROJECT
from orchestration.warehouse.table_descriptions import described_tables

PAGE = PROJECT / "docs" / "tables.md"
BEGIN, END = "<!-- tables: written by `make tables-page` from dbt's descriptions -->\n", "<!-- end of tables -->\n"
SCHEMAS = ("marts", "reports", "meta")


def tables_page(page: str) -> str:
    """The page with its list of tables renewed. Raises ValueError when it has no place for the list."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE} has no place for the list of tables: {BEGIN.strip()} … {END.strip()}")
    return before + begin + _rows() + end + after


def _rows() -> str:
    described = described_tables()
    shown = sorted((key for key in described if key[0] in SCHEMAS), key=lambda key: (SCHEMAS.index(key[0]), key[1]))
    rows = [
        f"| {schema}.{table} | {described[schema, table].description} | {', '.join(described[schema, table].key)} |\n"
        for schema, table in shown
    ]
    return "| table | what it holds | key |\n|---|---|---|\n" + "".join(rows)


if __name__ == "__main__":
    PAGE.write_text(tables_page(PAGE.read_text("utf-8")), "utf-8")
