"""Reading the lake from other machines: the pulled copy, time travel, a role that may only read, readers beside
publications, and tidying.
"""

from __future__ import annotations

import fcntl
import os
import select
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Event

import duckdb
import psycopg
import pytest
from click.testing import CliRunner

from orchestration.cli.main import main
from orchestration.lake.connection import LakeError, LakeUnreachable, open_lake
from orchestration.lake.deployment import lake_of, publish_to_lake
from orchestration.lake.own_process import in_own_process
from orchestration.lake.publishing import read_held
from orchestration.lake.pull import WrongTime, pull
from orchestration.lake.restoring import restore_from_lake
from orchestration.lake.tidying import tidy
from orchestration.lake.writer_lock import has_catalog
from orchestration.lake_address import Lake
from orchestration.output.output_file import UnusableOutput
from orchestration.queries.answers import EXCHANGES
from orchestration.settings import Settings
from orchestration.warehouse.database import Warehouse, WarehouseError, reading
from tests.conftest import deployment
from tests.support.lake_contents import end_lock
from tests.support.lake_servers import LakeServers
from tests.support.published_copies import HQ, totals
from tests.support.scripted_deployment import ScriptedDeployment


@pytest.fixture
def reader(lake: Lake, tmp_path: Path) -> Settings:
    """The settings of a machine that only reads."""
    return replace(deployment(tmp_path / "reader"), lake=lake)


def test_the_pulled_copy_is_the_published_one(published: ScriptedDeployment, reader: Settings) -> None:
    pulled = pull(reader)
    assert (pulled.path, pulled.exchanges, pulled.is_proved) == (reader.published, 1, True)
    with duckdb.connect() as connection:
        for name, settings in (("ours", published.settings), ("theirs", reader)):
            connection.execute(f"attach '{settings.published}' as {name} (read_only)")
        of_both = connection.execute(
            "select schema_name, table_name, comment, column_count, count(*) from duckdb_tables() "
            "where database_name in ('ours', 'theirs') group by all"
        ).fetchall()
        assert {number for *_, number in of_both} == {2}
        for schema, table, *_ in of_both:
            difference = f"(from ours.{schema}.{table} except all from theirs.{schema}.{table})"
            assert connection.execute(f"select count(*) from {difference}").fetchone() == (0,), table
    with reading(reader.published) as connection:
        assert len(connection.execute(EXCHANGES, {"year": None}).fetchall()) == 1


def test_a_pull_replaces_the_copy_before_and_never_one_that_is_built_here(
    grown: ScriptedDeployment, reader: Settings
) -> None:
    pull(reader)
    publish_to_lake(Warehouse(grown.settings))
    pull(reader)
    assert totals(reader.published) == [(100,), (101,)]
    with pytest.raises(WarehouseError, match="builds its own copy"):
        pull(grown.settings)


def test_the_lake_as_it_was(grown: ScriptedDeployment, reader: Settings, tmp_path: Path) -> None:
    between = datetime.now(UTC).isoformat()
    publish_to_lake(Warehouse(grown.settings))
    assert totals(pull(reader, tmp_path / "now.duckdb").path) == [(100,), (101,)]
    assert totals(pull(reader, tmp_path / "then.duckdb", between).path) == [(100,)]
    # The end of a day to come: as it is now.
    assert totals(pull(reader, tmp_path / "day.duckdb", "2100-01-01").path) == [(100,), (101,)]
    with pytest.raises(LakeUnreachable, match="no snapshot as old as that"):
        pull(reader, tmp_path / "old.duckdb", "2022-02-24")
    for wrong in ("yesterday", "2026-13-01", "9999-12-31", "", "'; drop"):
        with pytest.raises(WrongTime, match="is no time"):
            pull(reader, tmp_path / "wrong.duckdb", wrong)
    assert sorted(path.name for path in tmp_path.glob("*.duckdb")) == ["day.duckdb", "now.duckdb", "then.duckdb"]


def test_an_empty_lake_has_nothing_to_pull(servers: LakeServers, reader: Settings) -> None:
    lake = servers.new_lake("empty")
    with open_lake(lake, is_read_only=False):
        pass  # creates the catalog
    with pytest.raises(LakeError, match="The lake is empty"):
        pull(replace(reader, lake=lake))
    assert not reader.published.exists()


