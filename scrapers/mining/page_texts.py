"""From an archived page to its main text, title, day of publication and the extractor's reading.

The main text is trafilatura's; where it is stored is in mined_file.py.
"""

from __future__ import annotations

import json
import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from types import FrameType
from typing import Any, NoReturn

from scrapers.content_encoding import LARGEST_BODY
from scrapers.extraction.reading import KYIV, kyiv_day, read
from scrapers.extraction.records import Reading
from scrapers.http.charsets import characters_of
from scrapers.mining.outcomes import Outcome
from scrapers.mining.warc_records import ArchivedPage
from scrapers.parsing.json_ld import ARTICLE_TYPES
from scrapers.parsing.markup import refuse_excess
from scrapers.parsing.timestamps import machine_moment
from scrapers.records import Page, SourceError

# Processor time of one page; a long article takes a hundredth of a second.
MOST_SECONDS = 30
# On a page without an article trafilatura finds a date or a line of the menu.
LEAST_TEXT = 40
LONGEST_TEXT = 1_000_000
PUBLISHED = (
    "article:published_time", "og:article:published_time", "datepublished", "pubdate", "publish-date", "publishdate",
    "dc.date.issued", "dcterms.issued", "parsely-pub-date", "sailthru.date", "date",
)  # fmt: skip
DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?!\d)")
DAY_IN_ADDRESS = re.compile(r"/(20\d{2})/(\d{1,2})/(\d{1,2})(?=/)")


@dataclass(frozen=True, slots=True)
class PageText:
    """What a page says. ``published_on`` is Kyiv's day, of the page's own metadata; None when it has none."""

    title: str | None
    text: str
    published_on: date | None
    charset: str
    charset_is_guessed: bool
    reading: Reading


class NotRead(Exception):
    """A page without a text. The reason, where there is one, ends a sentence that begins with its address."""

    def __init__(self, outcome: Outcome, reason: str = "") -> None:
        super().__init__(reason)
        self.outcome, self.reason = outcome, reason


class _TooSlow(BaseException):
    """No library on the way catches it."""


def page_text(page: ArchivedPage) -> PageText:
    """A page's text and reading; always the same but for the limit of time. Raises NotRead, whatever fails."""
    try:
        with _limited(MOST_SECONDS):
            return _page_text(page)
    except NotRead:
        raise
    except _TooSlow:
        raise NotRead(Outcome.TOO_SLOW, f"takes more than {MOST_SECONDS} seconds of processor time") from None
    except Exception as error:  # of lxml or trafilatura, at hostile markup
        raise NotRead(Outcome.ERROR, f"raises {type(error).__name__}: {str(error)[:200]}") from error


def _page_text(page: ArchivedPage) -> PageText:
    import trafilatura

    as_page = Page("mining", page.url, page.captured_at, 200, (("Content-Type", page.content_type),), page.body)
    assert len(page.body) <= LARGEST_BODY
    try:
        characters = characters_of(as_page)
    except SourceError:
        raise NotRead(Outcome.NO_CHARSET, "fits no charset") from None
    try:
        refuse_excess(as_page, characters.text)
    except SourceError as error:
        raise NotRead(Outcome.TOO_MUCH_MARKUP, str(error).partition(page.url)[2].strip()) from None
    tree = trafilatura.load_html(characters.text)
    if tree is None:
        raise NotRead(Outcome.NO_MAIN_TEXT)
    title, published_on = _title(tree), _published_on(tree, page.url)
    found = trafilatura.extract(tree, include_comments=False, include_tables=False, favor_precision=True) or ""
    lines = [words for line in found.splitlines() if (words := line.strip())]
    # trafilatura puts a heading in front of the text, which would say its figures twice.
    text = "\n".join(lines[1:] if lines[:1] == [title] else lines)
    if len(text) < LEAST_TEXT:
        raise NotRead(Outcome.NO_MAIN_TEXT)
    if len(text) > LONGEST_TEXT:
        raise NotRead(Outcome.TOO_LARGE, f"has a text of {len(text):,} characters")
    reading = read(text, title, published_on)
    return PageText(title, text, published_on, characters.charset, characters.is_guessed, reading)


def _title(tree: Any) -> str | None:
    """The title for other sites, else the only heading, else that of the window, which has the site's name too."""
    headings = tree.xpath("//h1")
    written = [
        *tree.xpath("//meta[@property='og:title']/@content"),
        *([heading.text_content() for heading in headings] if len(headings) == 1 else []),
        *(title.text_content() for title in tree.xpath("//head/title | //title")),
    ]
    return next((words for one in written if (words := " ".join(one.split()))), None)


def _published_on(tree: Any, url: str) -> date | None:
    """The day that the page's metadata or its address states; None when they state none, or different ones."""
    named = [
        str(meta.get("content") or "")
        for meta in tree.iter("meta")
        if (meta.get("property") or meta.get("name") or meta.get("itemprop") or "").lower() in PUBLISHED
    ]
    marked = tree.xpath("//time[@itemprop='datePublished' or @pubdate]/@datetime")
    for stamps in (
        named,
        list(_described(tree)),
        marked,
        ["-".join(DAY_IN_ADDRESS.findall(url)[0])] if DAY_IN_ADDRESS.search(url) else [],
    ):
        days = {day for stamp in stamps if (day := _day(stamp))}
        if len(days) == 1:
            return days.pop()
    return None


def _described(tree: Any) -> Iterator[str]:
    """The days of publication of the articles that the page's JSON-LD describes."""
    for script in tree.xpath("//script[@type='application/ld+json']"):
        try:
            data = json.loads(script.text_content(), strict=False)
        except (ValueError, RecursionError):
            continue
        nodes = data if isinstance(data, list) else [data]
        graphs = [node["@graph"] for node in nodes if isinstance(node, dict) and isinstance(node.get("@graph"), list)]
        for node in [*nodes, *(part for graph in graphs for part in graph)]:
            if isinstance(node, dict) and ARTICLE_TYPES & set(map(str, _listed(node.get("@type")))):
                yield str(node.get("datePublished") or "")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _day(stamp: str) -> date | None:
    """Kyiv's day of a time in ISO 8601; the day itself where no hour is given."""
    if moment := machine_moment(stamp, KYIV.key):
        return kyiv_day(moment)
    found = DAY.match(stamp.strip()) or re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", stamp.strip())
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Raise _TooSlow after so much of the process's processor time; without a limit outside the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGPROF, _end)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    raise _TooSlow
