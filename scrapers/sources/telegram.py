"""Telegram channels through the public web preview, t.me/s/NAME.

The evidence for each selector is in registry.yaml. Posts, paging and their special cases belong here.
A channel's history is tens of thousands of posts, so its pages are parsed with lxml: three to five times as fast as
with BeautifulSoup, which the other sources use (`make bench-reparse`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml.html import HtmlElement, tostring

from scrapers.parsing.item_errors import UnreadableItem, item_guard
from scrapers.parsing.listings import Window
from scrapers.parsing.markup import BLOCKS, NOT_TEXT, by_class, is_unseen, tree_of
from scrapers.parsing.timestamps import machine_moment
from scrapers.records import Announcement, Ignored, Page, ParsedPage, Problem, SourceError
from scrapers.registry import Source

POSTS_ON_PAGE, MOST_STRAYS = 20, 2
OFFSET = re.compile(r"(Z|[+-]\d\d:?\d\d)$")
POST, BUBBLE = "tgme_widget_message", "tgme_widget_message_bubble"
# An album has a text for each of its media that has one; text in REPLY belongs to the quoted post.
TEXT, REPLY = "tgme_widget_message_text", "tgme_widget_message_reply"
# Nearly every post contains such a notice, hidden; only a direct child of the bubble is shown.
NOT_SHOWN_HERE = frozenset(
    ("media_not_supported_cont", "message_media_not_supported_wrap", "message_media_not_supported")
)
DATE, META = "tgme_widget_message_date", "tgme_widget_message_meta"
FORWARDED_NAME, FORWARDED = "tgme_widget_message_forwarded_from_name", "tgme_widget_message_forwarded_from"
# Telegram's message ids are 32-bit numbers.
NUMBER, LAST_NUMBER = re.compile(r"[1-9][0-9]{0,9}"), 2**31 - 1
MISSING = "tgme_widget_message_error"
# Telegram sends this where nothing is older, and also when it limits our requests.
NO_MESSAGES = b"tme_no_messages"
# A post's elements by class.
Parts = dict[str, list[HtmlElement]]
BEFORE = re.compile(r"[?&]before=([1-9][0-9]{0,9})(?:&|$)")


@dataclass(frozen=True)
class Channel:
    """A channel's listing pages of 20 posts, and the page of one post."""

    reaches_back: bool = True

    def is_stable(self, url: str) -> bool:
        return True

    def selectors(self) -> dict[str, str]:
        return {"list item": f"div.{POST}[data-post]", "list time": f"a.{DATE} time[datetime]", "text": f".{TEXT}"}

    def start(self, source: Source, window: Window | None) -> str:
        return source.url

    def jump(self, source: Source, front: ParsedPage, pages: int) -> str | None:
        before = max(_numbers(front), default=0) + 1 - POSTS_ON_PAGE * pages
        return f"{source.url}?before={before}" if before > 1 else None

    def single(self, source: Source, item_id: str, url: str) -> str:
        return f"https://t.me/{_channel(source)}/{item_id}?embed=1&mode=tme"

    def behind(self, source: Source, url: str) -> list[str]:
        """Some posts with smaller numbers: those next to the page, and a few between it and the first. For a single
        post that does not exist Telegram states "not found", while an empty list may only be a refusal.
        """
        before = _before(url)
        numbers = [before - 1, before - 2, before - 5, before * 3 // 4, before // 2, before // 4, 1]
        wanted = dict.fromkeys(number for number in numbers if 1 <= number < before)
        return [self.single(source, str(number), "") for number in wanted]

    def control(self, source: Source, url: str) -> str:
        return self.single(source, str(_before(url)), "")

    def may_be_end(self, page: Page, before: ParsedPage | None) -> bool:
        is_short = before is not None and len(before.items()) < POSTS_ON_PAGE
        return is_short and NO_MESSAGES not in page.body

    def ends_with_404(self) -> bool:
        return False

    def item_id(self, source: Source, url: str) -> str | None:
        return _number(source, urlsplit(url).path.strip("/"))

    def parse(self, source: Source, page: Page) -> ParsedPage:
        """Posts with a text are announcements; media and service messages are ignored with a reason."""
        tree = tree_of(page)
        parsed = ParsedPage()
        for post in tree.find_class(POST):
            _add_guarded(parsed, source, page, post, post.get("data-post", ""))
        path = urlsplit(page.url).path
        if not path.startswith("/s/"):
            is_missing = not parsed.listed() and tree.find_class(MISSING)
            if not parsed.listed() and not is_missing:
                # A post that is not shown is deleted only when the page states it.
                raise SourceError(
                    source.id, f"{source.id}: {page.url} shows no post and names none missing; run again."
                )
            gone = [path.rpartition("/")[2]] if is_missing else []
            return ParsedPage(parsed.announcements, [], parsed.ignored, parsed.problems, gone=gone)
        ids = _numbers(parsed)
        first = _first_of_page(ids)
        older = f"{source.url}?before={first}" if first > 1 else None
        return ParsedPage(parsed.announcements, [], parsed.ignored, parsed.problems, older=older)


SITE = Channel()


def _channel(source: Source) -> str:
    return source.url.rpartition("/")[2]


def _before(url: str) -> int:
    """The number of the post that a page ends before; for the newest page, the highest possible."""
    found = BEFORE.search(url)
    return int(found[1]) if found else LAST_NUMBER


def _number(source: Source, name: str) -> str | None:
    """The number in NAME/NUMBER, when valid and the channel is the source's; else None."""
    channel, _, number = name.partition("/")
    is_own = channel.lower() == _channel(source).lower()
    return number if is_own and NUMBER.fullmatch(number) and int(number) <= LAST_NUMBER else None


def _numbers(parsed: ParsedPage) -> list[int]:
    """The posts' numbers; a problem may have none."""
    return [int(item_id) for item_id in parsed.listed() if NUMBER.fullmatch(item_id)]


def _first_of_page(numbers: list[int]) -> int:
    """The lowest number, without one or two posts that are further below the others than those span: a pinned or
    stray post is no place to continue from. 0 for a page without posts.

    No more than two: the next page may show them alone, and the one behind it has to be another.
    """
    numbers = sorted(numbers)
    for place in range(min(MOST_STRAYS, len(numbers) // 4), 0, -1):
        span = max(numbers[-1] - numbers[place], POSTS_ON_PAGE)
        if numbers[place] - numbers[place - 1] > span:
            return numbers[place]
    return numbers[0] if numbers else 0


def _add_guarded(parsed: ParsedPage, source: Source, page: Page, post: HtmlElement, name: str) -> None:
    post_id = _number(source, name)
    # A post of another channel is no item of this one: it is a problem of the page, and is resolved with it.
    with item_guard(parsed, source, post_id or f"{page.url}#{name}", lambda: _shown(post)):
        if post_id is None:
            raise UnreadableItem(f"data-post={name!r} is no post of {_channel(source)}")
        _add_post(parsed, source, post, post_id)


def _shown(post: HtmlElement) -> str:
    return " ".join(post.text_content().split())[:200]


def _add_post(parsed: ParsedPage, source: Source, post: HtmlElement, post_id: str) -> None:
    parts = by_class(post)
    text, dates = _text(parts), parts.get(DATE, [])
    stamp = dates[0].find(".//time[@datetime]") if dates else None
    # Without an offset the time may be wrong by up to three hours.
    written = stamp.get("datetime", "") if stamp is not None else ""
    published_at = machine_moment(written, "UTC") if OFFSET.search(written) else None
    if "service_message" in post.classes:
        parsed.ignored.append(Ignored(source.id, post_id, "service message", text[:120], published_at))
    elif not text:
        reason = (
            "no text: to be viewed in Telegram only" if _is_shown_in_telegram_only(parts) else "no text: media only"
        )
        parsed.ignored.append(Ignored(source.id, post_id, reason, "", published_at))
    elif published_at is None:
        excerpt = tostring(dates[0], encoding="unicode")[:200] if dates else "no date element"
        parsed.problems.append(Problem(source.id, post_id, "the post's date can't be read", excerpt))
    elif not source.wants(text):
        parsed.ignored.append(Ignored(source.id, post_id, "text is about something else", text[:200], published_at))
    else:
        parsed.announcements.append(
            Announcement(
                source_id=source.id,
                announcement_id=post_id,
                url=f"https://t.me/{post.get('data-post')}",
                language=source.language,
                published_at=published_at,
                title=None,
                text=text,
                is_edited=any("edited" in meta.text_content() for meta in parts.get(META, [])),
                forwarded_from=_forwarded_from(parts),
            )
        )


def _text(parts: Parts) -> str:
    """The post's own visible text, quotes and spoilers included, one line for each line break or block."""
    texts = []
    for element in parts.get(TEXT, []):
        # The preview sometimes nests a text in another.
        if not any(REPLY in above.classes or TEXT in above.classes for above in element.iterancestors()):
            lines = _Lines()
            lines.add_all_of(element)
            texts.append("\n".join(line.strip() for line in "".join(lines.pieces).split("\n")).strip())
    return "\n".join(text for text in texts if text)


class _Lines:
    """Strings in order, and the line breaks that browsers show: one at a <br>, none twice around a block."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self._is_block_over = False

    def add_all_of(self, element: HtmlElement) -> None:
        """Add an element's strings in their order; recursion goes as deep as ``tree_of`` allows."""
        self._add(element.text)
        for child in element:
            if child.tag == "br":
                self._add("\n", is_break=True)
            elif not isinstance(child.tag, str):  # a comment
                pass
            elif is_unseen(child.tag, dict(child.attrib)):
                self._add(" ")
            elif child.tag not in NOT_TEXT:
                is_block = child.tag in BLOCKS
                self._is_block_over |= is_block
                self.add_all_of(child)
                self._is_block_over |= is_block
            self._add(child.tail)

    def _add(self, text: str | None, is_break: bool = False) -> None:
        if text and self._is_block_over:
            if text.isspace() and not is_break:
                return
            if self.pieces and not self.pieces[-1].endswith("\n"):
                self.pieces.append("\n")
            self._is_block_over = False
        if text:
            self.pieces.append(text)


def _is_shown_in_telegram_only(parts: Parts) -> bool:
    notices = [notice for name in NOT_SHOWN_HERE for notice in parts.get(name, [])]
    return any(notice.getparent() in parts.get(BUBBLE, []) for notice in notices)


def _forwarded_from(parts: Parts) -> str | None:
    for name in (FORWARDED_NAME, FORWARDED):
        for element in parts.get(name, []):
            return " ".join(element.text_content().split())
    return None
