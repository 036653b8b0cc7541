"""Which tables the lake has, and what is written of each: only rows that changed where a table grows.

One transaction over all of them is publishing.py's subject.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import duckdb

from orchestration.lake.connection import quoted
from orchestration.warehouse.comparison import Content, columns_of, content
from orchestration.warehouse.growing_tables import GROWING

# Of this machine's files alone: a working file elsewhere has its own.
OF_THIS_MACHINE = ("build", "lake_publication", "pages", "publication", "publication_base")
# Raw tables that grow with every announcement, with their keys: as a rule rows are only added, but a rebuild numbers
# them anew, and a better parser may date an announcement otherwise.
APPENDED = {
    "announcements": ("version_id",),
    "doubts": ("doubt_id",),
    "ignored_items": ("source_id", "item_id"),
    "readings": ("version_id", "reader_version"),
    "statements": ("statement_id",),
}
# Tables whose texts are left out of the hash: a version's id is a hash of its text, which a reader checks (proof.py).
WITH_TEXTS = ("announcements", "dim_announcements")


class HeldTable(NamedTuple):
    """What the lake has of a table: ``hash`` and ``columns`` as in Content, as texts; ``described`` is a hash of its
    descriptions, "" for one without.
    """

    rows: int
    hash: str
    columns: str
    described: str = ""

    def has_rows_of(self, other: HeldTable) -> bool:
        return (self.rows, self.hash, self.columns) == (other.rows, other.hash, other.columns)


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
        return APPENDED.get(self.name, ()) if self.schema == "raw" else ()


@dataclass(frozen=True, slots=True)
class Since:
    """What is known of the lake before a publication. ``continues``: it has the facts of the build before the last.
    ``loaded`` and ``read``: the last load_seq of announcements and change_seq of readings that it has, see
    `known_through`. ``is_untouched``: nobody wrote to it since the publication that it names.
    """

    continues: bool
    loaded: int | None
    read: int | None
    is_untouched: bool

    def rows(self, connection: duckdb.DuckDBPyConnection, table: LocalTable, expected: int) -> int:
        """The rows of the lake's table: those expected, or counted if another program may have written to it."""
        if self.is_untouched:
            return expected
        return _count(connection, f"select count(*) from {table.in_lake}")  # noqa: S608


def local_tables(connection: duckdb.DuckDBPyConnection) -> list[LocalTable]:
    """All tables that belong in the lake, of the attached databases ``working`` and ``copy``."""
    rows = connection.execute(
        "select schema_name, table_name from duckdb_tables() "
        "where (database_name = 'working' and schema_name = 'raw' and not list_contains(?, table_name)) "
        "or database_name = 'copy' order by all",
        [list(OF_THIS_MACHINE)],
    ).fetchall()
    return [LocalTable(*row) for row in rows]


def content_of_table(connection: duckdb.DuckDBPyConnection, table: LocalTable, name: str | None = None) -> HeldTable:
    """The content to compare with the lake's; ``name``, ready for SQL, where the table is attached elsewhere."""
    columns = columns_of(connection, name or table.local, without_texts=table.name in WITH_TEXTS)
    return _held(content(connection, name or table.local, columns))


def _held(found: Content) -> HeldTable:
    return HeldTable(found.rows, str(found.hash), ", ".join(" ".join(column) for column in found.columns))


def descriptions(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], str]:
    """A hash of the descriptions of each table of the copy that has any, with those of its columns."""
    rows = connection.execute(
        """
        select schema_name, table_name, md5(string_agg(described, chr(0) order by described)) from (
            select schema_name, table_name, comment as described from duckdb_tables() where database_name = 'copy'
            union all
            select schema_name, table_name, column_name || chr(1) || comment from duckdb_columns()
            where database_name = 'copy'
        )
        where described is not null
        group by all
        """
    ).fetchall()
    return {(schema, name): described for schema, name, described in rows}


