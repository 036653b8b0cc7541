"""Telegram channels through the public web preview, t.me/s/NAME.

What each selector rests on stands in registry.yaml. Posts, paging and their oddities belong here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from bs4 import BeautifulSoup, Tag

from scrapers.announcement import Announcement, Ignored, Page, ParsedPage, Problem, SourceError
from scrapers.http import Door
from scrapers.registry import Source

POST = "div.tgme_widget_message[data-post]"
TEXT = ".tgme_widget_message_text.js-message_text"
REPLY = ".tgme_widget_message_reply"
DATE = "a.tgme_widget_message_date time[datetime]"


def crawl(door: Door, source: Source, known: Callable[[str], bool], deep: bool) -> Iterator[Page]:
    """Pages of 20 posts, newest first; each asks for the posts before the oldest one seen."""
    url, least = source.url, source.least_items_on_listing
    while True:
        page = door.get(source, url)
        posts = _soup(page).select(POST)
        if len(posts) < least:
            raise SourceError(
                source.id,
                f"{source.id}: {url} shows no posts where at least {least} was expected; the channel's "
                "preview may be switched off or its markup changed. Open the address in a browser.",
            )
        if not posts:
            return
        yield page
        ids = [_post_id(post) for post in posts]
        if all(known(post_id) for post_id in ids) and not deep:
            return
        times = [time for post in posts if (time := _published_at(post))]
        if times and max(times).date() < source.history_from:
            return
        url, least = f"{source.url}?before={min(map(int, ids))}", 0


def parse(source: Source, page: Page) -> ParsedPage:
    """Posts with a text are announcements; media and service messages are ignored by name."""
    parsed = ParsedPage()
    for post in _soup(page).select(POST):
        post_id, text = _post_id(post), _text(post)
        if "service_message" in _classes(post):
            parsed.ignored.append(Ignored(source.id, post_id, "service message", text[:120]))
        elif not text:
            parsed.ignored.append(Ignored(source.id, post_id, "no text: media only"))
        elif (published_at := _published_at(post)) is None:
            parsed.problems.append(Problem(source.id, post_id, "the post's date can't be read", _date_excerpt(post)))
        else:
            parsed.announcements.append(
                Announcement(
                    source_id=source.id,
                    announcement_id=post_id,
                    url=f"https://t.me/{post['data-post']}",
                    language=source.language,
                    published_at=published_at,
                    title=None,
                    text=text,
                    is_edited=_is_edited(post),
                    forwarded_from=_forwarded_from(post),
                )
            )
    return parsed


def _soup(page: Page) -> BeautifulSoup:
    return BeautifulSoup(page.body, "lxml", from_encoding="utf-8")


def _classes(post: Tag) -> list[str]:
    return list(post.get_attribute_list("class"))


def _post_id(post: Tag) -> str:
    return str(post["data-post"]).rpartition("/")[2]


def _text(post: Tag) -> str:
    for element in post.select(TEXT):
        if element.find_parent(class_=REPLY.lstrip(".")) is None:
            for line_break in element.find_all("br"):
                line_break.replace_with("\n")
            return "\n".join(line.strip() for line in element.get_text().split("\n")).strip()
    return ""


def _published_at(post: Tag) -> datetime | None:
    element = post.select_one(DATE)
    if element is None:
        return None
    try:
        moment = datetime.fromisoformat(str(element["datetime"]))
    except ValueError:
        return None
    # A time without an offset would be a guess of up to three hours.
    return moment.astimezone(UTC) if moment.tzinfo else None


def _date_excerpt(post: Tag) -> str:
    element = post.select_one("a.tgme_widget_message_date")
    return str(element)[:200] if element else "no date element"


def _is_edited(post: Tag) -> bool:
    meta = post.select_one(".tgme_widget_message_meta")
    return meta is not None and "edited" in meta.get_text()


def _forwarded_from(post: Tag) -> str | None:
    element = post.select_one(".tgme_widget_message_forwarded_from_name")
    element = element or post.select_one(".tgme_widget_message_forwarded_from")
    return element.get_text(" ", strip=True) if element else None
