"""Which tables the lake has, and what is written of each: only rows that changed where a table grows.

One transaction over all of them is publishing.py's subject.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

import duckdb

from orchestration.lake.connection import quoted
from orchestration.warehouse.comparison import Content, content_of
from orchestration.warehouse.growing_tables import GROWING

# Of this machine's files alone: a working file elsewhere has its own.
OF_THIS_MACHINE = ("build", "lake_publication", "pages", "publication", "publication_base")
# Tables to which rows are added and never changed, with their keys.
APPEND_ONLY = {
    "announcements": ("version_id",),
    "doubts": ("doubt_id",),
    "ignored_items": ("source_id", "item_id"),
    "readings": ("version_id", "reader_version"),
    "statements": ("statement_id",),
}


class HeldTable(NamedTuple):
    """What the lake has of a table: ``hash`` and ``columns`` as in Content, as texts."""

    rows: int
    hash: str
    columns: str


@dataclass(frozen=True, slots=True)
class LocalTable:
    """A table of the working file (``raw``) or of the published copy, as attached to a connection."""

    schema: str
    name: str

    @property
    def key(self) -> tuple[str, str]:
        return self.schema, self.name

    @property
    def local(self) -> str:
        return f'{"working" if self.schema == "raw" else "copy"}.{self.schema}."{self.name}"'

    @property
    def in_lake(self) -> str:
        return f'lake.{self.schema}."{self.name}"'

    @property
    def keys(self) -> tuple[str, ...]:
        return APPEND_ONLY.get(self.name, ()) if self.schema == "raw" else ()


@dataclass(frozen=True, slots=True)
class Since:
    """What is known of the lake before a publication. ``continues``: it has the facts of the build before the last.
    ``loaded``: see `loaded_through`. ``is_untouched``: nobody wrote to it since the publication that it names.
    """

    continues: bool
    loaded: int | None
    is_untouched: bool

    def rows(self, connection: duckdb.DuckDBPyConnection, table: LocalTable, known: HeldTable) -> int:
        """The rows of a table that needs nothing."""
        return _rows(connection, table, known.rows, self)


def local_tables(connection: duckdb.DuckDBPyConnection) -> list[LocalTable]:
    """All tables that belong in the lake, of the attached databases ``working`` and ``copy``."""
    rows = connection.execute(
        "select schema_name, table_name from duckdb_tables() "
        "where (database_name = 'working' and schema_name = 'raw' and not list_contains(?, table_name)) "
        "or database_name = 'copy' order by all",
        [list(OF_THIS_MACHINE)],
    ).fetchall()
    return [LocalTable(*row) for row in rows]


def content_of_table(connection: duckdb.DuckDBPyConnection, table: LocalTable) -> HeldTable:
    """The content to compare with the lake's: of a table to which rows are only added its keys are enough."""
    if table.keys:
        keys = ", ".join(table.keys)
        row = connection.execute(
            f"select count(*), coalesce(sum(hash({keys})::hugeint), 0) from {table.local}"  # noqa: S608
        ).fetchone()
        assert row is not None
        described = connection.execute(f"describe {table.local}").fetchall()
        content = Content(int(row[0]), int(row[1]), tuple((name, kind) for name, kind, *_ in described))
    else:
        content = content_of(connection, table.local, without_texts=table.name in GROWING)
    return HeldTable(content.rows, str(content.hash), ", ".join(" ".join(column) for column in content.columns))


def loaded_through(connection: duckdb.DuckDBPyConnection, held: HeldTable | None) -> int | None:
    """The load_seq of the last announcement that the lake has, if it has just those of the working file up to there;
    ``held`` is its table of them. So what came since is known without reading the lake, where texts are far away.
    """
    if held is None or not held.rows:
        return None
    row = connection.execute(
        f"""
        select any_value(last), count(*), sum(hash({", ".join(APPEND_ONLY["announcements"])})::hugeint)
        from working.raw.announcements as announcements
        join (select load_seq as last from working.raw.announcements order by load_seq limit 1 offset $before)
            on announcements.load_seq <= last
        """,  # noqa: S608
        {"before": held.rows - 1},
    ).fetchone()
    assert row is not None
    last, *content = row
    return last if content == [held.rows, int(held.hash)] else None


