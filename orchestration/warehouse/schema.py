"""The schema of raw.*: the numbered files in migrations/, applied in order to new and old files alike.

Only the schema is here; opening the file is in database.py.
"""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

from scrapers.errors import ObminError

FOLDER = Path(__file__).parent / "migrations"
MIGRATIONS = {int(path.name[:4]): path for path in sorted(FOLDER.glob("[0-9][0-9][0-9][0-9]_*.sql"))}
# Version 4 is the oldest that can be upgraded: files before it stored alerts in another way.
OLDEST, NEWEST = min(MIGRATIONS), max(MIGRATIONS)
STATEMENTS = re.compile(
    r"^(create|drop|alter) table (?:if (?:not )?exists )?(raw\.\w+)(?: rename to (\w+))?", re.MULTILINE
)


class WarehouseError(ObminError):
    """The warehouse can't be used. The message is one sentence: what happened and what to do."""


class DamagedFile(WarehouseError):
    """A file is unusable: damaged, another program's, or too old. It can be rebuilt."""


def tables() -> frozenset[str]:
    """The tables of a file of the newest version, with their schema names."""
    held: set[str] = set()
    for path in MIGRATIONS.values():
        for what, table, renamed in STATEMENTS.findall(path.read_text("utf-8")):
            if what == "create":
                held.add(table)
            elif what == "drop" or renamed:
                held.remove(table)
            if renamed:
                held.add(f"raw.{renamed}")
    return frozenset(held)


TABLES = tables()


def migrate(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Migrate the connection's database to the newest version; ``path`` is for error messages.

    Each migration and its number are one transaction: if killed between two, the next start continues.

    Raises WarehouseError when the file is another program's, from a newer Obmin, too old to upgrade, or lacks tables
    of its version.
    """
    version = version_of(connection, path)
    # Files of the oldest version may lack tables added to it later, so its migration is applied to them again.
    waiting = [number for number in MIGRATIONS if number > version or number == version == OLDEST]
    for number in waiting:
        try:
            connection.execute("begin")
            connection.execute(MIGRATIONS[number].read_text("utf-8"))
            connection.execute("update raw.schema_version set version = ?", [number])
            connection.execute("commit")
        except duckdb.Error as error:
            raise WarehouseError(
                f"{path} can't be brought to version {number} ({error}). What is in it is as it was: fix the cause, "
                "then run again."
            ) from error
    check_tables(connection, path)


def check_tables(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Raises DamagedFile when a file of the newest version lacks tables."""
    if missing := TABLES - _tables_of(connection):
        raise DamagedFile(
            f"{path} is damaged: it lacks {', '.join(sorted(missing))}. Put back a back-up, or run `obmin rebuild`: "
            "it makes the file again from the archive, and keeps what was alerted."
        )


def version_of(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    """The version of a file; 0 if it is empty.

    Raises WarehouseError when the file is another program's, from a newer Obmin, or too old to upgrade.
    """
    held = _tables_of(connection)
    if not held:
        return 0
    if "raw.schema_version" not in held:
        raise DamagedFile(
            f"{path} is a DuckDB file, but none of Obmin's. Run `obmin rebuild`: everything is made again from the "
            "archive, and that file is moved aside."
        )
    row = connection.execute("select version from raw.schema_version").fetchone()
    version: int = row[0] if row else 0
    if version > NEWEST:
        raise WarehouseError(
            f"{path} was written by a newer Obmin: it has version {version}, and this one knows {NEWEST}. Upgrade "
            "this Obmin, or put back the back-up that was made before the upgrade."
        )
    if version < OLDEST:
        raise DamagedFile(
            f"{path} has version {version}, which is too old to be upgraded. Run `obmin rebuild`: everything is made "
            "again from the archive, nothing is fetched again and nothing alerted twice."
        )
    return version


def _tables_of(connection: duckdb.DuckDBPyConnection) -> set[str]:
    rows = connection.execute(
        "select schema_name || '.' || table_name from duckdb_tables() where database_name = current_database()"
    ).fetchall()
    return {name for (name,) in rows}
