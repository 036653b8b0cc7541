"""What each published table and column is: dbt's descriptions and those of meta_tables.yaml, keys, a stable order.

Writing them into the published copy is here too; the exports show them (export.py).
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import duckdb

from orchestration.warehouse.dbt_runner import ensure_manifest
from scrapers.yaml_file import read_shipped

KEY_TEST = "unique_combination"  # dbt_project/tests/generic


class TableDescription(NamedTuple):
    """``key`` are the columns that no two rows share, empty for a report without one; ``sorted_by`` give a growing
    table, whose rows are in order of arrival, a stable order; ``references`` are the tables of marts whose key a
    column holds, by column.
    """

    description: str
    columns: dict[str, str]
    key: tuple[str, ...]
    sorted_by: tuple[str, ...]
    references: dict[str, str]


def described_tables() -> dict[tuple[str, str], TableDescription]:
    """All models and the tables of meta, by schema and name. Raises WarehouseError when the dbt project does not
    parse.
    """
    nodes = json.loads(ensure_manifest().read_text("utf-8"))["nodes"].values()
    keys = {
        node["attached_node"]: tuple(node["test_metadata"]["kwargs"]["columns"])
        for node in nodes
        if node["resource_type"] == "test" and (node.get("test_metadata") or {}).get("name") == KEY_TEST
    }
    return {
        (node["schema"], node["name"]): TableDescription(
            " ".join(node["description"].split()),
            {name: " ".join(column["description"].split()) for name, column in node["columns"].items()},
            keys.get(node["unique_id"]) or _unique_column(node),
            tuple(node["config"]["meta"].get("sorted_by", ())),
            {
                name: referenced
                for name, column in node["columns"].items()
                if (referenced := column["config"]["meta"].get("references"))
            },
        )
        for node in nodes
        if node["resource_type"] == "model"
    } | _meta_tables()


def _meta_tables() -> dict[tuple[str, str], TableDescription]:
    return {
        ("meta", name): TableDescription(
            " ".join(table["description"].split()), table["columns"], table.get("key", ()), (), {}
        )
        for name, table in read_shipped("orchestration.warehouse", "meta_tables.yaml").items()
    }


def _unique_column(node: dict[str, Any]) -> tuple[str, ...]:
    constrained = {
        name: {constraint["type"] for constraint in column["constraints"]} for name, column in node["columns"].items()
    }
    return next(((name,) for name, kinds in constrained.items() if "unique" in kinds), ())


def comment_on_tables(
    connection: duckdb.DuckDBPyConnection, database: str, tables: dict[tuple[str, str], TableDescription]
) -> None:
    """Give the tables of an attached database their descriptions as comments. A key ends its table's comment, and the
    table that a column refers to ends the column's.
    """
    commands = []
    for (schema, table), of_table in tables.items():
        key = f" Key: {', '.join(of_table.key)}." if of_table.key else ""
        name = f'{database}.{schema}."{table}"'
        commands.append(f"comment on table {name} is {_quoted(of_table.description + key)};")
        commands += [
            f'comment on column {name}."{column}" is {_quoted(text + _reference(of_table.references.get(column)))};'
            for column, text in of_table.columns.items()
        ]
    connection.execute("".join(commands))


def _reference(table: str | None) -> str:
    return f" Refers to marts.{table}." if table else ""


def _quoted(text: str) -> str:
    """A string constant; `comment on` takes no parameters."""
    return "'" + text.replace("'", "''") + "'"
