"""Sites that tests crawl: a channel whose posts change, a list with articles, a gzip bomb and a trickling response.

The server that runs them is `web` in tests/conftest.py.
"""

from __future__ import annotations

import gzip
import time
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.conftest import respond


class Channel:
    """A channel whose posts a test adds, edits and deletes; it serves the web preview, three posts a page."""

    def __init__(self, *numbers: int) -> None:
        self.posts = {number: f"Допис {number}" for number in numbers}
        self.stamps: dict[int, str] = {}
        self.media: set[int] = set()
        self.order = sorted
        self.broken: set[str] = set()
        self.asked: list[str] = []

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        if handler.path.endswith("robots.txt"):
            return respond(handler, 404)
        path = handler.path.removeprefix("/t.me")
        self.asked.append(path)
        if path in self.broken:
            return respond(handler, 404)
        parts = urlsplit(path)
        if not parts.path.startswith("/s/"):
            number = int(parts.path.rpartition("/")[2])
            missing = '<div class="tgme_widget_message_error">Post not found</div>'
            return respond(handler, 200, self._post(number) if number in self.posts else missing)
        before = int(parse_qs(parts.query).get("before", ["999999"])[0])
        return respond(handler, 200, "<html>" + "".join(map(self._post, self.order(self.shown(before)))) + "</html>")

    def shown(self, before: int) -> list[int]:
        return [number for number in sorted(self.posts) if number < before][-3:]

    def _post(self, number: int) -> str:
        day = f"2025-{(number - 1) // 28 + 1:02}-{(number - 1) % 28 + 1:02}"
        text = f'<div class="tgme_widget_message_text js-message_text">{self.posts[number]}</div>'
        return (
            f'<div class="tgme_widget_message" data-post="Koord_shtab/{number}">{"" if number in self.media else text}'
            f'<a class="tgme_widget_message_date"><time datetime="{self.stamps.get(number, day + "T10:00:00+02:00")}">'
            f'</time></a><span class="tgme_widget_message_views">{len(self.asked)}</span></div>'
        )


LIST_ITEM = (
    '<div class="item_stat_headline"><h3><a href="/news/{slug}-{id}">З полону повернулися люди</a></h3>'
    '<p class="date">{day} січня 2026 року - 10:00</p></div>'
)
ARTICLE = (
    "<h1>З полону повернулися люди</h1><p class='date'>2 січня 2026 року - 10:00</p>"
    "<div class='article_content'>{text}</div>"
)


def president(asked: list[str], numbers: list[str], slug: str = "obmin") -> Any:
    """The President's site with one page of articles; the listing has an ETag."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        path = handler.path.removeprefix("/www.president.gov.ua")
        if "robots" in path:
            return respond(handler, 404)
        asked.append(path)
        if path.startswith("/news/all"):
            items = "" if "page=" in path else "".join(LIST_ITEM.format(slug=slug, id=n, day=2) for n in numbers)
            tag = f'"{len(items)}"'
            if handler.headers["If-None-Match"] == tag:
                return respond(handler, 304)
            return respond(handler, 200, f"<html>{items}</html>", {"ETag": tag})
        number = path.rpartition("-")[2]
        return respond(handler, 200 if number in numbers else 404, ARTICLE.format(text=f"Стаття {number}"))

    return answer


BOMB = gzip.compress(b"\0" * (30 * 2**20))


def trickle(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b"x")
        handler.wfile.flush()
        time.sleep(0.05)
