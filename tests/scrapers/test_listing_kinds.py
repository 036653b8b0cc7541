"""Sitemaps, lists as JSON, lists by day and page numbers in paths: what they give, and what they reject."""

from __future__ import annotations

import gzip
import json
import re
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler

import pytest

from scrapers.http.client import HttpClient
from scrapers.parsing import sitemaps
from scrapers.parsing.json_pages import JsonArticle, JsonList
from scrapers.parsing.listings import HtmlList, InPath, Window, item_id_of
from scrapers.parsing.sitemaps import Sitemap
from scrapers.records import Page, ParsedPage
from scrapers.registry import get_source
from scrapers.sources import parse, site_of
from tests.conftest import respond, web

FETCHED = datetime(2026, 11, 1, tzinfo=UTC)
PRESS = get_source("online_ua_uk").model_copy(update={"url": "https://news.example/sitemap.xml", "other_hosts": ()})
ADDRESS = re.compile(r"^/news/(?P<id>[a-z0-9-]+)/?$")


def page(body: str | bytes, url: str = PRESS.url, source: str = PRESS.id) -> Page:
    content = body.encode() if isinstance(body, str) else body
    return Page(source, url, FETCHED, 200, (("Content-Type", "application/xml"),), content)


def urlset(*urls: str) -> str:
    return '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">' + "".join(urls) + "</urlset>"


def url(path: str, changed: str = "") -> str:
    return f"<url><loc>https://news.example{path}</loc>{f'<lastmod>{changed}</lastmod>' if changed else ''}</url>"


def read(body: str | bytes, within: timedelta | None = None) -> ParsedPage:
    return Sitemap(within).parse(PRESS, page(body), ADDRESS)


def test_a_sitemap_in_gzip_is_read() -> None:
    parsed = read(gzip.compress(urlset(url("/news/obmin-12")).encode()))
    assert [(link.item_id, link.url) for link in parsed.links] == [("obmin-12", "https://news.example/news/obmin-12")]
    assert parsed.problems == []


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("", "is no sitemap"),
        ("<html><body>Сайт на ремонті</body></html>", "its root is <html>"),
        ('<rss version="2.0"><channel></channel></rss>', "its root is <rss>"),
        ("<urlset><url><loc>https://news.example/news/obmin", "is no sitemap"),
        (gzip.compress(urlset(url("/news/obmin")).encode(), mtime=0)[:-20], "is cut short"),
        (gzip.compress(b"<urlset>" + b" " * 21_000_000 + b"</urlset>"), "unfolds to more than 20 MiB"),
        ("<sitemapindex><sitemap><loc>https://news.example/1.xml</loc><lastmod>2024-01-01</lastmod></sitemap><sitemap>"
         "<loc>https://news.example/2.xml</loc><lastmod>2026-10-01</lastmod></sitemap></sitemapindex>",
         "an index of 2; name the one to read in registry.yaml, such as https://news.example/2.xml"),
    ],
)  # fmt: skip
def test_what_is_no_sitemap_is_a_problem_that_says_so(body: str | bytes, sentence: str) -> None:
    parsed = read(body)
    assert (parsed.links, parsed.ignored) == ([], [])
    (problem,) = parsed.problems
    assert sentence in problem.message


def test_entities_of_a_sitemap_neither_grow_nor_lead_elsewhere() -> None:
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 50}">' for n in range(1, 9))
    body = f'<!DOCTYPE urlset [<!ENTITY e0 "обмін">{bomb}<!ENTITY file SYSTEM "file:///etc/passwd">]>' + urlset(
        "<url><loc>https://news.example/news/obmin</loc><x>&e8;&file;</x></url>"
    )
    parsed = read(body)
    assert "root:" not in repr(parsed)
    assert [link.item_id for link in parsed.links] in ([], ["obmin"])


