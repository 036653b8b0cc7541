"""A Datasette plugin: no query of `obmin browse` makes a value larger than any of ours, which would fill the memory.

Time is limited by Datasette's own setting, in cli/browse.py.
"""

import sqlite3

from datasette import hookimpl

LARGEST_VALUE = 10_000_000  # bytes


@hookimpl  # type: ignore[untyped-decorator]
def prepare_connection(conn: sqlite3.Connection) -> None:
    conn.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_VALUE)
