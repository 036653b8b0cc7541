"""Which part of a channel's page is a post's own text, and why a post has none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scrapers.records import Page, ParsedPage, SourceError
from scrapers.registry import get_source
from scrapers.sources import parse

CHANNEL = get_source("koordshtab_telegram")
DATE = '<a class="tgme_widget_message_date"><time datetime="2026-10-01T10:00:00+00:00"></time></a>'
TEXT = '<div class="tgme_widget_message_text js-message_text" dir="auto">{}</div>'


def parsed(inside: str, classes: str = "", url: str = CHANNEL.url) -> ParsedPage:
    html = f'<div class="tgme_widget_message {classes}" data-post="Koord_shtab/5"><div class="tgme_widget_message_bubble">{inside}{DATE}</div></div>'
    page = Page(CHANNEL.id, url, datetime(2026, 11, 1, tzinfo=UTC), 200, (), html.encode())
    return parse(CHANNEL, page)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("157<blockquote>200</blockquote>300", "157\n200\n300"),
        ("157<blockquote>200</blockquote><b>300</b>", "157\n200\n300"),
        ("157<br/><blockquote expandable>200<br/>7</blockquote><br/>300", "157\n200\n7\n\n300"),
        ("157<pre>200</pre>300", "157\n200\n300"),
        ("Разом:<ul><li>157</li><li>200</li></ul>300", "Разом:\n157\n200\n300"),
        ("<p>157</p> <p>200</p>", "157\n200"),
        ("<blockquote><blockquote>157</blockquote></blockquote>200", "157\n200"),
        ("1<b>5</b><i>7</i> <a href=x>во</a><u>їн</u>ів", "157 воїнів"),
        ("1<tg-spoiler>5</tg-spoiler><code>7</code><u>.</u>", "157."),
        ("<s>150</s><del>1</del>157 з <strike>9</strike>", "157 з"),
        ('<i class="emoji" style="x"><b>🇺🇦</b></i>157<tg-emoji emoji-id="1"></tg-emoji>', "🇺🇦157"),
        ("157<!-- 200 -->8<script>9</script>", "1578"),
        ("&#1;157<br/>", "\x01157"),
        ("157<br/><br/>200", "157\n\n200"),
    ],
)
def test_blocks_break_the_line_and_inline_markup_does_not(html: str, text: str) -> None:
    assert [a.text for a in parsed(TEXT.format(html)).announcements] == [text]


def test_all_captions_of_an_album_are_the_text_and_what_is_not_the_posts_own_is_none() -> None:
    reply = f'<a class="tgme_widget_message_reply">{TEXT.format("чужі 300")}</a>'
    others = (
        '<div class="tgme_widget_message_poll"><div class="tgme_widget_message_poll_question">Скільки? 400</div></div>'
        '<div class="tgme_widget_message_document_title">500.pdf</div>'
        '<a class="tgme_widget_message_link_preview"><div class="link_preview_description">600</div></a>'
    )
    album = reply + TEXT.format("157") + others + TEXT.format("200") + TEXT.format(TEXT.format("250"))
    (announcement,) = parsed(album).announcements
    assert announcement.text == "157\n200\n250"


@pytest.mark.parametrize(
    ("inside", "classes", "reason"),
    [
        ('<div class="media_not_supported_cont">Please open Telegram</div>', "", "no text: to be viewed in Telegram only"),
        ('<div class="message_media_not_supported_wrap">x</div>', "", "no text: to be viewed in Telegram only"),
        ('<a class="player"><div class="message_media_not_supported_wrap">x</div></a>', "", "no text: media only"),
        ('<div class="tgme_widget_message_poll">Скільки?</div>', "", "no text: media only"),
        (TEXT.format("Channel pinned «157»"), "service_message", "service message"),
        (TEXT.format(""), "", "no text: media only"),
    ],
)  # fmt: skip
def test_a_post_without_text_is_ignored_by_name(inside: str, classes: str, reason: str) -> None:
    found = parsed(inside, classes)
    assert [(i.item_id, i.reason) for i in found.ignored] == [("5", reason)]
    assert (found.announcements, found.problems) == ([], [])


def test_a_page_of_one_post_that_shows_nothing_says_nothing_of_it() -> None:
    page = Page(
        CHANNEL.id, "https://t.me/Koord_shtab/5?embed=1&mode=tme", datetime(2026, 11, 1, tzinfo=UTC), 200, (), b""
    )
    with pytest.raises(SourceError, match="shows no post and names none missing"):
        parse(CHANNEL, page)