def test_a_table_that_someone_changed_is_not_pulled(published: ScriptedDeployment, reader: Settings) -> None:
    with open_lake(lake_of(reader), is_read_only=False) as connection:
        connection.execute("update lake.marts.fct_exchanges set released_total = 999")
    with pytest.raises(LakeError, match="fct_exchanges is not what was written to it"):
        pull(reader)
    assert not reader.published.exists()
    publish_to_lake(Warehouse(published.settings), takes_over=True)
    pull(reader)
    assert totals(reader.published) == [(100,)]


def test_a_role_that_may_only_read_can_pull_and_change_nothing(grown: ScriptedDeployment, reader: Settings) -> None:
    lake = lake_of(grown.settings)
    role = f"analyst_{abs(hash(lake.data))}"
    with psycopg.connect(lake.catalog, autocommit=True) as session:
        # As docs/lake.md says.
        session.execute(f"create role {role} login".encode())
        session.execute(f"grant usage on schema obmin_lake to {role}".encode())
        session.execute(f"grant select on all tables in schema obmin_lake to {role}".encode())
    of_role = replace(reader, lake=replace(lake, catalog=lake.catalog.replace("user=postgres", f"user={role}")))
    assert pull(of_role).exchanges == 1
    with pytest.raises(LakeUnreachable, match="permission denied"):
        publish_to_lake(Warehouse(replace(grown.settings, lake=of_role.lake)))
    with pytest.raises(LakeUnreachable), open_lake(lake_of(of_role), is_read_only=False) as connection:
        connection.execute("delete from lake.marts.fct_exchanges")
    assert pull(of_role).exchanges == 1


def test_a_store_key_that_may_only_read_can_pull_and_change_nothing(
    grown: ScriptedDeployment, reader: Settings, servers: LakeServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = servers.new_key("analyst", ("s3:GetObject", "s3:ListBucket"))
    with servers.checked_keys():
        for name, value in key.items():
            monkeypatch.setenv(name, value)
        files = servers.files(lake_of(reader))
        assert pull(reader).exchanges == 1
        with pytest.raises(LakeUnreachable) as refused:
            publish_to_lake(Warehouse(grown.settings))
        assert key["AWS_SECRET_ACCESS_KEY"] not in str(refused.value)
        assert "403" in str(refused.value)
        with (
            pytest.raises(LakeUnreachable, match="403"),
            open_lake(lake_of(reader), is_read_only=False) as connection,
        ):
            connection.execute("update lake.marts.fct_exchanges set released_total = 999")
        assert servers.files(lake_of(reader)) == files
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "guessed")
        with pytest.raises(LakeUnreachable, match="403"):
            pull(reader)


def test_readers_beside_publications_see_one_publication_each(published: ScriptedDeployment, lake: Lake) -> None:
    publications, start = 10, Barrier(5)

    def read() -> set[str]:
        """The ids of the publications seen; all that a transaction reads is of one."""
        seen = set()
        with open_lake(lake, is_read_only=True) as connection:
            for _ in range(publications):
                start.wait()
                for _ in range(3):
                    seen.add(read_once(connection))
        return seen

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read) for _ in range(4)]
        for number in range(publications):
            with Warehouse(published.settings).connection() as connection:
                connection.execute("insert into raw.problems (cause) values (?)", [f"source {number}"])
                connection.execute("delete from raw.alerted_exchanges")
                if number % 2:
                    connection.execute("insert into raw.alerted_exchanges (exchange_id) values ('exchange-1')")
            start.wait()
            publish_to_lake(Warehouse(published.settings))
        seen = set.union(*(reader.result() for reader in readers))
    assert len(seen) > publications / 2


def read_once(connection: duckdb.DuckDBPyConnection) -> str:
    connection.execute("begin")
    held = read_held(connection)
    assert held is not None
    for table in (("raw", "problems"), ("raw", "alerted_exchanges")):
        rows = connection.execute(f"select count(*) from lake.{'.'.join(table)}").fetchone()
        assert rows == (held.tables[table].rows,)
    connection.execute("commit")
    return held.publication_id