def test_only_what_changed_lately_is_taken_of_a_whole_sites_sitemap() -> None:
    body = urlset(
        url("/news/obmin-1", "2026-10-30T10:00:00+02:00"),
        url("/news/obmin-2", "2026-10-01"),  # changed at any hour of that day
        url("/news/obmin-3", "2026-09-30"),
        url("/news/obmin-4"),
        url("/news/obmin-5", "lately"),
        url("/about", "2026-10-30"),
        "<url><loc>http://[bad/news/obmin-6</loc></url>",
        "<url><lastmod>2026-10-30</lastmod></url>",
        "<url><loc>https://elsewhere.example/news/obmin-7</loc><lastmod>2026-10-30</lastmod></url>",
    )
    parsed = read(body, timedelta(days=31))
    assert [(link.item_id, link.published_at) for link in parsed.links] == [("obmin-1", None), ("obmin-2", None)]
    assert sorted((i.reason, i.excerpt.partition(",")[0]) for i in parsed.ignored) == [
        ("not changed within 31 days", "1 addresses"),
        ("the address is no article's", "2 addresses"),
    ]
    assert sorted((p.message, p.excerpt.partition(" such")[0]) for p in parsed.problems) == [
        ("an entry does not say when it changed", "2"),
        ("an entry has no address", "1"),
        ("an entry's address can't be read", "1"),
    ]


def test_no_more_addresses_are_read_than_the_protocol_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemaps, "MOST_ADDRESSES", 3)
    assert read(urlset(*(url(f"/news/obmin-{n}") for n in range(3)))).problems == []
    parsed = read(urlset(*(url(f"/news/obmin-{n}") for n in range(9))))
    assert len(parsed.links) == 3
    assert parsed.problems[0].message == "more than 3 addresses: the rest is not read"


LIST = JsonList(items="data.0.news", address="https://news.example/news/{slug}", time="at")


def test_a_list_as_json_gives_links() -> None:
    news = [
        {"slug": "obmin-12", "title": "Обмін  полоненими", "at": "2026-10-30T10:00:00"},
        {"slug": "../admin", "title": "Обмін"},
        {"slug": "pogoda", "title": "Погода", "at": None},
        {"title": "Обмін без адреси"},
        "Обмін",
    ]
    parsed = LIST.parse(PRESS, page(json.dumps({"data": [{"news": news}]})), ADDRESS)
    assert [(link.item_id, link.title, link.published_at) for link in parsed.links] == [
        ("obmin-12", "Обмін полоненими", datetime(2026, 10, 30, 8, tzinfo=UTC))
    ]
    assert [(item.item_id, item.reason) for item in parsed.ignored] == [
        ("pogoda", "title is about something else"),
        ("https://news.example/news/..%2Fadmin", "the address is no article's"),
    ]
    assert [problem.message for problem in parsed.problems] == ["a list item has no address"] * 2


@pytest.mark.parametrize(
    "body", ["", "<html></html>", "{}", '{"data": []}', '{"data": [{"news": {}}]}', "[" * 100_000]
)
def test_json_of_another_shape_is_a_problem(body: str) -> None:
    parsed = LIST.parse(PRESS, page(body), ADDRESS)
    assert (parsed.links, parsed.ignored) == ([], [])
    assert [problem.message for problem in parsed.problems] == ["the answer has no list at 'data.0.news'"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"title": ""}, "title can't be found"),
        ({"title": ["x"]}, "title can't be found"),
        ({"body": None}, "body can't be found"),
        ({"body": "<p> </p>"}, "body can't be found"),
        ({"articleDate": "2026-10-30T10:00:00"}, "date can't be read"),  # no offset
        ({"articleDate": 1767081600}, "date can't be read"),
    ],
)
def test_an_article_as_json_that_lacks_something_is_set_aside(fields: dict[str, object], message: str) -> None:
    wam = get_source("wam")
    data = {"title": "Exchange", "articleDate": "2026-10-30T10:00:00+04:00", "body": "<p>Twelve.</p>", **fields}
    asked = "https://www.wam.ae/api/app/articles/GetArticleBySlug?slug=abc1-exchange"
    parsed = parse(wam, page(json.dumps(data), asked, "wam"))
    (problem,) = parsed.problems
    assert (problem.item_id, problem.message) == ("abc1", f"the article's {message}")
    assert parse(wam, page("<html><script></script></html>", asked, "wam")).problems[0].item_id == "abc1"


