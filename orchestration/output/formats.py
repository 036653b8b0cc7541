"""Writes rows as a table, CSV, JSON, Markdown or Parquet. Writing only; the caller runs the SQL, tables.py lays out
tables.

Rows are written batch by batch, so that a result of any length needs no more memory than a batch.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import IO, Any, Literal

import pyarrow as pa

from orchestration.output.cells import shown
from orchestration.output.sanitize import for_markdown_cell, for_spreadsheet
from orchestration.output.strict_json import json_text, plain
from orchestration.output.tables import Screen, Table, table_text
from scrapers.errors import ObminError

Format = Literal["table", "csv", "json", "markdown", "parquet"]
FORMATS: tuple[Format, ...] = ("table", "csv", "json", "markdown", "parquet")
A_FILE = Screen()
# A table needs all rows at once: its columns are as wide as their widest value.
MOST_ROWS_OF_A_TABLE = 10_000


class UnfitForm(ObminError):
    """The rows can't be written in the requested format. The message names a format that can hold them."""


@dataclass(frozen=True, slots=True)
class Rows:
    """A query result: the columns, and batches of rows that can be read once."""

    schema: pa.Schema
    batches: Iterable[pa.RecordBatch]

    @property
    def names(self) -> list[str]:
        return list(self.schema.names)

    def begun(self) -> Rows:
        """The same rows, with the first batch read: the query's own work is mostly done then."""
        batches = iter(self.batches)
        return Rows(self.schema, chain(list(islice(batches, 1)), batches))

    def tuples(self) -> Iterator[tuple[Any, ...]]:
        for batch in self.batches:
            yield from tuples_of(batch)


def write_rows(
    rows: Rows,
    form: Format,
    out: IO[bytes],
    ascii_only: bool = False,
    screen: Screen = A_FILE,
    by_importance: Sequence[str] | None = None,
) -> None:
    """Write rows to ``out``; text is UTF-8, or ASCII for JSON when requested, and ends with a line break. ``screen``
    and ``by_importance`` are for tables (tables.py).

    Raises UnfitForm when a table would have more than 10,000 rows, or a value has no Python form.
    """
    if form == "json":
        _write_json(rows, out, ascii_only)
    elif form == "table":
        table = Table(rows.names, _few(rows, "table"), by_importance=by_importance)
        out.write(table_text(table, screen).encode(screen.encoding, "backslashreplace"))
    else:
        WRITERS[form](rows, out)


def tuples_of(batch: pa.RecordBatch) -> list[tuple[Any, ...]]:
    """The batch's rows. Raises UnfitForm for a date or time that Python can't represent."""
    return list(zip(*map(_values, batch.schema.names, batch.columns), strict=True)) if batch.num_columns else []


def _values(name: str, column: pa.Array) -> list[Any]:
    try:
        return list(column.to_pylist())
    except (ValueError, OverflowError, NotImplementedError, TypeError) as error:
        raise UnfitForm(
            f"The column {name} holds a value that only DuckDB knows ({error}); select it as text: "
            f'"{name}"::varchar as "{name}".'
        ) from error


def csv_header(names: list[str]) -> bytes:
    """The header line of a CSV file."""
    return _csv([names])


def csv_lines(batch: pa.RecordBatch) -> bytes:
    """A batch as lines of a CSV file."""
    return _csv([_csv_value(value) for value in row] for row in tuples_of(batch))


def _csv(rows: Iterable[Iterable[Any]]) -> bytes:
    lines: list[str] = []
    # The writer quotes a text that has a character of its line end. Readers take a lone CR for one as well.
    writer = csv.writer(_Lines(lines), lineterminator="\r\n")
    writer.writerows(rows)
    return "".join(lines).encode()


class _Lines:
    """Receives lines that end with CR LF, and keeps them with LF."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def write(self, line: str) -> None:
        self._lines.append(line.removesuffix("\r\n") + "\n")


def _csv_value(value: Any) -> Any:
    """Lists and records become JSON, so that they can be read back; text is never a formula."""
    if isinstance(value, list | dict):
        return json_text(value)
    if isinstance(value, bytes | tuple):
        return plain(value)
    return for_spreadsheet(value) if isinstance(value, str) else value


def _write_csv(rows: Rows, out: IO[bytes]) -> None:
    out.write(csv_header(rows.names))
    for batch in rows.batches:
        out.write(csv_lines(batch))


def _write_json(rows: Rows, out: IO[bytes], ascii_only: bool) -> None:
    names, separator = rows.names, "["
    for batch in rows.batches:
        for row in tuples_of(batch):
            out.write(f"{separator}{json_text(dict(zip(names, row, strict=True)), ascii_only)}".encode())
            separator = ", "
    out.write(b"[]\n" if separator == "[" else b"]\n")


def _write_markdown(rows: Rows, out: IO[bytes]) -> None:
    from tabulate import tabulate

    cells = [[for_markdown_cell(shown(value)) for value in row] for row in _few(rows, "Markdown table")]
    names = [for_markdown_cell(name) for name in rows.names]
    out.write((tabulate(cells, names, tablefmt="github", disable_numparse=True) + "\n").encode())


def _few(rows: Rows, form: str) -> list[tuple[Any, ...]]:
    held: list[tuple[Any, ...]] = []
    for row in rows.tuples():
        if len(held) == MOST_ROWS_OF_A_TABLE:
            raise UnfitForm(
                f"The answer has more than {MOST_ROWS_OF_A_TABLE:,} rows, too many for a {form}: add `limit`, or "
                "take all of it with --format csv, json or parquet."
            )
        held.append(row)
    return held


def _write_parquet(rows: Rows, out: IO[bytes]) -> None:
    import pyarrow.parquet as pq

    try:
        with pq.ParquetWriter(out, rows.schema, compression="zstd") as writer:
            for batch in rows.batches:
                writer.write_batch(batch)
    except pa.ArrowNotImplementedError as error:
        raise UnfitForm(f"Parquet can't hold this answer ({error}); cast that column with ::varchar.") from error


WRITERS: dict[str, Callable[[Rows, IO[bytes]], None]] = {
    "csv": _write_csv, "markdown": _write_markdown, "parquet": _write_parquet,
}  # fmt: skip
