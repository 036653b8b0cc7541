"""The President's site: list and article as the site writes them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scrapers.announcement import Page, SourceError
from scrapers.http import Door
from scrapers.registry import get_source
from scrapers.sources import president
from tests.conftest import respond, web

SOURCE = get_source("president_uk")
ARTICLE = """<html><body><h1 itemprop="name">З полону повернулися 12 воїнів</h1>
<p class="date">{date}</p><div class="article_content"><p>Перший абзац.</p><p> </p><p>Другий <b>абзац</b>.</p></div>
</body></html>"""
LIST = """<html><body><div class="item_stat_headline"><h3><a href="/news/obmin-5">З полону повернулися 12 воїнів</a></h3>
<p class="date">30 грудня 2024 року - 17:05</p></div>
<div class="item_stat_headline"><h3><a href="/news/vizyt-4">Візит до Данії</a></h3></div></body></html>"""


def page(url: str, body: str) -> Page:
    return Page(SOURCE.id, url, datetime.now(UTC), 200, (), body.encode())


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("30 грудня 2024 року - 17:05", datetime(2024, 12, 30, 15, 5, tzinfo=UTC)),  # winter: two hours ahead
        ("6 липня 2023 року - 00:30", datetime(2023, 7, 5, 21, 30, tzinfo=UTC)),  # summer: three
    ],
)
def test_article_time_is_kyivs(written: str, utc: datetime) -> None:
    parsed = president.parse(SOURCE, page("https://www.president.gov.ua/news/obmin-5", ARTICLE.format(date=written)))
    (announcement,) = parsed.announcements
    assert announcement.published_at == utc
    assert announcement.announcement_id == "5"
    assert announcement.title == "З полону повернулися 12 воїнів"
    assert announcement.text == "Перший абзац.\nДругий абзац ."


def test_article_without_a_readable_date_is_quarantined() -> None:
    parsed = president.parse(SOURCE, page("https://www.president.gov.ua/news/obmin-5", ARTICLE.format(date="вчора")))
    assert not parsed.announcements
    assert [(p.item_id, p.message, p.excerpt) for p in parsed.problems] == [
        ("5", "the article's date can't be read", "вчора")
    ]


def test_list_notes_what_is_about_something_else() -> None:
    parsed = president.parse(SOURCE, page(SOURCE.url, LIST))
    assert [(i.item_id, i.excerpt) for i in parsed.ignored] == [("4", "Візит до Данії")]


def test_crawl_fetches_wanted_articles_only() -> None:
    asked: list[str] = []

    def answer(handler):  # type: ignore[no-untyped-def]
        asked.append(handler.path)
        if handler.path.endswith("page=1"):
            return respond(handler, 200, LIST)
        if "/news/obmin-5" in handler.path:
            return respond(handler, 200, ARTICLE.format(date="30 грудня 2024 року - 17:05"))
        return respond(handler, 200 if "page=" in handler.path else 404, "<html></html>")

    with web(answer) as address, Door(replay=address) as door:
        pages = list(president.crawl(door, SOURCE, lambda _: False, deep=True))
    assert [p.url.rpartition("/")[2].partition("?")[0] for p in pages] == ["all", "obmin-5"]
    assert not any("vizyt" in path for path in asked)


def test_list_without_items_is_an_error() -> None:
    def answer(handler):  # type: ignore[no-untyped-def]
        respond(handler, 404 if "robots" in handler.path else 200, "<html>Сайт на ремонті</html>")

    with web(answer) as address, Door(replay=address) as door:
        with pytest.raises(SourceError, match="lists no news where at least 1 was expected"):
            list(president.crawl(door, SOURCE, lambda _: False, deep=True))