def write(
    connection: duckdb.DuckDBPyConnection, table: LocalTable, held: HeldTable | None, now: HeldTable, since: Since
) -> int:
    """Bring the lake's table to the local one's content, within the caller's transaction; returns the rows that it
    has then.
    """
    if held is None or held.columns != now.columns:
        rows = _count(connection, f"create or replace table {table.in_lake} as from {table.local}")
        copy_comments(connection, table, "copy", table.in_lake)
        return rows
    if table.keys:
        added = _add(connection, table, since)
        if (rows := _rows(connection, table, held.rows + added, since)) != now.rows:  # a rebuild dropped some
            rows -= _remove_dropped(connection, table)
        return rows
    if since.continues and table.schema == "marts" and table.name in GROWING:
        return _rows(connection, table, held.rows + _replace_touched(connection, table, since), since)
    connection.execute(f"delete from {table.in_lake}")  # noqa: S608
    return _count(connection, f"insert into {table.in_lake} by name from {table.local}")


def _rows(connection: duckdb.DuckDBPyConnection, table: LocalTable, expected: int, since: Since) -> int:
    """The rows of the lake's table: those expected, or counted if another program may have written to it."""
    if since.is_untouched:
        return expected
    return _count(connection, f"select count(*) from {table.in_lake}")  # noqa: S608


def _count(connection: duckdb.DuckDBPyConnection, statement: str) -> int:
    """The number that a statement answers with: a count, or how many rows it wrote or removed."""
    row = connection.execute(statement).fetchone()
    assert row is not None
    return int(row[0])


def _add(connection: duckdb.DuckDBPyConnection, table: LocalTable, since: Since) -> int:
    """Returns the number of rows added."""
    if table.name == "announcements" and since.loaded is not None:
        new = f"from {table.local} where load_seq > {since.loaded:d}"
    else:
        new = (
            f"select held.* from {table.local} as held "  # noqa: S608
            f"anti join {table.in_lake} as known using ({', '.join(table.keys)})"
        )
    return _count(connection, f"insert into {table.in_lake} by name {new}")


def _remove_dropped(connection: duckdb.DuckDBPyConnection, table: LocalTable) -> int:
    keys = ", ".join(table.keys)
    return _count(
        connection,
        f"delete from {table.in_lake} where ({keys}) not in (select ({keys}) from {table.local})",  # noqa: S608
    )


def _replace_touched(connection: duckdb.DuckDBPyConnection, table: LocalTable, since: Since) -> int:
    """Returns by how many rows the table grew."""
    touched, keys = GROWING[table.name]
    listed, removed = ", ".join(keys), 0
    if table.name != "dim_announcements" or _may_hold(connection, touched, listed, since):
        removed = _count(
            connection,
            f"delete from {table.in_lake} where ({listed}) in (select ({listed}) from working.{touched})",  # noqa: S608
        )
    added = _count(
        connection,
        f"insert into {table.in_lake} by name "  # noqa: S608
        f"select held.* from {table.local} as held semi join working.{touched} as touched using ({listed})",
    )
    return added - removed


def _may_hold(connection: duckdb.DuckDBPyConnection, touched: str, listed: str, since: Since) -> bool:
    """Whether the lake may have a version of a touched announcement, which would have to be found there."""
    if since.loaded is None:
        return True
    row = connection.execute(
        f"select 1 from working.raw.announcements semi join working.{touched} using ({listed}) "  # noqa: S608
        "where load_seq <= ? limit 1",
        [since.loaded],
    ).fetchone()
    return row is not None


def drop_others(connection: duckdb.DuckDBPyConnection, ours: Collection[tuple[str, str]]) -> None:
    """Drop the lake's tables that this deployment does not have, as another Obmin may have written them."""
    held = connection.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = 'lake' "
        "and (schema_name, table_name) <> ('meta', 'lake')"
    ).fetchall()
    for schema, name in set(held) - set(ours):
        connection.execute(f'drop table lake."{_name(schema)}"."{_name(name)}"')


def _name(held: str) -> str:
    return held.replace('"', '""')


def copy_comments(connection: duckdb.DuckDBPyConnection, table: LocalTable, source: str, target: str) -> None:
    """Give the table named ``target`` the descriptions that it and its columns have in the database ``source``."""
    described = connection.execute(
        "select null, comment from duckdb_tables() "
        "where (database_name, schema_name, table_name) = ($database, $schema, $name) "
        "union all select column_name, comment from duckdb_columns() "
        "where (database_name, schema_name, table_name) = ($database, $schema, $name)",
        {"database": source, "schema": table.schema, "name": table.name},
    ).fetchall()
    # `comment on` takes no parameters.
    connection.execute(
        "".join(
            f"comment on {_of(target, column)} is '{quoted(comment)}';"
            for column, comment in described
            if comment is not None
        )
    )


def _of(table: str, column: str | None) -> str:
    return f"table {table}" if column is None else f'column {table}."{column}"'
