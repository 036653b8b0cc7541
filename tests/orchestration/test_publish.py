"""The published copy: complete at any time, the same however it was built, with its previous copies stored."""

from __future__ import annotations

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dbt.adapters.factory import reset_adapters

from orchestration.alerts.publication import publish_news
from orchestration.settings import DBT_PROJECT
from orchestration.warehouse import build, dbt_runner
from orchestration.warehouse import extract as extraction
from orchestration.warehouse.build_stream import BuildStream
from orchestration.warehouse.database import Warehouse, WarehouseBusy, WarehouseError
from orchestration.warehouse.extract import extract
from orchestration.warehouse.load import load
from orchestration.warehouse.publish import publish
from orchestration.warehouse.watermarks import is_published
from scrapers.archive import PageArchive
from tests.conftest import deployment
from tests.support.published_copies import HQ, announce_exchange
from tests.support.scripted_deployment import ScriptedDeployment, utc

READERS, REFRESHES = 4, 3
# Opens, queries and closes until the file `stop` exists; prints inconsistencies, and how often it read.
READER = """
import os, pathlib, sys, duckdb
os.nice(19)  # readers at full speed would leave the pipeline a tenth of a small machine
published, stop = sys.argv[1:]
read, seen = 0, set()
while not pathlib.Path(stop).exists():
    with duckdb.connect(published, read_only=True) as connection:
        exchanges, total, persons, statements, arrived = connection.execute('''
            select count(*), sum(released_total),
                (select sum(persons) from marts.fct_released_personnel where parent_branch is null),
                (select count(*) from marts.fct_statements where measure = 'released_total' and verdict = 'stands'),
                (select arrived from meta.about)
            from marts.fct_exchanges''').fetchone()
    if not (total == persons and exchanges == statements == arrived):
        print('inconsistent', exchanges, total, persons, statements, arrived)
    read += 1
    seen.add(exchanges)
print('read', read, 'saw', len(seen))
"""


@pytest.fixture
def scripted(one_exchange: ScriptedDeployment, tmp_path: Path) -> ScriptedDeployment:
    """A deployment with one published exchange, of 100 people."""
    return one_exchange.copied(deployment(tmp_path))


def test_readers_are_never_refused_and_never_see_half_a_run(scripted: ScriptedDeployment, tmp_path: Path) -> None:
    stop = tmp_path / "stop"
    command = [sys.executable, "-c", READER, str(scripted.settings.published), str(stop)]
    readers = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for _ in range(READERS)]
    try:
        for day in range(1, REFRESHES + 1):
            announce_exchange(scripted, day)
            scripted.refresh()
    finally:
        stop.touch()
        sentence = [reader.communicate()[0].decode().split() for reader in readers]
    assert [words[0] for words in sentence] == ["read"] * READERS, sentence
    # Each reader saw the file change many times.
    assert all(int(words[1]) > REFRESHES and int(words[3]) > REFRESHES / 2 for words in sentence), sentence
    assert scripted.rows("select count(*) from marts.fct_exchanges") == [(REFRESHES + 1,)]


def test_only_tables_that_changed_are_written_again(built: ScriptedDeployment) -> None:
    """A comment shows which tables are the base's; dim_mediators differs from the working file and is mended."""
    tables = ("fct_exchanges", "dim_measures", "dim_mediators")
    with closing(duckdb.connect(str(built.settings.base))) as base:
        for table in tables:
            base.execute(f"comment on table marts.{table} is 'of the base'")
        base.execute("update marts.dim_mediators set mediator = 'nobody' where mediator = 'uae'")
    built.publish()
    of_base = built.rows("select table_name from duckdb_tables() where comment = 'of the base'")
    assert of_base == [("dim_measures",)]
    assert built.rows("select count(*) from marts.dim_mediators where mediator = 'uae'") == [(1,)]


def test_a_copy_continued_is_the_copy_made_whole(built: ScriptedDeployment) -> None:
    built.publish()
    post = built.announce(HQ, "2024-05-05 15:00", "Сьогодні відбувся обмін: додому повернулися 77 захисників.")
    built.refresh()
    built.announce(
        HQ, "2024-05-05 15:00", "Сьогодні відбувся обмін: додому повернулися 78 захисників.",
        item=post, seen="2024-05-05 15:30",
    )  # fmt: skip
    built.refresh()
    facts = built.facts()
    built.settings.published.unlink()
    built.refresh()
    assert built.facts() == facts
    assert len(facts["dim_announcements"]) == 4