def test_a_tidied_lake_still_has_the_state_of_the_oldest_day_that_is_kept(
    grown: ScriptedDeployment, reader: Settings, tmp_path: Path
) -> None:
    """Published 40 and 10 days ago: 20 days ago the lake was what the older one left."""
    publish_to_lake(Warehouse(grown.settings))
    with psycopg.connect(lake_of(reader).catalog, autocommit=True) as session:
        session.execute("update obmin_lake.ducklake_snapshot set snapshot_time = snapshot_time - interval '40 days'")
        session.execute(
            "update obmin_lake.ducklake_snapshot set snapshot_time = snapshot_time + interval '30 days' "
            "where snapshot_id = (select max(snapshot_id) from obmin_lake.ducklake_snapshot)"
        )
    tidy(lake_of(reader))
    then = (datetime.now(UTC) - timedelta(days=20)).isoformat()
    assert totals(pull(reader, tmp_path / "then.duckdb", then).path) == [(100,)]
    assert totals(pull(reader, tmp_path / "now.duckdb").path) == [(100,), (101,)]


def test_tidying_keeps_what_is_held_and_removes_what_is_not(
    grown: ScriptedDeployment, servers: LakeServers, reader: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_to_lake(Warehouse(grown.settings))
    lake = lake_of(reader)
    before = len(servers.files(lake))
    kept = tidy(lake)
    assert (kept.snapshots, kept.orphans) == (0, 0)
    monkeypatch.setattr("orchestration.lake.tidying.READER_HOURS", 0)
    tidied = tidy(lake, days=0)
    assert tidied.snapshots > 0
    assert tidied.files_removed > 0
    assert len(servers.files(lake)) < before
    assert pull(reader).is_proved
    assert totals(reader.published) == [(100,), (101,)]


def test_tidying_that_lost_its_lock_stops(
    grown: ScriptedDeployment, servers: LakeServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A publication that begins meanwhile would lose its files."""
    lake = lake_of(grown.settings)
    publish_to_lake(Warehouse(grown.settings))
    before = servers.files(lake)
    monkeypatch.setattr("orchestration.lake.tidying.READER_HOURS", 0)

    def end_lock_first(*_: object) -> str:
        end_lock(lake)
        return "2000-01-01"

    with monkeypatch.context() as patched:
        patched.setattr("orchestration.lake.tidying._oldest_kept", end_lock_first)
        with pytest.raises(LakeUnreachable, match="ended the connection that held the lake's lock"):
            tidy(lake, days=0)
    assert servers.files(lake) == before


@pytest.mark.parametrize("table", ["raw.announcements", "marts.dim_announcements"])
def test_no_forged_text_or_time_is_taken_from_the_lake(
    published: ScriptedDeployment, reader: Settings, table: str
) -> None:
    take = restore_from_lake if table.startswith("raw.") else pull
    for column, forged in (("text", "'forged'"), ("title", "'forged'"), ("published_at", "now()::timestamp")):
        with open_lake(lake_of(reader), is_read_only=False) as connection:
            (held,) = connection.execute(f"select {column} from lake.{table}").fetchall()
            connection.execute(f"update lake.{table} set {column} = {forged}")
        with pytest.raises(LakeError, match=f"The lake's {table} is not what was written to it"):
            take(reader)
        with open_lake(lake_of(reader), is_read_only=False) as connection:
            connection.execute(f"update lake.{table} set {column} = ?", held)
    assert not reader.working.exists()
    assert not reader.published.exists()
    take(reader)


def test_a_text_that_was_reverted_to_is_proved(grown: ScriptedDeployment, reader: Settings) -> None:
    """Its version's id is the hash of more than its text."""
    first = "Сьогодні відбувся обмін: додому повернулися 101 захисник."
    for hour, text in enumerate((first, f"{first} Оновлено.", first, f"{first} Оновлено.", first)):
        grown.announce(HQ, "2024-03-05 15:00", text, item="77", seen=f"2024-03-05 {16 + hour}:00")
    grown.refresh()
    publish_to_lake(Warehouse(grown.settings))
    assert pull(reader).is_proved
    assert restore_from_lake(replace(reader, data=reader.data / "other")).announcements == 7


def test_a_pull_writes_over_none_of_obmins_own_files(grown: ScriptedDeployment) -> None:
    before = grown.settings.working.read_bytes()
    other_profiles = grown.settings.data.parent / "live" / "working.duckdb"
    for own in (grown.settings.working, grown.settings.published, grown.settings.data / "new.duckdb", other_profiles):
        with pytest.raises(UnusableOutput, match="lies in Obmin's own data"):
            pull(grown.settings, own)
    assert grown.settings.working.read_bytes() == before


def test_the_commands_say_what_they_took_from_the_lake(
    published: ScriptedDeployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = lake_of(published.settings)
    for name, value in (("OBMIN_LAKE", lake.catalog), ("OBMIN_LAKE_DATA", lake.data), ("OBMIN_DATA", str(tmp_path))):
        monkeypatch.setenv(name, value)
    for command, said in (
        (["pull"], "1 exchanges in"), (["restore", "--from-lake"], "1 versions of announcements and"),
        (["lake", "tidy"], "Expired: 0 snapshots."),
    ):  # fmt: skip
        result = CliRunner().invoke(main, command)
        assert (result.exit_code, said in result.stdout) == (0, True), result.output
        assert command == ["lake", "tidy"] or "the content of every table is proved" in result.stdout
    result = CliRunner().invoke(main, ["restore", "--from-lake"])
    assert result.exit_code == 1
    assert "There is a working file already" in result.stderr


def test_two_pulls_of_one_file_do_not_mix(published: ScriptedDeployment, reader: Settings, tmp_path: Path) -> None:
    folder = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)  # as the other pull does
    with pytest.raises(LakeError, match="wait until it has ended"):
        pull(reader, tmp_path / "copy.duckdb")
    os.close(folder)
    assert pull(reader, tmp_path / "copy.duckdb").exchanges == 1
    assert [path.name for path in tmp_path.glob("copy*")] == ["copy.duckdb"]


def test_where_nothing_was_published_nothing_is_made(servers: LakeServers, reader: Settings) -> None:
    lake = servers.new_lake("never_published")
    settings = replace(reader, lake=lake)
    for use in (lambda: pull(settings), lambda: restore_from_lake(settings), lambda: tidy(lake)):
        with pytest.raises(LakeError, match="The lake is empty: nothing was published to it yet"):
            use()
    assert not has_catalog(lake)


def test_without_the_libraries_a_sentence_says_how_to_install_them(
    reader: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    for use in (lambda: pull(reader), lambda: tidy(lake_of(reader))):
        with pytest.raises(LakeError, match="--extra lake"):
            use()


def test_another_place_than_the_catalogs_is_said_in_our_words(published: ScriptedDeployment) -> None:
    lake = replace(lake_of(published.settings), data="s3://obmin/elsewhere/")
    with pytest.raises(LakeUnreachable, match="its files are in another place than OBMIN_LAKE_DATA says") as raised:
        tidy(lake)
    assert "OVERRIDE" not in str(raised.value)


def test_a_process_that_ends_by_itself_is_one_sentence() -> None:
    assert in_own_process(len, "four") == 4
    with pytest.raises(LakeUnreachable, match="PostgreSQL may have been restarted"):
        in_own_process(os.abort)
    with pytest.raises(WrongTime, match="'soon' is no time"):
        in_own_process(_raise_wrong_time)


WAIT_FOR_EVER = """
from orchestration.lake.own_process import in_own_process
from tests.lake.test_reading import tell_and_wait
in_own_process(tell_and_wait)
"""


def tell_and_wait() -> None:
    print(os.getpid(), flush=True)
    Event().wait()


def test_a_process_ends_with_the_command_that_began_it() -> None:
    """Else a stopped `obmin lake tidy` would hold the lake's lock, and a killed pull replace a file later."""
    command = subprocess.Popen([sys.executable, "-c", WAIT_FOR_EVER], stdout=subprocess.PIPE)
    assert command.stdout is not None
    ends = os.pidfd_open(int(command.stdout.readline()))
    command.kill()
    command.wait()
    assert select.select([ends], [], [], 60)[0] == [ends]
    os.close(ends)


def _raise_wrong_time() -> None:
    raise WrongTime("'soon' is no time")
