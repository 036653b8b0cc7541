"""`obmin load --mined`: from a web archive to facts, which texts are loaded, and what they may change."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from orchestration.cli.main import main
from orchestration.report.publication import read_publication
from orchestration.report.sources_page import sources_page
from orchestration.report.words import Words
from orchestration.warehouse.database import Warehouse, reading
from orchestration.warehouse.load_mined import load_mined
from orchestration.warehouse.reparse import reparse
from scrapers.archive import PageArchive
from scrapers.crawling.replay_server import Replay
from scrapers.mining.mined_file import mining_version
from scrapers.mining.parquet_files import columns
from tests.support.alerting_deployment import alerting, decide
from tests.support.generated_warcs import EXCHANGE, WEATHER, Written, article, members
from tests.support.hostile_text import HOSTILE
from tests.support.scripted_deployment import ScriptedDeployment, utc

HQ = "koordshtab_telegram"
DAY = '<meta property="article:published_time" content="{}T12:00:00+03:00">'
ADDRESS = "https://visnyk.example/obmin-14-travnya"
# All that a load leaves, but the time of loading.
LEFT = {
    "announcements": "* exclude (load_seq)", "pages": "* exclude (loaded_at, fingerprint)", "ignored_items": "*",
    "quarantined_items": "*", "sources": "*",
}  # fmt: skip


def capture(
    text: Sequence[str], day: str = "2025-05-14", url: str = ADDRESS, at: str = "2025-05-15T06:07:08Z"
) -> Written:
    head = DAY.format(day) if day else ""
    return Written(url, article(text, "Обмін", head).encode(), about={"WARC-Date": at})


@pytest.fixture
def scripted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ScriptedDeployment:
    """An empty deployment, which the commands work on."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OBMIN_DATA", str(tmp_path))
    monkeypatch.setenv("DESK", "http://127.0.0.1:9/desk")  # nothing is delivered
    monkeypatch.delenv("OBMIN_RAY", raising=False)
    return ScriptedDeployment(alerting(tmp_path))


def mine(*captures: Written, name: str = "crawl") -> None:
    Path(f"{name}.warc.gz").write_bytes(b"".join(members(captures)))
    result = CliRunner().invoke(main, ["mine", "--workers", "1", "--out", "mined", f"{name}.warc.gz"])
    assert result.exit_code == 0, result.output


def load(status: int = 0) -> dict[str, Any]:
    result = CliRunner().invoke(main, ["load", "--mined", "mined", "--json"])
    assert result.exit_code == status, result.output
    return json.loads(result.stdout)


def mine_and_load(*captures: Written) -> dict[str, Any]:
    mine(*captures)
    return load()


def left(scripted: ScriptedDeployment) -> dict[str, Any]:
    with duckdb.connect(str(scripted.settings.working), read_only=True) as connection:
        tables: dict[str, Any] = {
            table: connection.execute(f"select {what} from raw.{table} order by all").fetchall()
            for table, what in LEFT.items()
        }
    files = {path.name: path.read_bytes() for path in PageArchive(scripted.settings.pages).files()}
    return {**tables, "files": files}


def write_mined(rows: list[dict[str, Any]], name: str = "by-hand") -> Path:
    """A file as `obmin mine` writes it, of rows of which the rest is made up."""
    usual = {
        "url": ADDRESS, "captured_at": datetime(2025, 5, 15, tzinfo=UTC), "published_on": date(2025, 5, 14),
        "title": "Обмін", "text": "\n".join(EXCHANGE), "warc": "crawl.warc.gz", "record": 0, "kind": "exchange",
    }  # fmt: skip
    report = {"warc": "crawl.warc.gz", "size": 1, "version": mining_version(), "counts": {"lost": []}}
    table = pa.Table.from_pylist([{**usual, **row} for row in rows], columns())
    path = Path("mined") / f"{name}.parquet"
    path.parent.mkdir(exist_ok=True)
    pq.write_table(table.replace_schema_metadata({b"obmin": json.dumps(report).encode()}), path)
    return path


