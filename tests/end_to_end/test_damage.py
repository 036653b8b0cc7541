"""Damage to a deployment's files, by kind: correct facts, or one sentence with its remedy; no alert comes twice.

A table: a name, the damage to the file, and what a command must print about it.
"""

from __future__ import annotations

import json
import queue
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner, Result

from orchestration.alerts.outbox import LONGEST_PAUSE, now
from orchestration.cli.main import main
from orchestration.settings import Settings
from orchestration.warehouse.database import Warehouse
from tests.conftest import respond, run, web
from tests.support.channel_posts import CHANNEL, announced, show

# The first 12 KiB are DuckDB's three headers; blocks of 256 KiB follow, each with a checksum in front.
HEADERS, BLOCK = 12_288, 262_144
FACTS = [("exchange-2024-05-03", 91), ("exchange-2024-05-05", 92)]


def cut_to(size: int) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(path.read_bytes()[:size])


def cut_in_half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flipped(*places: int) -> Callable[[Path], object]:
    def flip(path: Path) -> None:
        held = bytearray(path.read_bytes())
        for place in places or range(HEADERS + 4_000, len(held), BLOCK):
            held[place] ^= 0xFF
        path.write_bytes(held)

    return flip


def zeroed(first: int, last: int) -> Callable[[Path], object]:
    def zero(path: Path) -> None:
        held = bytearray(path.read_bytes())
        held[first:last] = bytes(last - first)
        path.write_bytes(held)

    return zero


def of_a_newer_duckdb(path: Path) -> None:
    """Set its version to 9999, with the right checksum: https://duckdb.org/docs/stable/internals/storage"""
    held = bytearray(path.read_bytes()[:4096])
    held[12:20] = (9999).to_bytes(8, "little")
    sum_ = 5381
    for place in range(8, 4096, 8):
        word = int.from_bytes(held[place : place + 8], "little")
        sum_ ^= word * 0xBF58476D1CE4E5B9 % 2**64
    held[:8] = sum_.to_bytes(8, "little")
    path.write_bytes(bytes(held) + path.read_bytes()[4096:])


def another_programs(path: Path) -> None:
    path.unlink()
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table recipes as select 'borscht' as name")


def sqlites(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("create table recipes (name text)")
    connection.close()


def a_folder(path: Path) -> None:
    path.unlink()
    (path / "of").mkdir(parents=True)


def with_wal(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.with_name(f"{path.name}.wal").write_bytes(content)


DAMAGED_OR_NONE = "is damaged at its beginning, or not a DuckDB warehouse at all"
# The damage, and the error about the file, which is the working file or the published copy.
CASES: dict[str, tuple[Callable[[Path], object], str]] = {
    "cut to nothing": (cut_to(0), "is empty"),
    "cut in the magic": (cut_to(10), DAMAGED_OR_NONE),
    "cut in the first header": (cut_to(100), "is damaged"),
    "cut after the first header": (cut_to(4096), "is damaged"),
    "cut after the headers": (cut_to(HEADERS), "is damaged"),
    "cut in half": (cut_in_half, "is damaged"),
    "first header zeroed": (zeroed(0, 4096), DAMAGED_OR_NONE),
    "both database headers zeroed": (zeroed(4096, HEADERS), "is damaged"),
    "a byte of each database header flipped": (flipped(5000, 9000), "is damaged"),
    "every block flipped": (flipped(), "is damaged"),
    "text": (lambda path: path.write_text("a letter to grandmother\n" * 400), DAMAGED_OR_NONE),
    "short text": (lambda path: path.write_text("a letter"), DAMAGED_OR_NONE),
    "zeros": (lambda path: path.write_bytes(bytes(20_000)), DAMAGED_OR_NONE),
    "SQLite": (sqlites, DAMAGED_OR_NONE),
    "another program's DuckDB": (another_programs, "is a DuckDB file, but none of Obmin's"),
}
REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "a folder": (a_folder, "is a folder where a file should be; move it away"),
    "a newer DuckDB's": (of_a_newer_duckdb, "was written by a newer DuckDB; upgrade this Obmin"),
}
HARMLESS: dict[str, Callable[[Path], object]] = {
    "missing": Path.unlink,
    "a WAL of nothing": with_wal(b""),
    "a WAL of nonsense": with_wal(b"nonsense" * 100),
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, queue.SimpleQueue[str]]]:
    """A deployment with two exchanges: one alert delivered, one that waits because the webhook was down."""
    folder = tmp_path_factory.mktemp("whole")
    received: queue.SimpleQueue[str] = queue.SimpleQueue()
    is_up = [True]

    def webhook(handler: Any) -> None:
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        if is_up[0]:
            received.put(body["id"])
        respond(handler, 200 if is_up[0] else 503)

    with web(webhook) as address, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OBMIN_ALERT_URLS", f"{address}/hook")
        patch.setenv("OBMIN_ALERT_WITHIN_DAYS", "36500")
        show(folder, CHANNEL, announced(1))
        run(settings_of(folder))
        is_up[0] = False
        show(folder, CHANNEL, announced(2))
        run(settings_of(folder))
        is_up[0] = True
        with Warehouse(settings_of(folder)).connection() as connection:
            # The tests decide when it is tried again: by itself not within the longest pause, an hour.
            connection.execute(
                "update raw.deliveries set next_attempt_at = $1 where delivered_at is null",
                [now() + LONGEST_PAUSE - timedelta(minutes=1)],
            )
        assert [received.get(), received.qsize()] == ["new-exchange/exchange-2024-05-03", 0]
        yield folder, received


