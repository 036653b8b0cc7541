"""Answers that break off, or hold something else than they should: nothing is read from them without a word."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from scrapers.http.client import HttpClient
from scrapers.parsing.content_digests import content_digests
from scrapers.parsing.timestamps import machine_moment
from scrapers.records import Page, PageError
from scrapers.registry import get_source
from scrapers.sources import parse
from tests.conftest import respond, web
from tests.scrapers.test_hostile_pages import page, post

INTERFAX, GUR, CHANNEL = get_source("interfax"), get_source("gur_uk"), get_source("koordshtab_telegram")
ENTRY = "<item><title>Обмін {0}</title><link>https://interfax.com.ua/news/general/{0}.html</link></item>"
FEED = f'<rss version="2.0"><channel>{"".join(ENTRY.format(number) for number in (1, 2, 3))}</channel></rss>'
WHOLE = "<html><article>Додому повернулися 160 захисників.</article></html>"


def test_a_feed_that_is_an_address_or_a_file_is_not_opened(tmp_path: Any) -> None:
    asked: list[str] = []

    def private(handler: Any) -> None:
        asked.append(handler.path)
        respond(handler, 200, FEED)

    (tmp_path / "feed.xml").write_text(FEED, "utf-8")
    with web(private) as address:
        for body in (f"{address}/admin", str(tmp_path / "feed.xml")):
            assert parse(INTERFAX, page(INTERFAX, body, kind="text/xml")).links == []
    assert asked == []


def test_a_feed_that_breaks_off_is_refused() -> None:
    assert len(parse(INTERFAX, page(INTERFAX, FEED, kind="text/xml")).links) == 3
    with pytest.raises(PageError, match="breaks off"):
        parse(INTERFAX, page(INTERFAX, FEED[: FEED.index("Обмін 3")], kind="text/xml"))


def test_a_feed_that_is_no_valid_xml_is_told() -> None:
    """Its entries are read as far as they go."""
    parsed = parse(INTERFAX, page(INTERFAX, FEED.replace("Обмін 2", "Обмін & <b> 2"), kind="text/xml"))
    assert "1" in [link.item_id for link in parsed.links]
    assert "no valid XML" in parsed.drift[0]


@pytest.mark.parametrize("ends", [len(WHOLE), WHOLE.index("60 зах")])
def test_a_page_without_a_length_is_whole_where_it_ends(ends: int) -> None:
    def answer(handler: Any) -> None:
        if "robots" in handler.path:
            respond(handler, 404)
            return
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html; charset=utf-8")
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.close_connection = True
        handler.wfile.write(WHOLE[:ends].encode())

    source = INTERFAX.as_excerpt()
    with web(answer) as address, HttpClient(replay=address, attempts=1) as client:
        if ends == len(WHOLE):
            assert client.get(source, source.url).body.decode() == WHOLE
        else:
            with pytest.raises(PageError, match="broke off"):
                client.get(source, source.url)


@pytest.mark.parametrize(
    "hidden",
    [
        '<span style="text-decoration: line-through">150</span>',
        '<span style="display:none">150</span>',
        "<b hidden>150</b>",
    ],
)
def test_struck_out_and_hidden_figures_of_a_post_are_no_text(hidden: str) -> None:
    (announcement,) = parse(
        CHANNEL, page(CHANNEL, post(5, f"Обмін: повернулися {hidden} 160 захисників"))
    ).announcements
    assert announcement.text.split() == ["Обмін:", "повернулися", "160", "захисників"]


def test_another_articles_day_is_not_taken_for_the_beginning_of_a_title() -> None:
    source = get_source("ukrinform")
    other = {
        "@type": "NewsArticle", "url": "https://www.ukrinform.ua/rubric-ato/1-old.html", "headline": "Обмін полоненими",
        "datePublished": "2023-01-05T10:00:00+02:00",
    }  # fmt: skip
    title = "Обмін полоненими: додому повернулися 160"
    markup = (
        f'<html><script type="application/ld+json">{json.dumps(other)}</script><h1 class="newsTitle">{title}</h1>'
        '<time datetime="2024-12-30T14:05:00+02:00"></time><div class="newsText"><p>Додому повернулися 160.</p></div></html>'
    )
    found = parse(source, page(source, markup, "https://www.ukrinform.ua/rubric-ato/3940001-obmin.html"))
    assert [one.published_at for one in found.announcements] == [datetime(2024, 12, 30, 12, 5, tzinfo=UTC)]


def test_the_day_in_a_title_is_not_that_of_its_publication() -> None:
    item = '<a class="item" href="/content/obmin-{}.html">{}</a>'
    heading, day = "<h3>Репатріація 31.08.2024: тіла повернуто</h3>", "<span>02.09.2024</span>"
    markup = (
        item.format(1, heading + day) + item.format(2, day + heading) + item.format(3, heading + day + "03.09.2024")
    )
    links = parse(GUR, page(GUR, f"<html>{markup}</html>")).links
    assert [link.published_at for link in links] == [datetime(2024, 9, 1, 21, tzinfo=UTC)] * 2 + [None]


@pytest.mark.parametrize("written", ["2024-12-30", "2024-12-30+03:00", "2024-12-30Z", "20241230"])
def test_a_day_with_a_zone_has_no_hour(written: str) -> None:
    assert machine_moment(written, "UTC") is None
    assert machine_moment("2024-12-30T15:00+03:00", "UTC") == datetime(2024, 12, 30, 12, tzinfo=UTC)


@pytest.mark.parametrize("numbers", ["1 ", "111 ", "1,", "1.5 "])
def test_many_numbers_take_little_work(numbers: str) -> None:
    """Half a megabyte of them: work that grows with the square would not end."""
    body = f"<html><body>{numbers * (500_000 // len(numbers))}</body></html>".encode()
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    found = Page(CHANNEL.id, CHANNEL.url, moment, 200, (("Content-Type", "text/html; charset=utf-8"),), body)
    assert content_digests(found).shown
    report = get_source("koordshtab_report")
    assert parse(report, page(report, body)).rows == []


def test_many_ends_of_a_feed_and_a_long_style_take_little_work() -> None:
    """Work that grows with the square of them would take minutes."""
    feed = FEED.replace("</channel></rss>", "<!--" + "</rss><!--" * 20_000 + "--></channel></rss>")
    assert parse(INTERFAX, page(INTERFAX, feed, kind="text/xml")).problems == []
    hidden = f'<b style="{"text-decoration:" * 60_000} line-through">150</b>'
    (announcement,) = parse(
        CHANNEL, page(CHANNEL, post(5, f"Обмін: повернулися {hidden} 160 захисників"))
    ).announcements
    assert announcement.text.endswith("160 захисників")


@pytest.mark.parametrize(
    ("cell", "people"),
    [
        ("150", 150), ("1,358", 1358), ("150 (+ 22)", 150), ("150<br>(22 civilians)", 150), ("150<br>200", None),
        ("<s>300</s> 307", 307), ('<span style="display:none">7</span>150', 150), ("1.5 thousand", None),
        ("150 thousand", None), ("12.5 thousand", None), ("10 тис.", None),
    ],
)  # fmt: skip
def test_a_cell_of_wikipedia_has_one_certain_figure_or_none(cell: str, people: int | None) -> None:
    source = get_source("wikipedia_en")
    table = f"<table><tr><th>Date</th><th>Ukrainians released</th></tr><tr><td>30 December 2024</td><td>{cell}</td></tr></table>"
    (row,) = parse(source, page(source, json.dumps({"parse": {"text": table}}), kind="application/json")).rows
    assert row.released == people
