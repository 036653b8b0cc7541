"""The channel's parser on a saved page, and its crawl against a real server."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from scrapers.announcement import Page, SourceError
from scrapers.http import Door
from scrapers.registry import get_source
from scrapers.sources import telegram
from tests.conftest import respond, web

PAGES = Path(__file__).parent / "pages"
SOURCE = get_source("koordshtab_telegram")


def post(number: int) -> str:
    return (
        f'<div class="tgme_widget_message" data-post="Koord_shtab/{number}">'
        f'<div class="tgme_widget_message_text js-message_text">Post {number}</div>'
        f'<a class="tgme_widget_message_date"><time datetime="2025-01-{number:02}T10:00:00+02:00"></time></a></div>'
    )


def channel(numbers: range, asked: list[str]):  # type: ignore[no-untyped-def]
    """Answers like the preview: the newest three posts, or the three before ?before=."""

    def answer(handler):  # type: ignore[no-untyped-def]
        if handler.path.endswith("robots.txt"):
            return respond(handler, 404)
        asked.append(handler.path)
        before = parse_qs(urlsplit(handler.path).query).get("before")
        shown = [n for n in numbers if before is None or n < int(before[0])][-3:]
        return respond(handler, 200, "<html>" + "".join(map(post, shown)) + "</html>")

    return answer


def test_saved_page_gives_the_expected_records() -> None:
    page = Page(SOURCE.id, SOURCE.url, datetime.now(UTC), 200, (), (PAGES / "telegram.html").read_bytes())
    parsed = telegram.parse(SOURCE, page)
    expected = json.loads((PAGES / "telegram.json").read_text("utf-8"))
    assert [
        {
            "announcement_id": a.announcement_id,
            "url": a.url,
            "published_at": a.published_at.isoformat(),
            "text": a.text,
            "is_edited": a.is_edited,
            "forwarded_from": a.forwarded_from,
        }
        for a in parsed.announcements
    ] == expected["announcements"]
    assert [[i.item_id, i.reason] for i in parsed.ignored] == expected["ignored"]
    assert [[p.item_id, p.message] for p in parsed.problems] == expected["problems"]


def test_crawl_pages_back_to_the_beginning() -> None:
    asked: list[str] = []
    with web(channel(range(1, 9), asked)) as address, Door(replay=address) as door:
        pages = list(telegram.crawl(door, SOURCE, lambda _: False, deep=True))
    assert len(pages) == 3
    assert asked == ["/t.me/s/Koord_shtab", "/t.me/s/Koord_shtab?before=6", "/t.me/s/Koord_shtab?before=3",
                     "/t.me/s/Koord_shtab?before=1"]  # fmt: skip


def test_crawl_stops_at_a_page_of_known_posts() -> None:
    asked: list[str] = []
    with web(channel(range(1, 9), asked)) as address, Door(replay=address) as door:
        pages = list(telegram.crawl(door, SOURCE, {"1", "2", "3", "4", "5"}.__contains__, deep=False))
    assert len(pages) == 2  # the newest, with new posts, and the one where nothing was new
    assert len(asked) == 2


def test_crawl_after_a_broken_one_goes_past_known_posts() -> None:
    asked: list[str] = []
    with web(channel(range(1, 9), asked)) as address, Door(replay=address) as door:
        pages = list(telegram.crawl(door, SOURCE, lambda _: True, deep=True))
    assert len(pages) == 3


def test_empty_channel_is_an_error_not_silence() -> None:
    with web(channel(range(0), [])) as address, Door(replay=address) as door:
        with pytest.raises(SourceError, match="shows no posts where at least 1 was expected"):
            list(telegram.crawl(door, SOURCE, lambda _: False, deep=False))
