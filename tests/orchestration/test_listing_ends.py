"""Listings that are empty, frozen or full of links elsewhere: an end is not confused with a site that withholds
items.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import duckdb
import pytest

from orchestration.warehouse import page_store
from orchestration.warehouse.backfill import backfill_month
from orchestration.warehouse.database import Warehouse
from orchestration.warehouse.fetch import FetchReport, fetch
from orchestration.warehouse.load import load
from scrapers.archive import PageArchive
from scrapers.http.client import HttpClient
from scrapers.http.throttling import Clock
from scrapers.registry import Source, get_source
from tests.conftest import deployment, respond, web
from tests.support.sites import ARTICLE, LIST_ITEM, Channel, president

CHANNEL, SITE = get_source("koordshtab_telegram").as_excerpt(), get_source("president_uk").as_excerpt()
BEGINNING = datetime(2022, 2, 24, tzinfo=UTC)
NO_POSTS = '<html><div class="tgme_channel_info"></div><div class="tme_no_messages_found">No posts found</div></html>'


class Limited(Channel):
    """A channel whose listing shows "no posts found" before some post, like a rate limit; single posts are served."""

    def __init__(self, *numbers: int, from_post: int) -> None:
        super().__init__(*numbers)
        self.from_post: int | None = from_post

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        before = int(parse_qs(urlsplit(handler.path).query).get("before", ["999999"])[0])
        if "/s/" in handler.path and self.from_post is not None and before <= self.from_post:
            self.asked.append(handler.path)
            return respond(handler, 200, NO_POSTS)
        return super().__call__(handler)


class CrawledDeployment:
    def __init__(self, folder: Path, connection: duckdb.DuckDBPyConnection, address: str) -> None:
        self.connection, self.archive, self.address = connection, PageArchive(folder), address
        self.now = datetime.now(UTC)

    def client(self) -> HttpClient:
        clock = Clock(sleep=lambda _: None, moment=lambda: self.now)
        return HttpClient(replay=self.address, attempts=1, clock=clock)

    def crawl(self, source: Source) -> FetchReport:
        with self.client() as client:
            report = fetch(self.connection, self.archive, client, source, BEGINNING, lambda _: None)
        load(self.connection, self.archive)
        return report

    def month(self, source: Source, month: date) -> Any:
        with self.client() as client:
            return backfill_month(self.connection, self.archive, client, source, month, "listing")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()

    def ids(self) -> list[int]:
        return sorted(int(item) for (item,) in self.rows("select announcement_id from raw.announcements"))


@contextmanager
def living(folder: Path, answer: Any) -> Iterator[CrawledDeployment]:
    settings = deployment(folder)
    with web(answer) as address, Warehouse(settings).connection() as connection:
        yield CrawledDeployment(settings.pages, connection, address)


def test_no_posts_found_in_the_middle_of_a_channel_is_no_end(tmp_path: Path) -> None:
    """Neither a crawl nor a month counts as complete, and later ones leave no gap."""
    channel = Limited(*range(1, 61), from_post=40)
    with living(tmp_path, channel) as deployment:
        report = deployment.crawl(CHANNEL)
        assert report.error is not None
        assert "lists nothing, though there are older ones" in report.error
        assert deployment.ids() == list(range(39, 61))  # post 39 was served by itself, as the proof
        assert deployment.rows("select is_complete, complete_through from raw.source_checks") == [(False, None)]
        for _ in range(2):
            for month in (date(2025, 2, 1), date(2025, 1, 1)):  # posts 29 to 56, and 1 to 28
                found = deployment.month(CHANNEL, month)
                assert found.error is not None
                assert "lists nothing" in found.error
        assert deployment.rows("select count(*) from raw.backfill_progress where is_complete") == [(0,)]
        channel.from_post = None
        assert deployment.crawl(CHANNEL).error is None
        assert deployment.ids() == list(range(1, 61))
        assert [deployment.month(CHANNEL, month).error for month in (date(2025, 2, 1), date(2025, 1, 1))] == [
            None,
            None,
        ]


def test_a_channel_whose_first_posts_are_deleted_has_a_beginning(tmp_path: Path) -> None:
    with living(tmp_path, Channel(*range(50, 57))) as deployment:
        assert deployment.crawl(CHANNEL).error is None
        assert deployment.ids() == list(range(50, 57))
        assert deployment.month(CHANNEL, date(2025, 1, 1)).error is None


def numbered(pages: dict[int, str | int], asked: list[int], item: str = LIST_ITEM) -> Any:
    """A listing of numbered pages: each page's items, or the status of its response."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        path = handler.path.removeprefix("/www.president.gov.ua")
        if not path.startswith("/news/all"):
            return respond(handler, 404 if "robots" in path else 200, ARTICLE.format(text="Стаття"))
        number = int(parse_qs(urlsplit(path).query).get("page", ["1"])[0])
        asked.append(number)
        shown = pages.get(number, "")
        if isinstance(shown, int):
            return respond(handler, shown)
        items = "".join(item.format(slug="obmin", id=number, day=2) for number in shown.split())
        return respond(handler, 200, f"<html>{items}</html>")

    return answer


