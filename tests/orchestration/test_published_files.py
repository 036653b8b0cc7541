"""The files of a publication: what fails, dies or is changed by people costs neither the copy nor the ones before it."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.warehouse import publish as publishing
from orchestration.warehouse.database import Warehouse, WarehouseError
from orchestration.warehouse.publish import publish
from orchestration.warehouse.watermarks import is_published, published_through
from tests.conftest import deployment
from tests.support.published_copies import FALSE_TOTALS, FALSE_WORDS, announce_exchange, copies, harm, totals
from tests.support.scripted_deployment import ScriptedDeployment


@pytest.fixture
def scripted(one_exchange: ScriptedDeployment, tmp_path: Path) -> ScriptedDeployment:
    """A deployment with one published exchange, of 100 people."""
    return one_exchange.copied(deployment(tmp_path))


def test_the_last_three_copies_are_kept(scripted: ScriptedDeployment) -> None:
    for run in range(1, 5):
        publish(Warehouse(scripted.settings), f"run {run}")
    runs = []
    for copy in [*sorted(scripted.settings.previous.iterdir()), scripted.settings.published]:
        with duckdb.connect(str(copy), read_only=True) as connection:
            runs += connection.execute("select run_id from meta.about").fetchone() or ()
    assert runs == ["run 1", "run 2", "run 3", "run 4"]


def test_what_people_do_to_their_copy_reaches_no_other(built: ScriptedDeployment, tmp_path: Path) -> None:
    built.publish()
    texts = built.rows("select text, deleted_at from marts.dim_announcements order by 1")
    harm(built, FALSE_TOTALS)
    harm(built, FALSE_WORDS)
    harm(built, "insert into marts.fct_exchanges (exchange_id) values ('exchange-of-a-killed-client')", "killed")
    wal = tmp_path / "sample" / "obmin.duckdb.wal"
    assert wal.exists()
    with Warehouse(built.settings).connection() as connection:
        assert not is_published(connection, built.settings)
    built.refresh()  # with nothing new
    assert not wal.exists()
    assert totals(built.settings.published) == [(100,), (101,)]
    assert built.rows("select text, deleted_at from marts.dim_announcements order by 1") == texts
    with Warehouse(built.settings).connection() as connection:
        assert is_published(connection, built.settings)
    harm(built, FALSE_TOTALS)
    announce_exchange(built, 2)
    built.refresh()
    assert totals(built.settings.published) == [(100,), (101,), (102,)]
    assert copies(built) == [[(100,)], [(100,), (101,)], [(100,), (101,)]]
    files = [built.settings.published, built.settings.base, *built.settings.previous.iterdir()]
    assert [path.stat().st_nlink for path in files] == [1] * 5
    assert [oct(path.stat().st_mode)[-3:] for path in files] == ["444", "600", "444", "444", "444"]


def test_a_base_that_broke_or_is_of_another_time_is_left_aside(scripted: ScriptedDeployment, tmp_path: Path) -> None:
    kept = tmp_path / "back-up.duckdb"
    shutil.copy(scripted.settings.working, kept)
    announce_exchange(scripted, 1)
    scripted.refresh()
    held = bytearray(scripted.settings.base.read_bytes())
    for place in range(12_288 + 4_000, len(held), 262_144):  # breaks the checksum of each DuckDB block
        held[place] ^= 0xFF
    scripted.settings.base.write_bytes(held)
    announce_exchange(scripted, 2)
    scripted.refresh()
    assert totals(scripted.settings.published) == [(100,), (101,), (102,)]
    # The back-up has one exchange; the next one is not the one that the base has under the same numbers.
    shutil.copy(kept, scripted.settings.working)
    for day in (3, 4):
        announce_exchange(scripted, day)
        scripted.refresh()
    assert totals(scripted.settings.published) == [(100,), (103,), (104,)]
    with duckdb.connect(str(scripted.settings.base)) as connection:
        connection.execute("delete from marts.fct_statements")  # its recorded state stays
    announce_exchange(scripted, 5)
    scripted.refresh()
    assert totals(scripted.settings.published) == [(100,), (103,), (104,), (105,)]
    assert scripted.rows("select count(distinct url) from marts.fct_statements") == [(4,)]


def without_roots_rights(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read-only can't be written to, as for any user but root."""

    def copied(source: Path, target: Path) -> None:
        if Path(target).exists() and not Path(target).stat().st_mode & 0o200:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(target))
        copy(source, target)

    copy = shutil.copyfile
    monkeypatch.setattr(publishing.shutil, "copyfile", copied)