@pytest.fixture
def damaged(whole: tuple[Path, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    shutil.copytree(whole[0] / "sample", tmp_path / "sample", ignore=shutil.ignore_patterns("dbt", "previous"))
    shutil.copytree(whole[0] / "archive", tmp_path / "archive")
    monkeypatch.setenv("OBMIN_DATA", str(tmp_path))
    monkeypatch.setenv("OBMIN_SAMPLE_ARCHIVE", str(tmp_path / "archive"))
    return settings_of(tmp_path)


def settings_of(folder: Path) -> Settings:
    return Settings("sample", folder / "sample", folder / "archive", alert_within_days=36_500, draws_report=False)


def obmin(*arguments: str) -> Result:
    result = CliRunner().invoke(main, list(arguments))
    assert "Traceback" not in result.output
    assert "bug in Obmin" not in result.output
    return result


def message(result: Result) -> str:
    return " ".join(result.output.split())


def facts(settings: Settings) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(settings.published), read_only=True) as connection:
        return connection.execute("select exchange_id, released_total from marts.fct_exchanges order by 1").fetchall()


@pytest.mark.parametrize("name", [*CASES, *REFUSED])
def test_a_damaged_working_file_is_a_sentence_with_its_cure(damaged: Settings, name: str) -> None:
    harm, words = (CASES | REFUSED)[name]
    harm(damaged.working)
    result = obmin("extract")
    assert result.exit_code == 1
    assert f"working.duckdb {words}" in message(result)
    assert ("Run `obmin rebuild`" in message(result)) == (name != "a newer DuckDB's")


@pytest.mark.parametrize("name", [*CASES, *REFUSED])
def test_a_damaged_copy_is_a_sentence_and_known_as_no_copy_of_ours(damaged: Settings, name: str) -> None:
    from orchestration.warehouse.watermarks import is_published

    harm, words = (CASES | REFUSED)[name]
    harm(damaged.published)
    result = obmin("exchanges")
    assert result.exit_code == 1
    if name != "another program's DuckDB":  # it is valid but has no such table
        assert f"obmin.duckdb {words}" in message(result)
    with Warehouse(damaged).connection() as connection:
        assert not is_published(connection, damaged)
        assert connection.execute("select count(*) from raw.alerted_exchanges").fetchone() == (2,)


@pytest.mark.parametrize("name", HARMLESS)
def test_what_a_killed_client_leaves_beside_a_copy_is_known(damaged: Settings, name: str) -> None:
    from orchestration.warehouse.watermarks import is_published

    HARMLESS[name](damaged.published)
    with Warehouse(damaged).connection() as connection:
        assert not is_published(connection, damaged)


def test_a_damaged_copy_is_published_anew_by_the_next_run(damaged: Settings) -> None:
    cut_in_half(damaged.published)
    flipped()(damaged.base)
    outcome, _ = run(damaged)
    assert outcome.has_published
    assert facts(damaged) == FACTS
    outcome, _ = run(damaged)
    assert not outcome.has_published


@pytest.mark.parametrize("name", ["every block flipped", "cut in half"])
def test_a_damaged_working_file_is_made_again_and_tells_what_waited_once(
    damaged: Settings, whole: tuple[Path, queue.SimpleQueue[str]], name: str
) -> None:
    CASES[name][0](damaged.working)
    with_wal(b"nonsense")(damaged.working)
    before = damaged.working.read_bytes()
    result = obmin("rebuild")
    assert result.exit_code == 0, result.output
    assert "What was alerted, and what waits to be, was taken from the state file next to it" in message(result)
    assert [path.read_bytes() for path in sorted(damaged.damaged.glob("*.duckdb"))] == [before]
    assert facts(damaged) == FACTS
    obmin("alerts", "retry")
    assert [whole[1].get(), whole[1].qsize()] == ["new-exchange/exchange-2024-05-05", 0]
    outcome, _ = run(damaged)
    assert (outcome.failures, whole[1].qsize()) == ([], 0)


@pytest.mark.parametrize("harm", [cut_to(0), Path.unlink], ids=["damaged", "missing"])
def test_a_rebuild_that_would_lose_what_was_read_is_refused(
    damaged: Settings, harm: Callable[[Path], object]
) -> None:
    """Neither the working file nor the archive has it any more: the published copy is the last that does."""
    with Warehouse(damaged).connection() as connection:
        (pages,) = connection.execute("select count(*) from raw.pages").fetchall()[0]
    harm(damaged.working)
    copy, archive = damaged.published.read_bytes(), damaged.pages.rename(damaged.data / "elsewhere")
    result = obmin("rebuild")
    lost = f"The archive lacks {pages} of the {pages} pages that the working file had before it was lost or damaged"
    assert result.exit_code == 1
    assert f"{lost}, and what was read from them is in no file here." in message(result)
    assert "`obmin restore --from-lake`" in message(result)
    assert damaged.published.read_bytes() == copy
    assert not damaged.damaged.exists()
    # Once the archive is back, it goes on.
    shutil.rmtree(damaged.pages)
    archive.rename(damaged.pages)
    assert obmin("rebuild").exit_code == 0
    assert facts(damaged) == FACTS


def extracts(_: Settings) -> None:
    assert obmin("extract").exit_code == 0


def fails(settings: Settings) -> None:
    with pytest.raises(RuntimeError), Warehouse(settings).connection():
        raise RuntimeError


def is_lost_twice(settings: Settings) -> None:
    extracts(settings)
    settings.working.unlink()
    extracts(settings)


@pytest.mark.parametrize("make_anew", [extracts, fails, is_lost_twice])
def test_what_the_lost_working_file_had_is_missed_once_another_was_made(
    damaged: Settings, make_anew: Callable[[Settings], None]
) -> None:
    """A rebuild refuses while a page is missing, whatever is fetched since; a reparse goes on without it."""
    with Warehouse(damaged).connection() as connection:
        rows = connection.execute("select archive_file, archive_offset from raw.pages order by 2").fetchall()
    damaged.working.unlink()
    make_anew(damaged)
    (file, last), path = rows[-1], damaged.pages / rows[-1][0]
    assert {name for name, _ in rows} == {file}
    whole = path.read_bytes()
    path.write_bytes(whole[:last])
    run(damaged)
    with Warehouse(damaged).connection() as connection:
        fetched = connection.execute("select count(*) from raw.pages").fetchall()[0][0]
    assert fetched >= len(rows)  # as many as before, but not the same
    refused = obmin("rebuild")
    assert refused.exit_code == 1
    assert f"The archive lacks 1 of the {len(rows)} pages that the working file had" in message(refused)
    warned = obmin("reparse")
    assert warned.exit_code == 0
    assert f"Warning: The archive lacks 1 of the {len(rows)} pages" in message(warned)
    assert obmin("rebuild").exit_code == 0


def test_once_the_new_working_file_has_all_pages_none_is_missed(damaged: Settings) -> None:
    damaged.working.unlink()
    extracts(damaged)
    run(damaged)
    assert "lost_file" not in json.loads(damaged.kept_state.read_text("utf-8").splitlines()[0])
    assert obmin("rebuild").exit_code == 0
    assert facts(damaged) == FACTS


def test_after_the_working_file_was_lost_single_steps_publish_no_empty_record(damaged: Settings) -> None:
    damaged.working.unlink()
    for step in ("load", "extract", "build"):
        assert obmin(step).exit_code == 0
    result = obmin("publish")
    assert result.exit_code == 1
    assert "No announcement is stored, so nothing is published" in message(result)
    assert facts(damaged) == FACTS


def test_a_reparse_warns_of_what_is_lost(damaged: Settings) -> None:
    cut_to(0)(damaged.working)
    shutil.rmtree(damaged.pages)
    result = obmin("reparse")
    assert "Warning: The archive lacks" in message(result)
    assert result.exit_code == 0


def test_with_nothing_kept_the_published_exchanges_count_as_reported(
    damaged: Settings, whole: tuple[Path, queue.SimpleQueue[str]]
) -> None:
    damaged.kept_state.unlink()
    cut_to(0)(damaged.working)
    result = obmin("rebuild")
    assert "what waited to be delivered is lost" in message(result)
    assert facts(damaged) == FACTS
    assert whole[1].qsize() == 0


def test_a_working_file_that_is_deleted_tells_nothing_again(
    damaged: Settings, whole: tuple[Path, queue.SimpleQueue[str]]
) -> None:
    damaged.working.unlink()
    outcome, _ = run(damaged)
    assert outcome.failures == []
    assert facts(damaged) == FACTS
    obmin("alerts", "retry")
    assert [whole[1].get(), whole[1].qsize()] == ["new-exchange/exchange-2024-05-05", 0]


def test_a_working_file_that_is_deleted_with_what_was_kept_tells_nothing_again(
    damaged: Settings, whole: tuple[Path, queue.SimpleQueue[str]], caplog: pytest.LogCaptureFixture
) -> None:
    damaged.working.unlink()
    damaged.kept_state.unlink()
    cut_in_half(damaged.base)  # the published copy still has them
    outcome, _ = run(damaged)
    assert outcome.failures == []
    assert facts(damaged) == FACTS
    obmin("alerts", "retry")
    received = [whole[1].get() for _ in range(whole[1].qsize())]
    assert received in ([], ["new-exchange/exchange-2024-05-05"])
    assert "the exchanges that were published count as alerted" in caplog.text


KEPT_DAMAGED: dict[str, Callable[[Path], object]] = {
    "no text": lambda path: path.write_bytes(b"\x00\xff" * 500),
    "its heading alone": lambda path: path.write_text(path.read_text("utf-8").splitlines()[0], "utf-8"),
    "a value of another kind": lambda path: path.write_text(
        path.read_text("utf-8").replace('"has_conflict":false', '"has_conflict":"much"'), "utf-8"
    ),
}


@pytest.mark.parametrize("name", KEPT_DAMAGED)
def test_where_what_was_kept_is_damaged_the_published_exchanges_count_as_reported(
    damaged: Settings, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    damaged.working.unlink()
    KEPT_DAMAGED[name](damaged.kept_state)
    with Warehouse(damaged).connection() as connection:
        received = connection.execute("select exchange_id from raw.alerted_exchanges order by 1").fetchall()
    assert received == [(exchange_id,) for exchange_id, _ in FACTS]
    assert "the exchanges that were published count as alerted" in caplog.text


def each_sqlite(harm: Callable[[Path], object]) -> Callable[[Path], object]:
    def harm_each(home: Path) -> None:
        for path in [*home.rglob("*.db")]:
            harm(path)

    return harm_each


DAGSTER: dict[str, tuple[Callable[[Path], object], bool]] = {
    "its databases are text": (each_sqlite(lambda path: path.write_text("a letter" * 4000)), False),
    "its databases are cut": (each_sqlite(cut_to(3000)), False),
    "its databases begin with zeros": (each_sqlite(zeroed(0, 100)), False),
    "its databases are folders": (each_sqlite(a_folder), False),
    "the folder is a file": (lambda home: (shutil.rmtree(home), home.write_text("a letter")), False),
    "its configuration is no text": (lambda home: (home / "dagster.yaml").write_bytes(b"\xff\xfe\x00" * 50), False),
    "its configuration is a folder": (lambda home: a_folder(home / "dagster.yaml"), False),
    "the folder is gone": (shutil.rmtree, True),
}


@pytest.mark.parametrize("name", DAGSTER)
def test_a_damaged_record_of_runs_is_a_sentence_or_nothing(damaged: Settings, name: str) -> None:
    harm, is_mended = DAGSTER[name]
    harm(damaged.dagster_home)
    result = obmin("run")
    if is_mended:
        assert result.exit_code == 0, result.output
    else:
        assert result.exit_code == 1
        assert f"{damaged.dagster_home}" in message(result)
        assert "ove it away" in message(result) or "damaged" in message(result), result.output
        assert result.output.count("Error:") == 1
    assert facts(damaged) == FACTS
