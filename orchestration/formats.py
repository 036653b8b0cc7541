"""Rows in the forms that people ask for: a table, CSV, JSON, Markdown, Parquet. Writing only; SQL is the caller's."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import pyarrow as pa

from orchestration.inert import for_markdown_cell, for_spreadsheet, for_terminal

Format = Literal["table", "csv", "json", "markdown", "parquet"]
FORMATS: tuple[Format, ...] = ("table", "csv", "json", "markdown", "parquet")
WIDTH_IN_A_PIPE = 200


def formatted(rows: pa.Table, form: Format) -> bytes:
    """The rows as bytes ready to be written; text is UTF-8 and ends with a line break."""
    return WRITERS[form](rows)


def plain(value: Any) -> Any:
    """A value as JSON has it: times and days in ISO 8601, UTC."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def table_text(names: list[str], rows: list[tuple[Any, ...]], title: str | None = None) -> str:
    """A table for a terminal; in a pipe, where there is no width to fit, lines stay whole."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left", title_style="bold")
    for position, name in enumerate(names):
        numeric = any(isinstance(row[position], int) for row in rows)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(shown(value)) for value in row))
    terminal = Console()
    out = Console(
        file=io.StringIO(),
        force_terminal=terminal.is_terminal,
        width=terminal.width if terminal.is_terminal else WIDTH_IN_A_PIPE,
    )
    with out.capture() as capture:
        out.print(table)
    return capture.get()


def shown(value: Any) -> str:
    """A value in a cell."""
    if value is None:
        return ""
    return for_terminal(", ".join(map(str, value)) if isinstance(value, list) else str(value))


def _tuples(rows: pa.Table) -> list[tuple[Any, ...]]:
    return list(zip(*(column.to_pylist() for column in rows.columns), strict=True)) if rows.num_columns else []


def _table(rows: pa.Table) -> bytes:
    return table_text(rows.column_names, _tuples(rows)).encode()


def _csv(rows: pa.Table) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(rows.column_names)
    writer.writerows([_csv_value(value) for value in row] for row in _tuples(rows))
    return out.getvalue().encode()


def _csv_value(value: Any) -> Any:
    """Lists and records are JSON, so that they can be read back; text is never a formula."""
    if isinstance(value, list | dict):
        return _json_text(value)
    return for_spreadsheet(value) if isinstance(value, str) else value


def _json(rows: pa.Table) -> bytes:
    return (_json_text(rows.to_pylist()) + "\n").encode()


def _json_text(value: Any) -> str:
    return json.dumps(value, default=plain, ensure_ascii=False)


def _markdown(rows: pa.Table) -> bytes:
    from tabulate import tabulate

    cells = [[for_markdown_cell(shown(value)) for value in row] for row in _tuples(rows)]
    return (tabulate(cells, rows.column_names, tablefmt="github", disable_numparse=True) + "\n").encode()


def _parquet(rows: pa.Table) -> bytes:
    import pyarrow.parquet as pq

    out = io.BytesIO()
    pq.write_table(rows, out, compression="zstd")
    return out.getvalue()


WRITERS: dict[Format, Callable[[pa.Table], bytes]] = {
    "table": _table, "csv": _csv, "json": _json, "markdown": _markdown, "parquet": _parquet,
}  # fmt: skip
