"""Single checks of `obmin doctor`: sources, hosts, packages, alerts, rights. The command is in test_doctor.py."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from orchestration.alerts.outbox import DownChannel
from orchestration.doctor import environment
from orchestration.doctor.alerts import check_outbox
from orchestration.doctor.clock import check_clock, check_zone
from orchestration.doctor.dagster_storage import check_daemon, check_runs
from orchestration.doctor.disk import check_folder, check_rights
from orchestration.doctor.environment import check_dbt_project, check_extractor, check_names
from orchestration.doctor.network import Answer, ask, check_clock_of_hosts, check_network
from orchestration.doctor.packages import check_packages, check_python
from orchestration.doctor.record import SourceCheck, StoredRecord
from orchestration.doctor.results import CheckResult, guarded
from orchestration.doctor.sources import check_sources
from orchestration.doctor.storage import check_archive, check_kept_state
from orchestration.doctor.text import results_text
from orchestration.doctor.written import check_decisions, check_report, check_sample_archive
from orchestration.output.tables import Screen
from orchestration.report.site_folder import write_mark
from orchestration.settings import Settings
from scrapers.errors import ObminError
from scrapers.extraction.confidence import load_calibration
from scrapers.extraction.model import read_model
from scrapers.registry import load_registry

ALL = len(load_registry())
BLOCKED = sum(source.access.state == "blocked" for source in load_registry())
NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)


@pytest.fixture
def live(tmp_path: Path) -> Settings:
    return Settings("live", tmp_path / "live", tmp_path, contact_of_operator="desk@example.org")


def state_and_words(result: CheckResult) -> tuple[str, str, str | None]:
    return result.state, result.sentence, result.cure


def record_of(**checks: SourceCheck) -> StoredRecord:
    """All sources of the registry were read an hour ago, but for these."""
    well = SourceCheck(NOW - timedelta(hours=1), NOW - timedelta(hours=1), None)
    return StoredRecord(checks={**{source.id: well for source in load_registry()}, **checks})


def test_sources_that_are_late_fail_or_never_answered(live: Settings) -> None:
    record = record_of(
        koordshtab_telegram=SourceCheck(NOW - timedelta(hours=5), NOW - timedelta(hours=5), None),
        ombudsman_telegram=SourceCheck(NOW, NOW - timedelta(days=4), "t.me did not\n answer\x1b[31m"),
        diukraine_telegram=SourceCheck(NOW, None, "t.me refused"),
        gur_uk=SourceCheck(NOW, NOW - timedelta(minutes=20), "a page broke off"),
        president_uk=SourceCheck(NOW, None, "status 403"),
    )
    assert record.checks is not None
    del record.checks["mod_telegram"]
    summary, *found = check_sources(live, record, NOW)
    assert state_and_words(summary)[:2] == (
        "ok", f"{ALL - 5} of {ALL} sources are as they should be; {BLOCKED} of them may refuse, as expected.",
    )  # fmt: skip
    assert {one.name: state_and_words(one)[1:] for one in found if one.state != "ok"} == {
        "koordshtab_telegram": (
            "koordshtab_telegram was last read with success 5 hours ago, and should be every 2 hours.",
            "Look whether the daemon runs, or run `obmin run`.",
        ),
        "ombudsman_telegram": (
            "ombudsman_telegram was last read with success 4 days ago, and should be every 2 hours "
            "(t.me did not answer\x1b[31m).",
            "Run `obmin sources check ombudsman_telegram`: it says what answers, and which line to fix.",
        ),
        "diukraine_telegram": (
            "diukraine_telegram was never read with success (t.me refused).",
            "Run `obmin sources check diukraine_telegram`: it says what answers, and which line to fix.",
        ),
        "gur_uk": (
            "gur_uk was last read with success 20 minutes ago, and failed since (a page broke off).",
            "Run `obmin sources check gur_uk`: it says what answers, and which line to fix.",
        ),
        "mod_telegram": ("mod_telegram was never asked.", "Run `obmin run`, or start the daemon."),
    }
    (blocked,) = [one for one in found if one.name == "president_uk"]
    assert state_and_words(blocked)[:2] == (
        "ok", "president_uk refuses plain clients; it is expected to refuse.",
    )  # fmt: skip
    text = results_text([summary, *found], Screen())
    assert "answer\N{REPLACEMENT CHARACTER}[31m" in text
    assert "\x1b" not in text


def test_of_many_sources_that_fail_five_are_shown(live: Settings) -> None:
    record = StoredRecord(checks={"gur_uk": SourceCheck(NOW, NOW, None)})
    text = results_text(check_sources(live, record, NOW), Screen())
    assert text.count("was never asked") == 5
    assert f"  {ALL - BLOCKED - 1 - 5} more like these: `obmin doctor --json` has all." in text


@contextmanager
def server(answer: bytes | None) -> Iterator[str]:
    """A server on loopback that gives this answer to everything, or accepts and never answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        held: list[socket.socket] = []

        def serve() -> None:
            connection, _ = listening.accept()
            held.append(connection)
            if answer is not None:
                connection.recv(4096)
                connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        yield f"127.0.0.1:{listening.getsockname()[1]}"
        for connection in held:
            connection.close()