def test_an_article_is_asked_for_where_its_text_is_and_shown_where_people_open_it() -> None:
    article = JsonArticle("https://news.example/api?slug={slug}", "https://news.example/news/{slug}")
    assert article.asked("https://news.example/news/a%27b-1/") == "https://news.example/api?slug=a%2527b-1"
    assert article.asked("https://news.example/news/obmin") == "https://news.example/api?slug=obmin"
    assert article.shown("https://news.example/api?slug=obmin") == "https://news.example/news/obmin"
    for other in ("https://news.example/news/", "https://news.example/news/a/b", "https://evil.example/news/a"):
        assert article.asked(other) == other
    assert article.shown("https://news.example/api?slug=a&b=c") == "https://news.example/api?slug=a&b=c"


def test_one_article_has_one_id() -> None:
    mofa = get_source("uae_mofa")
    ids = {
        site_of(mofa).item_id(mofa, f"https://www.mofa.gov.ae/en/{folder}/2024/8/24/{slug}")
        for folder, slug in (("mediahub/news", "24-8-2024-uae-russia"), ("MediaHub/News", "24-8-2024-UAE-Russia"))
    }
    assert ids == {"2024/8/24/24-8-2024-uae-russia"}
    headquarters = get_source("koordshtab")
    assert {
        site_of(headquarters).item_id(headquarters, f"https://koordshtab.gov.ua/posts/zv{mark}yazok")
        for mark in ("'", "%27")
    } == {"zv'yazok"}
    assert item_id_of(PRESS, "https://evil.example/news/obmin", ADDRESS) is None


def test_sections_are_no_articles() -> None:
    for source_id, path in (
        ("gur_uk", "/ua/content/list-of-operations.html"), ("gur_uk", "/ua/content/list-of-news/7.html"),
        ("gur_uk", "/en/content/exchange"), ("gur_en", "/ua/content/obmin"), ("mod", "/news/tag-obmin"),
        ("mod", "/en/news/exchange"), ("ukrpravda", "/eng/news/2026/01/05/8014321/"), ("ukrpravda", "/news/date_05012026/"),
    ):  # fmt: skip
        source = get_source(source_id)
        assert site_of(source).item_id(source, f"https://{source.host}{path}") is None


def test_lists_by_day_go_back_day_by_day_to_the_invasion() -> None:
    suspilne, pravda = (site_of(get_source(source_id)) for source_id in ("suspilne", "ukrpravda"))
    march = Window(datetime(2024, 2, 29, 22, tzinfo=UTC), datetime(2024, 3, 31, 21, tzinfo=UTC))
    assert suspilne.start(get_source("suspilne"), march) == "https://suspilne.media/archive/2024/3/31/"
    assert pravda.start(get_source("ukrpravda"), march) == "https://www.pravda.com.ua/news/date_31032024/"
    ahead = Window(datetime(2024, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))
    assert "/9998/" not in suspilne.start(get_source("suspilne"), ahead)
    source = get_source("suspilne")
    empty = "https://suspilne.media/archive/2024/3/1/"
    parsed = parse(source, page("<html><p>Порожньо</p></html>", empty, "suspilne"))
    assert [problem.message for problem in parsed.problems] == ["the list of this day shows nothing"]
    assert parsed.items() == set()  # the crawl finds out whether that is the end
    full = "<a class='c-article-card' href='/1-obmin/'>Обмін</a>"
    days = {"2024/3/1": "2024/2/29", "2022/2/25": "2022/2/24", "2022/2/24": None, "2024/2/30": None}
    for day, before in days.items():
        shown = parse(source, page(full, f"https://suspilne.media/archive/{day}/", "suspilne"))
        assert shown.older == (f"https://suspilne.media/archive/{before}/" if before else None)


