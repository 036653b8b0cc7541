"""Export of the published copy: Parquet, CSV, JSON Lines, one SQLite file, and their descriptions.

Making the published copy is in publish.py; the descriptions come from dbt.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from orchestration.output.formats import csv_header, csv_lines
from orchestration.output.strict_json import json_text, plain
from orchestration.settings import Settings
from orchestration.warehouse.database import reading
from orchestration.warehouse.table_descriptions import described_tables

SCHEMAS = ("marts", "reports", "meta")
ROWS_AT_ONCE = 20_000
LARGEST_OF_SQLITE = 2**63 - 1  # a larger whole number, such as a hash, becomes a text
# Contents of an export folder.
MADE_BY_EXPORT = ("parquet", "csv", "jsonl", "obmin.sqlite", "datapackage.json", "data-dictionary.md")
# Frictionless types by DuckDB type; https://datapackage.org/standard/table-schema/#field-types
TYPES = {
    "VARCHAR": "string", "INTEGER": "integer", "BIGINT": "integer", "UBIGINT": "integer", "BOOLEAN": "boolean",
    "DATE": "date", "TIMESTAMP": "datetime", "JSON": "any", "DOUBLE": "number",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    kind: str
    description: str


@dataclass(frozen=True, slots=True)
class Exported:
    """One table, named by its schema and its own name: ``marts_fct_exchanges``.

    ``key`` and ``sorted_by`` are those of its description; ``references`` are exported tables by column.
    """

    schema: str
    table: str
    description: str
    columns: tuple[Column, ...]
    rows: int
    key: tuple[str, ...]
    sorted_by: tuple[str, ...]
    references: dict[str, str]

    @property
    def name(self) -> str:
        return f"{self.schema}_{self.table}"


def export(settings: Settings, folder: Path, on_progress: Callable[[str], None] = lambda _: None) -> list[Exported]:
    """Write every table of marts and reports to ``folder``, in four formats, with descriptions.

    Existing files are replaced. Raises WarehouseError when nothing is published yet.
    """
    with reading(settings.published) as connection:
        return write_tables(connection, folder, on_progress)


def write_tables(
    connection: duckdb.DuckDBPyConnection, folder: Path, on_progress: Callable[[str], None] = lambda _: None
) -> list[Exported]:
    """The same from an open published copy."""
    for name in ("parquet", "csv", "jsonl"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    tables = exported_tables(connection)
    for table in tables:
        on_progress(f"{table.schema}.{table.table}: {table.rows} rows")
        _write_files(connection, table, folder)
    export_sqlite(connection, tables, folder / "obmin.sqlite")
    built_at = connection.execute("select built_at from meta.about").fetchone()
    (folder / "datapackage.json").write_text(_datapackage(tables, built_at), "utf-8")
    (folder / "data-dictionary.md").write_text(data_dictionary(tables), "utf-8")
    return tables


def exported_tables(connection: duckdb.DuckDBPyConnection) -> list[Exported]:
    """The tables of a published copy, with their descriptions, keys and numbers of rows."""
    return list(_tables(connection))


def _tables(connection: duckdb.DuckDBPyConnection) -> Iterator[Exported]:
    described = described_tables()
    found = connection.execute(
        "select table_schema, table_name from information_schema.tables "
        "where table_schema in (select unnest(?)) order by all",
        [list(SCHEMAS)],
    ).fetchall()
    for schema, table in found:
        of_table = described[schema, table]
        columns = tuple(
            Column(name, kind, of_table.columns.get(name, ""))
            for name, kind in connection.execute(
                "select column_name, data_type from information_schema.columns "
                "where table_schema = ? and table_name = ? order by ordinal_position",
                [schema, table],
            ).fetchall()
        )
        row = connection.execute(f'select count(*) from {schema}."{table}"').fetchone()  # noqa: S608
        rows = row[0] if row else 0
        references = {column: f"marts_{referenced}" for column, referenced in of_table.references.items()}
        yield Exported(
            schema, table, of_table.description, columns, rows, of_table.key, of_table.sorted_by, references
        )


def _write_files(connection: duckdb.DuckDBPyConnection, table: Exported, folder: Path) -> None:
    import pyarrow.parquet as pq

    schema = _schema(connection, table)
    with (
        (folder / "csv" / f"{table.name}.csv").open("wb") as as_csv,
        (folder / "jsonl" / f"{table.name}.jsonl").open("w", encoding="utf-8") as as_lines,
        pq.ParquetWriter(folder / "parquet" / f"{table.name}.parquet", schema, compression="zstd") as as_parquet,
    ):
        as_csv.write(csv_header([column.name for column in table.columns]))
        for batch in _batches(connection, table):
            as_parquet.write_batch(batch.cast(schema))
            as_csv.write(csv_lines(batch))
            for record in batch.to_pylist():
                as_lines.write(json_text(record) + "\n")


def _schema(connection: duckdb.DuckDBPyConnection, table: Exported) -> pa.Schema:
    """The columns, each with its description, and the table's own description and key, as Parquet metadata."""
    plain_schema = connection.execute(f'select * from {table.schema}."{table.table}" limit 0').to_arrow_table().schema  # noqa: S608
    texts = {column.name: column.description for column in table.columns}
    fields = [field.with_metadata({"description": texts[field.name]}) for field in plain_schema]
    return pa.schema(fields, {"description": table.description, "key": ", ".join(table.key)})


