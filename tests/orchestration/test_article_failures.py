"""Articles that can't be read: each is recorded and retried, the others are read, a failing host is recognised."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.warehouse.article_failures import retry_all, unread_articles
from orchestration.warehouse.database import Warehouse
from orchestration.warehouse.fetch import FetchReport, fetch
from orchestration.warehouse.load import load
from scrapers.archive import PageArchive
from scrapers.http.client import HttpClient
from scrapers.http.throttling import Clock
from scrapers.registry import get_source
from tests.conftest import deployment, respond, web
from tests.support.sites import ARTICLE, LIST_ITEM

Handler = BaseHTTPRequestHandler
SITE = get_source("president_uk")
SITE = SITE.model_copy(update={"expected": SITE.expected.model_copy(update={"on_listing": 1})})
BEGINNING = datetime(2022, 2, 24, tzinfo=UTC)
START = datetime(2026, 1, 10, tzinfo=UTC)
WHOLE = ARTICLE.format(text="Стаття")


class ArticleSite:
    """A site with numbered articles, of which some fail; each crawl is at a time that the test sets."""

    def __init__(self, folder: Path, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection, self.archive = connection, PageArchive(folder)
        self.numbers: list[str] = []
        self.failing: dict[str, Callable[[Handler], None]] = {}
        self.asked: list[str] = []
        self.now = START
        self.address = ""

    def __call__(self, handler: Handler) -> None:
        path = handler.path.removeprefix("/www.president.gov.ua")
        if "robots" in path:
            return respond(handler, 404)
        if path.startswith("/news/all"):
            shown = [] if "page=" in path else self.numbers
            items = "".join(LIST_ITEM.format(slug="obmin", id=number, day=2) for number in shown)
            return respond(handler, 200, f"<html>{items}</html>")
        number = path.rpartition("-")[2]
        self.asked.append(number)
        if number in self.failing:
            return self.failing[number](handler)
        return respond(handler, 200, WHOLE)

    def crawl(self, later: timedelta = timedelta(0)) -> FetchReport:
        """Crawl once and load the result; ``asked`` holds the articles that were requested."""
        self.now += later
        self.asked.clear()
        with HttpClient(
            replay=self.address, attempts=1, clock=Clock(sleep=lambda _: None, moment=lambda: self.now)
        ) as client:
            report = fetch(self.connection, self.archive, client, SITE, BEGINNING, lambda _: None)
        load(self.connection, self.archive)
        return report

    def read(self) -> list[str]:
        return [item for (item,) in self.rows("select announcement_id from raw.announcements order by 1")]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()


@contextmanager
def article_site(folder: Path, *numbers: str, **failing: Callable[[Handler], None]) -> Iterator[ArticleSite]:
    """``failing`` are responses by article: n5 is article 5."""
    settings = deployment(folder)
    with Warehouse(settings).connection() as connection:
        site = ArticleSite(settings.pages, connection)
        site.numbers = list(numbers)
        site.failing = {name.removeprefix("n"): answer for name, answer in failing.items()}
        with web(site) as site.address:
            yield site


def refuse(handler: Handler) -> None:
    respond(handler, 403, "forbidden")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (refuse, "status 403"),
        (lambda h: respond(h, 404), "status 404"),
        (lambda h: respond(h, 500), "status 500"),
        (lambda h: respond(h, 302, "", {"Location": "https://consent.example/"}), "redirects to https://consent.example/"),
        (lambda h: respond(h, 302, "", {"Location": "/news/all"}), "/news/obmin-5 leads to https://www.president.gov.ua/news/all"),
        (lambda h: respond(h, 200, b"%PDF-1.7", {"Content-Type": "application/pdf"}), "application/pdf"),
        (lambda h: respond(h, 200, "<title>Log in</title><form><input type=password></form>"), "log-in"),
        (lambda h: respond(h, 200, ""), "5"),
        (lambda h: respond(h, 200, "<html><h1>Сторінку не знайдено</h1></html>"), "says 'Сторінку не знайдено'"),
        (lambda h: respond(h, 200, b"\x81\x8d\x8f\x98" * 99, {"Content-Type": "text/html; charset=windows-1252"}), "charset"),
    ],
)  # fmt: skip
def test_one_bad_article_is_noted_and_the_others_are_read(
    tmp_path: Path, answer: Callable[[Handler], None], reason: str
) -> None:
    with article_site(tmp_path, "4", "5", "6", n5=answer) as site:
        assert site.crawl().error is None
        assert site.read() == ["4", "6"]
        ((item, attempts, error),) = site.rows("select item_id, attempts, last_error from raw.article_failures")
        assert (item, attempts) == ("5", 1)
        assert reason in error
        # It is not requested before it is due; after a success nothing of the failure remains.
        site.failing.clear()
        site.crawl(timedelta(minutes=14))
        assert site.asked == []
        site.crawl(timedelta(minutes=2))
        assert site.read() == ["4", "5", "6"]
        assert unread_articles(site.connection) == []
        assert site.rows("from raw.quarantined_items") == []


def test_it_is_tried_again_with_growing_pauses_and_then_given_up(tmp_path: Path) -> None:
    """Also when it is no longer listed."""
    with article_site(tmp_path, "4", "5", n5=refuse) as site:
        site.crawl()
        site.numbers = ["4", "6"]
        attempts = 1
        for minutes in (15, 60, 240, 960, 3840):
            site.crawl(timedelta(minutes=minutes - 1))
            assert "5" not in site.asked
            assert site.crawl(timedelta(minutes=1)).error is None
            assert "5" in site.asked
            attempts += 1
        assert site.rows("select attempts, given_up_at is not null from raw.article_failures") == [(6, True)]
        (sentence,) = unread_articles(site.connection)
        assert "given up after 6 attempts; to try again: `obmin fetch president_uk --retry-failed`" in sentence
        site.crawl(timedelta(days=30))
        assert "5" not in site.asked
        assert retry_all(site.connection, ["president_uk"], site.now) == 1
        site.failing.clear()
        site.crawl()
        assert site.read() == ["4", "5", "6"]


def test_a_pause_that_a_clock_ahead_began_is_over_when_the_clock_is_right(tmp_path: Path) -> None:
    with article_site(tmp_path, "4", "5", n5=refuse) as site:
        site.crawl(timedelta(days=365))
        site.numbers = ["4"]
        site.failing.clear()
        site.crawl(timedelta(days=-365))
        assert site.asked == ["5"]
        assert unread_articles(site.connection) == []


def test_when_no_article_is_served_the_source_has_failed_and_no_article_is_blamed(tmp_path: Path) -> None:
    numbers = [str(number) for number in range(100, 160)]
    with article_site(tmp_path, "99") as site:
        site.crawl()
        site.numbers = [*numbers, "99"]
        site.failing = dict.fromkeys([*numbers, "99"], refuse)
        for _ in range(3):
            report = site.crawl(timedelta(hours=2))
            assert report.error is not None
            assert "so the site is to blame" in report.error
            assert len(site.asked) == 11  # ten new ones, and the one read before
        assert site.rows("select max(attempts), bool_or(given_up_at is not null) from raw.article_failures") == [
            (0, False)
        ]
        assert site.rows("select is_complete from raw.source_checks") == [(False,)]
        site.failing.clear()
        while site.crawl(timedelta(hours=2)).error:
            pass
        assert set(site.read()) == {*numbers, "99"}
        assert unread_articles(site.connection) == []


def test_many_bad_articles_do_not_keep_the_good_ones_behind_them(tmp_path: Path) -> None:
    """In the first crawl, when nothing is known of the site, and although they come first in the list."""
    bad = [str(number) for number in range(100, 125)]
    with article_site(tmp_path, *bad, "7", "8") as site:
        site.failing = dict.fromkeys(bad, refuse)
        assert site.crawl().error is None
        assert site.read() == ["7", "8"]
        assert site.rows("select count(*), min(attempts), max(attempts) from raw.article_failures") == [(25, 1, 1)]


def test_an_address_that_leads_to_another_article_is_asked_for_once(tmp_path: Path) -> None:
    moved = lambda h: respond(h, 301, "", {"Location": "/news/obmin-6"})  # noqa: E731
    with article_site(tmp_path, "4", "5", n5=moved) as site:
        site.crawl()
        assert site.read() == ["4", "6"]
        assert site.rows("select item_id, reason from raw.ignored_items") == [("5", "its address leads to item 6")]
        site.crawl(timedelta(days=1))
        assert "5" not in site.asked


def test_an_article_that_always_asks_for_a_day_of_patience_holds_up_no_other(tmp_path: Path) -> None:
    """It is requested last after its first attempt, its attempts are counted, and the sixth is the last."""
    with article_site(tmp_path, "5", "4", n5=lambda h: respond(h, 429, "", {"Retry-After": "86400"})) as site:
        assert "asks to wait 86400 seconds" in str(site.crawl().error)
        assert site.crawl(timedelta(minutes=10)).error is None
        assert site.read() == ["4"]
        for pause in (15, 60, 4 * 60, 16 * 60, 64 * 60):
            assert site.crawl(timedelta(minutes=pause)).error is None
            assert site.asked[-1] == "5"
        assert site.crawl(timedelta(days=9)).error is None
        assert "5" not in site.asked
        assert site.rows("select last_success_at is not null and is_complete from raw.source_checks") == [(True,)]
        assert site.rows("select item_id, attempts, given_up_at is not null from raw.article_failures") == [
            ("5", 6, True)
        ]


DAY = datetime(2026, 1, 2, 10, tzinfo=UTC)  # the articles' date, on which they are requested again


def not_found(handler: Handler) -> None:
    respond(handler, 404)


def test_a_known_article_that_is_not_found_once_is_not_deleted(tmp_path: Path) -> None:
    with article_site(tmp_path, "5", "6") as site:
        site.now = DAY
        site.crawl()
        assert site.read() == ["5", "6"]
        site.failing["5"] = not_found
        site.crawl(timedelta(minutes=5))
        (sentence,) = unread_articles(site.connection)
        assert "article 5" in sentence
        assert "status 404" in sentence
        site.crawl(timedelta(minutes=5))
        assert "5" not in site.asked  # it is not due
        del site.failing["5"]
        site.crawl(timedelta(minutes=15))
        assert "5" in site.asked
        assert site.rows("from raw.article_failures") == site.rows("from raw.absent_items") == []


def test_one_that_is_not_found_again_is_deleted(tmp_path: Path) -> None:
    with article_site(tmp_path, "5", "6") as site:
        site.now = DAY
        site.crawl()
        site.failing["5"] = not_found
        site.crawl(timedelta(minutes=5))
        site.crawl(timedelta(minutes=15))
        assert site.rows("select item_id, is_deleted from raw.absent_items") == [("5", True)]
        assert site.rows("from raw.article_failures") == []
        assert site.read() == ["5", "6"]


def test_a_site_that_finds_nothing_any_more_has_deleted_nothing(tmp_path: Path) -> None:
    numbers = [str(number) for number in range(1, 9)]
    with article_site(tmp_path, *numbers) as site:
        site.now = DAY
        site.crawl()
        site.failing = dict.fromkeys(numbers, not_found)
        for _ in range(4):
            report = site.crawl(timedelta(hours=1, minutes=1))
            assert report.error is not None
        assert site.rows("from raw.absent_items") == []
