"""State that the archive can't restore (alerts, backfill progress), saved next to the working file as JSON lines.

It is saved at each change, so that no alert is lost with a damaged or deleted working file. The working file takes
precedence: this is read only when that is missing or unreadable (damaged_file.py).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb

from orchestration.warehouse.schema import NEWEST

ALERTED = ("alerted_exchanges", "problems", "alerts", "deliveries")
NOT_IN_THE_ARCHIVE = ("source_checks", "backfill_progress", "article_failures", "lake_publication", *ALERTED)
# Names under which older files hold the tables.
FORMER = {"told_exchanges": "alerted_exchanges", "history": "backfill_progress"}
# Each table's row count and content hash, independent of the order of rows.
FINGERPRINT = " union all ".join(
    f"select '{table}' as name, count(*) as held, coalesce(sum(hash(t)::hugeint), 0) as hash from raw.{table} as t"  # noqa: S608
    for table in NOT_IN_THE_ARCHIVE
)


def keep(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Write the tables to ``path`` if they changed; the file is replaced as a whole."""
    rows = connection.execute(f"select name, held, hash::text from ({FINGERPRINT}) order by name").fetchall()  # noqa: S608
    fingerprint = json.dumps(rows)
    if _heading(path).get("fingerprint") == fingerprint:
        return
    pages = connection.execute("select count(*) from raw.pages").fetchone()
    fresh = path.with_name(f"{path.name}.new")
    with fresh.open("w", encoding="utf-8") as file:
        heading = {"version": NEWEST, "pages": pages[0] if pages else 0, "fingerprint": fingerprint}
        file.write(json.dumps(heading) + "\n")
        for table in NOT_IN_THE_ARCHIVE:
            for (row,) in connection.execute(f"select to_json(t) from raw.{table} as t").fetchall():  # noqa: S608
                file.write(f'{{"table": "{table}", "row": {row}}}\n')
    os.replace(fresh, path)


def restore(connection: duckdb.DuckDBPyConnection, path: Path, tables: Iterable[str]) -> int:
    """Insert the rows of these tables in ``path`` into empty tables; returns the number of rows.

    A damaged line is skipped: the rest is worth having. The caller compares the number with `rows_kept`.
    """
    if not path.is_file():
        return 0
    wanted = {table: _columns(connection, table) for table in tables}
    connection.execute("begin")
    try:
        restored = sum(_insert(connection, wanted, held) for held in _objects(path))
        connection.execute("commit")
        return restored
    except duckdb.Error:  # it ends the transaction; rows are inserted one by one instead
        connection.execute("rollback")
    restored = 0
    for held in _objects(path):
        with suppress(duckdb.Error):
            restored += _insert(connection, wanted, held)
    return restored


def _insert(connection: duckdb.DuckDBPyConnection, wanted: dict[str, set[str]], held: dict[str, Any]) -> int:
    table, row = held.get("table"), held.get("row")
    table = FORMER.get(table, table) if isinstance(table, str) else ""
    if table not in wanted or not isinstance(row, dict):
        return 0
    known = {name: value for name, value in row.items() if name in wanted[table]}
    names = ", ".join(f'"{name}"' for name in known)
    places = ", ".join("?" * len(known))
    connection.execute(
        f"insert into raw.{table} ({names}) values ({places}) on conflict do nothing",  # noqa: S608
        [_value(value) for value in known.values()],
    )
    return 1


def _objects(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8", errors="replace") as lines:
        yield from map(_object, lines)


def pages_behind(path: Path) -> int:
    """How many pages the working file had when this was saved."""
    pages = _heading(path).get("pages", 0)
    return pages if isinstance(pages, int) else 0


def rows_kept(path: Path, tables: Iterable[str]) -> int | None:
    """How many rows of these tables were saved; None when the heading can't be read."""
    wanted = set(tables)
    try:
        rows = json.loads(_heading(path)["fingerprint"])
        return sum(int(held) for name, held, _ in rows if FORMER.get(name, name) in wanted)
    except (KeyError, ValueError, TypeError):
        return None


def _heading(path: Path) -> dict[str, Any]:
    try:
        with path.open(encoding="utf-8", errors="replace") as lines:
            return _object(lines.readline())
    except OSError:
        return {}


def _object(line: str) -> dict[str, Any]:
    try:
        held = json.loads(line)
    except ValueError:
        return {}
    return held if isinstance(held, dict) else {}


def _columns(connection: duckdb.DuckDBPyConnection, table: str) -> set[str]:
    return {row[0] for row in connection.execute(f"describe raw.{table}").fetchall()}


def _value(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