def test_what_is_published_already_is_not_published_again(scripted: ScriptedDeployment) -> None:
    announce_exchange(scripted, 1)
    scripted.read()
    scripted.build_facts()
    first = publish_news(Warehouse(scripted.settings), "first")
    about = scripted.rows("from meta.about")
    again = publish_news(Warehouse(scripted.settings), "again")
    assert scripted.rows("from meta.about") == about
    assert len(first.new) == 1
    assert again == replace(first, new=[])
    # A copy that somebody else wrote to is published anew.
    scripted.settings.published.unlink()
    publish_news(Warehouse(scripted.settings), "repaired")
    assert scripted.rows("from meta.about") != about


def test_a_month_without_a_number_is_no_zero(tmp_path: Path) -> None:
    scripted = ScriptedDeployment(deployment(tmp_path))
    scripted.announce(HQ, "2025-05-06 12:00", "Сьогодні відбувся обмін: додому повернулися 205 захисників.")
    for day in ("2025-05-20", "2025-06-09"):
        scripted.announce(HQ, f"{day} 12:00", "Сьогодні відбувся обмін. Повертаються поранені. Число не називаємо.")
    scripted.read()
    scripted.build_facts()
    assert scripted.publish().released_by_month == {date(2025, 5, 1): 205, date(2025, 6, 1): None}


def compressions(copy: Path, column: str) -> set[str]:
    """How DuckDB compresses a column of dim_announcements."""
    with duckdb.connect(str(copy), read_only=True) as connection:
        found = connection.execute(
            "select compression from pragma_storage_info('marts.dim_announcements') "
            "where column_name = ? and segment_type = 'VARCHAR'",
            [column],
        ).fetchall()
    return {compression for (compression,) in found}


def test_texts_are_compressed_also_on_a_copy_of_an_older_format(scripted: ScriptedDeployment) -> None:
    long = " ".join(f"Виставку картин відвідали {number * 7} гостей, зала номер {number}." for number in range(200))
    for hour in range(10, 20):
        scripted.announce(HQ, f"2024-04-01 {hour}:00", f"{hour} година. {long}")
    scripted.refresh()
    assert compressions(scripted.settings.published, "text") == {"ZSTD"}
    older = scripted.settings.data / "older.duckdb"
    with duckdb.connect() as connection:
        connection.execute(f"attach '{scripted.settings.base}' as newer (read_only)")
        connection.execute(f"attach '{older}' as older (storage_version 'v1.0.0')")
        connection.execute("copy from database newer to older")
    assert "ZSTD" not in compressions(older, "text")
    older.replace(scripted.settings.base)
    announce_exchange(scripted, 1)
    scripted.refresh()
    assert scripted.rows("select count(*) from marts.dim_announcements") == [(12,)]
    assert scripted.rows("select count(*) from marts.fct_exchanges") == [(2,)]


def test_an_edit_loaded_after_the_extraction_waits_for_the_next_build(scripted: ScriptedDeployment) -> None:
    def total() -> object:
        return scripted.rows("select released_total from marts.fct_exchanges where exchanged_on = '2024-05-05'")

    first, edited = (f"Сьогодні відбувся обмін: додому повернулися {count} захисників." for count in (77, 78))
    post = scripted.announce(HQ, "2024-05-05 15:00", first)
    scripted.read()
    scripted.announce(HQ, "2024-05-05 15:00", edited, item=post, seen="2024-05-05 16:00")
    report = build.build(Warehouse(scripted.settings))
    assert (report.failures, report.unextracted) == ([], 1)
    publish(Warehouse(scripted.settings), "test")
    assert total() == [(77,)]
    with Warehouse(scripted.settings).connection() as connection:
        assert not is_published(connection, scripted.settings)
    scripted.refresh()
    assert total() == [(78,)]
    with Warehouse(scripted.settings).connection() as connection:
        assert is_published(connection, scripted.settings)


def test_a_build_refuses_while_an_extraction_is_unfinished(scripted: ScriptedDeployment) -> None:
    announce_exchange(scripted, 1)
    scripted.read()
    for state in (
        "delete from raw.readers",  # as after a reparse
        "update raw.readings set reader_version = 'an earlier one'; delete from raw.readers",
        "update raw.readers set read_through = read_through - 1",  # killed between two batches
    ):
        with Warehouse(scripted.settings).connection() as connection:
            connection.execute(state)
        with pytest.raises(
            WarehouseError, match=r"announcements are not read yet; run `obmin extract`, then build\."
        ):
            build.build(Warehouse(scripted.settings))
        scripted.extract()
        with Warehouse(scripted.settings).connection() as connection:
            assert not extraction.unread(connection).unfinished
    scripted.refresh()
    assert scripted.rows("select count(*) from marts.fct_exchanges") == [(2,)]


