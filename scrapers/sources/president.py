"""The President's site, president.gov.ua: the news list and its articles.

What each selector rests on stands in registry.yaml. The site's times are Kyiv's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from urllib.parse import urljoin, urlsplit
from zoneinfo import ZoneInfo

from bs4 import BeautifulSoup, Tag

from scrapers.announcement import Announcement, Ignored, Page, ParsedPage, Problem, SourceError
from scrapers.http import Door
from scrapers.registry import Source

KYIV = ZoneInfo("Europe/Kyiv")
ITEM = ".item_stat_headline"
BODY = ".article_content, [itemprop=articleBody]"
ARTICLE_PATH = re.compile(r"/news/[a-z0-9-]*-(\d+)$")
WRITTEN_TIME = re.compile(r"(\d{1,2}) (\w+) (\d{4}) року - (\d{1,2}):(\d{2})")
MONTHS = (
    "січня", "лютого", "березня", "квітня", "травня", "червня",
    "липня", "серпня", "вересня", "жовтня", "листопада", "грудня",
)  # fmt: skip


def crawl(door: Door, source: Source, known: Callable[[str], bool], deep: bool) -> Iterator[Page]:
    """List pages, newest first, each followed by those of its articles that are wanted and new."""
    number = 1
    while True:
        url = _list_url(source, number)
        page = door.get(source, url)
        items = [item for item in _soup(page).select(ITEM) if item.select_one("a[href]")]
        if number == 1 and len(items) < source.least_items_on_listing:
            raise SourceError(
                source.id,
                f"{source.id}: {url} lists no news where at least {source.least_items_on_listing} was "
                "expected; the site's markup may have changed. Open the address in a browser.",
            )
        if not items:
            return
        yield page
        fresh = [item for item in items if not known(_item_id(item))]
        for item in fresh:
            if _is_wanted(source, item):
                yield door.get(source, _item_url(source, item))
        if not fresh and not deep:
            return
        number += 1


def parse(source: Source, page: Page) -> ParsedPage:
    """A list page gives what is ignored by title; an article page gives one announcement."""
    if urlsplit(page.url).path == urlsplit(source.url).path:
        return _parse_list(source, page)
    return _parse_article(source, page)


def _parse_list(source: Source, page: Page) -> ParsedPage:
    parsed = ParsedPage()
    for item in _soup(page).select(ITEM):
        if item.select_one("a[href]") is None:
            parsed.problems.append(
                Problem(source.id, page.url, "a list item has no address", item.get_text(" ")[:200])
            )
        elif not _is_wanted(source, item):
            parsed.ignored.append(Ignored(source.id, _item_id(item), "title is about something else", _title(item)))
    return parsed


def _parse_article(source: Source, page: Page) -> ParsedPage:
    soup = _soup(page)
    match = ARTICLE_PATH.search(urlsplit(page.url).path)
    item_id = match[1] if match else page.url
    heading, body, published_at = soup.select_one("h1"), soup.select_one(BODY), _published_at(soup)
    if heading is None or body is None:
        return ParsedPage(problems=[Problem(source.id, item_id, "the article's body can't be found", page.url)])
    if published_at is None:
        shown = soup.select_one(".date")
        excerpt = shown.get_text(" ", strip=True) if shown else "no date element"
        return ParsedPage(problems=[Problem(source.id, item_id, "the article's date can't be read", excerpt)])
    paragraphs = [p.get_text(" ", strip=True) for p in body.select("p")]
    return ParsedPage(
        announcements=[
            Announcement(
                source_id=source.id,
                announcement_id=item_id,
                url=page.url,
                language=source.language,
                published_at=published_at,
                title=heading.get_text(" ", strip=True),
                text="\n".join(p for p in paragraphs if p) or body.get_text("\n", strip=True),
            )
        ]
    )


def _soup(page: Page) -> BeautifulSoup:
    return BeautifulSoup(page.body, "lxml", from_encoding="utf-8")


def _list_url(source: Source, number: int) -> str:
    today = datetime.now(KYIV)
    return f"{source.url}?date-from={source.history_from:%d-%m-%Y}&date-to={today:%d-%m-%Y}&page={number}"


def _item_url(source: Source, item: Tag) -> str:
    link = item.select_one("a[href]")
    assert link is not None
    return urljoin(source.url, str(link["href"]))


def _item_id(item: Tag) -> str:
    link = item.select_one("a[href]")
    assert link is not None
    match = ARTICLE_PATH.search(urlsplit(str(link["href"])).path)
    return match[1] if match else str(link["href"])


def _title(item: Tag) -> str:
    link = item.select_one("h3 a") or item.select_one("a[href]")
    return link.get_text(" ", strip=True) if link else ""


def _is_wanted(source: Source, item: Tag) -> bool:
    title = _title(item).lower()
    return any(stem in title for stem in source.title_stems)


def _published_at(soup: BeautifulSoup) -> datetime | None:
    """UTC; machine-readable times first, then the written one, which is Kyiv's."""
    for element, attribute in (
        (soup.select_one('meta[property="article:published_time"]'), "content"),
        (soup.select_one("time[datetime]"), "datetime"),
    ):
        if element is not None:
            try:
                moment = datetime.fromisoformat(str(element[attribute]))
            except ValueError:
                return None
            return (moment if moment.tzinfo else moment.replace(tzinfo=KYIV)).astimezone(UTC)
    shown = soup.select_one(".date")
    match = WRITTEN_TIME.search(shown.get_text(" ", strip=True)) if shown else None
    if match is None or match[2] not in MONTHS:
        return None
    day, year, hour, minute = int(match[1]), int(match[3]), int(match[4]), int(match[5])
    try:
        moment = datetime(year, MONTHS.index(match[2]) + 1, day, hour, minute, tzinfo=KYIV)
    except ValueError:
        return None
    return moment.astimezone(UTC)
