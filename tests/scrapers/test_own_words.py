"""Text on a page that is not its own or not meant: struck-out figures, footnote marks, other news in JSON-LD."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from scrapers.records import Page
from scrapers.registry import get_source
from scrapers.sources import parse

UKRINFORM, BORDER_GUARD = get_source("ukrinform"), get_source("dpsu")
ADDRESS = "https://www.ukrinform.ua/rubric-ato/5-obmin.html"
OWN = {"@type": "NewsArticle", "headline": "Обмін", "datePublished": "2026-10-05T10:00:00+03:00"}
OTHER = {"@type": "NewsArticle", "headline": "Погода", "datePublished": "2026-01-02T10:00:00+02:00"}
OTHER_ADDRESS = "https://www.ukrinform.ua/rubric-ato/1-pogoda.html"


def page(body: str, url: str = ADDRESS) -> Page:
    kind = (("Content-Type", "text/html; charset=utf-8"),)
    return Page("ukrinform", url, datetime(2026, 11, 1, tzinfo=UTC), 200, kind, body.encode())


def article(text: str, head: str = "") -> str:
    time = '<time datetime="2026-10-07T10:00:00+03:00"></time>'
    return f'<html><head>{head}</head><body><h1>Обмін</h1>{time}<div class="newsText">{text}</div></body></html>'


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>повернулися <s>150</s> 207 людей</p>", "повернулися 207 людей"),
        ("<p>повернулися <del>1000</del><ins>423</ins> людей</p>", "повернулися 423 людей"),
        ("<p>повернулися <strike>150</strike>людей</p>", "повернулися людей"),
        ("<p>повернулися 410<sup>1</sup> людей</p>", "повернулися 410 людей"),
        ("<p>повернулися 411<sup><a href='#n'>[12]</a></sup> людей</p>", "повернулися 411 людей"),
        ("<p>the 10<sup>th</sup> exchange</p>", "the 10th exchange"),
        ("<p>повернулися</p><p hidden>999 людей</p><p style='Display : None'>998 людей</p>", "повернулися"),
    ],
)
def test_what_is_struck_out_hidden_or_a_footnotes_mark_is_no_text(markup: str, text: str) -> None:
    (found,) = parse(UKRINFORM, page(article(markup))).announcements
    assert found.text == text


@pytest.mark.parametrize(
    ("described", "day"),
    [
        ([OTHER | {"url": OTHER_ADDRESS}, OWN], 5),
        ([OTHER | {"url": OTHER_ADDRESS}, OWN | {"headline": "", "mainEntityOfPage": {"@id": f"{ADDRESS}?a=1"}}], 5),
        ([OTHER, OWN | {"url": "http://ukrinform.ua/rubric-ato/5-obmin.html/"}], 5),
        ([OTHER | {"url": OTHER_ADDRESS}], 7),  # none describes this page: its time element is used
        ([OTHER | {"url": "http://[bad"}], 7),
        ([OWN | {"url": OTHER_ADDRESS}], 5),  # a mobile or translated URL: the title is the page's
    ],
)
def test_of_articles_described_the_pages_own_is_taken(described: list[dict[str, object]], day: int) -> None:
    head = "".join(f'<script type="application/ld+json">{json.dumps(node)}</script>' for node in described)
    (found,) = parse(UKRINFORM, page(article("<p>Текст</p>", head))).announcements
    assert found.published_at == datetime(2026, 10, day, 7, tzinfo=UTC)


def test_a_lists_relative_addresses_are_relative_to_its_base() -> None:
    item = '<div class="news-item"><a href="uk/news/obmin-5">Обмін полоненими</a></div>'
    for base in ("/", "https://dpsu.gov.ua/"):
        listed = page(f'<html><head><base href="{base}"></head>{item}', BORDER_GUARD.url)
        assert [link.url for link in parse(BORDER_GUARD, listed).links] == ["https://dpsu.gov.ua/uk/news/obmin-5"]


def test_a_feed_that_names_a_wrong_charset_is_read() -> None:
    item = f"<item><title>Обмін полоненими</title><link>{ADDRESS}</link></item>"
    for declaration in (
        '<?xml version="1.0" encoding="utf-16"?>',
        '\n <?xml version="1.0" encoding="windows-1251"?>',
    ):
        feed = page(f'{declaration}<rss version="2.0"><channel>{item}</channel></rss>', UKRINFORM.url)
        assert [link.title for link in parse(UKRINFORM, feed).links] == ["Обмін полоненими"]