@pytest.mark.parametrize("stopped_after", [1, 2, 3])
def test_an_extraction_that_is_stopped_anywhere_loses_nothing(
    scripted: ScriptedDeployment, monkeypatch: pytest.MonkeyPatch, stopped_after: int
) -> None:
    for day in (1, 2):
        announce_exchange(scripted, day)
    stored: list[str] = []

    def stop(connection: duckdb.DuckDBPyConnection, readings: list[Any], version: str) -> None:
        if len(stored) == stopped_after:
            raise KeyboardInterrupt
        store(connection, readings, version)
        stored.append(version)

    store = extraction._store
    with monkeypatch.context() as patched:
        patched.setattr(extraction, "BATCH", 1)
        patched.setattr(extraction, "_store", stop)
        patched.setattr(extraction, "EVERYTHING_IS_READ", "select error('stopped here'), $1")
        with (
            pytest.raises((KeyboardInterrupt, duckdb.Error)),
            Warehouse(scripted.settings).connection() as connection,
        ):
            extract(connection, ())
    with pytest.raises(WarehouseError, match="are not read yet"):
        build.build(Warehouse(scripted.settings))
    scripted.refresh()
    assert scripted.rows("select count(*) from marts.fct_exchanges") == [(3,)]


def test_threads_wait_for_each_other_like_processes(scripted: ScriptedDeployment) -> None:
    warehouse = Warehouse(scripted.settings, lock_timeout=0)
    with warehouse.writing(), ThreadPoolExecutor(1) as threads, pytest.raises(WarehouseBusy):
        threads.submit(lambda: warehouse.writing().__enter__()).result()


def test_queries_are_cancelled_before_dbt_has_a_connection() -> None:
    reset_adapters()
    dbt_runner.cancel_queries()


def test_a_build_waits_for_another_writer_and_says_so(scripted: ScriptedDeployment) -> None:
    with Warehouse(scripted.settings).writing(), pytest.raises(WarehouseBusy, match="Another run is writing"):
        list(BuildStream(Warehouse(scripted.settings, lock_timeout=0)))


def test_a_query_whose_connection_is_being_closed_needs_no_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = duckdb.connect()
    connection.close()

    class Adapter:
        @staticmethod
        def cancel_open_connections() -> None:
            connection.cursor().interrupt()  # as dbt-duckdb does

    with pytest.raises(duckdb.ConnectionException):
        Adapter.cancel_open_connections()
    monkeypatch.setattr("dbt.adapters.factory.get_adapter_by_type", lambda _: Adapter)
    dbt_runner.cancel_queries()


def test_events_of_a_build_are_passed_on_while_it_runs(scripted: ScriptedDeployment) -> None:
    announce_exchange(scripted, 1)
    scripted.read()
    stream = BuildStream(Warehouse(scripted.settings))
    with closing(iter(stream)) as events:
        first = (next(events), stream.report.models)
    # The consumer stopped: the build has ended, is no failed one to look into, and the file is free.
    assert list(scripted.settings.failed.glob("*")) == []
    with Warehouse(scripted.settings, lock_timeout=0).connection():
        pass
    again = BuildStream(Warehouse(scripted.settings))
    tables = {event.message.data.node_info.node_name: event.rows for event in again if event.rows is not None}
    assert first[1] == 0
    assert again.report.models == len(tables)
    assert (again.report.failures, tables["fct_exchanges"]) == ([], 2)


def test_what_is_loaded_between_build_and_publication_is_the_next_builds(built: ScriptedDeployment) -> None:
    announce_exchange(built, 2)
    built.publish()
    assert built.rows("select count(*) from marts.fct_exchanges") == [(2,)]
    with Warehouse(built.settings).connection() as connection:
        assert not is_published(connection, built.settings)
    built.refresh()
    assert built.rows("select count(*) from marts.fct_exchanges") == [(3,)]


