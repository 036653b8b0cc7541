"""Publishing to the lake: complete, only what changed, one writer, and a lake that is down, slow or half written."""

from __future__ import annotations

import os
import pickle
import select
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb
import psycopg
import pytest

from orchestration.lake.connection import LONGEST_REASON, LakeError, LakeUnreachable, open_lake, without_secrets
from orchestration.lake.deployment import LakeReport, catch_up_lake, lake_of, lake_waits, publish_to_lake
from orchestration.lake.publishing import OtherWriter, Request, UncertainCommit, as_json, publish, read_held
from orchestration.lake.pull import pull
from orchestration.lake.tidying import tidy
from orchestration.lake.writer_lock import writer_lock
from orchestration.lake_address import Lake
from orchestration.settings import Settings
from orchestration.warehouse.attachment import attach
from orchestration.warehouse.comparison import content_of
from orchestration.warehouse.damaged_file import RESTORED
from orchestration.warehouse.database import Warehouse
from orchestration.warehouse.reparse import reparse
from tests.support.lake_servers import LakeServers, held_store
from tests.support.published_copies import HQ, announce_exchange, totals
from tests.support.scripted_deployment import ScriptedDeployment

PASSWORD = "p4Zq-secret"


def waits(settings: Settings) -> bool:
    with Warehouse(settings).connection() as connection:
        return lake_waits(connection, settings)


# Those that announcing one more exchange changes.
CHANGING = (
    "raw.alerted_exchanges", "raw.announcements", "raw.doubts", "raw.readings", "raw.statements",
    "marts.dim_announcements", "marts.fct_exchanges", "marts.fct_figures", "marts.fct_statements",
)  # fmt: skip


def differing(settings: Settings, of: Collection[str] = CHANGING) -> list[str]:
    """The tables of the working file and of the published copy that are missing in the lake, or differ; ``of`` none
    are all.
    """
    with open_lake(lake_of(settings), is_read_only=True) as connection:
        attach(connection, settings.working, "working", "read_only")
        attach(connection, settings.published, "copy", "read_only")
        tables = connection.execute(
            "select database_name, schema_name || '.' || table_name from duckdb_tables() "
            "where database_name = 'copy' or (database_name = 'working' and schema_name = 'raw' and table_name not in "
            "('build', 'lake_publication', 'pages', 'publication', 'publication_base')) order by all"
        ).fetchall()
        held = {
            name
            for (name,) in connection.execute(
                "select schema_name || '.' || table_name from duckdb_tables() where database_name = 'lake'"
            ).fetchall()
        }
        assert len(tables) > 40
        return [
            name
            for database, name in tables
            if (not of or name in of)
            and (
                name not in held
                or content_of(connection, f"{database}.{name}") != content_of(connection, f"lake.{name}")
            )
        ]


def rows_written(lake: Lake, table: str) -> list[int]:
    """How many rows each data file of a table has, in the order in which they were written."""
    with psycopg.connect(lake.catalog) as session:
        return [
            rows
            for (rows,) in session.execute(
                "select record_count from obmin_lake.ducklake_data_file join obmin_lake.ducklake_table "
                "using (table_id) where table_name = %s and ducklake_table.end_snapshot is null order by data_file_id",
                [table],
            ).fetchall()
        ]


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


def test_publications_that_fail_before_they_commit_leave_no_note(grown: ScriptedDeployment) -> None:
    lost = replace(grown.settings, lake=replace(lake_of(grown.settings), catalog="host=127.0.0.1 port=9 dbname=lake"))
    for _ in range(2):
        with pytest.raises(LakeUnreachable):
            publish_to_lake(Warehouse(lost))
    with Warehouse(grown.settings).connection() as connection:
        assert connection.execute("select count(*) from raw.lake_publication").fetchone() == (1,)


def test_a_reparsed_deployment_goes_on(published: ScriptedDeployment) -> None:
    reparse(Warehouse(published.settings), lambda _: None)
    with Warehouse(published.settings).connection() as connection:
        assert connection.execute("select count(*) from raw.lake_publication").fetchone() == (1,)