@pytest.mark.parametrize("step", ["note_base", "_differing", "note_publication", "swap", "tidy"])
def test_a_publication_that_is_killed_anywhere_is_made_up_for(
    built: ScriptedDeployment, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(publishing, step, killed)
        with pytest.raises(KeyboardInterrupt):
            built.publish()
    seen = [(100,), (101,)] if step == "tidy" else [(100,)]
    assert totals(built.settings.published) == seen
    announce_exchange(built, 2)
    built.refresh()
    assert totals(built.settings.published) == [(100,), (101,), (102,)]
    assert copies(built) == ([[(100,)], seen] if step == "tidy" else [seen])


@pytest.mark.parametrize("step", ["_differing", "swap"])
def test_what_a_killed_publication_made_after_people_changed_their_copy_is_no_previous_one(
    built: ScriptedDeployment, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    harm(built, FALSE_TOTALS)
    with monkeypatch.context() as patch:
        patch.setattr(publishing, step, killed)
        with pytest.raises(KeyboardInterrupt):
            built.publish()
    built.refresh()
    assert totals(built.settings.published) == [(100,), (101,)]
    assert copies(built) == [[(100,)]]


def test_a_working_file_that_knows_of_no_publication_costs_no_previous_copy(scripted: ScriptedDeployment) -> None:
    """As after `obmin rebuild`."""
    with Warehouse(scripted.settings).connection() as connection:
        connection.execute("delete from raw.publication")
        connection.execute("delete from raw.publication_base")
    announce_exchange(scripted, 1)
    scripted.refresh()
    assert totals(scripted.settings.published) == [(100,), (101,)]
    assert copies(scripted) == [[(100,)]]


@pytest.mark.parametrize("error", [duckdb.IOException, duckdb.TransactionException])
def test_a_disk_that_fails_while_the_base_is_written_is_named(
    built: ScriptedDeployment, monkeypatch: pytest.MonkeyPatch, error: type[duckdb.Error]
) -> None:
    def full(*_: object) -> None:
        raise error("CHECKPOINT failed.\nOriginal error: no room on the disk")

    with monkeypatch.context() as patch:
        patch.setattr(publishing, "_fill", full)
        with pytest.raises(WarehouseError, match=r"no room on the disk.*is as it was; fix that, then run again"):
            built.publish()
    assert totals(built.settings.published) == [(100,)]


def test_what_is_published_late_is_listed_as_new(built: ScriptedDeployment, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))

    harm(built, "insert into marts.fct_exchanges (exchange_id) values ('exchange-of-nobody')")
    with monkeypatch.context() as patch:
        patch.setattr(publishing, "note_base", lambda *_: full(Path(), Path()))
        with pytest.raises(WarehouseError, match="No space left on device"):
            built.publish()
    published = built.publish()
    assert [exchange["exchange_id"] for exchange in published.new] == ["exchange-2024-01-03"]


def test_a_second_attempt_leaves_the_previous_copy(
    built: ScriptedDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_once(*given: Any) -> None:
        monkeypatch.setattr(publishing, "note_publication", note)
        raise duckdb.IOException("No space left on device")

    note = publishing.note_publication
    without_roots_rights(monkeypatch)
    monkeypatch.setattr(publishing, "note_publication", full_once)
    built.publish()
    assert totals(built.settings.published) == [(100,), (101,)]
    assert copies(built) == [[(100,)]]


def test_a_disk_that_stays_full_after_people_changed_their_copy_is_no_end(
    built: ScriptedDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    without_roots_rights(monkeypatch)
    harm(built, FALSE_TOTALS)
    for _ in range(2):
        with monkeypatch.context() as patch:
            patch.setattr(publishing, "_fill", full)
            with pytest.raises(WarehouseError, match="No space left on device"):
                built.publish()
        assert copies(built) == [[(100,)]]
    built.refresh()
    assert totals(built.settings.published) == [(100,), (101,)]
    assert copies(built) == [[(100,)]]


def test_a_previous_copy_is_whole_or_not_there(built: ScriptedDeployment, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: Path, target: Path) -> None:
        Path(target).write_bytes(Path(source).read_bytes()[:5000])
        raise KeyboardInterrupt

    harm(built, FALSE_TOTALS)
    with monkeypatch.context() as patch:
        patch.setattr(publishing.shutil, "copyfile", full)
        with pytest.raises(KeyboardInterrupt):
            built.publish()
    (built.settings.previous / "obmin-of-a-killed-run.duckdb.new").write_bytes(b"half")
    built.refresh()
    assert copies(built) == [[(100,)]]


def test_a_copy_that_a_program_keeps_open_for_writing_is_stored_from_the_base(built: ScriptedDeployment) -> None:
    built.settings.published.chmod(0o644)
    with closing(duckdb.connect(str(built.settings.published))):
        built.publish()
    assert totals(built.settings.published) == [(100,), (101,)]
    assert copies(built) == [[(100,)]]


def test_what_nobody_saw_is_no_previous_copy(built: ScriptedDeployment, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))

    with monkeypatch.context() as patch:
        patch.setattr(publishing.shutil, "copyfile", full)
        with pytest.raises(WarehouseError, match="No space left on device"):
            built.publish()
    built.settings.published.unlink()  # somebody makes room
    announce_exchange(built, 2)
    built.refresh()
    assert totals(built.settings.published) == [(100,), (101,), (102,)]
    assert copies(built) == []


def test_a_second_name_that_a_killed_publication_left_shows_no_false_figures(built: ScriptedDeployment) -> None:
    built.settings.previous.mkdir(exist_ok=True)
    os.link(built.settings.published, built.settings.previous / "obmin-20240101T000000000000Z.duckdb")
    harm(built, FALSE_TOTALS)
    built.publish()
    assert copies(built) == [[(100,)]]


def test_a_program_that_reads_the_base_stops_no_publication(built: ScriptedDeployment) -> None:
    reader = "import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only=True); print('open', flush=True); input()"
    command = [sys.executable, "-c", reader, str(built.settings.base)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"open\n"
        built.publish()
        process.communicate(b"\n")
    assert totals(built.settings.published) == [(100,), (101,)]
    assert copies(built) == [[(100,)]]


def test_a_base_that_a_killed_publication_left_unfinished_is_read_with_its_log(scripted: ScriptedDeployment) -> None:
    harm(scripted, FALSE_TOTALS, "killed", of=scripted.settings.base)
    assert scripted.settings.base.with_name("publication.duckdb.wal").exists()
    announce_exchange(scripted, 1)
    scripted.refresh()
    assert totals(scripted.settings.published) == [(100,), (101,)]
    assert not scripted.settings.base.with_name("publication.duckdb.wal").exists()
    harm(scripted, "update meta.about set publication_id = 'unknown'", "killed", of=scripted.settings.base)
    announce_exchange(scripted, 2)
    scripted.refresh()
    assert totals(scripted.settings.base) == totals(scripted.settings.published) == [(100,), (101,), (102,)]


def test_previous_copies_are_kept_where_files_have_one_name_only(
    built: ScriptedDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(publishing.os, "link", refused)
    built.publish()
    (kept,) = built.settings.previous.iterdir()
    assert (totals(kept), oct(kept.stat().st_mode)[-3:]) == ([(100,)], "444")


def test_a_publication_that_fails_leaves_the_copy_and_no_half_of_another(
    built: ScriptedDeployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = built.settings.published.read_bytes()

    def full(source: Path, target: Path) -> None:
        Path(target).write_bytes(Path(source).read_bytes()[:5000])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))

    def torn(source: Path, target: Path) -> None:
        Path(target).write_bytes(Path(source).read_bytes()[:-300_000])

    for failing, attempt, sentence in (
        (full, built.publish, "No space left on device"),
        (torn, built.build, "The new copy is not what was written to it"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(publishing.shutil, "copyfile", failing)
            with pytest.raises(WarehouseError, match=sentence) as caught:
                attempt()
        assert "is as it was; fix that, then run again" in str(caught.value)
        assert built.settings.published.read_bytes() == before
        assert not list(tmp_path.rglob("*.new*"))
        with Warehouse(built.settings).connection() as connection:
            assert not is_published(connection, built.settings)
            # The base is complete: the next build need not start from nothing.
            assert published_through(connection, built.settings) is not None
    built.refresh()
    assert totals(built.settings.published) == [(100,), (101,)]
    built.settings.published.unlink()
    built.settings.published.mkdir()
    with pytest.raises(WarehouseError, match=r"obmin\.duckdb is a folder; move it away"):
        publish(Warehouse(built.settings), "test")