@pytest.mark.parametrize("past_the_end", ["", 404])
def test_a_page_past_the_end_is_the_end(tmp_path: Path, past_the_end: str | int) -> None:
    pages: dict[int, str | int] = {1: "5 6", 2: "3 4", 3: past_the_end, 4: past_the_end}
    with living(tmp_path, numbered(pages, [])) as deployment:
        assert deployment.crawl(SITE).error is None
        assert deployment.ids() == [3, 4, 5, 6]


@pytest.mark.parametrize("damaged", ["", 404, 500])
def test_an_empty_page_with_others_behind_it_is_a_failure(tmp_path: Path, damaged: str | int) -> None:
    pages: dict[int, str | int] = {1: "7 8", 2: damaged, 3: "3 4"}
    with living(tmp_path, numbered(pages, [])) as deployment:
        report = deployment.crawl(SITE)
        assert report.error is not None
        assert "page=2" in report.error
        pages[2] = "5 6"
        assert deployment.crawl(SITE).error is None
        assert deployment.ids() == [3, 4, 5, 6, 7, 8]


def test_a_clock_that_was_ahead_loses_no_article_of_a_list_without_days(tmp_path: Path) -> None:
    undated = '<div class="item_stat_headline"><h3><a href="/news/{slug}-{id}">З полону</a></h3></div>'
    pages: dict[int, str | int] = {1: "5 6", 2: "3 4"}
    with living(tmp_path, numbered(pages, [], undated)) as deployment:
        today = deployment.now
        assert deployment.crawl(SITE).error is None
        deployment.now = today + timedelta(days=365)
        assert deployment.crawl(SITE).error is None
        deployment.now = today + timedelta(days=2)
        pages |= {1: "9 10", 2: 500, 3: "5 6", 4: "3 4"}
        assert deployment.crawl(SITE).error is not None
        pages[2] = "7 8"
        assert deployment.crawl(SITE).error is None
        assert deployment.ids() == list(range(3, 11))
        (through,) = deployment.rows("select complete_through::date from raw.source_checks")[0]
        assert through <= deployment.now.date()


def test_after_a_crawl_that_broke_off_pages_whose_items_move_are_asked_for_again(tmp_path: Path) -> None:
    pages: dict[int, str | int] = {1: "5 6", 2: "3 4"}
    with living(tmp_path, numbered(pages, [])) as deployment:
        assert deployment.crawl(SITE).error is None
        pages |= {1: "11 12", 2: "9 10", 3: 500, 4: "5 6", 5: "3 4"}
        assert deployment.crawl(SITE).error is not None
        pages |= {1: "15 16", 2: "13 14", 3: "11 12", 4: "9 10", 5: "7 8", 6: "5 6", 7: "3 4"}
        assert deployment.crawl(SITE).error is None
        assert deployment.ids() == list(range(3, 17))


