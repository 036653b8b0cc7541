"""Telegram channels through the public web preview, t.me/s/NAME.

What each selector rests on stands in registry.yaml. Posts, paging and their oddities belong here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag

from scrapers.announcement import Announcement, Ignored, Page, ParsedPage, Problem
from scrapers.listings import Window
from scrapers.markup import text_of
from scrapers.moments import machine_moment
from scrapers.registry import Source

POSTS_ON_PAGE = 20
POST, REPLY, TEXT = "tgme_widget_message", "tgme_widget_message_reply", "js-message_text"
DATE, META = "tgme_widget_message_date", "tgme_widget_message_meta"
FORWARDED_NAME, FORWARDED = "tgme_widget_message_forwarded_from_name", "tgme_widget_message_forwarded_from"
MISSING = re.compile(r'class="[^"]*\btgme_widget_message_error\b')


@dataclass(frozen=True)
class Channel:
    """A channel's pages of 20 posts, and the page of one post."""

    reaches_back: bool = True
    is_stable: bool = True

    def selectors(self) -> dict[str, str]:
        return {"list item": f"div.{POST}[data-post]", "list time": f"a.{DATE} time[datetime]", "text": f".{TEXT}"}

    def start(self, source: Source, window: Window | None) -> str:
        return source.url

    def jump(self, source: Source, front: ParsedPage, pages: int) -> str | None:
        newest = max(map(int, front.listed()))
        before = newest + 1 - POSTS_ON_PAGE * pages
        return f"{source.url}?before={before}" if before > 1 else None

    def single(self, source: Source, item_id: str, url: str) -> str:
        return f"https://t.me/{source.url.rpartition('/')[2]}/{item_id}?embed=1&mode=tme"

    def item_id(self, source: Source, url: str) -> str | None:
        name, _, number = urlsplit(url).path.strip("/").partition("/")
        return number if number.isdigit() and name.lower() == source.url.rpartition("/")[2].lower() else None

    def parse(self, source: Source, page: Page) -> ParsedPage:
        """Posts with a text are announcements; media and service messages are ignored by name."""
        markup = text_of(page)
        parsed = ParsedPage()
        for post in BeautifulSoup(markup, "lxml").find_all("div", class_=POST, attrs={"data-post": True}):
            _add_post(parsed, source, post)
        path = urlsplit(page.url).path
        if not path.startswith("/s/"):
            gone = [] if parsed.listed() or not MISSING.search(markup) else [path.rpartition("/")[2]]
            return ParsedPage(parsed.announcements, [], parsed.ignored, parsed.problems, gone=gone)
        ids = [int(item_id) for item_id in parsed.listed()]
        older = f"{source.url}?before={min(ids)}" if ids and min(ids) > 1 else None
        return ParsedPage(parsed.announcements, [], parsed.ignored, parsed.problems, older=older)


SITE = Channel()


def _add_post(parsed: ParsedPage, source: Source, post: Tag) -> None:
    post_id = str(post["data-post"]).rpartition("/")[2]
    text = _text(post)
    stamp = post.select_one(f"a.{DATE} time[datetime]") or post.find("time", attrs={"datetime": True})
    # A time without an offset would be a guess of up to three hours.
    written = str(stamp["datetime"]) if isinstance(stamp, Tag) else ""
    published_at = machine_moment(written, "UTC") if re.search(r"(Z|[+-]\d\d:?\d\d)$", written) else None
    if "service_message" in post.get_attribute_list("class"):
        parsed.ignored.append(Ignored(source.id, post_id, "service message", text[:120], published_at))
    elif not text:
        parsed.ignored.append(Ignored(source.id, post_id, "no text: media only", "", published_at))
    elif published_at is None:
        shown = post.find("a", class_=DATE)
        excerpt = str(shown)[:200] if shown else "no date element"
        parsed.problems.append(Problem(source.id, post_id, "the post's date can't be read", excerpt))
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


def _text(post: Tag) -> str:
    for element in post.find_all("div", class_=TEXT):
        if element.find_parent(class_=REPLY) is None:
            for line_break in element.find_all("br"):
                line_break.replace_with("\n")
            return "\n".join(line.strip() for line in element.get_text().split("\n")).strip()
    return ""


def _is_edited(post: Tag) -> bool:
    meta = post.find(class_=META)
    return meta is not None and "edited" in meta.get_text()


def _forwarded_from(post: Tag) -> str | None:
    element = post.find(class_=FORWARDED_NAME) or post.find(class_=FORWARDED)
    return element.get_text(" ", strip=True) if element else None
