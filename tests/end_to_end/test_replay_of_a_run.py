"""A deployment's archive, served by `obmin replay`, is crawled by a new deployment: same announcements, same facts.

The small web changes between two crawls, so the replay gets requests that were never made in that form.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import duckdb

from orchestration.settings import KYIV, PROJECT
from tests.conftest import respond, web
from tests.faults.pages import Post, exchange_text, post_html
from tests.support.obmin_process import run_obmin

TODAY = datetime.now(KYIV).date()
ON_PAGE = 20
ARTICLES_ON_PAGE = 10


def noon(days_ago: int) -> datetime:
    return datetime.combine(TODAY - timedelta(days=days_ago), time(12), KYIV)


class ChangingWeb:
    """A channel of forty posts and a site of thirty articles. ``change`` adds six posts, edits one and deletes one,
    and adds four articles, so that all older pages of the site move. One article is at another URL than its listing
    gives.
    """

    def __init__(self) -> None:
        # Post 101 is twenty days old, post 140 half a day.
        self.posts = {n: Post(n, noon(20) + timedelta(hours=12 * (n - 101)), f"Нарада {n}.") for n in range(101, 141)}
        self._say(111, 91)
        self._say(131, 44)
        self._say(136, 12)
        self.articles = list(range(30, 0, -1))

    def change(self) -> None:
        self._say(131, 45)
        del self.posts[136]
        for number in range(141, 147):
            self.posts[number] = Post(number, noon(1) + timedelta(minutes=number), f"Нарада {number}.")
        self.articles = list(range(34, 0, -1))

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/t.me/s/Koord_shtab":
            return respond(handler, 200, self._channel(int(query.get("before", "9999"))))
        if parts.path.startswith("/t.me/Koord_shtab/"):
            post = self.posts.get(int(parts.path.rpartition("/")[2]))
            missing = '<div class="tgme_widget_message_error">Post not found</div>'
            return respond(handler, 200, post_html("Koord_shtab", post) if post else missing)
        if parts.path == "/ombudsman.gov.ua/uk/news":
            shown = self._list(int(query.get("page", "1")))
            return respond(handler, 200 if shown else 404, shown)
        if parts.path == "/ombudsman.gov.ua/uk/news_details/obmin-13":
            return respond(handler, 301, "", {"Location": "/news_details/obmin-13"})
        if parts.path == "/ombudsman.gov.ua/news_details/obmin-13":
            return respond(handler, 200, self._article())
        return respond(handler, 404 if parts.path.endswith("robots.txt") else 403)

    def _say(self, number: int, released: int) -> None:
        self.posts[number] = Post(number, self.posts[number].at, exchange_text(released))

    def _channel(self, before: int) -> str:
        shown = [self.posts[number] for number in sorted(self.posts) if number < before][-ON_PAGE:]
        posts = shown or [Post(1, "2015-01-01T10:00:00+02:00", "Канал відкрито.")]
        return "<html><body>" + "".join(post_html("Koord_shtab", post) for post in posts) + "</body></html>"

    def _list(self, page: int) -> str:
        shown = self.articles[(page - 1) * ARTICLES_ON_PAGE : page * ARTICLES_ON_PAGE]
        return "".join(
            f'<a href="/uk/news_details/{"obmin" if n == 13 else "narada"}-{n}">'
            f"<h3>{'Обмін полоненими' if n == 13 else f'Про погоду, {n}'}</h3>"
            f'<time datetime="{noon(25 - n // 2).isoformat()}"></time></a>'
            for n in shown
        )

    def _article(self) -> str:
        return (
            f"<h1>Обмін полоненими</h1><time datetime='{noon(19).isoformat()}'></time>"
            f"<div itemprop='articleBody'><p>{exchange_text(33)}</p></div>"
        )


def obmin(folder: Path, address: str, *arguments: str) -> str:
    """Run the command; return what it printed. Its status is 1, because many sources refuse."""
    environment = {**os.environ, "OBMIN_DATA": str(folder), "OBMIN_REPLAY": address}
    done = run_obmin(("--profile", "live", *arguments), environment, 300)
    assert "Traceback" not in done.stderr, done.stderr
    return done.stderr


@contextmanager
def replaying(folder: Path, address: str) -> Iterator[str]:
    """`obmin replay` over a deployment's archive, on a free port."""
    environment = {**os.environ, "OBMIN_DATA": str(folder), "OBMIN_REPLAY": address}
    command = [sys.executable, "-m", "orchestration.cli", "--profile", "live", "replay", "--port", "0"]
    with subprocess.Popen(command, cwd=PROJECT, env=environment, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        sentence = next(line for line in server.stderr if " pages on http://" in line)
        try:
            yield sentence.partition(" on ")[2].partition(",")[0]
        finally:
            server.kill()


def announcements(folder: Path) -> list[tuple[Any, ...]]:
    """The last version of each announcement that is still there."""
    with duckdb.connect(str(folder / "live" / "working.duckdb"), read_only=True) as connection:
        return connection.execute(
            "select source_id, announcement_id, url, published_at, title, text from raw.announcements "
            "anti join raw.absent_items on absent_items.source_id = announcements.source_id "
            "and absent_items.item_id = announcement_id "
            "qualify load_seq = max(load_seq) over (partition by source_id, announcement_id) order by all"
        ).fetchall()


def facts(folder: Path) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(folder / "live" / "obmin.duckdb"), read_only=True) as connection:
        return connection.execute(
            "select exchanged_on, released_total from marts.fct_exchanges order by all"
        ).fetchall()


def test_a_replayed_archive_gives_the_same_announcements_and_facts(tmp_path: Path) -> None:
    first, again = tmp_path / "first", tmp_path / "again"
    small = ChangingWeb()
    with web(small.answer) as address:
        obmin(first, address, "fetch", "koordshtab_telegram", "ombudsman")
        obmin(first, address, "load")
        small.change()
        obmin(first, address, "run")
    with replaying(first, address) as replay:
        sentence = obmin(again, replay, "run")
    assert facts(first) == [
        (noon(19).date(), 33), (noon(15).date(), 91), (noon(5).date(), 45),
    ]  # fmt: skip
    ids = [(row[0], row[1]) for row in announcements(first)]
    channel = [str(number) for number in range(101, 147) if number != 136]
    assert sorted(ids) == sorted([("ombudsman", "obmin-13"), *(("koordshtab_telegram", n) for n in ["1", *channel])])
    assert announcements(again) == announcements(first)
    assert facts(again) == facts(first)
    assert not [line for line in sentence.splitlines() if "koordshtab_telegram" in line and "Failed" in line]