def replayed(tmp_path: Path, host: str) -> Settings:
    return Settings("live", tmp_path / "live", tmp_path, replay=f"http://{host}")


def test_a_host_that_hangs(tmp_path: Path) -> None:
    with server(None) as host:
        settings = replayed(tmp_path, host)
        answers = ask(settings, seconds=0.3)
        assert answers == [Answer(host, "it fell silent")]
        (told,) = check_network(settings, answers, {})
    assert state_and_words(told) == (
        "fault",
        f"The replay server {host} does not answer: it fell silent.",
        "Start it with `obmin replay`, or unset OBMIN_REPLAY.",
    )


@pytest.mark.parametrize(
    ("minutes", "state", "sentence"),
    [
        (-10, "warning", "This machine's clock is 10 minutes ahead of the hosts' clocks."),
        (10, "warning", "This machine's clock is 10 minutes behind the hosts' clocks."),
        (0, "ok", "This machine's clock is that of the hosts, within two minutes."),
    ],
)
def test_the_clock_of_a_host(tmp_path: Path, minutes: int, state: str, sentence: str) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(minutes=minutes), usegmt=True)
    answer = f"HTTP/1.1 404 Not Found\r\nDate: {date}\r\nContent-Length: 0\r\n\r\n".encode()
    with server(answer) as host:
        answers = ask(replayed(tmp_path, host))
    (told,) = check_clock_of_hosts(answers)
    assert (told.state, told.sentence) == (state, sentence)
    assert check_network(replayed(tmp_path, host), answers, {})[0].sentence == f"{host} answers."


def test_hosts_that_do_not_answer(live: Settings) -> None:
    one_silent = [Answer("t.me", "its name is not known here"), Answer("gur.gov.ua")]
    (told,) = check_network(live, one_silent, {})
    assert state_and_words(told) == (
        "warning", "t.me does not answer: its name is not known here.", "Run again later: the other hosts answer.",
    )  # fmt: skip
    told, proxy = check_network(live, one_silent[:1], {"https_proxy": "http://me:y9Rm@proxy.example"})
    assert state_and_words(told)[0] == "fault"
    assert proxy.sentence == "https_proxy is set, and Obmin does not use it: it requests the sites directly."
    (told,) = check_network(live, one_silent[1:], {"https_proxy": "http://me:y9Rm@proxy.example"})
    assert state_and_words(told)[:2] == ("ok", "gur.gov.ua answers, without the proxy in https_proxy.")


def test_packages_that_are_missing_or_others() -> None:
    def installed(name: str) -> str:
        if name == "dagster":
            raise PackageNotFoundError(name)
        return {"duckdb": "1.4.0"}.get(name) or version(name)

    required = ["dagster==1.13.27", "duckdb==1.5.5", "pyyaml>=6", "pywin32>=300; sys_platform == 'win32'"]
    (told,) = check_packages(required, installed)
    assert state_and_words(told) == (
        "fault",
        "Packages are not those that Obmin requires; not installed: dagster; in another version: "
        "duckdb 1.4.0 instead of ==1.5.5.",
        "Run `make setup`, then run again.",
    )
    assert check_packages()[0].state == "ok"


def test_a_python_that_is_too_old_or_too_new() -> None:
    assert [check_python(written)[0].state for written in ("3.11.0", "3.13.9", "3.10.14", "3.14.0")] == [
        "ok", "ok", "fault", "fault",
    ]  # fmt: skip
    assert check_python("3.14.0")[0].sentence == "This is Python 3.14.0, and Obmin needs >=3.11,<3.14."
    assert (check_python("3.14.0")[0].cure or "").endswith("run `make setup PYTHON=python3.13`.")


def test_a_dbt_project_that_changed_since_it_was_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestration.warehouse.dbt_runner.MANIFEST", tmp_path / "manifest.json")
    assert [one.state for one in check_dbt_project()] == ["warning"]
    monkeypatch.setattr(os, "access", lambda *_: False)
    (told,) = check_dbt_project()
    assert (told.state, told.cure) == ("fault", "Run `make setup`, as the user whose folder it is.")


