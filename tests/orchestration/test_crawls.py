"""Crawls of one channel and one site from a real server into a real archive and warehouse.

The end of a listing is tested in test_listing_ends.py, failing articles in test_article_failures.py.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from orchestration.settings import PROJECT
from orchestration.warehouse import page_store as page_stores
from orchestration.warehouse.database import DamagedFile, Warehouse
from orchestration.warehouse.fetch import fetch_all
from orchestration.warehouse.load import load
from orchestration.warehouse.page_store import WarehousePageStore
from orchestration.warehouse.reparse import reparse
from scrapers.archive import PageArchive
from scrapers.crawling.crawl import Crawl
from scrapers.http.client import HttpClient
from scrapers.parsing.listings import Window
from scrapers.records import Page, ParsedPage
from scrapers.registry import Source
from scrapers.sample.server import MONTHS
from scrapers.sources import parse
from tests.conftest import deployment, respond, web
from tests.support.crawled_deployment import BEGINNING, CHANNEL, SITE, CrawledDeployment, crawling
from tests.support.sites import ARTICLE, LIST_ITEM, Channel, president


def test_a_first_crawl_pages_back_to_the_beginning(tmp_path: Path) -> None:
    channel = Channel(*range(1, 9))
    with crawling(tmp_path, channel) as deployment:
        deployment.refresh()
        assert deployment.ids() == [str(number) for number in range(1, 9)]
    assert channel.asked == ["/s/Koord_shtab", "/s/Koord_shtab?before=6", "/s/Koord_shtab?before=3"]


def test_a_later_crawl_stops_where_nothing_is_new(tmp_path: Path) -> None:
    channel = Channel(*range(1, 9))
    with crawling(tmp_path, channel) as deployment:
        deployment.refresh()
        channel.asked.clear()
        assert deployment.refresh().announcements_new == 0
        assert channel.asked == ["/s/Koord_shtab"]
        channel.posts |= {number: f"Допис {number}" for number in range(9, 13)}
        channel.asked.clear()
        assert deployment.refresh().announcements_new == 4
        assert channel.asked == ["/s/Koord_shtab", "/s/Koord_shtab?before=10", "/s/Koord_shtab?before=7"]


def test_after_a_broken_crawl_no_hole_is_left(tmp_path: Path) -> None:
    channel = Channel(*range(1, 9))
    with crawling(tmp_path, channel) as deployment:
        deployment.refresh()
        channel.posts |= {number: f"Допис {number}" for number in range(9, 15)}
        channel.broken = {"/s/Koord_shtab?before=12"}
        report = deployment.fetch()
        assert report.error is not None
        assert "answered with status 404" in report.error
        load(deployment.connection, deployment.archive)
        assert deployment.ids()[-3:] == ["12", "13", "14"]
        channel.broken.clear()
        # All posts of the first page are known now; the crawl must continue to the posts behind it.
        deployment.refresh()
        assert deployment.ids() == [str(number) for number in range(1, 15)]


FETCH_ONCE = """
import sys
from pathlib import Path
from tests.conftest import deployment
from tests.support.crawled_deployment import CrawledDeployment
from orchestration.warehouse.database import Warehouse
from scrapers.http.client import HttpClient
settings = deployment(Path(sys.argv[1]))
with HttpClient(replay=sys.argv[2], attempts=1) as client, Warehouse(settings).connection() as connection:
    CrawledDeployment(settings.pages, connection, client).fetch()