def test_a_list_of_links_that_are_no_articles_is_a_failure(tmp_path: Path) -> None:
    links = "".join(
        f'<div class="item_stat_headline"><h3><a href="/{name}">Розділ</a></h3></div>'
        for name in ("about", "contacts")
    )
    with living(
        tmp_path, lambda h: respond(h, 404 if "robots" in h.path else 200, f"<html>{links}</html>")
    ) as deployment:
        report = deployment.crawl(SITE)
    assert report.error is not None
    assert "lists 0 items where at least 1 were expected" in report.error


def test_a_site_by_date_that_shows_nothing_of_a_month_leaves_it_open(tmp_path: Path) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        items = "" if "date-from" in handler.path else LIST_ITEM.format(slug="obmin", id=5, day=2)
        respond(handler, 404 if "robots" in handler.path else 200, f"<html>{items}</html>")

    expected = SITE.expected.model_copy(update={"least_a_week": 10})
    with living(tmp_path, answer) as deployment:
        report = deployment.month(SITE.model_copy(update={"expected": expected}), date(2025, 3, 1))
        assert report.error is not None
        assert "nothing is listed from 2025-02-28 to 2025-03-31, where 10 items a week were expected" in report.error
        assert deployment.rows("select is_complete from raw.backfill_progress") == [(False,)]


def test_a_server_that_goes_on_saying_unchanged_is_not_believed_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = ["5"]
    asked: list[str] = []
    site = president(asked, numbers)

    def frozen(handler: BaseHTTPRequestHandler) -> None:
        if handler.headers["If-None-Match"]:
            return respond(handler, 304)
        return site(handler)

    with living(tmp_path, frozen) as deployment:
        deployment.crawl(SITE)
        numbers.append("6")
        deployment.crawl(SITE)
        assert deployment.ids() == [5]
        monkeypatch.setattr(page_store, "UNCONDITIONAL_AFTER", timedelta(0))
        deployment.crawl(SITE)
        assert deployment.ids() == [5, 6]


def test_a_post_dated_ahead_is_read_when_its_time_has_come(tmp_path: Path) -> None:
    """The page is the same, byte for byte; only the time of the visit differs."""
    channel = Channel(1, 2, 3)

    def same(handler: BaseHTTPRequestHandler) -> None:
        stamp = (start + timedelta(hours=5)).isoformat()
        channel.stamps = {2: stamp}
        channel.asked.clear()  # the view counter does not change
        return channel(handler)

    start = datetime.now(UTC)
    with living(tmp_path, same) as deployment:
        deployment.crawl(CHANNEL)
        assert deployment.ids() == [1, 3]
        assert deployment.rows("select item_id from raw.quarantined_items") == [("2",)]
        deployment.crawl(CHANNEL)
        assert deployment.rows("select count(*) from raw.pages") == [(1,)]
        deployment.now = start + timedelta(hours=6)
        deployment.crawl(CHANNEL)
        assert deployment.ids() == [1, 2, 3]
        assert deployment.rows("from raw.quarantined_items") == []


def test_after_a_crawl_that_broke_off_pages_of_the_past_are_not_asked_for_again(tmp_path: Path) -> None:
    channel = Channel(*range(1, 31))
    channel.broken = {"/s/Koord_shtab?before=10"}
    with living(tmp_path, channel) as deployment:
        assert deployment.crawl(CHANNEL).error is not None
        channel.broken.clear()
        channel.asked.clear()
        assert deployment.crawl(CHANNEL).error is None
        assert channel.asked == ["/s/Koord_shtab", *(f"/s/Koord_shtab?before={n}" for n in (10, 7, 4))]
        assert deployment.ids() == list(range(1, 31))


def test_a_post_that_a_list_shows_is_not_deleted_by_what_its_own_page_says(tmp_path: Path) -> None:
    """Requested only to see whether the site responds, single posts are "not found", as under a rate limit."""
    channel = Channel(*range(10, 20))

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if "embed" in handler.path:
            return respond(handler, 200, '<html><div class="tgme_widget_message_error">Post not found</div></html>')
        return channel(handler)

    with living(tmp_path, answer) as deployment:
        deployment.crawl(CHANNEL)
        assert deployment.ids() == list(range(10, 20))
        assert deployment.rows("from raw.absent_items") == []