def test_tables_of_the_rules_are_built_again_when_the_rules_are_loaded_anew(scripted: ScriptedDeployment) -> None:
    def built() -> set[str]:
        stream = BuildStream(Warehouse(scripted.settings))
        return {event.message.data.node_info.node_name for event in stream if event.rows is not None}

    announce_exchange(scripted, 1)
    scripted.read()
    assert "fct_exchanges" in (incremental := built())
    of_rules = {
        "dim_sources",
        "dim_measures",
        "dim_mediators",
        "dim_verdicts",
        "dim_service_branches",
        "int_precedence",
    }
    assert incremental & of_rules == set()
    # As after an upgrade that renamed a publisher: a build came before the load that brings the new name.
    with Warehouse(scripted.settings).connection() as connection:
        connection.execute("update raw.sources set publisher = 'Renamed' where source_id = 'koordshtab_telegram'")
    assert built() >= of_rules
    publish(Warehouse(scripted.settings), "test")
    publisher = "select publisher from marts.dim_sources where source_id = 'koordshtab_telegram'"
    assert scripted.rows(publisher) == [("Renamed",)]
    with Warehouse(scripted.settings).connection() as connection:
        load(connection, PageArchive(scripted.settings.pages))
        assert not is_published(connection, scripted.settings)
    scripted.refresh()
    assert scripted.rows(publisher) != [("Renamed",)]
    # As after a new version whose build failed its tests, and the return to the version before.
    with Warehouse(scripted.settings).connection() as connection:
        connection.execute("update raw.build set rules = 'of the rejected version'")
        connection.execute("update marts.dim_sources set publisher = 'Rejected'")
    announce_exchange(scripted, 2)
    scripted.refresh()
    assert scripted.rows("select count(*) from marts.dim_sources where publisher = 'Rejected'") == [(0,)]


def test_the_copy_says_what_it_was_made_from(tmp_path: Path) -> None:
    scripted = ScriptedDeployment(deployment(tmp_path))
    announce_exchange(scripted, 0)
    with duckdb.connect(str(scripted.settings.working)) as connection:
        connection.execute(
            "insert into raw.source_checks values (?, ?, ?, true, null, null)",
            [HQ, utc("2024-01-01 13:05"), utc("2024-01-01 13:05")],
        )
    scripted.refresh()
    ((run_id, duckdb_version, sources),) = scripted.rows("select run_id, duckdb_version, sources from meta.about")
    assert (run_id, duckdb_version) == ("test", duckdb.__version__)
    assert sources == [{"source_id": HQ, "last_success_at": utc("2024-01-01 13:05")}]


def test_the_copy_describes_its_tables_their_columns_and_keys(scripted: ScriptedDeployment) -> None:
    undescribed = "select table_name, column_name from duckdb_columns() where schema_name in ('marts', 'reports', 'meta') and {}"
    assert scripted.rows(undescribed.format("coalesce(comment, '') = ''")) == []
    assert scripted.rows(undescribed.format("comment like '%{{%'")) == []
    of_table = dict(scripted.rows("select table_name, comment from duckdb_tables() where schema_name = 'marts'"))
    assert [table for table, comment in of_table.items() if " Key: " not in comment] == []
    assert of_table["fct_exchanges"].endswith(" Key: exchange_id.")
    assert of_table["fct_released_personnel"].endswith(
        " Key: exchange_id, category_kind, service_branch, parent_branch."
    )


def test_a_failed_build_moves_nothing_and_keeps_what_it_made(
    scripted: ScriptedDeployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = scripted.settings.published.read_bytes()
    project = tmp_path / "dbt_project"
    shutil.copytree(DBT_PROJECT, project, ignore=shutil.ignore_patterns("target"))
    (project / "tests" / "a_law.sql").write_text(
        "select exchange_id from {{ ref('fct_exchanges') }} where officers = 1\n"
    )
    monkeypatch.setattr(dbt_runner, "DBT_PROJECT", project)
    monkeypatch.setattr(dbt_runner, "MANIFEST", project / "target" / "manifest.json")
    announce_exchange(scripted, 1)
    with pytest.raises(AssertionError, match="a_law failed for 1 row"):
        scripted.refresh()
    with pytest.raises(WarehouseError, match="The last build failed"):
        publish_news(Warehouse(scripted.settings), "by hand")
    assert scripted.settings.published.read_bytes() == before
    (folder,) = scripted.settings.failed.iterdir()
    assert (folder / "failures.txt").read_text() == (
        "dbt test a_law failed for 1 row: exchange_id exchange-2024-01-03\n"
    )
    assert {path.name for path in folder.iterdir()} == {"failures.txt", "working.duckdb"}
    with duckdb.connect(str(folder / "working.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*) from marts.fct_exchanges").fetchone() == (2,)