@pytest.mark.parametrize("file", ["model", "calibration"])
@pytest.mark.parametrize("damage", [None, b"", b"PK", b"\xff" * 3000])
def test_an_extractor_that_is_missing_or_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, damage: bytes | None
) -> None:
    path = tmp_path / f"{file}.npz"
    if damage is not None:
        path.write_bytes(damage)
    load = {"model": lambda: read_model(path), "calibration": lambda: load_calibration(path)}[file]
    monkeypatch.setattr(environment, f"load_{file}", load)
    (told,) = check_extractor()
    state = "is missing" if damage is None else "is damaged"
    assert (told.state, f"{path} {state}" in told.sentence) == ("fault", True)
    assert told.cure == "Get it again with `git checkout -- scrapers/extraction`."


def test_a_trained_file_of_another_version_is_no_bug_of_the_extractor(tmp_path: Path) -> None:
    path = tmp_path / "calibration.npz"
    np.savez(path, about=np.array('{"bias": 0.5, "depth": 6, "names": [], "thresholds": {"": 0.9}}'))
    with pytest.raises(ObminError, match=r"calibration.npz is damaged .* install Obmin, or check it out, again"):
        load_calibration(path)


def test_a_folder_that_can_not_be_made() -> None:
    # Rights say that root may write there.
    (told,) = check_folder(Settings("sample", Path("/proc/obmin/sample"), Path("/proc")))
    assert (told.state, told.cure) == ("fault", "Fix that, or choose another folder with OBMIN_DATA.")


def test_a_read_only_file_system_is_one_fault(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.data.mkdir()
    monkeypatch.setattr(os, "access", lambda *_: False)
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_flag=os.ST_RDONLY))
    assert check_rights(settings) == []


def test_a_name_that_is_no_setting(settings: Settings) -> None:
    told = check_names(settings, {"OBMIN_DATTA": "x", "OBMIN_SOMETHING": "y", "HOME": "/"})
    assert [one.name for one in told] == ["OBMIN_DATTA", "OBMIN_SOMETHING"]
    assert [one.cure for one in told] == [
        "Name it OBMIN_DATA if that is meant.", "Unset it; docs/settings.md lists the settings.",
    ]  # fmt: skip


def test_alerts_that_wait_or_were_given_up() -> None:
    down = DownChannel("desk", "it answered 503", 2, datetime(2026, 5, 20, 12, 30))  # noqa: DTZ001
    record = StoredRecord(version=12, waiting=[down], given_up=["one", "another", "a third"])
    assert [(one.state, one.sentence) for one in check_outbox(record)] == [
        ("warning", "2 alerts wait for the channel desk: it answered 503. It is tried again from 2026-05-20 12:30 UTC on."),
        ("warning", "3 alerts could not be delivered, and will not be tried again."),
    ]  # fmt: skip
    assert [one.sentence for one in check_outbox(StoredRecord(version=12))] == ["No alert waits."]
    assert check_outbox(StoredRecord()) == []


