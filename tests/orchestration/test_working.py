"""The working file itself: a newer Obmin adds its tables to an older file. What goes into them is tested elsewhere."""

from __future__ import annotations

from orchestration.settings import Settings
from orchestration.warehouse.working import TABLES, working_file

MADE = "select table_name from duckdb_tables() where schema_name = 'raw'"


def test_a_table_that_was_added_since_is_made_beside_what_is_held(settings: Settings) -> None:
    with working_file(settings) as connection:
        assert {f"raw.{name}" for (name,) in connection.execute(MADE).fetchall()} == TABLES
        connection.execute("insert into raw.readers values ('a reader', 7)")
        connection.execute("drop table raw.deliveries")
    with working_file(settings) as connection:
        assert connection.execute("from raw.deliveries").fetchall() == []
        assert connection.execute("select read_through from raw.readers").fetchall() == [(7,)]
