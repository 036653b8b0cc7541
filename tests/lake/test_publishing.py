"""Publishing to the lake: complete, only what changed, one writer, one deployment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import duckdb
import psycopg
import pytest

from orchestration.lake.connection import LakeError, open_lake
from orchestration.lake.deployment import LakeReport, catch_up_lake, lake_of, publish_to_lake
from orchestration.lake.publishing import OtherWriter, read_held
from orchestration.warehouse.attachment import attach
from orchestration.warehouse.damaged_file import RESTORED
from orchestration.warehouse.database import Warehouse
from orchestration.warehouse.reparse import reparse
from tests.support.lake_contents import differing, rows_written, waits
from tests.support.published_copies import HQ, announce_exchange, totals
from tests.support.scripted_deployment import ScriptedDeployment


def test_the_lake_has_every_table_as_it_is_here(published: ScriptedDeployment) -> None:
    assert differing(published.settings, of=()) == []
    with open_lake(lake_of(published.settings), is_read_only=True) as connection:
        assert connection.execute("select released_total from lake.marts.fct_exchanges").fetchall() == [(100,)]
        comments = connection.execute(
            "select comment from duckdb_tables() where database_name = 'lake' and table_name = 'fct_exchanges'"
        ).fetchall()
    assert comments[0][0].startswith("One row per exchange")


def test_a_second_publication_writes_only_rows_that_are_new_where_a_table_grows(grown: ScriptedDeployment) -> None:
    settings = grown.settings
    assert waits(settings)
    report = publish_to_lake(Warehouse(settings))
    assert not waits(settings)
    assert "raw.sources" not in report.rows
    assert "marts.dim_measures" not in report.rows
    # The texts: one announcement each time. Its statements and those of the facts: as many as the first had.
    for table in ("announcements", "dim_announcements"):
        assert rows_written(lake_of(settings), table) == [1, 1]
    first, second = rows_written(lake_of(settings), "fct_statements")
    assert second <= first + 2
    assert differing(settings) == []


def test_what_a_deletion_removes_is_removed_from_the_lake(grown: ScriptedDeployment) -> None:
    publish_to_lake(Warehouse(grown.settings))
    grown.delete("koordshtab_telegram", "2", "2024-02-10 16:00")
    grown.refresh()
    publish_to_lake(Warehouse(grown.settings))
    assert differing(grown.settings) == []
    assert totals(grown.settings.published) == [(100,)]


def test_a_new_version_of_an_announcement_replaces_it_in_the_lake(grown: ScriptedDeployment) -> None:
    publish_to_lake(Warehouse(grown.settings))
    corrected = "Сьогодні відбувся обмін: додому повернулися 111 захисників, серед них 1 офіцер."
    grown.announce(HQ, "2024-01-03 15:00", corrected, item="2", seen="2024-01-03 18:00")
    grown.refresh()
    publish_to_lake(Warehouse(grown.settings))
    assert differing(grown.settings) == []
    assert totals(grown.settings.published) == [(100,), (111,)]


def test_what_another_program_wrote_to_the_lake_stops_a_publication(grown: ScriptedDeployment) -> None:
    """Duplicates, which no key forbids, are noticed though a publication reads nothing of what it wrote before."""
    lake = lake_of(grown.settings)
    for table in ("raw.announcements", "marts.dim_announcements"):
        with open_lake(lake, is_read_only=False) as connection:
            connection.execute(f"insert into lake.{table} from lake.{table}")
        with pytest.raises(LakeError, match=f"The lake's {table} would have 3 rows instead of 2"):
            publish_to_lake(Warehouse(grown.settings))
        with open_lake(lake, is_read_only=False) as connection:
            rows = connection.execute(f"from lake.{table} limit 1").to_arrow_table()
            connection.execute(f"delete from lake.{table}")
            connection.execute(f"insert into lake.{table} by name from rows")
            assert rows.num_rows == 1
    # Also by a publication that has nothing for that table: the one after it would find the lake untouched.
    publish_to_lake(Warehouse(grown.settings))
    with open_lake(lake, is_read_only=False) as connection:
        connection.execute("insert into lake.raw.measures from lake.raw.measures")
    with Warehouse(grown.settings).connection() as connection:
        connection.execute("insert into raw.alerted_exchanges (exchange_id) values ('exchange-1')")
    with pytest.raises(LakeError, match=r"The lake's raw\.measures would have"):
        publish_to_lake(Warehouse(grown.settings))
    publish_to_lake(Warehouse(grown.settings), takes_over=True)
    assert differing(grown.settings, of=()) == []


def test_announcements_that_the_working_file_lost_leave_the_lake(grown: ScriptedDeployment) -> None:
    publish_to_lake(Warehouse(grown.settings))
    with Warehouse(grown.settings).connection() as connection:
        connection.execute("delete from raw.announcements where announcement_id = '1'")
        connection.execute("insert into raw.alerted_exchanges (exchange_id) values ('exchange-1')")
    announce_exchange(grown, 2)
    publish_to_lake(Warehouse(grown.settings))
    assert differing(grown.settings, of=("raw.announcements",)) == []


def test_a_lake_that_missed_publications_is_caught_up(grown: ScriptedDeployment) -> None:
    announce_exchange(grown, 2)
    grown.refresh()
    publish_to_lake(Warehouse(grown.settings))
    assert differing(grown.settings) == []


def test_two_publishers_at_once_write_nothing_twice(grown: ScriptedDeployment, tmp_path: Path) -> None:
    other = grown.copied(replace(grown.settings, data=tmp_path / "other"))
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(publish_to_lake, Warehouse(scripted.settings)) for scripted in (grown, other)]
        reports = [one.exception() or one.result() for one in waiting]
    # The same file in two folders: the second to get the lock finds the work of another deployment.
    assert sorted(map(type, reports), key=str) == sorted([LakeReport, OtherWriter], key=str)
    assert differing(grown.settings) == []


def test_another_deployment_is_refused_until_it_takes_over(
    published: ScriptedDeployment, grown: ScriptedDeployment, one_exchange: ScriptedDeployment, tmp_path: Path
) -> None:
    other = one_exchange.copied(replace(published.settings, data=tmp_path / "other"))
    with Warehouse(other.settings).connection() as connection:
        connection.execute("update raw.schema_version set file_id = 'of another deployment'")
    with pytest.raises(OtherWriter, match="Another deployment published to the lake"):
        publish_to_lake(Warehouse(other.settings))
    assert differing(published.settings) == []
    publish_to_lake(Warehouse(other.settings), takes_over=True)
    assert differing(other.settings) == []
    with pytest.raises(OtherWriter):
        publish_to_lake(Warehouse(grown.settings))


def test_a_copy_of_a_deployment_and_a_back_up_are_other_deployments(
    published: ScriptedDeployment, grown: ScriptedDeployment, tmp_path: Path
) -> None:
    """Their numbers of builds recur, so that nothing but the publication's id tells them apart."""
    publish_to_lake(Warehouse(grown.settings))
    assert published.settings.lake == grown.settings.lake
    announce_exchange(published, 3)
    published.refresh()
    with pytest.raises(OtherWriter, match="or this one did before a back-up was put back"):
        publish_to_lake(Warehouse(published.settings))
    assert differing(grown.settings) == []
    publish_to_lake(Warehouse(published.settings), takes_over=True)
    assert differing(published.settings, of=()) == []