def test_a_publication_that_committed_and_was_killed_before_it_was_noted(grown: ScriptedDeployment) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("orchestration.lake.deployment.note_lake", raise_killed)
        with pytest.raises(KeyboardInterrupt):
            publish_to_lake(Warehouse(grown.settings))
    assert waits(grown.settings)
    announce_exchange(grown, 3)
    grown.refresh()
    publish_to_lake(Warehouse(grown.settings))
    assert differing(grown.settings) == []
    assert not waits(grown.settings)


def raise_killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_publication_that_lost_its_lock_writes_nothing(
    grown: ScriptedDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a tidying beside it could remove the files that it is about to commit."""
    lake = lake_of(grown.settings)
    before = published_id(lake)

    def end_lock(*_: object) -> None:
        with psycopg.connect(lake.catalog, autocommit=True) as session:
            ended = session.execute(
                "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' "
                "and database = (select oid from pg_database where datname = current_database())"
            ).fetchall()
        assert ended == [(True,)]

    monkeypatch.setattr("orchestration.lake.publishing.drop_others", end_lock)
    request = Request(
        lake, str(grown.settings.working), str(grown.settings.published), str(grown.settings.reviews), "new", [before]
    )
    with pytest.raises(LakeUnreachable, match="ended the connection that held the lake's lock: nothing was written"):
        publish(request)
    assert published_id(lake) == before


def test_an_error_after_the_commit_does_not_pass_for_one_before_it(
    grown: ScriptedDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the note would go, and the deployment be refused its own lake: PostgreSQL may be restarted just then."""
    lake, settings = lake_of(grown.settings), grown.settings

    @contextmanager
    def ending(lake: Lake) -> Iterator[Callable[[], None]]:
        with writer_lock(lake) as check_lock:
            yield check_lock
        raise LakeUnreachable("The server went away.")

    monkeypatch.setattr("orchestration.lake.publishing.writer_lock", ending)
    request = Request(
        lake, str(settings.working), str(settings.published), str(settings.reviews), "new", [published_id(lake)]
    )
    with pytest.raises(UncertainCommit, match="The server went away"):
        publish(request)
    assert published_id(lake) == "new"


def published_id(lake: Lake) -> str:
    with open_lake(lake, is_read_only=True) as connection:
        held = read_held(connection)
    assert held is not None
    return held.publication_id


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


def test_a_publication_that_is_killed_leaves_the_lake_as_it_was_and_its_files_to_tidy(
    grown: ScriptedDeployment, servers: LakeServers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = grown.settings
    before = pull(settings, tmp_path / "before.duckdb")
    request = Request(
        lake_of(settings),
        str(settings.working),
        str(settings.published),
        str(settings.reviews),
        "new",
        [before.publication_id],
    )
    with held_store(servers, puts=3) as (address, is_held), pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL", address)
        child = subprocess.Popen([sys.executable, "-m", "orchestration.lake.publishing"], stdin=subprocess.PIPE)
        assert child.stdin is not None
        child.stdin.write(f"{as_json(request)}\n".encode())
        child.stdin.flush()
        assert is_held.wait(60)
        child.kill()
        child.wait()
    assert pull(settings, tmp_path / "after.duckdb").publication_id == before.publication_id
    assert totals(tmp_path / "after.duckdb") == [(100,)]
    files = set(servers.files(lake_of(settings)))
    assert tidy(lake_of(settings)).orphans == 0  # as young as those of a publication that runs
    monkeypatch.setattr("orchestration.lake.tidying.READER_HOURS", 0)
    assert tidy(lake_of(settings)).orphans == 3
    assert len(files - set(servers.files(lake_of(settings)))) == 3
    publish_to_lake(Warehouse(settings))
    assert differing(settings) == []


PUBLISH = """
import pickle, sys
from orchestration.lake.deployment import publish_to_lake
from orchestration.warehouse.database import Warehouse
publish_to_lake(Warehouse(pickle.load(sys.stdin.buffer)))
"""


def test_a_publication_ends_with_the_run_that_began_it(grown: ScriptedDeployment, servers: LakeServers) -> None:
    """Else it would hold the working file and the lake's lock while the store is slow, and the next run would fail."""
    with held_store(servers, puts=1) as (address, is_held), pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL", address)
        run = subprocess.Popen([sys.executable, "-c", PUBLISH], stdin=subprocess.PIPE)
        assert run.stdin is not None
        run.stdin.write(pickle.dumps(grown.settings))
        run.stdin.close()
        assert is_held.wait(60)
        (publication,) = Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split()
        publication_ends = os.pidfd_open(int(publication))
        run.kill()
        run.wait()
        assert select.select([publication_ends], [], [], 60)[0] == [publication_ends]
        os.close(publication_ends)
    publish_to_lake(Warehouse(grown.settings))
    assert differing(grown.settings) == []


def test_a_store_that_never_answers_is_given_up_and_caught_up_later(
    grown: ScriptedDeployment, servers: LakeServers
) -> None:
    lake = lake_of(grown.settings)
    slow = replace(grown.settings, lake=replace(lake, seconds=6))
    with held_store(servers, puts=1) as (address, _), pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL", address)
        with pytest.raises(LakeUnreachable, match="more than the 6 seconds of OBMIN_LAKE_SECONDS"):
            publish_to_lake(Warehouse(slow))
    assert waits(grown.settings)
    publish_to_lake(Warehouse(grown.settings))
    assert differing(grown.settings) == []


def test_a_lock_that_stays_held_is_waited_for_and_no_longer(published: ScriptedDeployment) -> None:
    lake = lake_of(published.settings)
    with writer_lock(lake), pytest.raises(LakeUnreachable, match="Another process has written to the lake"):
        with writer_lock(lake, wait_seconds=1):
            raise AssertionError("two hold the lock")


@pytest.mark.parametrize(
    "broken",
    [
        {"OBMIN": "host=127.0.0.1 port=9 user=obmin dbname=lake"},
        {"OBMIN": "postgresql://obmin@127.0.0.1:9/lake"},
        {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"},
    ],
    ids=["catalog", "catalog as a web address", "store"],
)
def test_what_is_down_is_one_sentence_without_a_secret(
    broken: dict[str, str], grown: ScriptedDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = grown.settings
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    if "OBMIN" in broken:
        settings = replace(settings, lake=replace(lake_of(settings), catalog=broken["OBMIN"]))
    else:
        monkeypatch.setenv("AWS_ENDPOINT_URL", broken["AWS_ENDPOINT_URL"])
    with pytest.raises(LakeError) as raised:
        publish_to_lake(Warehouse(settings))
    message = str(raised.value)
    assert message.startswith("The lake")
    assert "\n" not in message
    assert "Traceback" not in message
    assert PASSWORD not in message
    assert "k9Xw-secret" not in message


def test_a_secret_that_stands_where_a_long_reason_is_cut_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    said = without_secrets("x" * (LONGEST_REASON - 4) + PASSWORD)
    assert PASSWORD[:4] not in said
    assert said.endswith("…")


def test_a_name_in_the_lake_that_is_no_table_of_ours_is_refused(published: ScriptedDeployment) -> None:
    with open_lake(lake_of(published.settings), is_read_only=False) as connection:
        connection.execute(
            "update lake.meta.lake set tables = list_transform(tables, lambda one: "
            "struct_update(one, name := 'x\"; drop table y; --'))"
        )
        with pytest.raises(LakeError, match="none of Obmin's"):
            read_held(connection)


def test_without_its_libraries_the_sentence_says_what_to_install(
    published: ScriptedDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.lake.connection.find_spec", lambda name: None)
    with pytest.raises(LakeError, match="--extra lake"), open_lake(lake_of(published.settings), True):
        pass