def test_the_number_of_a_page_in_its_path() -> None:
    paging, first = InPath("https://news.example/latest-{}.html"), "https://news.example/latest.html"
    assert paging.older(first) == "https://news.example/latest-2.html"
    assert paging.older("https://news.example/latest-41.html") == "https://news.example/latest-42.html"
    for strange in ("https://news.example/latest-x.html", "https://news.example/latest-²2.html"):
        assert paging.older(strange) == "https://news.example/latest-2.html"
    assert [paging.jump(PRESS, pages) for pages in (1, 5)] == [
        "https://news.example/latest-2.html", "https://news.example/latest-6.html",
    ]  # fmt: skip


def test_a_days_date_among_an_items_words() -> None:
    listing = HtmlList(item="a", link="", time="", may_lack_hour=True)
    html = "".join(
        f"<a href='/news/obmin-{n}'>{words}</a>"
        for n, words in enumerate(
            (
                "Обмін 12 на 12 05.03.2025",
                "30.12.2024 16:40 Обмін",
                "Обмін 35.13.2024",
                "Обмін 1.2",
                "Обмін 130.12.20245",
            )
        )
    )
    assert [link.published_at for link in listing.parse(PRESS, page(html), ADDRESS).links] == [
        datetime(2025, 3, 4, 22, tzinfo=UTC), datetime(2024, 12, 30, 14, 40, tzinfo=UTC), None, None, None,
    ]  # fmt: skip


def test_of_a_press_channel_only_what_speaks_of_our_subject_is_taken() -> None:
    source = get_source("ukrpravda_telegram")
    posts = "".join(
        f'<div class="tgme_widget_message" data-post="ukrpravda_news/{number}">'
        f'<div class="tgme_widget_message_text js-message_text">{text}</div>'
        '<a class="tgme_widget_message_date"><time datetime="2026-10-01T10:00:00+00:00"></time></a></div>'
        for number, text in ((7, "Погода на завтра"), (8, "⚡️Коротко<br/>Удома ще 12 військових"))
    )
    parsed = parse(source, page(f"<html>{posts}</html>", source.url, source.id))
    assert [a.announcement_id for a in parsed.announcements] == ["8"]
    (item,) = parsed.ignored
    assert (item.item_id, item.reason, item.excerpt) == ("7", "text is about something else", "Погода на завтра")
    assert item.published_at == datetime(2026, 10, 1, 10, tzinfo=UTC)  # it counts in the weekly volume


@pytest.mark.parametrize(
    ("html", "rows", "problems"),
    [
        ("<p>Повернуто 7291 військових. Серед них 235 жінок</p><p>І ще 5000 військових</p>", {"total/women": 235},
         ["it has several figures"]),
        ("<p>01.02.2026 військових</p><p>за 2026 цивільних</p>", {}, ["no total with its category is found"]),
        ("<div><b>100</b><b>200</b><i>цивільних</i></div>", {},
         ["it has several figures", "no total with its category is found"]),
        ("<p>12,5 цивільних; 3/4 жінок</p>", {}, ["no total with its category is found"]),
        ("<dl><dt>Цивільних</dt><dd>876</dd></dl>", {"total/civilians": 876}, []),
    ],
)  # fmt: skip
def test_a_total_that_is_not_sure_is_left_out(html: str, rows: dict[str, int], problems: list[str]) -> None:
    source = get_source("koordshtab_report")
    parsed = parse(source, page(f"<html>{html}</html>", source.url, source.id))
    assert {row.row_id: row.released for row in parsed.rows} == rows
    assert [problem.message for problem in parsed.problems] == problems


def test_a_gzip_file_comes_through_the_door() -> None:
    packed = gzip.compress(urlset(url("/news/obmin-12")).encode())

    def answer(handler: BaseHTTPRequestHandler) -> None:
        is_robots = handler.path.endswith("robots.txt")
        respond(
            handler, 404 if is_robots else 200, "" if is_robots else packed, {"Content-Type": "application/x-gzip"}
        )

    with web(answer) as address, HttpClient(replay=address, attempts=1) as client:
        found = client.get(PRESS, "https://news.example/sitemap.xml.gz")
    assert [link.item_id for link in Sitemap().parse(PRESS, found, ADDRESS).links] == ["obmin-12"]
