"""Pages of channels and newswires as their sites write them, with sentences of our own.

The attacks in table/ add what is hostile.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape

from scrapers.registry import get_source
from tests.faults.attack import Asked, Reply

# A channel's page has twenty posts; these come before an attack's own, which are numbered from 1001 on.
FILLERS = range(101, 121)


def exchange_text(released: int) -> str:
    """A plain report of an exchange, published on its day."""
    return f"Сьогодні відбувся обмін полоненими. Додому повернулися {released} захисників."


@dataclass(frozen=True, slots=True)
class Post:
    """``body`` is the HTML inside the post's text; ``raw`` replaces the whole element."""

    number: int | str
    at: datetime | str
    body: str
    raw: str = ""


def channel_name(source_id: str) -> str:
    return get_source(source_id).url.rpartition("/")[2]


def post_html(name: str, post: Post) -> str:
    """One post as the web preview shows it."""
    if post.raw:
        return post.raw
    stamp = post.at if isinstance(post.at, str) else post.at.isoformat()
    number = post.number if isinstance(post.number, str) else f"{name}/{post.number}"
    return (
        '<div class="tgme_widget_message_wrap js-widget_message_wrap">'
        f'<div class="tgme_widget_message text_not_supported_wrap js-widget_message" data-post="{number}">'
        '<div class="tgme_widget_message_bubble">'
        f'<div class="tgme_widget_message_text js-message_text" dir="auto">{post.body}</div>'
        '<div class="tgme_widget_message_footer"><span class="tgme_widget_message_views">1.2K</span>'
        f'<a class="tgme_widget_message_date" href="#"><time datetime="{stamp}" class="time"></time></a></div>'
        "</div></div></div>"
    )


def channel_page(source_id: str, posts: Iterable[Post], fillers_at: datetime) -> str:
    """A channel's newest page: twenty posts without news, an hour apart up to ``fillers_at``, then the given ones."""
    name = channel_name(source_id)
    hour = timedelta(hours=1)
    filled = [
        Post(number, fillers_at - hour * (FILLERS[-1] - number), f"Нарада номер {number} завершилася.")
        for number in FILLERS
    ]
    shown = "".join(post_html(name, post) for post in (*filled, *posts))
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{name}</title></head><body>'
        f'<div class="tgme_channel_info"></div><section class="tgme_channel_history">{shown}</section></body></html>'
    )


def channel(asked: Asked, posts: Sequence[Post]) -> Reply:
    """A channel with these posts, older ones before them, and nothing before those."""
    if not asked.path.startswith("/s/"):
        return Reply('<div class="tgme_widget_message_error">Post not found</div>')
    if "before" in asked.query:
        return Reply(oldest_page(asked))
    return Reply(channel_page(asked.source_id, posts, asked.at(8)))


def oldest_page(asked: Asked) -> str:
    """The channel's beginning: post 1 alone, of 2015."""
    name = channel_name(asked.source_id)
    first = Post(1, "2015-01-01T10:00:00+02:00", "Канал відкрито.")
    return f'<html><body><div class="tgme_channel_info"></div>{post_html(name, first)}</body></html>'


@dataclass(frozen=True, slots=True)
class Story:
    """An article of a newswire; ``page`` replaces its whole page, ``link`` its URL in the feed."""

    number: int
    title: str
    body: str
    page: str | bytes = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class _Wire:
    feed: str
    article: str
    body_class: str


WIRES = {
    "ukrinform": _Wire("/rss/block-lastnews", "/rubric-ato/{}-novyna.html", "newsText"),
    "interfax": _Wire("/news/last.rss", "/news/general/{}.html", "article-content"),
    "online_ua_uk": _Wire("/rss/", "/novyna-{}/", "article-content"),
    "ukrpravda": _Wire("/rss/view_news/", "/news/2026/11/1/{}/", "post_news_text"),
}


def story_url(source_id: str, number: int) -> str:
    return f"https://{get_source(source_id).host}{WIRES[source_id].article.format(number)}"


def feed(asked: Asked, stories: Sequence[Story]) -> Reply:
    """A newswire's feed: thirty items about other things, and the given ones."""
    fillers = [Story(number, f"Прогноз погоди номер {number}", "") for number in range(700001, 700031)]
    items = "".join(
        f"<item><title>{escape(story.title)}</title><link>"
        f"{escape(story.link or story_url(asked.source_id, story.number))}</link>"
        f"<pubDate>{format_datetime(asked.at(9))}</pubDate></item>"
        for story in (*stories, *fillers)
    )
    xml = f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>{items}</channel></rss>'
    return Reply(xml, headers={"Content-Type": "application/rss+xml"})


def story_html(asked: Asked, story: Story) -> str:
    """An article's page, with its JSON-LD."""
    published = asked.at(9).isoformat()
    described = f'{{"@type":"NewsArticle","headline":"{story.title}","datePublished":"{published}"}}'
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{story.title}</title>'
        f'<script type="application/ld+json">{described}</script></head><body><nav>Меню</nav>'
        f'<article><h1 class="newsTitle article-content-title">{story.title}</h1>'
        f'<time datetime="{published}"></time>'
        f'<div class="{WIRES[asked.source_id].body_class}">{story.body}</div></article></body></html>'
    )


def newswire(asked: Asked, stories: Sequence[Story]) -> Reply:
    """A newswire with these stories, each at its own URL."""
    wire = WIRES[asked.source_id]
    if asked.path == wire.feed:
        return feed(asked, stories)
    for story in stories:
        if asked.path == wire.article.format(story.number):
            return Reply(story.page or story_html(asked, story))
    return Reply("<html><title>404</title></html>", 404)
