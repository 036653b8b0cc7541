"""A site that answered badly once, or corrects what it said: the next crawl takes what it says now."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from orchestration.warehouse.load import load
from orchestration.warehouse.page_index import take_in
from scrapers.records import Page
from scrapers.registry import get_source
from tests.conftest import respond, web
from tests.support.backfilled_months import run
from tests.support.crawled_deployment import CHANNEL, SITE, CrawledDeployment, crawling
from tests.support.sites import ARTICLE, LIST_ITEM, Channel

GARBAGE = "<html>" + "<b>" * 300 + "x</html>"  # deeper than any page is read
FEED = get_source("interfax").as_excerpt()


class President:
    """The president's news: the articles ``listed``, of which some are ``gone`` from the server."""

    def __init__(self, *listed: str) -> None:
        self.listed, self.gone = list(listed), set[str]()
        self.asked: list[str] = []

    def __call__(self, handler: Any) -> None:
        path = handler.path.removeprefix("/www.president.gov.ua")
        if "robots" in path:
            return respond(handler, 404)
        self.asked.append(path)
        if path.startswith("/news/all"):
            items = (
                "" if "page=" in path else "".join(LIST_ITEM.format(slug="obmin", id=n, day=n) for n in self.listed)
            )
            return respond(handler, 200, f"<html>{items}</html>")
        number = path.rpartition("-")[2]
        body = ARTICLE.replace("2 січня", f"{number} січня").format(text=f"Стаття {number}")
        return respond(handler, 404 if number in self.gone else 200, body)


def absent(deployed: CrawledDeployment) -> list[tuple[Any, ...]]:
    return deployed.rows("select item_id, is_deleted from raw.absent_items")


def test_a_single_not_found_deletes_no_article_and_a_listed_one_is_back(tmp_path: Path) -> None:
    """The article is older than those that are read again."""
    site = President("5", "4", "3", "2", "1")
    with crawling(tmp_path, site) as deployed:
        deployed.refresh(SITE)
        site.listed.remove("4")
        site.gone.add("4")
        for _ in range(2):  # the second one minutes later
            deployed.refresh(SITE)
            assert absent(deployed) == []
        deployed.connection.execute("update raw.article_failures set next_attempt_at = '2020-01-01'")
        deployed.refresh(SITE)
        assert absent(deployed) == [("4", True)]
        site.listed.insert(1, "4")
        site.gone.clear()
        deployed.refresh(SITE)
        assert absent(deployed) == [("4", False)]
        site.asked.clear()
        deployed.refresh(SITE)
        assert "/news/obmin-4" not in site.asked
        site.listed.remove("4")
        site.gone.add("4")
        for _ in range(2):  # what was back is looked for like any other
            deployed.connection.execute("update raw.article_failures set next_attempt_at = '2020-01-01'")
            deployed.refresh(SITE)
        assert absent(deployed) == [("4", True)]


def test_a_corrected_day_of_publication_is_a_version(tmp_path: Path) -> None:
    url = "https://www.president.gov.ua/news/obmin-1"
    with crawling(tmp_path, President()) as deployed:
        for hour, day in ((10, "2 січня 2025"), (11, "2 січня 2026"), (12, "2 січня 2026")):
            body = ARTICLE.replace("2 січня 2026", day).format(text="Сьогодні додому повернулися 50 захисників.")
            kind = (("Content-Type", "text/html; charset=utf-8"),)
            fetched = datetime(2026, 1, 2, hour, tzinfo=UTC)
            deployed.archive.append(Page(SITE.id, url, fetched, 200, kind, f"<html>{body}</html>".encode()))
        take_in(deployed.connection, deployed.archive)
        load(deployed.connection, deployed.archive)
        days = deployed.rows("select published_at::date from raw.announcements order by load_seq, first_seen_at")
    assert days == [(date(2025, 1, 2),), (date(2026, 1, 2),)]


def test_an_older_page_that_was_unreadable_once_stops_no_backfill(tmp_path: Path) -> None:
    channel, is_bad = Channel(*range(1, 9)), [True]

    def answer(handler: Any) -> None:
        if is_bad and "before=6" in handler.path:
            return respond(handler, 200, GARBAGE)
        return channel(handler)

    with web(answer) as address:
        (failed,) = run(tmp_path, address, CHANNEL, date(2025, 1, 1))
        assert "deep" in (failed.error or "")
        is_bad.clear()
        (done,) = run(tmp_path, address, CHANNEL, date(2025, 1, 1))
    assert done.error is None


def test_an_older_page_that_was_unreadable_once_is_no_fault_after_a_complete_crawl(tmp_path: Path) -> None:
    channel, is_bad = Channel(*range(1, 9)), [True]

    def answer(handler: Any) -> None:
        if is_bad and "before=6" in handler.path:
            return respond(handler, 200, GARBAGE)
        return channel(handler)

    with crawling(tmp_path, answer) as deployed:
        assert deployed.fetch().error
        load(deployed.connection, deployed.archive)
        assert deployed.rows("select count(*) from raw.quarantined_items") == [(1,)]
        is_bad.clear()
        channel.posts |= {number: f"Допис {number}" for number in (9, 10)}  # pages begin elsewhere now
        deployed.refresh()
        assert deployed.ids() == [str(number) for number in range(1, 11)]
        assert deployed.rows("from raw.quarantined_items") == []


def test_a_post_that_turns_out_to_have_no_text_is_set_aside_no_longer(tmp_path: Path) -> None:
    channel = Channel(*range(1, 4))
    channel.stamps[2] = "not a date"
    with crawling(tmp_path, channel) as deployed:
        deployed.refresh()
        assert deployed.rows("select item_id from raw.quarantined_items") == [("2",)]
        channel.media.add(2)
        deployed.refresh()
        assert deployed.rows("from raw.quarantined_items") == []


@contextmanager
def feed_of(folder: Path, shown: list[int]) -> Iterator[CrawledDeployment]:
    entry = (
        "<item><title>Обмін полоненими</title><link>https://interfax.com.ua/news/general/{0}.html</link>"
        "<pubDate>{0:02} Nov 2026 10:00:00 +0200</pubDate></item>"
    )
    article = (
        '<html><h1>Обмін</h1><time datetime="2026-11-{:02}T10:00:00+02:00"></time>'
        '<div class="article-content"><p>Додому повернулися захисники.</p></div></html>'
    )

    def answer(handler: Any) -> None:
        if "robots" in handler.path:
            return respond(handler, 404)
        if handler.path.endswith(".rss"):
            items = "".join(entry.format(number) for number in shown)
            body = f'<rss version="2.0"><channel>{items}</channel></rss>'
            return respond(handler, 200, body, {"Content-Type": "text/xml"})
        return respond(handler, 200, article.format(int(handler.path.rpartition("/")[2].removesuffix(".html"))))

    with crawling(folder, answer) as deployed:
        yield deployed


def test_a_feed_that_went_on_past_what_was_read_tells_of_the_gap_once(tmp_path: Path) -> None:
    shown = [3, 2, 1]
    with feed_of(tmp_path, shown) as deployed:
        assert deployed.fetch(FEED).drift == []
        load(deployed.connection, deployed.archive)
        shown[:] = [9, 8, 7]
        (told,) = deployed.fetch(FEED).drift
        assert "from 2026-11-07 08:00 UTC on" in told
        assert "`obmin backfill --source interfax --from 2026-11-03`" in told
        load(deployed.connection, deployed.archive)
        shown[:] = [10, 9, 8]
        assert deployed.fetch(FEED).drift == []
