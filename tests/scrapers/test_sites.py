"""Each source's saved pages against the records that they must give, written by hand next to them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scrapers.parsing.site import NewsSite
from scrapers.records import Page, ParsedPage, SourceError
from scrapers.registry import Source, get_source, load_registry
from scrapers.sources import parse, site_of
from tests.support.saved_pages import PAGES, saved_pages

FETCHED = datetime(2026, 11, 1, tzinfo=UTC)


def page(source: Source, url: str, path: Path | str | bytes, status: int = 200) -> Page:
    if isinstance(path, Path):
        kinds = {".html": "text/html", ".xml": "application/rss+xml", ".json": "application/json"}
        kind, content = kinds[path.suffix], path.read_bytes()
    else:
        kind, content = "text/html", path.encode() if isinstance(path, str) else path
    return Page(source.id, url, FETCHED, status, (("Content-Type", f"{kind}; charset=utf-8"),), content)


def channel_page(source: Source, path: Path, expected: dict[str, Any]) -> tuple[Page, dict[str, Any]]:
    """The saved channel under this channel's name."""
    name = source.url.rpartition("/")[2]
    content = path.read_text("utf-8").replace("Koord_shtab", name)
    wanted = json.loads(json.dumps(expected).replace("Koord_shtab", name))
    return page(source, source.url, content), wanted


@pytest.mark.parametrize("source", load_registry(), ids=lambda source: source.id)
def test_saved_listing_gives_the_expected_records(source: Source) -> None:
    folder = saved_pages(source)
    expected = json.loads((folder / "expected.json").read_text("utf-8"))["list"]
    (path,) = folder.glob("list.*")
    if source.parser == "telegram":
        # All posts of the saved page, whatever their text.
        source = source.model_copy(update={"takes": "everything"})
        shown, expected = channel_page(source, path, expected)
    else:
        shown = page(source, expected.get("url", source.url), path)
    assert_gives(parse(source, shown), expected)


@pytest.mark.parametrize("folder", sorted(path.parent.name for path in PAGES.glob("*/past.html")))
def test_saved_list_of_the_past_gives_the_expected_records(folder: str) -> None:
    source = get_source(folder)
    expected = json.loads((PAGES / folder / "expected.json").read_text("utf-8"))["past"]
    assert_gives(parse(source, page(source, expected["url"], PAGES / folder / "past.html")), expected)


def assert_gives(parsed: ParsedPage, expected: dict[str, Any]) -> None:
    assert [
        [link.item_id, link.url, link.published_at and link.published_at.isoformat()] for link in parsed.links
    ] == expected["links"]
    assert all(link.title for link in parsed.links)
    assert sorted([i.item_id, i.reason] for i in parsed.ignored) == sorted(expected["ignored"])
    assert [[p.item_id, p.message] for p in parsed.problems] == expected.get("problems", [])
    assert [
        [a.announcement_id, a.url, a.published_at.isoformat(), a.text, a.is_edited, a.forwarded_from]
        for a in parsed.announcements
    ] == expected.get("announcements", [])
    assert [
        [row.row_id, row.cells, row.day and row.day.isoformat(), row.released, row.returned] for row in parsed.rows
    ] == expected.get("rows", [])
    assert parsed.older == expected["older"]


@pytest.mark.parametrize(
    "source",
    [source for source in load_registry() if isinstance(site_of(source), NewsSite)],
    ids=lambda source: source.id,
)
def test_saved_article_gives_the_expected_announcement(source: Source) -> None:
    expected = json.loads((saved_pages(source) / "expected.json").read_text("utf-8"))["article"]
    (path,) = saved_pages(source).glob("article.*")
    parsed = parse(source, page(source, expected["url"], path))
    (announcement,) = parsed.announcements
    assert announcement.url == expected.get("shown_at", expected["url"])
    assert announcement.announcement_id == expected["id"]
    assert announcement.published_at.isoformat() == expected["published_at"]
    assert announcement.published_at.tzinfo is UTC
    assert announcement.title == expected["title"]
    assert announcement.text == expected["text"]
    assert announcement.language == source.language
    assert len(parsed.drift) == expected["drift"]