def test_a_web_archive_becomes_an_exchange_that_a_second_load_does_not_change(scripted: ScriptedDeployment) -> None:
    corrected = (EXCHANGE[0].replace("206", "205"), EXCHANGE[1].replace("187", "186"))
    mine(
        capture(corrected, url="http://www.visnyk.example/obmin-14-travnya/", at="2025-05-16T09:00:00Z"),
        capture(EXCHANGE),
        Written("https://visnyk.example/pohoda", article(WEATHER, "Погода").encode()),
    )
    result = CliRunner().invoke(main, ["load", "--mined", "mined"])
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "2 texts in 1 files, 2 versions of announcements loaded",
        "             2  archived",
        "Now run `obmin run`: it builds the facts.",
    ]
    scripted.refresh()
    # Of the two captures, the later one's figures stand; the first is surely published by the end of its day.
    assert scripted.exchange("released_total, status, source_count, first_announced_at", "2025-05-14") == (
        205, "announced", 1, utc("2025-05-14 20:59:59"),
    )  # fmt: skip
    assert scripted.rows(
        "select source_id, announcement_id, version_number, url, language, first_seen_at, is_current "
        "from marts.dim_announcements order by version_number"
    ) == [
        ("web_archives", "visnyk.example/obmin-14-travnya", 1, ADDRESS, "uk", utc("2025-05-15 06:07:08"), False),
        (
            "web_archives", "visnyk.example/obmin-14-travnya", 2, "http://www.visnyk.example/obmin-14-travnya/", "uk",
            utc("2025-05-16 09:00"), True,
        ),
    ]  # fmt: skip
    assert scripted.rows("select publisher, side from marts.dim_sources where source_id = 'web_archives'") == [
        ("Web archives", "press")
    ]
    assert scripted.rows(
        "select measure from marts.dim_source_precedence group by measure "
        "having arg_max(source_id, source_rank) <> 'web_archives'"
    ) == []  # fmt: skip
    with reading(scripted.settings.published) as connection:
        publication = read_publication(connection, None, is_sample=False, only=("record", "sources"))
    for language, words in (("en", "1 page found in web archives"), ("uk", "1 сторінка, знайдена у вебархівах")):
        _, html = sources_page(publication, scripted.settings.sources(), utc("2025-06-01 09:00"), Words(language))
        assert words in html
    before = left(scripted)
    again = load()
    assert (again["archived"], again["loaded_before"], again["announcements_new"]) == (0, 2, 0)
    assert left(scripted) == before


def test_a_capture_that_is_older_than_one_loaded_before_does_not_become_the_current_version(
    scripted: ScriptedDeployment,
) -> None:
    corrected = (EXCHANGE[0].replace("206", "205"), EXCHANGE[1].replace("187", "186"))
    mine_and_load(capture(corrected, at="2025-05-16T09:00:00Z"))
    mine(capture(EXCHANGE, at="2025-05-15T09:00:00Z"), name="older")
    assert load()["announcements_new"] == 1
    scripted.refresh()
    assert scripted.exchange("released_total, source_count", "2025-05-14") == (205, 1)
    assert scripted.rows("select first_seen_at, is_current from marts.dim_announcements order by version_number") == [
        (utc("2025-05-15 09:00"), False), (utc("2025-05-16 09:00"), True),
    ]  # fmt: skip


def test_the_archive_keeps_mined_texts_and_no_replay_serves_them(scripted: ScriptedDeployment) -> None:
    address = "https://visnyk.example/обмін?id=1&x=%D0%B0"
    mine_and_load(capture(EXCHANGE, url=address), capture(EXCHANGE[:1], url=address, at="2025-05-20T00:00:00.5Z"))
    before = left(scripted)
    assert [row[3] for row in before["announcements"]] == [address] * 2
    scripted.settings.working.unlink()
    report = reparse(Warehouse(scripted.settings), lambda _: None)
    assert (report.announcements, report.warnings, report.quarantined) == (2, [], [])
    assert left(scripted) == before
    assert len(Replay(PageArchive(scripted.settings.pages))) == 0


@pytest.mark.parametrize(
    ("official", "figures", "filled"),
    [
        # The page's branches are more than the official's total.
        ("додому повернулися 205 захисників, серед них 3 жінки", (205, "exact"), []),
        ("додому повернулися понад 190 захисників", (190, "at_least"), [("armed_forces", 187), ("border_guard", 19)]),
    ],
)
def test_no_figure_of_an_official_changes_because_a_mined_page_differs(
    scripted: ScriptedDeployment, official: str, figures: tuple[int, str], filled: list[tuple[str, int]]
) -> None:
    scripted.announce(HQ, "2025-05-14 15:00", f"Сьогодні, 14 травня, відбувся обмін полоненими: {official}.")
    scripted.refresh()
    told = "select * from marts.fct_figures order by all"
    exchange = "exchange_id, status, released_total, released_bound, women, first_announced_at, announcement_url"
    before, figures_before = scripted.exchange(exchange, "2025-05-14"), scripted.rows(told)
    assert before[2:4] == figures
    mine_and_load(capture(EXCHANGE))
    scripted.refresh()
    assert scripted.exchange(exchange, "2025-05-14") == before
    assert scripted.rows("select count(*) from marts.fct_exchanges") == [(1,)]
    kept = {row[2]: row[5:7] for row in scripted.rows(told)}
    assert {row[2]: row[5:7] for row in figures_before}.items() <= kept.items()
    # What the official did not say is filled, and what differs is shown.
    assert (
        scripted.rows(
            "select category, value from marts.fct_figures where measure = 'by_service' and publishers_agreeing = 0 "
            "and source_id = 'web_archives' order by category"
        )
        == filled
    )
    assert scripted.rows(
        "select verdict, verdict_rule from marts.fct_statements where measure = 'released_total' and value = 206"
    ) == [("overruled", "a page of a web archive comes after all other sources")]