"""


@pytest.mark.parametrize("lost", ["nothing", "working file"])
def test_a_crawl_killed_between_two_pages_leaves_no_hole(tmp_path: Path, lost: str) -> None:
    """It stored the newest page and could not record that it was unfinished; the exchange is on the next page."""
    channel, children = Channel(*range(1, 9)), list[subprocess.Popen[bytes]]()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if children and "before=12" in handler.path:
            children.pop().kill()
        channel(handler)

    with web(answer) as address:
        settings = deployment(tmp_path)
        with HttpClient(replay=address, attempts=1) as client:
            with Warehouse(settings).connection() as connection:
                CrawledDeployment(settings.pages, connection, client).refresh()
            channel.posts |= {number: f"Допис {number}" for number in range(9, 15)}
            with subprocess.Popen([sys.executable, "-c", FETCH_ONCE, str(tmp_path), address], cwd=PROJECT) as child:
                children.append(child)
                assert child.wait() == -signal.SIGKILL
            if lost == "working file":
                settings.working.write_bytes(b"not a database")
                with pytest.raises(DamagedFile), Warehouse(settings).connection():
                    pass
                reparse(Warehouse(settings), lambda _: None)
            with Warehouse(settings).connection() as connection:
                again = CrawledDeployment(settings.pages, connection, client)
                load(connection, again.archive)
                assert again.ids()[-3:] == ["12", "13", "14"]
                again.refresh()
                assert again.ids() == [str(number) for number in range(1, 15)]


def test_a_page_is_parsed_once_by_crawling_and_loading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []

    def counted(source: Source, page: Page) -> ParsedPage:
        parsed.append(page.url)
        return parse(source, page)

    monkeypatch.setattr(page_stores, "parse", counted)
    channel = Channel(*range(1, 9))
    with crawling(tmp_path, channel) as deployment:
        deployment.refresh()
        assert deployment.ids() == [str(number) for number in range(1, 9)]
        assert len(parsed) == len(set(parsed)) > 0


def test_a_front_page_that_a_backfill_stored_leaves_no_hole(tmp_path: Path) -> None:
    channel = Channel(*range(1, 9))
    with crawling(tmp_path, channel) as deployment:
        deployment.refresh()
        channel.posts |= {number: f"Допис {number}" for number in range(9, 15)}
        until = deployment.client.moment()
        page_store = WarehousePageStore(deployment.connection, deployment.archive, CHANNEL)
        for _ in Crawl(deployment.client, CHANNEL, page_store).history(Window(BEGINNING, until), None):
            break
        load(deployment.connection, deployment.archive)
        assert deployment.ids()[-3:] == ["12", "13", "14"]
        deployment.refresh()
        assert deployment.ids() == [str(number) for number in range(1, 15)]


def test_a_crawl_killed_before_loading_asks_for_no_article_twice(tmp_path: Path) -> None:
    asked: list[str] = []
    with crawling(tmp_path, president(asked, ["5", "6"])) as deployment:
        deployment.fetch(SITE)
        deployment.fetch(SITE)
        assert load(deployment.connection, deployment.archive).announcements_new == 2
    assert [path for path in asked if "/news/obmin-" in path] == ["/news/obmin-5", "/news/obmin-6"]


@pytest.mark.parametrize("crash", ["staged", "committed"])
def test_a_page_that_a_crash_left_without_its_row_is_taken_in(tmp_path: Path, crash: str) -> None:
    """On disk, and not in raw.pages: the crash came before the commit to the archive, or right after it."""
    channel = Channel(*range(1, 4))
    with crawling(tmp_path, channel) as deployment:
        page = deployment.client.get(CHANNEL, CHANNEL.url)
        deployment.archive.append(page) if crash == "committed" else deployment.archive.stage(page)
        deployment.archive = PageArchive(tmp_path / "sample" / "pages")
        arguments = (deployment.connection, deployment.archive, deployment.client, [], BEGINNING, lambda _: None)
        assert list(fetch_all(*arguments)) == []
        assert list(fetch_all(*arguments)) == []  # the second call adds nothing
        assert deployment.rows("select count(*) from raw.pages") == [(1,)]
        assert load(deployment.connection, deployment.archive).announcements_new == 3


def test_nothing_new_adds_no_row_and_no_byte_but_a_note_of_the_visit(tmp_path: Path) -> None:
    channel = Channel(1, 2, 3)
    counts = "select (select count(*) from raw.pages), (select count(*) from raw.announcements)"
    with crawling(tmp_path, channel) as deployment:
        deployment.refresh()
        before, size = deployment.rows(counts), deployment.archive.size()
        report = deployment.fetch()  # only the view counters changed
        assert (report.pages_seen, report.pages_new) == (1, 0)
        assert (deployment.rows(counts), deployment.archive.size()) == (before, size)


def test_an_empty_list_is_an_error_not_silence(tmp_path: Path) -> None:
    channel = Channel(1, 2, 3)
    with crawling(tmp_path, channel) as deployment:
        deployment.refresh()
        channel.posts.clear()
        report = deployment.fetch()
        assert report.error is not None
        assert "lists 0 items where at least 1 were expected" in report.error
        assert "obmin sources check koordshtab_telegram" in report.error
        assert deployment.ids() == ["1", "2", "3"]
        assert deployment.rows("select item_id from raw.absent_items") == []


def test_posts_out_of_order_are_all_found(tmp_path: Path) -> None:
    channel = Channel(*range(1, 9))
    channel.order = lambda shown: sorted(shown, key=lambda number: number % 3)  # type: ignore[assignment]
    channel.stamps = {7: "2025-01-01T08:00:00+02:00"}  # older than its neighbours
    with crawling(tmp_path, channel) as deployment:
        deployment.refresh()
        assert deployment.ids() == [str(number) for number in range(1, 9)]


def test_a_deleted_post_keeps_its_text_and_is_marked(tmp_path: Path) -> None:
    channel = Channel(1, 2, 3)
    with crawling(tmp_path, channel) as deployment:
        deployment.refresh()
        del channel.posts[2]
        deployment.refresh()
        assert deployment.ids() == ["1", "2", "3"]
        assert deployment.rows("select item_id, is_deleted from raw.absent_items") == [("2", True)]
        channel.asked.clear()
        deployment.refresh()
        assert channel.asked == ["/s/Koord_shtab"]  # the post is not requested again


def test_a_post_that_is_only_unlisted_is_not_called_deleted(tmp_path: Path) -> None:
    channel = Channel(1, 2, 3)
    hidden: set[int] = set()
    channel.order = lambda shown: [number for number in shown if number not in hidden]  # type: ignore[assignment]
    with crawling(tmp_path, channel) as deployment:
        deployment.refresh()
        hidden.add(2)
        deployment.refresh()
        assert deployment.rows("select item_id, is_deleted from raw.absent_items") == [("2", False)]


def test_an_edited_post_is_a_version_beside_the_old(tmp_path: Path) -> None:
    channel = Channel(1, 2, 3)
    with crawling(tmp_path, channel) as deployment:
        deployment.refresh()
        channel.posts[2] = "Допис 2, виправлено"
        assert deployment.refresh().announcements_new == 1
        assert deployment.rows(
            "select text from raw.announcements where announcement_id = '2' order by first_seen_at"
        ) == [("Допис 2",), ("Допис 2, виправлено",)]


def test_a_post_that_is_edited_back_says_what_it_said_first(tmp_path: Path) -> None:
    channel = Channel(1, 2, 3)
    with crawling(tmp_path, channel) as deployment:
        deployment.refresh()
        for text in ("Допис 2, виправлено", "Допис 2", "Допис 2, виправлено"):
            channel.posts[2] = text
            assert deployment.refresh().announcements_new == 1
            assert deployment.refresh().announcements_new == 0
        assert deployment.rows(
            "select text from raw.announcements where announcement_id = '2' order by first_seen_at"
        ) == [("Допис 2",), ("Допис 2, виправлено",), ("Допис 2",), ("Допис 2, виправлено",)]


def test_media_only_is_ignored_by_name(tmp_path: Path) -> None:
    channel = Channel(1, 2, 3)
    channel.media = {2}
    with crawling(tmp_path, channel) as deployment:
        deployment.refresh()
        assert deployment.ids() == ["1", "3"]
        assert deployment.rows("select item_id, reason from raw.ignored_items") == [("2", "no text: media only")]


def test_a_date_in_the_future_is_set_aside_until_it_is_mended(tmp_path: Path) -> None:
    channel = Channel(1, 2, 3)
    channel.stamps = {2: "2099-01-01T10:00:00+02:00"}
    with crawling(tmp_path, channel) as deployment:
        (sentence,) = deployment.refresh().quarantined
        assert "item 2 is set aside: its date is in the future (2099-01-01 08:00 UTC)" in sentence
        assert deployment.ids() == ["1", "3"]
        channel.stamps.clear()
        assert deployment.refresh().quarantined == []
        assert deployment.ids() == ["1", "2", "3"]


def test_an_unchanged_list_costs_a_304_and_a_revisit(tmp_path: Path) -> None:
    asked: list[str] = []
    with crawling(tmp_path, president(asked, ["5", "6"])) as deployment:
        assert deployment.refresh(SITE).announcements_new == 2
        rows = deployment.rows("select count(*) from raw.pages")
        asked.clear()
        assert deployment.refresh(SITE).announcements_new == 0
        assert asked == ["/news/all"]
        assert deployment.rows("select count(*) from raw.pages") == rows
    from warcio.archiveiterator import ArchiveIterator

    (path,) = (tmp_path / "sample" / "pages").glob("*.warc.gz")
    with path.open("rb") as stream:
        kinds = [record.rec_type for record in ArchiveIterator(stream)]
    assert kinds[-1] == "revisit"
    assert kinds.count("response") == kinds.count("request") == rows[0][0]


def test_a_site_that_ignores_the_number_of_the_page_is_not_asked_for_ever(tmp_path: Path) -> None:
    asked: list[str] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        if "robots" in handler.path:
            return respond(handler, 404)
        is_list = "/news/all" in handler.path
        return respond(handler, 200, LIST_ITEM.format(slug="obmin", id=5, day=2) if is_list else ARTICLE)

    with crawling(tmp_path, answer) as deployment:
        report = deployment.fetch(SITE)
    assert report.error is not None
    assert "page=3 lists only what the pages before it listed" in report.error
    assert len(asked) == 5  # robots.txt, the list, the article, the list again twice


def test_few_posts_far_apart_are_all_found(tmp_path: Path) -> None:
    channel = Channel(7, 90, 1_000, 1_010, 5_000, 20_000, 20_301, 20_302)
    channel.stamps = {number: f"2025-03-01T10:{place:02}:00+02:00" for place, number in enumerate(channel.posts)}
    with crawling(tmp_path, channel) as deployment:
        deployment.refresh()
        assert deployment.ids() == [str(number) for number in channel.posts]


@pytest.mark.parametrize("stray", [1, 2, 150], ids=["the first post", "one near it", "one of the middle"])
def test_a_post_out_of_place_makes_no_crawl_leap(tmp_path: Path, stray: int) -> None:
    """An old post among the newest, pinned or misplaced. All posts behind it are still read."""

    class WithStray(Channel):
        def shown(self, before: int) -> list[int]:
            shown = super().shown(before)
            return sorted({stray, *shown}) if before > max(self.posts) else shown

    channel = WithStray(*range(stray, stray + 3), *range(140, 149), *range(200, 301))
    channel.stamps = {number: f"2025-03-01T10:{number % 60:02}:00+02:00" for number in channel.posts}
    with crawling(tmp_path, channel) as deployment:
        deployment.refresh()
        assert deployment.ids() == [str(number) for number in sorted(channel.posts)]


def test_an_old_item_kept_on_the_front_page_sets_off_no_search(tmp_path: Path) -> None:
    channel = Channel(*range(1, 61))
    with crawling(tmp_path, channel) as deployment:
        deployment.refresh()
        channel.posts |= {number: f"Допис {number}" for number in range(61, 64)}
        channel.stamps = {61: "2025-01-01T00:00:00+02:00"}  # as if it were old
        channel.asked.clear()
        deployment.refresh()
    assert not [path for path in channel.asked if "embed" in path]


def test_an_article_that_is_gone_is_marked_and_its_text_stays(tmp_path: Path) -> None:
    """A recent article is requested again; it is missing now and at the next attempt."""
    today = datetime.now(ZoneInfo("Europe/Kyiv"))
    written = f"{today.day} {MONTHS[today.month - 1]} {today.year} року - 00:01"
    numbers, asked = ["5"], list[str]()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if "/news/obmin-5" in handler.path:
            asked.append(handler.path)
            article = ARTICLE.format(text="Стаття").replace("2 січня 2026 року - 10:00", written)
            return respond(handler, 200 if numbers else 404, article)
        listed = LIST_ITEM.format(slug="obmin", id=5, day=2).replace("2 січня 2026 року - 10:00", written)
        return respond(handler, 404 if "robots" in handler.path else 200, "" if "page=" in handler.path else listed)

    with crawling(tmp_path, answer) as deployment:
        deployment.refresh(SITE)
        assert deployment.rows("from raw.absent_items") == []
        numbers.clear()
        deployment.refresh(SITE)
        assert len(asked) == 2
        assert deployment.rows("from raw.absent_items") == []
        deployment.connection.execute(
            "update raw.article_failures set next_attempt_at = first_failed_at"
        )  # it is due
        deployment.refresh(SITE)
        assert len(asked) == 3
        assert deployment.rows("select item_id, is_deleted from raw.absent_items") == [("5", True)]
        assert deployment.rows("from raw.article_failures") == []
        assert deployment.ids() == ["5"]
        # The 404 response is in the archive, so a rebuild has it too.
        assert deployment.rows("select count(*) from raw.pages where status = 404") == [(1,)]


def test_after_an_error_the_next_fetch_is_a_full_one(tmp_path: Path) -> None:
    asked: list[str] = []
    conditions: list[str | None] = []
    site, is_down = president(asked, ["5"]), [False]

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.path.endswith("/news/all"):
            conditions.append(handler.headers["If-None-Match"])
        if is_down[0] and "robots" not in handler.path:
            return respond(handler, 404)
        return site(handler)

    with crawling(tmp_path, answer) as deployment:
        deployment.refresh(SITE)
        is_down[0] = True
        assert deployment.fetch(SITE).error is not None
        is_down[0] = False
        deployment.refresh(SITE)
        deployment.refresh(SITE)
    tag = conditions[2]
    assert tag is not None
    # A full crawl requests the first page twice, the second time to confirm the end of the listing.
    assert conditions == [None, None, tag, None, None, tag]


def test_one_article_under_two_addresses_is_one_announcement(tmp_path: Path) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        items = "".join(LIST_ITEM.format(slug=slug, id=5, day=2) for slug in ("obmin", "obmin-polonenimi"))
        if "/news/all" in handler.path:
            return respond(handler, 200, "<html></html>" if "page=" in handler.path else items)
        return respond(handler, 404 if "robots" in handler.path else 200, ARTICLE.format(text="Стаття"))

    with crawling(tmp_path, answer) as deployment:
        assert deployment.refresh(SITE).announcements_new == 1
        assert deployment.ids() == ["5"]


def test_a_fault_of_ours_in_one_source_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise KeyError("oops")

    monkeypatch.setattr("orchestration.warehouse.page_store.parse", broken)
    with crawling(tmp_path, Channel(1)) as deployment:
        report = deployment.fetch()
    assert report.error is not None
    assert "failed inside Obmin (KeyError: 'oops')" in report.error
    assert "scrapers/sources/telegram.py" in report.error


def test_a_full_disk_is_called_so_and_no_fault_of_a_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise duckdb.TransactionException('Failed to commit: Could not write file "/x.wal": No space left on device')

    monkeypatch.setattr("orchestration.warehouse.page_store.insert_row", full)
    with crawling(tmp_path, Channel(1)) as deployment:
        report = deployment.fetch()
    assert report.error == (
        "koordshtab_telegram: The disk is full (/x.wal): free some space, then run again; what is stored is whole."
    )


def test_many_sources_side_by_side_meet_no_conflict(tmp_path: Path) -> None:
    sources = [
        CHANNEL.model_copy(update={"id": f"channel_{n}", "url": f"https://host{n}.example/s/Koord_shtab"})
        for n in range(24)
    ]
    channel = Channel(*range(1, 13))

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.path = "/t.me" + handler.path[handler.path.index("/", 1) :]
        channel(handler)

    with crawling(tmp_path, answer) as deployment:
        sentence: list[str] = []
        arguments = (
            deployment.connection,
            deployment.archive,
            deployment.client,
            sources,
            BEGINNING,
            sentence.append,
        )
        reports = {report.source_id: report for report in fetch_all(*arguments)}
        again = list(fetch_all(*arguments))
        assert {source.id for source in sources} == set(reports)
        assert {(report.error, report.pages_new) for report in reports.values()} == {(None, 4)}
        assert {(report.error, report.pages_new) for report in again} == {(None, 0)}
        assert deployment.rows("select count(*), count(distinct source_id) from raw.pages") == [(96, 24)]
        assert len(sentence) == 48


def test_a_crawl_that_is_stopped_ends_at_its_next_request(tmp_path: Path) -> None:
    channel = Channel(*range(1, 300))
    clients: list[HttpClient] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if len(channel.asked) == 5:
            clients[0].close()
        channel(handler)

    with crawling(tmp_path, answer) as deployment:
        clients.append(deployment.client)
        report = deployment.fetch()
    assert report.error is not None
    assert "the crawl was stopped before" in report.error
    assert len(channel.asked) == 6
