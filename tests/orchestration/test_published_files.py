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
    for day in range(1, 5):
        announce_exchange(scripted, day)
        scripted.refresh()
    counts = []
    for copy in sorted(scripted.settings.previous.iterdir()):
        with duckdb.connect(str(copy), read_only=True) as connection:
            counts += connection.execute("select count(*) from marts.fct_exchanges").fetchone() or ()
    assert counts == [2, 3, 4]


def test_what_people_do_to_their_copy_reaches_no_other(scripted: ScriptedDeployment, tmp_path: Path) -> None:
    announce_exchange(scripted, 1)
    scripted.refresh()
    texts = scripted.rows("select text, deleted_at from marts.dim_announcements order by 1")
    harm(scripted, FALSE_TOTALS)
    harm(scripted, FALSE_WORDS)
    harm(scripted, "insert into marts.fct_exchanges (exchange_id) values ('exchange-of-a-killed-client')", "killed")
    wal = tmp_path / "sample" / "obmin.duckdb.wal"
    assert wal.exists()
    with Warehouse(scripted.settings).connection() as connection:
        assert not is_published(connection, scripted.settings)
    scripted.refresh()  # with nothing new
    assert not wal.exists()
    assert totals(scripted.settings.published) == [(100,), (101,)]
    assert scripted.rows("select text, deleted_at from marts.dim_announcements order by 1") == texts
    with Warehouse(scripted.settings).connection() as connection:
        assert is_published(connection, scripted.settings)
    harm(scripted, FALSE_TOTALS)
    announce_exchange(scripted, 2)
    scripted.refresh()
    assert totals(scripted.settings.published) == [(100,), (101,), (102,)]
    assert copies(scripted) == [[(100,)], [(100,), (101,)], [(100,), (101,)]]
    files = [scripted.settings.published, scripted.settings.base, *scripted.settings.previous.iterdir()]
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
    scripted: ScriptedDeployment, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    announce_exchange(scripted, 1)
    with monkeypatch.context() as patch:
        patch.setattr(publishing, step, killed)
        with pytest.raises(KeyboardInterrupt):
            scripted.refresh()
    seen = [(100,), (101,)] if step == "tidy" else [(100,)]
    assert totals(scripted.settings.published) == seen
    announce_exchange(scripted, 2)
    scripted.refresh()
    assert totals(scripted.settings.published) == [(100,), (101,), (102,)]
    assert copies(scripted) == ([[(100,)], seen] if step == "tidy" else [seen])


@pytest.mark.parametrize("step", ["_differing", "swap"])
def test_what_a_killed_publication_made_after_people_changed_their_copy_is_no_previous_one(
    scripted: ScriptedDeployment, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    harm(scripted, FALSE_TOTALS)
    announce_exchange(scripted, 1)
    with monkeypatch.context() as patch:
        patch.setattr(publishing, step, killed)
        with pytest.raises(KeyboardInterrupt):
            scripted.refresh()
    scripted.refresh()
    assert totals(scripted.settings.published) == [(100,), (101,)]
    assert copies(scripted) == [[(100,)]]


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
    scripted: ScriptedDeployment, monkeypatch: pytest.MonkeyPatch, error: type[duckdb.Error]
) -> None:
    def full(*_: object) -> None:
        raise error("CHECKPOINT failed.\nOriginal error: no room on the disk")

    announce_exchange(scripted, 1)
    with monkeypatch.context() as patch:
        patch.setattr(publishing, "_fill", full)
        with pytest.raises(WarehouseError, match=r"no room on the disk.*is as it was; fix that, then run again"):
            scripted.refresh()
    assert totals(scripted.settings.published) == [(100,)]


def test_what_is_published_late_is_listed_as_new(
    scripted: ScriptedDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))

    harm(scripted, "insert into marts.fct_exchanges (exchange_id) values ('exchange-of-nobody')")
    announce_exchange(scripted, 1)
    with monkeypatch.context() as patch:
        patch.setattr(publishing, "note_base", lambda *_: full(Path(), Path()))
        with pytest.raises(WarehouseError, match="No space left on device"):
            scripted.refresh()
    published = publish(Warehouse(scripted.settings), "test")
    assert [exchange["exchange_id"] for exchange in published.new] == ["exchange-2024-01-03"]


