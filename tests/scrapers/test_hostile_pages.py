"""Pages written to break the parsers: a fault in one item or page affects only that one."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers.parsing.listings import HtmlList
from scrapers.parsing.sanitize import storable
from scrapers.records import Announcement, Ignored, Link, Page, ParsedPage, Problem, ReferenceRow, SourceError
from scrapers.registry import Source, get_source, load_registry
from scrapers.sources import parse, site_of

FETCHED = datetime(2026, 11, 1, tzinfo=UTC)
CHANNEL, PRESIDENT = get_source("koordshtab_telegram"), get_source("president_uk")
ARTICLE = "https://www.president.gov.ua/news/obmin-5"


def page(source: Source, body: str | bytes, url: str = "", kind: str = "text/html; charset=utf-8") -> Page:
    payload = body.encode() if isinstance(body, str) else body
    return Page(source.id, url or source.url, FETCHED, 200, (("Content-Type", kind),), payload)


def post(
    number: object, text: str = "Обмін", stamp: str = "2026-10-01T10:00:00+00:00", name: str = "Koord_shtab"
) -> str:
    return (
        f'<div class="tgme_widget_message" data-post="{name}/{number}">'
        f'<div class="tgme_widget_message_text js-message_text">{text}</div>'
        f'<a class="tgme_widget_message_date"><time datetime="{stamp}"></time></a></div>'
    )


def article(head: str = "", text: str = "Додому повернулися люди.", date: str = "30 грудня 2024 року - 17:05") -> str:
    return f"<html><head>{head}</head><h1>Назва</h1><p class=date>{date}</p><div class=article_content>{text}</div>"


def assert_storable(parsed: ParsedPage) -> None:
    """Check what the warehouse requires: valid characters, and timestamps within range."""
    for record in (*parsed.announcements, *parsed.links, *parsed.ignored, *parsed.problems, *parsed.rows):
        sentence = repr(record)
        sentence.encode()
        assert "\\x00" not in sentence
        moment = getattr(record, "published_at", None)
        assert moment is None or datetime(1991, 8, 6, tzinfo=UTC) <= moment <= datetime(2026, 11, 1, 1, tzinfo=UTC)
    assert all(len(item_id) <= 500 for item_id in parsed.listed())


@pytest.mark.parametrize(
    ("bad", "item_id", "message"),
    [
        (post(20, stamp="0001-01-01T00:30:00+02:00"), "20", "date can't be read"),
        (post(20, stamp="9999-12-31T23:59:59-05:00"), "20", "date can't be read"),
        (post(20, stamp="9999-12-31T23:59:59+00:00"), "20", "its date is in the future"),
        (post(20, stamp="0001-01-01T00:00:00+00:00"), "20", "before the web's first page"),
        (post(20, stamp="1970-01-01T00:00:00+00:00"), "20", "before the web's first page"),
        (post(20, stamp="yesterday"), "20", "date can't be read"),
        (post("abc"), f"{CHANNEL.url}#Koord_shtab/abc", "is no post of Koord_shtab"),
        (post(""), f"{CHANNEL.url}#Koord_shtab/", "is no post of Koord_shtab"),
        (post("²"), f"{CHANNEL.url}#Koord_shtab/²", "is no post of Koord_shtab"),
        (post("-5"), f"{CHANNEL.url}#Koord_shtab/-5", "is no post of Koord_shtab"),
        (post("0"), f"{CHANNEL.url}#Koord_shtab/0", "is no post of Koord_shtab"),
        (post(2**31), f"{CHANNEL.url}#Koord_shtab/2147483648", "is no post of Koord_shtab"),
        (post("7/8"), f"{CHANNEL.url}#Koord_shtab/7/8", "is no post of Koord_shtab"),
        (post(20, name="somebody_else"), f"{CHANNEL.url}#somebody_else/20", "is no post of Koord_shtab"),
        (post(20, text="Обмін " * 40_000), "20", "characters, more than any announcement"),
    ],
)  # fmt: skip
def test_one_bad_post_is_set_aside_and_the_nineteen_others_are_read(bad: str, item_id: str, message: str) -> None:
    posts = [post(number) for number in range(1, 20)]
    parsed = parse(CHANNEL, page(CHANNEL, "<html>" + "".join([*posts[:9], bad, *posts[9:]])))
    assert [a.announcement_id for a in parsed.announcements] == [str(number) for number in range(1, 20)]
    (problem,) = parsed.problems
    assert problem.item_id == item_id
    assert message in problem.message
    assert problem.excerpt
    assert parsed.older is None  # the oldest post shown is the first of all
    assert_storable(parsed)


def test_a_huge_id_is_kept_by_its_beginning() -> None:
    parsed = parse(CHANNEL, page(CHANNEL, "<html>" + post(7) + post("9" * 5_000)))
    assert [a.announcement_id for a in parsed.announcements] == ["7"]
    assert parsed.problems[0].item_id.startswith(f"{CHANNEL.url}#Koord_shtab/9999")
    assert_storable(parsed)
    # Paging uses numbers alone, also when only items without one are listed.
    site = site_of(CHANNEL)
    assert site.jump(CHANNEL, parsed, 1) is None
    assert site.jump(CHANNEL, parse(CHANNEL, page(CHANNEL, post("x"))), 1) is None
    assert [site.item_id(CHANNEL, f"https://t.me/Koord_shtab/{tail}") for tail in ("5", "²", "x", "9" * 5_000)] == [
        "5", None, None, None,
    ]  # fmt: skip


DEEP = "[" * 100_000 + "]" * 100_000


@pytest.mark.parametrize(
    "described",
    [
        '{"@type": {}}',
        '{"@type": [{}, ["NewsArticle"], 5, null]}',
        '{"@type": "NewsArticle", "headline": 5, "datePublished": 20241230, "articleBody": {"a": []}}',
        '{"@type": "NewsArticle", "headline": ["x"], "datePublished": {"@value": "2024-12-30T15:05:00Z"}}',
        '{"@graph": [[], 5, {"@type": []}]}',
        '{"@graph": {"@type": "NewsArticle"}}',
        DEEP,
        '{"@graph": [' + '{"@graph": [' * 50_000 + "]}" * 50_000 + "]}",
        '{"@type": "NewsArticle", "headline": "\\ud800", "datePublished": "0001-01-01T00:00:00+14:00"}',
        "5", "null", '"x"', "[]", "NaN", "{broken", "9" * 5_000,
    ],
)  # fmt: skip
def test_json_ld_of_any_shape_leaves_the_markup_to_be_read(described: str) -> None:
    body = article(f'<script type="application/ld+json">{described}</script>')
    (announcement,) = parse(PRESIDENT, page(PRESIDENT, body, ARTICLE)).announcements
    assert announcement.published_at == datetime(2024, 12, 30, 15, 5, tzinfo=UTC)
    assert (announcement.title, announcement.text) == ("Назва", "Додому повернулися люди.")


@pytest.mark.parametrize(
    "href",
    ["http://[bad", "//[::1", "https://[x]:y/", "http://www.president.gov.ua:port/news/x-1", "javascript:x", ""],
)
def test_a_bad_canonical_address_is_passed_over(href: str) -> None:
    body = article(f'<link rel="canonical" href="{href}">')
    (announcement,) = parse(PRESIDENT, page(PRESIDENT, body, ARTICLE)).announcements
    assert announcement.url == ARTICLE


def test_a_bad_link_in_a_list_concerns_that_link() -> None:
    item = '<div class="item_stat_headline"><h3><a href="{}">Обмін полоненими</a></h3><p>5 жовтня 2026 року - 10:00</p></div>'
    hrefs = ["/news/obmin-1", "http://[bad", "", "/news/obmin-2"]
    parsed = parse(PRESIDENT, page(PRESIDENT, "<html>" + "".join(map(item.format, hrefs))))
    assert [link.item_id for link in parsed.links] == ["1", "2"]
    assert [(p.item_id, p.excerpt) for p in parsed.problems] == [
        (f"{PRESIDENT.url}#http://[bad", "Обмін полоненими 5 жовтня 2026 року - 10:00"),
        (f"{PRESIDENT.url}#", "Обмін полоненими 5 жовтня 2026 року - 10:00"),
    ]
    feed = get_source("ukrinform")
    entry = "<item><title>Обмін</title><link>{}</link><pubDate>{}</pubDate></item>"
    entries = [
        entry.format("https://www.ukrinform.ua/rubric-ato/5-a.html", "Thu, 01 Oct 2026 10:00:00 +0300"),
        entry.format("http://[bad", ""),
        entry.format("https://www.ukrinform.ua/rubric-ato/6-a.html", "Fri, 31 Dec 9999 23:59:59 -0500"),
        entry.format("https://www.ukrinform.ua/rubric-ato/7-a.html", "99 Foo 2026"),
    ]
    parsed = parse(feed, page(feed, "<?xml version='1.0'?><rss><channel>" + "".join(entries) + "</channel></rss>"))
    assert [(link.item_id, link.published_at) for link in parsed.links] == [
        ("5", datetime(2026, 10, 1, 7, tzinfo=UTC)), ("6", None), ("7", None),
    ]  # fmt: skip
    assert [p.item_id for p in parsed.problems] == [f"{feed.url}#http://[bad"]


def test_whatever_a_module_finds_is_made_fit_to_store() -> None:
    ahead = datetime(2027, 1, 1, tzinfo=UTC)
    found = ParsedPage(
        announcements=[
            Announcement("s", "1", "u\0", "uk", FETCHED, "\ud83d\ude00", "ціле \ud800 слово"),
            Announcement("s", "2", "u", "uk", FETCHED, None, "було 1\ud8007 людей"),
            Announcement("s", "", "u", "uk", FETCHED, None, "без номера"),
        ],
        links=[Link("3", "u\ud800", "т", ahead)],
        ignored=[Ignored("s", "4\0", "r", "\udfff" * 2_000, ahead)],
        problems=[Problem("s", "", "m", "e")],
        rows=[ReferenceRow("1", {"a\ud800": "b\0"}, released=10**30, returned=5)],
        gone=["5\0"],
        drift=["d\ud800"],
    )
    fit = storable(page(PRESIDENT, ""), found)
    assert [(a.url, a.title, a.text) for a in fit.announcements] == [("u", "😀", "ціле � слово")]
    assert [(p.item_id, p.message) for p in fit.problems] == [
        ("2", "a character next to a figure can't be read"),
        ("(no id)", "its id is of no possible length"),
        ("(no id)", "m"),
    ]
    assert fit.links == [Link("3", "u�", "т", None)]
    assert fit.ignored == [Ignored("s", "4", "r", "�" * 1_000, None)]
    assert fit.rows == [ReferenceRow("1", {"a�": "b"}, released=None, returned=5)]
    assert (fit.gone, len(fit.drift)) == (["5"], 5)
    assert_storable(fit)


def test_what_a_module_raises_is_a_source_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> ParsedPage:
        raise RecursionError("too deep \ud800")

    monkeypatch.setattr(type(site_of(CHANNEL)), "parse", broken)
    with pytest.raises(
        SourceError, match=r"koordshtab_telegram: https://t.me/s/Koord_shtab can't be parsed \(Recursion"
    ):
        parse(CHANNEL, page(CHANNEL, ""))
    nowhere = CHANNEL.model_copy(update={"parser": "nowhere"})
    with pytest.raises(SourceError, match="ModuleNotFoundError"):
        parse(nowhere, page(CHANNEL, ""))


@pytest.mark.parametrize("answer", [DEEP, "{}", '{"parse": []}', '{"parse": {"text": 5}}', "5", "null", ""])
def test_an_odd_answer_of_wikipedia_is_no_table(answer: str) -> None:
    source = get_source("wikipedia_uk")
    try:
        parsed = parse(source, page(source, answer, kind="application/json"))
    except SourceError:
        return
    assert (parsed.rows, len(parsed.problems)) == ([], 1)


MARKUP = st.lists(
    st.one_of(
        st.sampled_from([
            "<div class=tgme_widget_message data-post=Koord_shtab/5>", "<div class=tgme_widget_message_text>", "</div>",
            "<a class=tgme_widget_message_date>", "<time datetime=", "2026-10-01T10:00:00+00:00", ">", "<", "&#xD800;",
            "<h1>", "<div class=article_content>", "<script type='application/ld+json'>", "</script>", "<!--", "<![CDATA[",
            '{"@type": "NewsArticle", "headline": ', "<item><link>", "<item_stat_headline>", "\0", "<br>", "<blockquote>",
            "<p class=date>", "30 грудня 2024 року - 17:05", "<table><tr><th>Дата<th>Звільнено", "<td rowspan=9 colspan=9>",
        ]),
        st.text(max_size=20),
    ),
    max_size=12,
)  # fmt: skip


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.one_of(MARKUP.map(lambda parts: "".join(parts).encode("utf-8", "surrogatepass")), st.binary(max_size=60)))
def test_any_bytes_are_read_or_refused_in_one_sentence(body: bytes) -> None:
    for source in {source.parser: source for source in load_registry()}.values():
        for url in (source.url, ARTICLE if source is PRESIDENT else source.url):
            try:
                parsed = parse(source, page(source, body, url))
            except SourceError:
                continue
            assert_storable(parsed)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("<div>" * 50_000, "255 deep"),
        ("<p>x</p>" * 300_000, "600,0.. tags"),
        ("<p " + " ".join(f"a{number}=1" for number in range(100_000)) + ">", "100,001 attributes"),
        ("<p " + " ".join(f"a{number}='>'" for number in range(9_000)) + ">", "9,001 attributes"),
        (
            ("<p " + " ".join(f"a{number}='long'" for number in range(400)) + ">") * 900,
            "360,900 attributes in long tags",
        ),
    ],
)
@pytest.mark.parametrize("url", [ARTICLE, PRESIDENT.url, CHANNEL.url])
def test_markup_beyond_any_page_of_news_is_refused_and_not_waited_for(body: str, message: str, url: str) -> None:
    source = CHANNEL if url == CHANNEL.url else PRESIDENT
    with pytest.raises(SourceError, match=message):
        parse(source, page(source, article(text=body) if source is PRESIDENT else "<html>" + post(1, body), url))


def test_what_is_large_and_plain_is_read() -> None:
    body = article(text="<p>Воїн.</p>" * 5_000 + '<img src="data:' + "A" * 900_000 + '">' + "<b>" * 200)
    (announcement,) = parse(PRESIDENT, page(PRESIDENT, body, ARTICLE)).announcements
    assert announcement.text == "\n".join(["Воїн."] * 5_000)
    table = "<table><tr><th>Дата<th>Звільнено" + "<tr>" + "<td rowspan=1000 colspan=1000>5" * 200 + "<tr>" * 999
    wikipedia = get_source("wikipedia_uk")
    parsed = parse(wikipedia, page(wikipedia, json.dumps({"parse": {"text": table}})))
    assert [p.message for p in parsed.problems][:1] == ["has more than 100,000 cells"]


def test_what_holds_items_is_a_list_and_no_item() -> None:
    listing = HtmlList(item=".news-item, article", title="a", time=".date")
    item = '<div class="news-item"><a href="/news/{}">{}</a><span class="date">01.10.2026 10:00</span></div>'
    items = item.format("obmin-1", "Обмін полоненими") + item.format("kava-2", "Кава")
    found = listing.parse(PRESIDENT, page(PRESIDENT, f"<article>{items}</article>"), re.compile("-(?P<id>[0-9]+)$"))
    assert ([link.item_id for link in found.links], [i.item_id for i in found.ignored]) == (["1"], ["2"])