def _batches(connection: duckdb.DuckDBPyConnection, table: Exported) -> Iterator[pa.RecordBatch]:
    order = f"order by {', '.join(table.sorted_by)}" if table.sorted_by else ""
    rows = connection.execute(f'select * from {table.schema}."{table.table}" {order}')  # noqa: S608
    yield from rows.to_arrow_reader(ROWS_AT_ONCE)


def export_sqlite(connection: duckdb.DuckDBPyConnection, tables: list[Exported], path: Path) -> None:
    """Write the tables into a new SQLite file, in place of one at ``path``. Lists become JSON texts, dates and
    timestamps ISO 8601 texts, as Datasette expects. SQLite keeps no comments: the table `data_dictionary` describes
    every column.
    """
    from sqlite_utils import Database

    path.unlink(missing_ok=True)
    database = Database(path)
    kinds = {"INTEGER": int, "BIGINT": int, "BOOLEAN": int, "DOUBLE": float}
    by_name = {table.name: table for table in tables}
    order = TopologicalSorter({table.name: set(table.references.values()) for table in tables})
    for table in (by_name[name] for name in order.static_order()):
        held = database.table(table.name)
        held.create(
            {column.name: kinds.get(column.kind, str) for column in table.columns},
            pk=table.key or None,
            foreign_keys=[(column, referenced, column) for column, referenced in table.references.items()],
        )
        for batch in _batches(connection, table):
            held.insert_all(
                {name: _sqlite_value(value) for name, value in record.items()} for record in batch.to_pylist()
            )
    database.table("data_dictionary").insert_all(
        {"table": table.name, "column": column.name, "type": column.kind.lower(), "description": column.description}
        for table in tables
        for column in table.columns
    )
    database.close()


def _sqlite_value(value: Any) -> Any:
    if isinstance(value, int) and value > LARGEST_OF_SQLITE:
        return str(value)
    if value is None or isinstance(value, int | str):
        return value
    return json_text(value) if isinstance(value, list | dict) else plain(value)


def _datapackage(tables: list[Exported], built_at: Any) -> str:
    package = {
        "profile": "data-package",
        "name": "obmin",
        "title": "Prisoner exchanges between Ukraine and Russia",
        "description": "Figures that officials announced, each with the words it was read from and their address.",
        "created": built_at[0].isoformat(timespec="seconds") + "Z",
        "licenses": [
            {
                "name": "CC0-1.0",
                "title": "CC0 1.0 Universal, for the facts; quotes and texts are their publishers'",
                "path": "https://creativecommons.org/publicdomain/zero/1.0/",
            }
        ],
        "resources": [
            {
                "name": table.name.replace("_", "-"),
                "path": f"csv/{table.name}.csv",
                "profile": "tabular-data-resource",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "description": table.description,
                "schema": {
                    "fields": [
                        {
                            "name": column.name,
                            "type": _frictionless_type(column.kind),
                            **({"format": "any"} if column.kind == "TIMESTAMP" else {}),
                            **(
                                {"trueValues": ["True"], "falseValues": ["False"]} if column.kind == "BOOLEAN" else {}
                            ),
                            "description": column.description,
                        }
                        for column in table.columns
                    ],
                    **({"primaryKey": list(table.key)} if table.key else {}),
                    "foreignKeys": [
                        {
                            "fields": column,
                            "reference": {"resource": referenced.replace("_", "-"), "fields": column},
                        }
                        for column, referenced in table.references.items()
                    ],
                },
            }
            for table in tables
        ],
    }
    return json.dumps(package, ensure_ascii=False, indent=2) + "\n"


def _frictionless_type(kind: str) -> str:
    return "array" if kind.endswith("[]") else TYPES[kind]


def data_dictionary(tables: list[Exported]) -> str:
    """Every table and column in Markdown, with dbt's descriptions."""
    from tabulate import tabulate

    parts = ["# Data dictionary\n\nTimes are UTC, days are Kyiv's.\n"]
    for table in tables:
        rows = [(column.name, column.kind.lower(), column.description) for column in table.columns]
        parts.append(
            f"## {table.schema}.{table.table}\n\n{table.description}{_key_of(table)}\n\n"
            + tabulate(rows, ("column", "type", "what it is"), tablefmt="github")
            + "\n"
        )
    return "\n".join(parts)


def _key_of(table: Exported) -> str:
    return f" Key: {', '.join(table.key)}." if table.key else ""