def test_a_mined_page_moves_no_official_announcement_to_its_day(scripted: ScriptedDeployment) -> None:
    scripted.announce(HQ, "2025-05-15 15:00", "Відбувся обмін полоненими: додому повернулися 206 захисників.")
    mine_and_load(capture(EXCHANGE))
    scripted.refresh()
    assert scripted.exchange("released_total, source_count", "2025-05-15")[0] == 206


def test_what_is_not_loaded_is_counted_and_named(scripted: ScriptedDeployment) -> None:
    scripted.announce("ukrinform", "2025-05-14 15:00", "Відбувся обмін полоненими.", item="rubric/777.html")
    with Warehouse(scripted.settings).connection() as connection:
        (crawled,) = connection.execute("select url from raw.announcements").fetchall()[0]
    report = mine_and_load(
        capture(EXCHANGE, day="", url="https://visnyk.example/no-day"),
        capture(EXCHANGE, day="2019-09-07", url="https://visnyk.example/2019"),
        capture(EXCHANGE, day="2025-05-16", url="https://visnyk.example/ahead"),
        capture(EXCHANGE, url=crawled.replace("https://", "http://") + "/"),
        capture(
            ("Військовополонені писали листи додому, і рідні чекали на них щодня.", *WEATHER),
            url="https://visnyk.example/letters",
        ),
    )
    assert report["texts"] == 5
    assert report["without_day"] == ["https://visnyk.example/no-day"]
    assert report["left_out"] == ["https://visnyk.example/ahead: its day is after that of the capture (2025-05-16)."]
    assert (report["before_the_invasion"], report["of_crawled_sources"], report["without_statements"]) == (1, 1, 1)
    assert (report["archived"], report["announcements_new"]) == (0, 0)
    result = CliRunner().invoke(main, ["load", "--mined", "mined"])
    assert result.exit_code == 0
    assert "Warning: https://visnyk.example/no-day gives no day of publication.\n" in result.stderr
    assert "             1  of an address that a source has\n" in result.stdout


def test_a_file_that_is_unusable_is_one_sentence_and_the_others_are_loaded(scripted: ScriptedDeployment) -> None:
    mine(capture(EXCHANGE), name="whole")
    for name in ("cut", "newer", "changed"):
        mine(capture(EXCHANGE, url=f"https://visnyk.example/{name}"), name=name)
    paths = {path.name.partition("-")[0]: path for path in Path("mined").glob("*.parquet")}
    paths["cut"].write_bytes(paths["cut"].read_bytes()[:-20])
    report = json.loads(pq.read_metadata(paths["newer"]).metadata[b"obmin"])
    newer = {b"obmin": json.dumps({**report, "version": "2.a.b"}).encode()}
    pq.write_table(pq.read_table(paths["newer"]).replace_schema_metadata(newer), paths["newer"])
    same = {b"obmin": json.dumps(report).encode()}
    without = pq.read_table(paths["changed"]).drop_columns(["text"])
    pq.write_table(without.replace_schema_metadata(same), paths["changed"])
    pq.write_table(pa.table({"url": ["https://a.example"]}), "mined/foreign.parquet")
    Path("mined/letter.parquet").write_text("Dear reader")
    result = CliRunner().invoke(main, ["load", "--mined", "mined"])
    assert result.exit_code == 1
    assert result.stdout.startswith("1 texts in 1 files, 1 versions of announcements loaded\n")
    assert sorted(result.stderr.splitlines()) == sorted(
        [
            f"Failed: {paths['cut']} is cut or damaged, and what can't be read is left out. Run `obmin mine` again, then "
            "load again.",
            f"Failed: {paths['newer']} was mined by a newer Obmin: its form is 2, and this one reads 1. It is left out: "
            "upgrade this one.",
            f"Failed: {paths['changed']} was changed after it was mined: it lacks text, or has something else there; it "
            "is left out. Delete it and run `obmin mine` again.",
            "Failed: mined/foreign.parquet is no result of `obmin mine`; it is left out. Move it away.",
            "Failed: mined/letter.parquet is no Parquet file; it is left out. Move it away.",
        ]
    )
    # Once they are whole, only they are loaded.
    mine(capture(EXCHANGE, url="https://visnyk.example/cut"), name="cut")
    assert load(status=1)["archived"] == 1


