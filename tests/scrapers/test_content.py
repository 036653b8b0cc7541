"""What counts as a change of a page: everything but its counters, however it is parsed."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime

import pytest

from scrapers.parsing.content_digests import ContentDigests, content_digests
from scrapers.records import Page

MOMENT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def digests(body: str | bytes, kind: str = "text/html; charset=utf-8", status: int = 200) -> ContentDigests:
    payload = body.encode() if isinstance(body, str) else body
    return content_digests(Page("x", "https://site.example/1", MOMENT, status, (("Content-Type", kind),), payload))


def post(text: str = "Додому повернулися 150 захисників.", views: str = "4.02K", **more: str) -> str:
    given = {"reactions": "👍 12", "token": "a1", "link": "https://t.me/Koord_shtab/7", "subscribers": "31.2K"} | more
    return (
        f'<html><head><meta name="csrf-token" content="{given["token"]}"><meta property="og:image" '
        f'content="https://cdn.example/{given["token"]}.jpg"><script>var nonce = "{given["token"]}"</script></head>'
        f'<body><div class="tgme_channel_info_counter"><span class="counter_value">{given["subscribers"]}</span> '
        f'<span class="counter_type">subscribers</span></div><!-- made for {given["token"]} -->'
        f'<div class="tgme_widget_message" data-view="{given["token"]}"><img src="https://cdn.example/{given["token"]}">'
        f'<div class="js-message_text">{text}</div><div class="tgme_widget_message_reactions"><span '
        f'class="tgme_reaction">{given["reactions"]}</span></div><span class="tgme_widget_message_views">{views}</span>'
        f'<a class="tgme_widget_message_date" href="{given["link"]}"><time datetime="2026-03-01T10:00:00+02:00">10:00'
        "</time></a></div></body></html>"
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"views": "4.03K"}, {"views": "1M"}, {"reactions": "👍 13 ❤ 4"}, {"token": "b2"}, {"subscribers": "31.3K"},
        {"link": "https://t.me/Koord_shtab/7?utm_source=x&_=99#top"},
    ],
)  # fmt: skip
def test_a_post_whose_counters_moved_is_what_it_was(changed: dict[str, str]) -> None:
    assert digests(post(**changed)) == digests(post())


@pytest.mark.parametrize(
    "changed",
    [
        {"text": "Додому повернулися 157 захисників."}, {"text": "Додому повернулися 150 захисників!"}, {"text": ""},
        {"link": "https://t.me/Koord_shtab/8"}, {"text": "Додому повернулися 150 захисників.<a href='/doc'></a>"},
    ],
)  # fmt: skip
def test_a_post_that_says_something_else_has_changed(changed: dict[str, str]) -> None:
    assert digests(post(**changed)).shown != digests(post()).shown


ARTICLE = (
    "<html><head><title>{title}</title><meta property='article:published_time' content='{time}'>"
    "<script type='application/ld+json'>{data}</script></head><body><nav><a href='/a'>{menu}</a></nav>"
    "<h1>{title}</h1><p>{text}</p><p class='{counter}'>{count}</p>"
    "<div class='sidebar'><a href='/other-{other}'>Інша новина {other}</a></div>"
    "<form><input name='csrf' value='{other}'></form><footer>{menu}</footer></body></html>"
)
FILLED = {
    "title": "Обмін", "time": "2026-03-01T10:00:00+02:00", "data": '{"headline": "Обмін", "commentCount": 5}',
    "menu": "Новини", "text": "Удома 103 людини.", "counter": "post-views", "count": "1 204", "other": "1",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "is_shown", "is_around"),
    [
        ({"count": "1 205"}, False, False),
        ({"count": "Переглядів: 1 205", "counter": "post-views"}, True, False),  # text was added, which is a change
        ({"data": '{"headline": "Обмін", "commentCount": 6}'}, False, False),
        ({"data": '{"headline": "Обмін", "dateModified": "2026-03-02"}'}, False, False),
        ({"data": '{"headline": "Обмін полоненими", "commentCount": 5}'}, True, False),
        ({"data": "{broken 1"}, True, False),
        ({"time": "2026-03-01T11:00:00+02:00"}, True, False),
        ({"title": "Обмін полоненими"}, True, False),
        ({"text": "Удома 104 людини."}, True, False),
        ({"other": "2"}, False, True),
        ({"menu": "Усі новини"}, False, True),
        ({"counter": "views-field"}, True, False),  # a class of Drupal's, not a counter, so its number counts
    ],
)
def test_an_article_and_what_stands_around_it(changed: dict[str, str], is_shown: bool, is_around: bool) -> None:
    before, after = digests(ARTICLE.format(**FILLED)), digests(ARTICLE.format(**FILLED | changed))
    assert (before.shown != after.shown, before.around != after.around) == (is_shown, is_around)


@pytest.mark.parametrize(
    ("before", "after", "is_same"),
    [
        ("<p>Переглядів: 120</p>", "<p>Переглядів: 121</p>", True),
        ("<p><b>1.2K</b> views</p>", "<p><b>1.3K</b> views</p>", True),
        ("<p>5 хвилин тому</p>", "<p>12 хвилин тому</p>", True),
        ("<p>Page generated in 0.12 s</p>", "<p>Page generated in 0.31 s</p>", True),
        ("<p>Додому їде 120</p>", "<p>Додому їде 121</p>", False),
        ("<p>120 осіб</p>", "<p>121 особа</p>", False),
        ("<p>120 views of the exchange of 50</p>", "<p>120 views of the exchange of 51</p>", False),
        ("<aside>1</aside><p>x", "<aside>2</aside><p>x", True),
        ("<div class='counter'>7</div>", "<div class='counter'>8</div>", True),
        ("<div class='counter'>Звільнено 7 людей</div>", "<div class='counter'>Звільнено 8 людей</div>", False),
        ("<p>a&nbsp;b</p>", "<p>a  b</p>", True),
        ("<script>1</script>", "<script>2</script>", True),
        ("<svg><text>1</text></svg>", "<svg><text>2</text></svg>", True),
    ],
)
def test_numbers_that_count_are_left_out_and_others_stay(before: str, after: str, is_same: bool) -> None:
    assert (digests(before).shown == digests(after).shown) is is_same


def feed(
    title: str = "Обмін", built: str = "Sun, 01 Mar 2026 10:00:00 GMT", link: str = "https://x.example/1"
) -> str:
    return (
        f"<?xml version='1.0'?><rss><channel><lastBuildDate>{built}</lastBuildDate><item><title>{title}</title>"
        f"<link>{link}</link><pubDate>Sun, 01 Mar 2026 09:00:00 GMT</pubDate></item></channel></rss>"
    )


def listed(slug: str = "obmin", views: int = 1, took: float = 0.1) -> str:
    return json.dumps({"took": took, "items": [{"slug": slug, "title": "Обмін", "views": views, "viewCount": views}]})


@pytest.mark.parametrize(
    ("before", "after", "is_same"),
    [
        (feed(), feed(built="Sun, 01 Mar 2026 10:15:00 GMT"), True),
        (feed(), feed(link="https://x.example/1?utm_source=rss"), True),
        (feed(), feed(title="Обмін 2"), False),
        (feed(), feed(link="https://x.example/2"), False),
        (feed(), feed()[:-40], False),
        (listed(), listed(views=2, took=0.2), True),
        (listed(), listed(slug="obmin-2"), False),
        (listed(), "[]", False),
        ("<urlset><url><loc>https://x.example/1</loc></url></urlset>", "<urlset></urlset>", False),
        ("plain 1", "plain 2", False),
        ("plain  1", "plain 1", True),
        ("", "", True),
    ],
)
def test_feeds_sitemaps_and_json_are_compared_by_their_names_and_values(
    before: str, after: str, is_same: bool
) -> None:
    assert (digests(before).shown == digests(after).shown) is is_same


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\xff\xfe\xfa", b"\x80" * 50, b"<", b"{", b"[" * 100_000, b'{"a":' * 5000 + b"1" + b"}" * 5000,
        b"<div>" * 50_000 + b"1", b"<?xml version='1.0'?>" + b"<a>" * 5000, b"<a class='ads' href='http://[bad'>1",
        b"<p>\x00\x00 1", b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
        b"<p>" + b"".join(b"<i class='ad-%d views'>7</i>" % n for n in range(3000)), b"<time datetime='\xf0\x9f'>",
        "﻿<p>marked".encode(), "<p>Обмін</p>".encode("windows-1251"), b"<meta content='1'><time datetime=''>",
    ],
)  # fmt: skip
def test_any_bytes_have_a_digest_and_other_bytes_another(body: bytes) -> None:
    assert digests(body) == digests(body)
    assert digests(body).shown != digests(b"<p>other words entirely").shown
    assert digests(body).shown != digests(body, status=404).shown


def test_text_behind_markup_of_any_depth_is_seen() -> None:
    """A parser that stops at some depth would take two different pages for one."""
    deep = "<div>" * 3000
    assert digests(f"{deep}150").shown != digests(f"{deep}157").shown


def test_a_payload_that_cannot_be_unfolded_is_compared_by_its_bytes() -> None:
    packed = gzip.compress(b"<p>x")
    headers = (("Content-Encoding", "gzip"),)
    pages = [Page("x", "https://x.example", MOMENT, 200, headers, payload) for payload in (packed[:9], packed[:8])]
    first, second = map(content_digests, pages)
    assert first.shown != second.shown