# As a rebuild numbers readings and loads anew, another parser dates announcements, another extractor is surer.
CHANGES = (
    "update raw.readings set change_seq = change_seq + 7, read_at = read_at + interval 1 hour",
    "update raw.announcements set published_at = published_at - interval 1 day, page_id = 'another'",
    "update raw.announcements set load_seq = load_seq + 7",
    "update raw.statements set confidence = confidence / 2",
    "delete from raw.readings where reader_version = (select max(reader_version) from raw.readings)",
)


def test_rows_that_change_and_keep_their_keys_reach_the_lake(grown: ScriptedDeployment) -> None:
    """Else another machine, restored from the lake, would build other facts."""
    publish_to_lake(Warehouse(grown.settings))
    for change in CHANGES:
        with Warehouse(grown.settings).connection() as connection:
            connection.execute(change)
        publish_to_lake(Warehouse(grown.settings))
        assert differing(grown.settings, of=()) == [], change


def test_statements_of_no_reading_are_added_like_others(grown: ScriptedDeployment) -> None:
    """Those of a reviewer's decision."""
    publish_to_lake(Warehouse(grown.settings))
    before = rows_written(lake_of(grown.settings), "statements")
    with Warehouse(grown.settings).connection() as connection:
        connection.execute(
            "insert into raw.statements select * replace ('decided' as statement_id, 'decision' as reader_version) "
            "from raw.statements limit 1"
        )
    publish_to_lake(Warehouse(grown.settings))
    assert rows_written(lake_of(grown.settings), "statements") == [*before, 1]
    assert differing(grown.settings, of=()) == []


