"""The replay server: serves the sample archive over HTTP on loopback, in the sources' own markup.

It responds as the sites do: paging, dates, a missing page. Addresses are /HOST/PATH?QUERY. Files: archive.py.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from jinja2 import Environment, PackageLoader
from markupsafe import Markup, escape

from scrapers.http.local_server import QuietHandler, serving
from scrapers.registry import Source, load_registry
from scrapers.sample.archive import Article, SampleArchive

POSTS_ON_PAGE = 20
ARTICLES_ON_PAGE = 15
DESCRIPTION = "Зразковий архів: дати й числа публічні, речення написано для Obmin"
MONTHS = ("січня", "лютого", "березня", "квітня", "травня", "червня", "липня", "серпня", "вересня", "жовтня",
          "листопада", "грудня")  # fmt: skip
POST = re.compile(r"/([A-Za-z_0-9]+)/(\d+)")
ARTICLE = re.compile(r"/news/[a-z0-9-]+-(\d+)")
_views = itertools.count(1)


def _telegram_text(text: str) -> Markup:
    """Line breaks and emoji in the web preview's markup."""
    escaped = escape(text).replace("\n", Markup("<br/>"))
    return Markup(re.sub("([\U0001f000-\U0001faff✅❗‼▪⚡]\ufe0f?)", r'<i class="emoji"><b>\1</b></i>', str(escaped)))  # noqa: S704


def _written(moment: datetime) -> str:
    return f"{moment.day} {MONTHS[moment.month - 1]} {moment.year} року - {moment:%H:%M}"


def _environment() -> Environment:
    environment = Environment(loader=PackageLoader("scrapers.sample"), autoescape=True)
    environment.filters.update(
        telegram_text=_telegram_text,
        utc=lambda moment: moment.astimezone(UTC).isoformat(),
        written=_written,
        slug=lambda article: "news" if article.id % 2 else "novyna-dnia",
    )
    return environment


class _Site:
    """Answers one request: a body, or None for a page that does not exist."""

    def __init__(self, archive: SampleArchive) -> None:
        self._archive = archive
        self._templates = _environment()

    def answer(self, path: str, query: dict[str, str]) -> str | None:
        host, _, rest = path.lstrip("/").partition("/")
        rest = f"/{rest}"
        if host == "t.me" and rest.startswith("/s/"):
            return self._channel(rest.removeprefix("/s/"), query)
        if host == "t.me" and (match := POST.fullmatch(rest)) and "embed" in query:
            return self._post(match[1], int(match[2]))
        if host == "www.president.gov.ua" and rest == "/news/all":
            return self._list(query)
        if host == "www.president.gov.ua" and (match := ARTICLE.fullmatch(rest)):
            return self._article(int(match[1]))
        return None

    def _channel(self, name: str, query: dict[str, str]) -> str | None:
        channel = _channels().get(name.lower())
        if channel is None:
            return None
        everything = self._archive.posts(channel.id)
        if before := query.get("before"):
            posts = [post for post in everything if post.id < int(before)][-POSTS_ON_PAGE:]
        elif after := query.get("after"):
            posts = [post for post in everything if post.id > int(after)][:POSTS_ON_PAGE]
        else:
            posts = everything[-POSTS_ON_PAGE:]
        return self._templates.get_template("telegram.html.j2").render(
            name=channel.url.rpartition("/")[2],
            title=channel.publisher,
            description=DESCRIPTION,
            posts=posts,
            older=posts[0].id if posts and posts[0] is not everything[0] else None,
            newer=posts[-1].id if posts and posts[-1] is not everything[-1] else None,
            views=f"{next(_views) / 100 + 4:.2f}",
        )

    def _post(self, name: str, post_id: int) -> str | None:
        """One post by itself; a missing one gets a page too, as in the preview."""
        channel = _channels().get(name.lower())
        if channel is None:
            return None
        posts = [post for post in self._archive.posts(channel.id) if post.id == post_id]
        if not posts:
            return '<div class="tgme_widget_message_error">Post not found</div>'
        return self._templates.get_template("telegram.html.j2").render(
            name=name, title="", description="", posts=posts, older=None, newer=None, views="1"
        )

    def _list(self, query: dict[str, str]) -> str:
        number = int(query.get("page", "1"))
        first, last = _day(query.get("date-from")), _day(query.get("date-to"))
        articles = [
            article
            for article in self._archive.articles("president_uk")
            if (first is None or article.published_at.date() >= first)
            and (last is None or article.published_at.date() <= last)
        ]
        shown = articles[(number - 1) * ARTICLES_ON_PAGE : number * ARTICLES_ON_PAGE]
        return self._templates.get_template("president_list.html.j2").render(articles=shown)

    def _article(self, article_id: int) -> str | None:
        found: Article | None = next(
            (a for a in self._archive.articles("president_uk") if a.id == article_id and a.body), None
        )
        if found is None:
            return None
        return self._templates.get_template("president_article.html.j2").render(article=found)


def _channels() -> dict[str, Source]:
    """The registry's channels by their names in lower case, since names are case-insensitive."""
    return {
        source.url.rpartition("/")[2].lower(): source for source in load_registry() if source.parser == "telegram"
    }


def _day(written: str | None) -> date | None:
    if not written:
        return None
    day, month, year = map(int, written.split("-"))
    return date(year, month, day)


@contextmanager
def serve(folder: Path, as_of: datetime | None = None) -> Iterator[str]:
    """Serve an archive on a free loopback port while the block runs; yields the server's address."""
    archive = SampleArchive(folder, as_of)
    archive.check()
    site = _Site(archive)

    class Handler(QuietHandler):
        def do_GET(self) -> None:  # noqa: N802
            parts = urlsplit(self.path)
            query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
            body = site.answer(parts.path, query)
            headers = [("Content-Type", "text/html; charset=utf-8")]
            self.answer(404 if body is None else 200, headers, (body or "not found").encode())

    with serving(Handler) as address:
        yield address