@pytest.mark.parametrize("source", load_registry(), ids=lambda source: source.id)
@pytest.mark.parametrize("body", ["", "<html></html>", "<html><p>Сайт на ремонті</p></html>", "not markup {"])
def test_a_page_of_something_else_gives_no_announcement_and_no_trace_of_one(source: Source, body: str) -> None:
    shown = page(source, source.url, body)
    try:
        parsed = parse(source, shown)
    except SourceError:
        assert not isinstance(site_of(source), NewsSite)  # an API may say that there is no page
        return
    assert (parsed.announcements, parsed.links, parsed.rows, parsed.older) == ([], [], [], None)


PRESIDENT = get_source("president_uk")
ARTICLE = "https://www.president.gov.ua/news/obmin-5"


@pytest.mark.parametrize(
    ("html", "message"),
    [
        ("<h1>Назва</h1><p class=date>вчора</p><div class=article_content>Текст</div>", "date can't be read"),
        ("<h1>Назва</h1><p class=date>30 грудня 2024 року</p><div class=article_content>Текст</div>", "date can't"),
        ("<h1>Назва</h1><p class=date>36 грудня 2024 року - 17:05</p><div class=article_content>Т</div>", "date can't"),
        ("<p class=date>30 грудня 2024 року - 17:05</p><div class=article_content>Текст</div>", "title can't be found"),
        ("<h1>Назва</h1><p class=date>30 грудня 2024 року - 17:05</p><div class=article_content></div>", "body can't be"),
        ("<h1>Назва</h1><p class=date>30 грудня 2099 року - 17:05</p><div class=article_content>Текст</div>", "future"),
    ],
)  # fmt: skip
def test_an_article_that_lacks_something_is_set_aside(html: str, message: str) -> None:
    parsed = parse(PRESIDENT, page(PRESIDENT, ARTICLE, html))
    assert parsed.announcements == []
    (problem,) = parsed.problems
    assert problem.item_id == "5"
    assert message in problem.message


def test_what_a_page_says_of_itself_in_markup_comes_before_words() -> None:
    html = """<script type="application/ld+json">{"@type": ["NewsArticle"], "datePublished": "2024-12-30T15:05:00Z"}
    </script><script type="application/ld+json">{broken</script><h1>Назва</h1><p class="date">1 січня 2020 року - 10:00</p>
    <div class="article_content">Текст</div>"""
    (announcement,) = parse(PRESIDENT, page(PRESIDENT, ARTICLE, html)).announcements
    assert announcement.published_at == datetime(2024, 12, 30, 15, 5, tzinfo=UTC)


def test_a_capture_is_parsed_like_the_page_and_links_to_itself() -> None:
    url = f"https://web.archive.org/web/20250101000000id_/{ARTICLE}"
    html = "<h1>Назва</h1><p class=date>30 грудня 2024 року - 17:05</p><div class=article_content>Текст</div>"
    (announcement,) = parse(PRESIDENT, page(PRESIDENT, url, html)).announcements
    assert announcement.announcement_id == "5"
    assert announcement.url == f"https://web.archive.org/web/20250101000000/{ARTICLE}"


def test_one_article_under_two_addresses_is_one() -> None:
    html = "<h1>Назва</h1><p class=date>30 грудня 2024 року - 17:05</p><div class=article_content>Текст</div>"
    first, second = (
        parse(PRESIDENT, page(PRESIDENT, f"https://www.president.gov.ua/news/{slug}-5", html)).announcements[0]
        for slug in ("obmin", "obmin-polonenimi")
    )
    assert first.version_id == second.version_id


def test_a_deleted_post_says_so() -> None:
    source = get_source("koordshtab_telegram")
    html = '<div class="tgme_widget_message_error">Post not found</div>'
    parsed = parse(source, page(source, "https://t.me/Koord_shtab/77?embed=1&mode=tme", html))
    assert (parsed.gone, parsed.announcements) == (["77"], [])
    assert parse(PRESIDENT, page(PRESIDENT, ARTICLE, "", status=404)).gone == ["5"]


def test_every_selector_is_a_selector() -> None:
    from bs4 import BeautifulSoup

    for source in load_registry():
        for css in site_of(source).selectors().values():
            BeautifulSoup("<p></p>", "lxml").select(css)