def test_a_folder_without_a_file_and_one_that_is_not_there_are_one_sentence(scripted: ScriptedDeployment) -> None:
    Path("mined").mkdir()
    result = CliRunner().invoke(main, ["load", "--mined", "mined"])
    assert result.exit_code == 1
    assert result.stderr == ("Failed: mined has no *.parquet file; name the folder that `obmin mine --out` wrote.\n")
    assert CliRunner().invoke(main, ["load", "--mined", "gone"]).exit_code == 2


def test_hostile_texts_and_addresses_harm_nothing(scripted: ScriptedDeployment) -> None:
    usual = "https://visnyk.example/"
    write_mined(
        [
            {"url": f"{usual}title", "title": HOSTILE, "text": f"{HOSTILE}\n{EXCHANGE[0]}"},
            {"url": f"{usual}nul", "text": f"{EXCHANGE[0]}\0"},
            {"url": f"{usual}long?{'x' * 1000}"},
            {"url": "javascript:alert(1)"},
            {"url": f"{usual}\r\nWARC-Type: request"},
            {"url": "https://user@visnyk.example/"},
            {"url": "https://[bad/"},
            {"url": f"{usual}{'y' * 9000}"},
            {"url": f"{usual}unreadable", "text": "Сьогодні відбувся обмін: вдома 2\ufffd6 захисників."},
            {"url": f"{usual}long-text", "text": EXCHANGE[0] + "а" * 200_000},
            {"url": f"{usual}ahead", "captured_at": datetime(2999, 1, 1, tzinfo=UTC)},
            {"url": f"{usual}missing", "text": None},
            {"url": f"{usual}warc", "warc": "a\r\nb: c/обмін.warc"},
        ]
    )
    report = load()
    assert (report["archived"], report["announcements_new"]) == (4, 4)
    reasons = [
        *["it is no web address"] * 5,
        "a character next to a figure can't be read",
        "its text has 200,094 characters, more than any announcement",
        "its capture is dated 2999-01-01 00:00 UTC, which is in the future",
        "its text is missing",
    ]
    assert len(report["left_out"]) == len(reasons)
    assert all(f": {one}" in sentence for one, sentence in zip(reasons, report["left_out"], strict=True))
    scripted.refresh()
    assert scripted.rows("select count(*) from marts.dim_announcements") == [(4,)]
    assert scripted.rows("select max(length(announcement_id)) <= 500 from marts.dim_announcements") == [(True,)]
    before = left(scripted)
    reparse(Warehouse(scripted.settings), lambda _: None)
    assert left(scripted) == before


def test_a_load_that_was_stopped_goes_on(scripted: ScriptedDeployment, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_mined([{"url": f"https://visnyk.example/{n}", "record": n} for n in range(700)])
    archive = PageArchive(scripted.settings.pages)
    shown: list[tuple[int, int]] = []

    class Stopped(Exception):
        """Ctrl-C."""

    append = archive.append

    def stop(page: Any) -> Any:
        if page.url.endswith("/550"):
            raise Stopped
        return append(page)

    monkeypatch.setattr(archive, "append", stop)
    with pytest.raises(Stopped), Warehouse(scripted.settings).connection() as connection:
        load_mined(connection, archive, path.parent)
    with Warehouse(scripted.settings).connection() as connection:
        report = load_mined(
            connection, PageArchive(scripted.settings.pages), path.parent, lambda *done: shown.append(done)
        )
        assert connection.execute("select count(*), count(loaded_at) from raw.pages").fetchall() == [(700, 700)]
        assert connection.execute("select count(*) from raw.announcements").fetchall() == [(700,)]
    assert (report.archived, report.loaded_before) == (150, 550)
    assert shown == [(0, 1)]


def test_the_past_sends_no_alert(scripted: ScriptedDeployment) -> None:
    mine_and_load(capture(EXCHANGE))
    assert decide(scripted) == 0
    scripted.publish()
    assert scripted.rows("select count(*) from marts.fct_exchanges") == [(1,)]


def test_an_exchange_that_was_alerted_long_ago_sends_none_either(scripted: ScriptedDeployment) -> None:
    scripted.announce(HQ, "2025-05-14 15:00", "Сьогодні відбувся обмін: додому повернулися 205 захисників.")
    assert decide(scripted, date(2025, 5, 15)) == 1
    mine_and_load(capture(EXCHANGE))
    assert decide(scripted) == 0
    scripted.publish()
    assert scripted.exchange("has_conflict", "2025-05-14") == (True,)
