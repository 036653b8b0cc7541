"""The archive is enough: all parsed rows can be rebuilt from it, and replaying it can replace the sites."""

from __future__ import annotations

import urllib.request
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner

from orchestration.cli.main import main
from orchestration.settings import Settings
from orchestration.warehouse.database import Warehouse
from orchestration.warehouse.fetch import fetch
from orchestration.warehouse.reparse import reparse
from scrapers.archive import PageArchive
from scrapers.crawling.replay_server import serve_archive
from scrapers.http.client import HttpClient
from scrapers.registry import get_source
from tests.conftest import deployment, respond, web
from tests.support.crawled_deployment import BEGINNING, CrawledDeployment, crawling
from tests.support.sites import Channel, president

CHANNEL, SITE = get_source("koordshtab_telegram").as_excerpt(), get_source("president_uk").as_excerpt()
# All results of parsing; the time and order of loading may differ.
PARSED = {
    "announcements": "* exclude (load_seq)", "ignored_items": "*", "quarantined_items": "*",
    "absent_items": "* exclude (url, change_seq)", "pages": "* exclude (loaded_at, fingerprint)",
}  # fmt: skip


def parsed(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    with duckdb.connect(str(settings.working), read_only=True) as connection:
        return {
            table: connection.execute(f"select {columns} from raw.{table} order by all").fetchall()
            for table, columns in PARSED.items()
        }


@pytest.fixture
def lived_in(tmp_path: Path) -> Settings:
    """A deployment with a site with articles and a channel with edits, one of them reverted, a deletion, a picture
    and a broken date.
    """
    channel = Channel(*range(1, 9))
    channel.media, channel.stamps = {7}, {8: "2099-01-01T10:00:00+02:00"}
    site = president([], ["5", "6"])

    def answer(handler: Any) -> None:
        (channel if handler.path.startswith("/t.me") else site)(handler)

    with crawling(tmp_path, answer) as crawled:
        crawled.refresh(CHANNEL)
        crawled.refresh(SITE)
        channel.posts[6] = "Допис 6, виправлено"
        crawled.refresh(CHANNEL)
        del channel.posts[6]
        crawled.refresh(CHANNEL)
        kept, channel.posts[5] = channel.posts[5], "Допис 5, виправлено"
        crawled.refresh(CHANNEL)
        channel.posts[5] = kept
        crawled.refresh(CHANNEL)
    return deployment(tmp_path)


def test_the_archive_alone_gives_the_same_rows(lived_in: Settings) -> None:
    before = parsed(lived_in)
    assert len(before["announcements"]) == 6 + 1 + 2 + 2  # posts, an edit, an edit and its reversal, articles
    lived_in.working.unlink()
    shown: list[tuple[int, int]] = []
    report = reparse(Warehouse(lived_in), lambda read: shown.append((read.pages, read.announcements)))
    assert shown[-1] == (report.pages, report.announcements)
    after = parsed(lived_in)
    assert report.announcements == 11
    assert after == before
    assert [row[:3] for row in after["absent_items"]] == [("koordshtab_telegram", "6", True)]


@pytest.mark.parametrize("is_loaded_late", [False, True], ids=["loaded at once", "loaded late"])
def test_a_post_that_is_shown_again_after_it_was_gone_stays(tmp_path: Path, is_loaded_late: bool) -> None:
    """In the order in which pages were fetched, however many are loaded together; another post stays gone."""
    channel = Channel(1, 2, 3)
    with crawling(tmp_path, channel) as crawled:
        crawled.refresh(CHANNEL)
        post = channel.posts.pop(2)
        (crawled.fetch if is_loaded_late else crawled.refresh)(CHANNEL)
        channel.posts[2] = post
        del channel.posts[3]
        crawled.refresh(CHANNEL)
        marks = crawled.rows("select item_id, is_deleted from raw.absent_items order by 1")
    assert marks == [("2", False), ("3", True)]
    settings = deployment(tmp_path)
    before = parsed(settings)
    reparse(Warehouse(settings), lambda _: None)
    assert parsed(settings) == before


@pytest.mark.parametrize("has_tag", [False, True], ids=["in full", "with an ETag"])
def test_a_post_that_is_gone_again_by_the_same_page_stays_gone(tmp_path: Path, has_tag: bool) -> None:
    channel = Channel(1, 2, 3)

    def answer(handler: Any) -> None:
        if has_tag and 2 not in channel.posts and handler.path.startswith("/t.me/Koord_shtab/2?"):
            if handler.headers["If-None-Match"] == '"none"':
                return respond(handler, 304)
            page = '<div class="tgme_widget_message_error">Post not found</div>'
            return respond(handler, 200, page, {"ETag": '"none"'})
        return channel(handler)

    with crawling(tmp_path, answer) as crawled:
        marks = []
        for is_there in (True, False, True, False):
            channel.posts = {1: "Допис 1", **({2: "Допис 2"} if is_there else {}), 3: "Допис 3"}
            crawled.refresh(CHANNEL)
            marks.append(crawled.rows("select item_id, is_deleted from raw.absent_items"))
        channel.asked.clear()
        crawled.refresh(CHANNEL)
        assert channel.asked == ["/s/Koord_shtab"]  # the post is not requested again
    assert marks == [[], [("2", True)], [("2", False)], [("2", True)]]
    settings = deployment(tmp_path)
    before = parsed(settings)
    reparse(Warehouse(settings), lambda _: None)
    assert parsed(settings) == before


def test_what_the_archive_cannot_tell_is_carried_over(lived_in: Settings) -> None:
    with Warehouse(lived_in).connection() as connection:
        connection.execute(
            "insert into raw.alerted_exchanges values ('exchange-2025-01-01', '{}', false, false, 0, 1, 1)"
        )
        connection.execute(
            "insert into raw.absent_items values ('x', 'unlisted', 'u', false, timestamp '2025-01-01', 1)"
        )
        checks = connection.execute("from raw.source_checks order by all").fetchall()
    report = reparse(Warehouse(lived_in), lambda _: None)
    assert (report.announcements, report.announcements_before, report.no_longer_read) == (11, 11, 0)
    with Warehouse(lived_in).connection() as connection:
        assert connection.execute("from raw.source_checks order by all").fetchall() == checks
        assert connection.execute("select exchange_id from raw.alerted_exchanges").fetchall() == [
            ("exchange-2025-01-01",)
        ]
        assert connection.execute("select item_id from raw.absent_items order by 1").fetchall() == [
            ("6",), ("unlisted",),
        ]  # fmt: skip


def test_a_mended_parser_changes_what_is_read_and_says_so(
    lived_in: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scrapers.sources import telegram

    original = telegram._text
    monkeypatch.setattr(telegram, "_text", lambda post: original(post).upper())
    report = reparse(Warehouse(lived_in), lambda _: None)
    assert (report.announcements, report.no_longer_read) == (11, 9)
    with Warehouse(lived_in).connection() as connection:
        texts = connection.execute(
            "select text from raw.announcements where source_id = 'koordshtab_telegram' order by 1"
        ).fetchall()
    assert texts[0] == ("ДОПИС 1",)


def test_a_reparse_that_fails_leaves_the_old_file(lived_in: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    before = lived_in.working.read_bytes()

    def broken(*_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("orchestration.warehouse.reparse.index_row", broken)
    with pytest.raises(RuntimeError):
        reparse(Warehouse(lived_in), lambda _: None)
    assert lived_in.working.read_bytes() == before


def test_what_was_read_from_files_that_are_gone_is_kept_as_it_was(lived_in: Settings) -> None:
    """A wrong folder, or an incomplete copy: nothing that is stored may be lost."""
    before = parsed(lived_in)
    (path,) = lived_in.pages.glob("*.warc.gz")
    path.rename(lived_in.pages / "elsewhere")
    report = reparse(Warehouse(lived_in), lambda _: None)
    after = parsed(lived_in)
    assert (report.pages, report.pages_gone, report.kept) == (0, len(before["pages"]), 11)
    assert {table: rows for table, rows in after.items() if table != "pages"} == {
        table: rows for table, rows in before.items() if table != "pages"
    }
    result = CliRunner().invoke(main, ["reparse"], env={"OBMIN_DATA": str(lived_in.data.parent)})
    assert "Warning: The archive lacks 0 pages" in result.stderr
    # Once the file is back, all is read from it again.
    (lived_in.pages / "elsewhere").rename(path)
    assert reparse(Warehouse(lived_in), lambda _: None).pages_gone == 0
    assert parsed(lived_in) == before


def test_the_command_says_what_came_out(lived_in: Settings) -> None:
    result = CliRunner().invoke(main, ["reparse", "--json"], env={"OBMIN_DATA": str(lived_in.data.parent)})
    assert '"announcements": 11' in result.output
    assert "item 8 is set aside: its date is in the future" in result.output
    assert result.exit_code == 1  # something needs fixing


def test_the_replayed_archive_stands_in_for_the_sites(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    with crawling(first, Channel(*range(1, 9))) as crawled:
        crawled.refresh(CHANNEL)
    archive = PageArchive(deployment(first).pages)
    with serve_archive(archive) as (address, count), HttpClient(replay=address) as client:
        assert count == 3
        with urllib.request.urlopen(f"{address}/t.me/s/Koord_shtab?before=6") as answer:
            assert "Допис 5" in answer.read().decode()
        with Warehouse(deployment(second)).connection() as connection:
            again = CrawledDeployment(deployment(second).pages, connection, client)
            report = fetch(connection, again.archive, client, CHANNEL, BEGINNING, lambda _: None)
            again.refresh(CHANNEL)
            assert again.ids() == [str(number) for number in range(1, 9)]
    assert report.pages_new == 3


def test_a_taken_port_is_a_sentence(lived_in: Settings) -> None:
    with web(lambda _: None) as address:
        port = address.rpartition(":")[2]
        result = CliRunner().invoke(main, ["replay", "--port", port], env={"OBMIN_DATA": str(lived_in.data.parent)})
    assert result.exit_code == 1
    assert f"127.0.0.1:{port} (Address already in use)" in result.output
