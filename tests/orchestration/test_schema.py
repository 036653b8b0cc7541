"""The schema of the working file: an old file is upgraded without loss, a new one is the same, others are refused."""

from __future__ import annotations

import json
import lzma
import re
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.settings import Settings
from orchestration.warehouse import schema
from orchestration.warehouse.database import Warehouse, WarehouseError, create_working_file
from orchestration.warehouse.schema import MIGRATIONS, NEWEST, TABLES
from tests.conftest import deployment, run
from tests.support.channel_posts import CHANNEL, OTHER, show

UPGRADES = Path(__file__).parent.parent / "upgrades"
LAYOUT = {
    "columns": "select table_name, column_name, data_type, is_nullable, column_default from duckdb_columns() "
    "where database_name = current_database() order by table_name, column_index",
    "constraints": "select table_name, constraint_text from duckdb_constraints() "
    "where database_name = current_database() order by all",
    "indexes": "select table_name, index_name, sql from duckdb_indexes() "
    "where database_name = current_database() order by all",
}  # fmt: skip


def layout(connection: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[Any, ...]]]:
    """All columns, keys and indexes of raw.*."""
    return {
        what: connection.execute(query.replace("order by", "and schema_name = 'raw' order by")).fetchall()
        for what, query in LAYOUT.items()
    }


def restore(data: Path) -> None:
    """A deployment as version 4 left it (tests/upgrades/README.md)."""
    (data / "pages").mkdir(parents=True)
    shutil.copyfile(UPGRADES / "version_4.warc.gz", data / "pages" / "2026-11.warc.gz")
    with lzma.open(UPGRADES / "version_4.duckdb.xz") as packed, (data / "working.duckdb").open("wb") as file:
        shutil.copyfileobj(packed, file)


def made(settings: Settings, *statements: str) -> None:
    """A working file made by these statements alone."""
    settings.data.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(settings.working)) as connection:
        for statement in statements:
            connection.execute(statement)


def refused(settings: Settings) -> str:
    with pytest.raises(WarehouseError) as caught, Warehouse(settings).connection():
        pass
    return str(caught.value)


def test_an_upgraded_file_has_the_schema_of_a_new_one(settings: Settings, tmp_path: Path) -> None:
    restore(settings.data)
    with Warehouse(settings).connection() as connection:
        upgraded = layout(connection)
        assert connection.execute("select version from raw.schema_version").fetchall() == [(NEWEST,)]
    with create_working_file(tmp_path / "new.duckdb") as connection:
        new = layout(connection)
    assert upgraded == new
    assert {f"raw.{column[0]}" for column in new["columns"]} == TABLES


def test_the_first_files_of_version_4_lacked_tables_and_columns(settings: Settings) -> None:
    restore(settings.data)
    with duckdb.connect(str(settings.working)) as connection:
        connection.execute("drop table raw.deliveries; drop table raw.build; create table raw.build (since bigint)")
    with Warehouse(settings).connection() as connection:
        upgraded = layout(connection)
        assert connection.execute("select count(*) from raw.alerts").fetchone() == (4,)
    with Warehouse(deployment(settings.data / "other")).connection() as connection:
        assert upgraded == layout(connection)


def test_a_deployment_of_version_4_goes_on_and_tells_nothing_twice(
    tmp_path: Path, alert_bodies: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings("sample", tmp_path / "sample", tmp_path / "archive", alert_within_days=100_000)
    restore(settings.data)
    texts = {day: f"Сьогодні відбувся обмін: вдома {90 + day} воїнів." for day in (1, 3, 5, 7)}
    posts = [{"id": day, "at": f"2024-05-{day:02} 15:00", "text": text} for day, text in texts.items()]
    show(tmp_path, CHANNEL, posts)
    show(tmp_path, OTHER, posts[:1])
    outcome, _ = run(settings)
    assert outcome.failures == []
    assert [body["id"] for body in alert_bodies] == [
        "new-exchange/exchange-2024-05-05", "problem/source president_telegram/1",
        "new-exchange/exchange-2024-05-07", "recovery/source president_telegram/1",
    ]  # fmt: skip
    outcome, _ = run(settings)
    assert (outcome.failures, outcome.has_published, len(alert_bodies)) == ([], False, 4)
    with Warehouse(settings).connection() as connection:
        assert connection.execute(
            "select source_id, month::text, is_complete from raw.backfill_progress"
        ).fetchall() == [("koordshtab_telegram", "2024-05-01", True)]
    with duckdb.connect(str(settings.published), read_only=True) as connection:
        assert connection.execute(
            "select exchange_id[-5:], released_total from marts.fct_exchanges order by 1"
        ).fetchall() == [("05-01", 91), ("05-03", 93), ("05-05", 95), ("05-07", 97)]


def test_what_was_kept_under_former_names_is_restored(settings: Settings) -> None:
    settings.data.mkdir(parents=True)
    rows = [
        {"version": 9, "pages": 0, "fingerprint": json.dumps([["history", 0, "0"], ["told_exchanges", 1, "0"]])},
        {"table": "told_exchanges", "row": {
            "exchange_id": "exchange-2024-05-05", "figures": {"released_total": 95}, "has_conflict": False,
            "is_withdrawn": False, "changes": 2,
        }},
    ]  # fmt: skip
    settings.kept_state.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    with Warehouse(settings).connection() as connection:
        found = connection.execute("select exchange_id, changes from raw.alerted_exchanges").fetchall()
    assert found == [("exchange-2024-05-05", 2)]


def test_a_migration_that_fails_leaves_the_file_as_it_was(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    restore(settings.data)
    broken = tmp_path / "broken.sql"
    broken.write_text("drop table raw.alerts; create table raw.alerts as from raw.nothing;")
    monkeypatch.setitem(MIGRATIONS, NEWEST + 1, broken)
    assert f"can't be brought to version {NEWEST + 1}" in refused(settings)
    monkeypatch.undo()
    with Warehouse(settings).connection() as connection:
        assert connection.execute("select count(*) from raw.alerts").fetchone() == (4,)


@pytest.mark.parametrize(
    ("statements", "sentence"),
    [
        (["create table recipes (name text)"], "is a DuckDB file, but none of Obmin's. Run `obmin rebuild`"),
        (["create schema raw", "create table raw.pages (page_id text)"], "is a DuckDB file, but none of Obmin's"),
        (
            ["create schema raw", "create table raw.schema_version as select 3 as version"],
            "has version 3, which is too old to be upgraded. Run `obmin rebuild`",
        ),
        (
            ["create schema raw", "create table raw.schema_version as select 9999 as version"],
            f"was written by a newer Obmin: it has version 9999, and this one knows {NEWEST}. Upgrade this Obmin",
        ),
        (
            ["create schema raw", f"create table raw.schema_version as select {NEWEST} as version"],
            "is damaged: it lacks raw.absent_items, raw.alerted_exchanges, ",
        ),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_upgraded_is_refused_and_left(
    settings: Settings, statements: list[str], sentence: str
) -> None:
    made(settings, *statements)
    before = settings.working.read_bytes()
    assert sentence in refused(settings)
    assert settings.working.read_bytes() == before


def test_each_number_is_given_once_and_none_is_left_out() -> None:
    names = sorted(path.name for path in schema.FOLDER.iterdir())
    assert all(re.fullmatch(r"\d{4}_[a-z0-9_]+\.sql", name) for name in names)
    assert [int(name[:4]) for name in names] == list(range(4, 4 + len(names)))
