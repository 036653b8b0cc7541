"""State that the archive can't restore (alerts, backfill progress), saved next to the working file as JSON lines.

It is saved at each change, so that no alert is lost with a damaged or deleted working file. The working file takes
precedence: this is read only when that is missing or unreadable (damaged_file.py). Its first line also tells how many
pages the working file was made from, so that a rebuild can tell how many are lost.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from orchestration.warehouse.schema import NEWEST

ALERTED = ("alerted_exchanges", "problems", "alerts", "deliveries")
NOT_IN_THE_ARCHIVE = ("source_checks", "backfill_progress", "article_failures", "lake_publication", *ALERTED)
# What the first line has of a working file that was lost, until the new one has all its pages.
LOST_FILE = "lost_file"
# Names under which older files hold the tables.
FORMER = {"told_exchanges": "alerted_exchanges", "history": "backfill_progress"}
# Each table's row count and content hash, independent of the order of rows.
FINGERPRINT = " union all ".join(
    f"select '{table}' as name, count(*) as held, coalesce(sum(hash(t)::hugeint), 0) as hash from raw.{table} as t"  # noqa: S608
    for table in NOT_IN_THE_ARCHIVE
)


@dataclass(frozen=True, slots=True)
class PagesBehind:
    """How many pages a working file was made from, and when the newest was fetched (UTC); later ones are others."""

    count: int = 0
    newest: str | None = None

    @classmethod
    def written(cls, held: Any) -> PagesBehind:
        """Those of the saved state, or none: the state may be damaged, or older than this record of it."""
        count, newest = (held.get("pages"), held.get("newest")) if isinstance(held, dict) else (0, None)
        return cls(count if isinstance(count, int) else 0, newest if isinstance(newest, str) else None)

    def missing_in(self, connection: duckdb.DuckDBPyConnection, *tables: str) -> int:
        """How many of them are in none of these tables of pages."""
        if not self.count:
            return 0
        places = " union ".join(
            f"select archive_file, archive_offset, url, fetched_at from {table} "  # noqa: S608
            "where coalesce(fetched_at <= try_cast($1 as timestamp), true)"
            for table in tables
        )
        row = connection.execute(f"select count(*) from ({places})", [self.newest]).fetchone()  # noqa: S608
        return max(0, self.count - (row[0] if row else 0))


def keep(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Write the tables to ``path`` if they or the pages changed; the file is replaced as a whole."""
    rows = connection.execute(f"select name, held, hash::text from ({FINGERPRINT}) order by name").fetchall()  # noqa: S608
    before, lost = _heading(path), pages_of_lost_file(path)
    missing = lost.missing_in(connection, "raw.pages")
    row = connection.execute(
        "select count(*), greatest(max(fetched_at), try_cast($1 as timestamp))::text from raw.pages",
        [lost.newest if missing else None],
    ).fetchone()
    assert row is not None
    heading = {
        "version": NEWEST, "pages": row[0] + missing, "newest": row[1], "fingerprint": json.dumps(rows),
        **({LOST_FILE: before[LOST_FILE]} if missing else {}),
    }  # fmt: skip
    if heading == before:
        return
    held = [json.dumps(heading)]
    for table in NOT_IN_THE_ARCHIVE:
        for (of_table,) in connection.execute(f"select to_json(t) from raw.{table} as t").fetchall():  # noqa: S608
            held.append(f'{{"table": "{table}", "row": {of_table}}}')
    _write(path, "".join(f"{line}\n" for line in held).encode())


def note_lost_file(path: Path) -> None:
    """Before a working file is made where one was: its pages stay expected until the new file has them all."""
    heading = _heading(path)
    if pages_behind(path).count:
        _write_heading(path, heading | {LOST_FILE: {"pages": heading["pages"], "newest": heading.get("newest")}})


def forget_lost_file(path: Path) -> None:
    """What the archive still has was read again: no other pages are expected any more."""
    heading = _heading(path)
    if LOST_FILE in heading:
        del heading[LOST_FILE]
        _write_heading(path, heading)


def _write_heading(path: Path, heading: dict[str, Any]) -> None:
    _write(path, json.dumps(heading).encode() + b"\n" + path.read_bytes().partition(b"\n")[2])


def _write(path: Path, content: bytes) -> None:
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_bytes(content)
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


def pages_behind(path: Path) -> PagesBehind:
    """The pages that the working file had when this was saved, with those that it lacked of a lost one before it."""
    return PagesBehind.written(_heading(path))


def pages_of_lost_file(path: Path) -> PagesBehind:
    """The pages of a lost working file, as long as the one that was made in its place lacks some of them."""
    return PagesBehind.written(_heading(path).get(LOST_FILE))


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