def test_files_that_this_user_may_not_write(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.data.mkdir()
    for path in (settings.working, settings.published, settings.kept_state):
        path.write_bytes(b"")
    assert check_rights(settings) == []
    # root may write everything
    monkeypatch.setattr(os, "access", lambda path, _: path not in (settings.working, settings.published))
    (told,) = check_rights(settings)
    assert told.state == "fault"
    assert f"may not write {settings.working} (of {settings.working.owner()})." in told.sentence
    assert told.cure is not None
    assert told.cure.endswith(f"{settings.data}`.")


def test_the_daemon_is_silent_or_alive(settings: Settings) -> None:
    (told,) = check_daemon(settings, StoredRecord(alive_at=NOW - timedelta(minutes=50)), NOW)
    assert state_and_words(told)[:2] == (
        "warning", f"The daemon has been silent for 50 minutes, says {settings.heartbeat}.",
    )  # fmt: skip
    (told,) = check_daemon(settings, StoredRecord(alive_at=NOW - timedelta(seconds=30)), NOW)
    assert state_and_words(told)[:2] == ("ok", "The daemon was alive 30 seconds ago.")


def test_the_newest_of_what_is_stored_is_compared_with_the_clock() -> None:
    record = StoredRecord(newest_page_at=NOW + timedelta(hours=3), copy_built_at=NOW - timedelta(hours=1))
    (told,) = check_clock(record, NOW)
    assert (told.state, told.sentence) == (
        "fault",
        "It is 2026-05-20 12:00 UTC by this machine's clock, and a page was fetched at 2026-05-20 15:00 UTC, "
        "which is later.",
    )
    assert check_clock(record, NOW + timedelta(hours=3))[0].state == "ok"
    assert check_zone("Europe/Atlantis")[0].sentence == "The time zone Europe/Atlantis is not known here."


def test_files_of_people_without_which_a_run_fails(settings: Settings, tmp_path: Path) -> None:
    drawing = replace(settings, draws_report=True, sample_archive=tmp_path / "archive")
    (drawing.sample_archive / "koordshtab_telegram").mkdir(parents=True)
    checks = {
        "decisions": partial(check_decisions, drawing),
        "sample archive": partial(check_sample_archive, drawing),
        "report": partial(check_report, drawing),
    }
    assert [check()[0].state for check in checks.values()] == ["ok"] * 3
    drawing.reviews.parent.mkdir(parents=True, exist_ok=True)
    drawing.reviews.write_text("- version_id: [", "utf-8")
    (drawing.sample_archive / "koordshtab_telegram" / "2026.yaml").write_text("- {id: x, at: 2026}", "utf-8")
    drawing.report.mkdir(parents=True)
    (drawing.report / "letter.txt").write_text("mine", "utf-8")
    told = [guarded("storage", name, check)[0] for name, check in checks.items()]
    assert [one.state for one in told] == ["fault"] * 3
    for one, part in zip(told, (str(drawing.reviews), "no usable time", "letter.txt"), strict=True):
        assert part in one.sentence


def test_an_archive_that_is_gone_or_damaged(settings: Settings) -> None:
    (told,) = check_archive(settings, StoredRecord(pages=7))
    assert told.sentence == f"{settings.pages} has no file of pages, and the working file knows 7 pages."
    settings.pages.mkdir(parents=True)
    (settings.pages / "2026-05.warc.gz").write_bytes(b"x" * 10)
    entry = '{"at": "2026-05-20T10:00:00+00:00", "changed_at": 1, "records": 0, "damaged": ["ten bytes"]}'
    (settings.pages / "verified.json").write_text(f'{{"2026-05.warc.gz": {entry}}}')
    (told,) = check_archive(settings, StoredRecord(pages=7))
    assert (told.state, told.sentence) == (
        "fault", f"Files of the archive in {settings.pages} are damaged: 2026-05.warc.gz.",
    )  # fmt: skip


def test_an_archive_whose_file_was_cut(settings: Settings) -> None:
    settings.pages.mkdir(parents=True)
    (settings.pages / "2026-05.warc.gz").write_bytes(b"x" * 10)
    (settings.pages / "2026-05.warc.size").write_text("10")
    assert check_archive(settings, StoredRecord(pages=7))[0].state == "ok"
    (settings.pages / "2026-05.warc.size").write_text("11")
    (told,) = check_archive(settings, StoredRecord(pages=7))
    assert (told.state, told.sentence) == (
        "fault",
        f"Files of the archive in {settings.pages} were cut: 2026-05.warc.gz.",
    )


def test_a_copy_of_the_alerts_that_can_not_be_read(settings: Settings) -> None:
    assert check_kept_state(settings) == []
    settings.kept_state.parent.mkdir(parents=True, exist_ok=True)
    settings.kept_state.write_text('{"version": 1, "pages": 0, "fingerprint": "[]"}\n')
    assert check_kept_state(settings) == []
    settings.kept_state.write_text("garbage")
    (told,) = check_kept_state(settings)
    assert (told.state, "what was alerted, can't be read" in told.sentence) == ("warning", True)


def test_a_report_that_is_not_whole(settings: Settings) -> None:
    drawing = replace(settings, draws_report=True)
    drawing.published.parent.mkdir(parents=True, exist_ok=True)
    drawing.published.touch()
    (told,) = check_report(drawing)
    assert (told.state, told.sentence) == ("warning", f"There is no whole report at {drawing.report}.")
    drawing.report.mkdir()
    (drawing.report / "index.html").write_text("<p>")
    write_mark(drawing.report, {})
    assert check_report(drawing)[0].state == "ok"
    (drawing.report / "index.html").unlink()
    (told,) = check_report(drawing)
    assert told.sentence == f"1 file of {drawing.report} missing or cut, such as index.html."


def test_dagsters_files_are_looked_at_and_not_opened(settings: Settings) -> None:
    settings.dagster_home.mkdir(parents=True)
    (settings.dagster_home / "event_log.db").write_bytes(b"no SQLite file at all")
    with pytest.raises(Exception, match=r"event_log\.db is no SQLite file"):
        check_runs(settings, {})
    assert [path.name for path in settings.dagster_home.iterdir()] == ["event_log.db"]