def test_a_changed_description_reaches_the_lake(published: ScriptedDeployment) -> None:
    with duckdb.connect() as connection:
        attach(connection, published.settings.published, "copy", "read_write")
        connection.execute("comment on column copy.marts.fct_exchanges.status is 'It''s said otherwise now.'")
        connection.execute("comment on column copy.marts.fct_exchanges.exchange_id is null")
    publish_to_lake(Warehouse(published.settings))
    with open_lake(lake_of(published.settings), is_read_only=True) as connection:
        comments = connection.execute(
            "select comment from duckdb_columns() where database_name = 'lake' and table_name = 'fct_exchanges' "
            "and column_name in ('status', 'exchange_id') order by column_name"
        ).fetchall()
    assert comments == [(None,), ("It's said otherwise now.",)]
    assert publish_to_lake(Warehouse(published.settings)).rows == {}


def test_a_deployment_whose_damaged_file_was_rebuilt_goes_on(published: ScriptedDeployment) -> None:
    with Warehouse(published.settings).connection():
        pass  # its state is saved beside it
    published.settings.working.write_bytes(b"damaged" * 10_000)
    report = reparse(Warehouse(published.settings), lambda _: None)
    assert any(RESTORED in sentence for sentence in report.warnings), report.warnings
    with Warehouse(published.settings).connection() as connection:
        assert connection.execute("select count(*) from raw.lake_publication").fetchone() == (1,)


def test_a_reparsed_deployment_goes_on(published: ScriptedDeployment) -> None:
    reparse(Warehouse(published.settings), lambda _: None)
    with Warehouse(published.settings).connection() as connection:
        assert connection.execute("select count(*) from raw.lake_publication").fetchone() == (1,)


def test_a_lake_that_was_emptied_is_filled_when_somebody_asks(published: ScriptedDeployment) -> None:
    lake = lake_of(published.settings)
    publish_to_lake(Warehouse(published.settings))
    with psycopg.connect(lake.catalog, autocommit=True) as session:
        session.execute("drop schema obmin_lake cascade")
    assert catch_up_lake(Warehouse(published.settings)).rows == {}  # which asks nobody
    assert publish_to_lake(Warehouse(published.settings)).rows
    assert differing(published.settings, of=()) == []
    assert publish_to_lake(Warehouse(published.settings)).rows == {}


def test_who_takes_over_leaves_no_table_of_another(published: ScriptedDeployment) -> None:
    lake = lake_of(published.settings)
    with open_lake(lake, is_read_only=False) as connection:
        connection.execute('create table lake.marts."of a ""newer"" Obmin" as select 1 as number')
    publish_to_lake(Warehouse(published.settings), takes_over=True)
    with open_lake(lake, is_read_only=True) as connection:
        assert connection.execute(
            "select count(*) from duckdb_tables() where table_name like '%newer%'"
        ).fetchone() == (0,)


def test_a_name_in_the_lake_that_is_no_table_of_ours_is_refused(published: ScriptedDeployment) -> None:
    with open_lake(lake_of(published.settings), is_read_only=False) as connection:
        connection.execute(
            "update lake.meta.lake set tables = list_transform(tables, lambda one: "
            "struct_update(one, name := 'x\"; drop table y; --'))"
        )
        with pytest.raises(LakeError, match="none of Obmin's"):
            read_held(connection)