def known_through(
    connection: duckdb.DuckDBPyConnection, table: LocalTable, number: str, held: HeldTable | None
) -> int | None:
    """The ``number`` (a column) of the last row that the lake has, if it has just the local rows up to there, by what
    it ``held``. So what came since is known without reading the lake, where texts are far away.
    """
    if held is None or not held.rows:
        return None
    last = connection.execute(
        f"select {number} from {table.local} order by {number} limit 1 offset ?",  # noqa: S608
        [held.rows - 1],
    ).fetchone()
    if last is None:
        return None
    columns = columns_of(connection, table.local, without_texts=table.name in WITH_TEXTS)
    through = content(connection, f"(from {table.local} where {number} <= {last[0]:d})", columns)
    return int(last[0]) if _held(through).has_rows_of(held) else None


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
    if held.described != now.described:
        _remove_comments(connection, table)
        copy_comments(connection, table, "copy", table.in_lake)
    if held.has_rows_of(now):
        return since.rows(connection, table, now.rows)
    if table.keys and (added := _add(connection, table, held, now, since)) is not None:
        return since.rows(connection, table, held.rows + added)
    if since.continues and table.schema == "marts" and table.name in GROWING:
        return since.rows(connection, table, held.rows + _replace_touched(connection, table, since))
    connection.execute(f"delete from {table.in_lake}")  # noqa: S608
    return _count(connection, f"insert into {table.in_lake} by name from {table.local}")


def _count(connection: duckdb.DuckDBPyConnection, statement: str) -> int:
    """The number that a statement answers with: a count, or how many rows it wrote or removed."""
    row = connection.execute(statement).fetchone()
    assert row is not None
    return int(row[0])


def _add(
    connection: duckdb.DuckDBPyConnection, table: LocalTable, held: HeldTable, now: HeldTable, since: Since
) -> int | None:
    """Add the new rows, and return their number; None, and nothing is added, where that is not all that changed."""
    columns = columns_of(connection, table.local, without_texts=table.name in WITH_TEXTS)
    for query in _new_rows(table, since):
        found = content(connection, f"({query})", columns)
        if (held.rows + found.rows, int(held.hash) + found.hash) == (now.rows, int(now.hash)):
            return _count(connection, f"insert into {table.in_lake} by name from ({query})")
    return None


def _new_rows(table: LocalTable, since: Since) -> Iterator[str]:
    """Queries for the rows that the lake lacks: as far as their numbers tell, without reading the lake; by their
    keys. That they are all is for the caller to check.
    """
    if table.name == "announcements" and since.loaded is not None:
        yield f"from {table.local} where load_seq > {since.loaded:d}"
    if table.name == "readings" and since.read is not None:
        yield f"from {table.local} where change_seq > {since.read:d}"
    if table.name in ("doubts", "statements") and since.read is not None:
        yield (
            f"select held.* from {table.local} as held semi join "  # noqa: S608
            f"(from working.raw.readings where change_seq > {since.read:d}) as readings "
            "using (version_id, reader_version)"
        )
    yield (
        f"select held.* from {table.local} as held "  # noqa: S608
        f"anti join {table.in_lake} as known using ({', '.join(table.keys)})"
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


def _remove_comments(connection: duckdb.DuckDBPyConnection, table: LocalTable) -> None:
    """Remove the descriptions of the lake's columns that the local table's columns do not have."""
    rows = connection.execute(
        "select column_name from duckdb_columns() as lake where (database_name, schema_name, table_name) = "
        "('lake', $schema, $name) and comment is not null and not exists (from duckdb_columns() as local "
        "where local.database_name = 'copy' and local.comment is not null and (local.schema_name, local.table_name, "
        "local.column_name) = (lake.schema_name, lake.table_name, lake.column_name))",
        {"schema": table.schema, "name": table.name},
    ).fetchall()
    connection.execute("".join(f"comment on {_of(table.in_lake, column)} is null;" for (column,) in rows))


def _of(table: str, column: str | None) -> str:
    return f"table {table}" if column is None else f'column {table}."{column}"'
