"""One SQL query of the published copy, limited in time and memory and ended by Ctrl-C.

Formatting rows is in output/formats.py; warehouse/database.py keeps SQL from reaching anything outside the file.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import duckdb
import pyarrow as pa

from orchestration.output.formats import Rows
from orchestration.warehouse.database import WarehouseError

Given = TypeVar("Given")
# DuckDB's own batch size: a batch of long texts stays within a few hundred megabytes.
ROWS_AT_ONCE = 2048
# How long DuckDB may take to stop. A few of its functions never check for an interrupt.
SECONDS_TO_STOP = 1.5
SECONDS_BETWEEN_LOOKS = 0.1
ANSWERING = ("SELECT", "EXPLAIN")
# Types whose values are the same in SQL, in Python and in text; others are selected as DuckDB's text.
PLAIN = (
    "boolean", "tinyint", "smallint", "integer", "bigint", "hugeint", "utinyint", "usmallint", "uinteger", "ubigint",
    "uhugeint", "float", "double", "decimal", "varchar", "uuid", "enum", "date", "timestamp", "list", "array",
    "struct", "map", "union", "blob", "interval", "timestamp with time zone",
)  # fmt: skip
NESTED = ("list", "array", "struct", "map", "union")


class QueryFailed(WarehouseError):
    """The query can't be answered. The message has DuckDB's own text, or names the limit."""


@dataclass(slots=True)
class Bounded:
    """Runs DuckDB's work in another thread, so that it can be stopped. ``seconds`` limits the time of all its work;
    None is no limit. Time that callers spend on the rows, for example in a pager, does not count.
    """

    connection: duckdb.DuckDBPyConnection
    seconds: float | None = None
    spent: float = field(default=0.0, init=False)

    def do(self, work: Callable[[], Given]) -> Given:
        """Return or raise what ``work`` does.

        Raises QueryFailed when time is up. A query that does not stop then ends the process, with the sentence
        printed; one that does not stop at Ctrl-C is handled in defs/stopping.py.
        """
        outcome: list[Any] = []
        is_done = threading.Event()

        def run() -> None:
            try:
                outcome.extend((work(), None))
            except BaseException as error:
                outcome.extend((None, error))
            is_done.set()

        began = time.monotonic()
        threading.Thread(target=run, daemon=True, name="query").start()
        try:
            while not is_done.wait(SECONDS_BETWEEN_LOOKS):
                if self.seconds is not None and self.spent + time.monotonic() - began > self.seconds:
                    self._stop(is_done)
                    raise QueryFailed(self._too_long())
        except KeyboardInterrupt:
            self.connection.interrupt()
            is_done.wait(SECONDS_TO_STOP)
            raise
        self.spent += time.monotonic() - began
        given, error = outcome
        if error is not None:
            raise error
        return given  # type: ignore[no-any-return]

    def _too_long(self) -> str:
        return (
            f"The query took longer than {self.seconds:g} seconds and was stopped: ask for less, or set "
            "OBMIN_SQL_SECONDS higher."
        )

    def _stop(self, is_done: threading.Event) -> None:
        self.connection.interrupt()
        if not is_done.wait(SECONDS_TO_STOP):
            print(f"Error: {self._too_long()}", file=sys.stderr, flush=True)
            os._exit(1)


@contextmanager
def answer(
    connection: duckdb.DuckDBPyConnection,
    query: str,
    parameters: dict[str, Any] | None = None,
    seconds: float | None = None,
    as_stored: bool = False,
) -> Iterator[Rows]:
    """A query's rows, under unique column names, read as they are needed. Values of types that only DuckDB has are
    its text for them, unless ``as_stored``.

    Raises QueryFailed, with DuckDB's own text, when it can't be answered; when it is not one query; and when two
    columns share a name, since a record would hold only one.
    """
    do = _in_words(Bounded(connection, seconds))
    _check_is_one_question(query)
    relation: Any = None
    reader: Any = None
    try:
        relation = do(lambda: connection.sql(query, params=parameters))
        if relation is None:
            raise QueryFailed("The warehouse can't answer that: it is a statement without rows.")
        twice = sorted(name for name, times in Counter(relation.columns).items() if times > 1)
        if twice:
            raise QueryFailed(f"Two columns of the answer are named {', '.join(twice)}; name them apart with `as`.")
        if not as_stored and not all(map(_is_plain, relation.types)):
            relation = relation.project(", ".join(map(_as_text, relation.columns, relation.types)))
        reader = do(lambda: relation.to_arrow_reader(ROWS_AT_ONCE))
        yield Rows(reader.schema, _batches(reader, do))
    finally:
        # Either keeps the file open for as long as a caller holds an error that was raised here.
        relation = None
        if reader is not None:
            reader.close()


def _batches(reader: Any, do: Callable[[Callable[[], Any]], Any]) -> Iterator[pa.RecordBatch]:
    while (batch := do(lambda: next(iter(reader), None))) is not None:
        yield batch


def _in_words(bounded: Bounded) -> Callable[[Callable[[], Given]], Given]:
    def do(work: Callable[[], Given]) -> Given:
        try:
            return bounded.do(work)
        except duckdb.OutOfMemoryException as error:
            raise QueryFailed(
                "The query needs more memory than it may have: ask for less, or set OBMIN_SQL_MEMORY higher."
            ) from error
        except (duckdb.Error, pa.ArrowException, UnicodeError, MemoryError) as error:
            raise QueryFailed(f"The warehouse can't answer that: {error}") from error

    return do


def _check_is_one_question(query: str) -> None:
    try:
        statements = duckdb.extract_statements(query)
    except (duckdb.Error, UnicodeError) as error:
        raise QueryFailed(f"The warehouse can't answer that: {error}") from error
    if not statements:
        raise QueryFailed('There is nothing to answer; ask like `obmin sql "select * from reports.by_year"`.')
    kinds = [statement.type.name for statement in statements]
    # DuckDB splits a `pivot` into two statements: its columns, then its rows.
    is_pivot = kinds == ["CREATE", "SELECT"] and "pivot" in query.lower() and ";" not in query.rstrip(" \n\t;")
    if len(kinds) > 1 and not is_pivot:
        raise QueryFailed(f"Those are {len(kinds)} statements; ask one at a time.")
    if kinds[-1] not in ANSWERING:
        raise QueryFailed(
            f"The warehouse can't answer that: it is a {kinds[-1].replace('_', ' ')} statement, and the published "
            "copy only answers questions (select, from, with, describe, show, explain)."
        )


def _as_text(name: str, kind: Any) -> str:
    quoted = '"' + name.replace('"', '""') + '"'
    return quoted if _is_plain(kind) else f"{quoted}::varchar as {quoted}"


def _is_plain(kind: Any) -> bool:
    """True when the type, and each type in a list or record, is in PLAIN."""
    if kind.id not in PLAIN:
        return False
    inner = [held for _, held in kind.children] if kind.id in NESTED else []
    return all(_is_plain(held) for held in inner if hasattr(held, "id"))