def test_a_second_attempt_leaves_the_previous_copy(
    scripted: ScriptedDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_once(*given: Any) -> None:
        monkeypatch.setattr(publishing, "note_publication", note)
        raise duckdb.IOException("No space left on device")

    note = publishing.note_publication
    without_roots_rights(monkeypatch)
    announce_exchange(scripted, 1)
    monkeypatch.setattr(publishing, "note_publication", full_once)
    scripted.refresh()
    assert totals(scripted.settings.published) == [(100,), (101,)]
    assert copies(scripted) == [[(100,)]]


def test_a_disk_that_stays_full_after_people_changed_their_copy_is_no_end(
    scripted: ScriptedDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    without_roots_rights(monkeypatch)
    harm(scripted, FALSE_TOTALS)
    announce_exchange(scripted, 1)
    for _ in range(2):
        with monkeypatch.context() as patch:
            patch.setattr(publishing, "_fill", full)
            with pytest.raises(WarehouseError, match="No space left on device"):
                scripted.refresh()
        assert copies(scripted) == [[(100,)]]
    scripted.refresh()
    assert totals(scripted.settings.published) == [(100,), (101,)]
    assert copies(scripted) == [[(100,)]]


def test_a_previous_copy_is_whole_or_not_there(scripted: ScriptedDeployment, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: Path, target: Path) -> None:
        Path(target).write_bytes(Path(source).read_bytes()[:5000])
        raise KeyboardInterrupt

    harm(scripted, FALSE_TOTALS)
    announce_exchange(scripted, 1)
    with monkeypatch.context() as patch:
        patch.setattr(publishing.shutil, "copyfile", full)
        with pytest.raises(KeyboardInterrupt):
            scripted.refresh()
    (scripted.settings.previous / "obmin-of-a-killed-run.duckdb.new").write_bytes(b"half")
    scripted.refresh()
    assert copies(scripted) == [[(100,)]]


def test_a_copy_that_a_program_keeps_open_for_writing_is_stored_from_the_base(scripted: ScriptedDeployment) -> None:
    announce_exchange(scripted, 1)
    scripted.settings.published.chmod(0o644)
    with closing(duckdb.connect(str(scripted.settings.published))):
        scripted.refresh()
    assert totals(scripted.settings.published) == [(100,), (101,)]
    assert copies(scripted) == [[(100,)]]


def test_what_nobody_saw_is_no_previous_copy(scripted: ScriptedDeployment, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))

    announce_exchange(scripted, 1)
    with monkeypatch.context() as patch:
        patch.setattr(publishing.shutil, "copyfile", full)
        with pytest.raises(WarehouseError, match="No space left on device"):
            scripted.refresh()
    scripted.settings.published.unlink()  # somebody makes room
    announce_exchange(scripted, 2)
    scripted.refresh()
    assert totals(scripted.settings.published) == [(100,), (101,), (102,)]
    assert copies(scripted) == []


def test_a_second_name_that_a_killed_publication_left_shows_no_false_figures(scripted: ScriptedDeployment) -> None:
    scripted.settings.previous.mkdir(exist_ok=True)
    os.link(scripted.settings.published, scripted.settings.previous / "obmin-20240101T000000000000Z.duckdb")
    harm(scripted, FALSE_TOTALS)
    announce_exchange(scripted, 1)
    scripted.refresh()
    assert copies(scripted) == [[(100,)]]


def test_a_program_that_reads_the_base_stops_no_publication(scripted: ScriptedDeployment) -> None:
    reader = "import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only=True); print('open', flush=True); input()"
    command = [sys.executable, "-c", reader, str(scripted.settings.base)]
    announce_exchange(scripted, 1)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"open\n"
        scripted.refresh()
        process.communicate(b"\n")
    assert totals(scripted.settings.published) == [(100,), (101,)]
    assert copies(scripted) == [[(100,)]]


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
    scripted: ScriptedDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(publishing.os, "link", refused)
    announce_exchange(scripted, 1)
    scripted.refresh()
    (kept,) = scripted.settings.previous.iterdir()
    assert (totals(kept), oct(kept.stat().st_mode)[-3:]) == ([(100,)], "444")


def test_a_publication_that_fails_leaves_the_copy_and_no_half_of_another(
    scripted: ScriptedDeployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = scripted.settings.published.read_bytes()
    announce_exchange(scripted, 1)

    def full(source: Path, target: Path) -> None:
        Path(target).write_bytes(Path(source).read_bytes()[:5000])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))

    def torn(source: Path, target: Path) -> None:
        Path(target).write_bytes(Path(source).read_bytes()[:-300_000])

    for failing, sentence in (
        (full, "No space left on device"),
        (torn, "The new copy is not what was written to it"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(publishing.shutil, "copyfile", failing)
            with pytest.raises(WarehouseError, match=sentence) as caught:
                scripted.refresh()
        assert "is as it was; fix that, then run again" in str(caught.value)
        assert scripted.settings.published.read_bytes() == before
        assert not list(tmp_path.rglob("*.new*"))
        with Warehouse(scripted.settings).connection() as connection:
            assert not is_published(connection, scripted.settings)
            # The base is complete: the next build need not start from nothing.
            assert published_through(connection, scripted.settings) is not None
    scripted.refresh()
    assert totals(scripted.settings.published) == [(100,), (101,)]
    scripted.settings.published.unlink()
    scripted.settings.published.mkdir()
    with pytest.raises(WarehouseError, match=r"obmin\.duckdb is a folder; move it away"):
        publish(Warehouse(scripted.settings), "test")
