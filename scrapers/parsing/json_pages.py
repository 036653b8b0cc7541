"""Parses listings and articles that sites serve as JSON, to links and announcements.

HTML pages are in listings.py and articles.py, sitemaps in sitemaps.py.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from scrapers.http.charsets import text_of
from scrapers.parsing.listings import Shown
from scrapers.parsing.markup import blocks_of, soup_of
from scrapers.parsing.timestamps import machine_moment
from scrapers.records import Announcement, Page, ParsedPage, Problem
from scrapers.registry import Source

DEEPEST_PATH = 8


@dataclass(frozen=True, slots=True)
class JsonList:
    """``items`` is the path of the list, "sections.0.articles"; ``address`` is an article's address with the item's
    fields in braces, ".../article/{slug}"; ``title`` and ``time`` are names of its fields. A time without an offset
    is in the source's zone.
    """

    items: str
    address: str
    title: str = "title"
    time: str = "date"
    item: str = ""

    def parse(self, source: Source, page: Page, article: re.Pattern[str]) -> ParsedPage:
        parsed, shown = ParsedPage(), Shown(source)
        found = _at(_data(page), self.items)
        if not isinstance(found, list):
            excerpt = page.body[:200].decode("utf-8", "replace")
            parsed.problems.append(Problem(source.id, page.url, f"the answer has no list at {self.items!r}", excerpt))
            return parsed
        for number, item in enumerate(found):
            title = _words(_at(item, self.title))
            fields = (
                {name: quote(str(value), safe="") for name, value in item.items()} if isinstance(item, dict) else {}
            )
            try:
                url = self.address.format(**fields)
                moment = machine_moment(_words(_at(item, self.time)), source.time_zone)
                shown.add(url, article, title, title, moment)
            except (KeyError, ValueError):
                text = json.dumps(item, ensure_ascii=False)[:200]
                parsed.problems.append(Problem(source.id, f"{page.url}#{number}", "a list item has no address", text))
        return shown.judged(source, parsed)


@dataclass(frozen=True, slots=True)
class JsonArticle:
    """An article requested at ``asked_at`` and public at ``shown_at``, both with ``{slug}`` in them; ``title``,
    ``time`` and ``body`` are names of its fields. The body is HTML; the time carries its offset.
    """

    asked_at: str
    shown_at: str
    title: str = "title"
    time: str = "date"
    body: str = "body"
    drop: str = ""

    def asked(self, url: str) -> str:
        """The address to request an article at; any other address is unchanged."""
        return _moved(url, self.shown_at, self.asked_at, quote)

    def shown(self, url: str) -> str:
        """The public address of a requested one; any other address is unchanged."""
        return _moved(url, self.asked_at, self.shown_at, unquote)

    def parse(self, source: Source, page: Page, item_id: str) -> ParsedPage:
        """One announcement, or one problem that names what is missing."""
        data = _data(page)
        title, written = _words(_at(data, self.title)), _words(_at(data, self.time))
        body = _at(data, self.body)
        text = blocks_of(soup_of(page, body), self.drop) if isinstance(body, str) else ""
        published_at = machine_moment(written, "UTC") if re.search(r"(Z|[+-]\d{2}:?\d{2})$", written) else None
        missing = "title can't be found" if not title else "body can't be found" if not text else ""
        if published_at is None:
            missing = missing or "date can't be read"
        if missing or published_at is None:
            excerpt = written if missing.startswith("date") else page.body[:200].decode("utf-8", "replace")
            return ParsedPage(problems=[Problem(source.id, item_id, f"the article's {missing}", excerpt)])
        announcement = Announcement(
            source_id=source.id,
            announcement_id=item_id,
            url=self.shown(page.url),
            language=source.language,
            published_at=published_at,
            title=title,
            text=text,
        )
        return ParsedPage(announcements=[announcement])


def _moved(url: str, there: str, here: str, respell: Any) -> str:
    """An address of the form ``there`` rewritten to the form ``here``; any other is unchanged."""
    before, _, after = there.partition("{slug}")
    if not (url.startswith(before) and url.endswith(after) and len(url) > len(before) + len(after)):
        return url
    slug = url[len(before) : len(url) - len(after)].strip("/")
    return here.format(slug=respell(slug)) if slug and "/" not in slug and "&" not in slug else url


def _data(page: Page) -> Any:
    """A page's JSON; None when it is invalid, or nested deeper than any news page."""
    try:
        return json.loads(text_of(page))
    except (ValueError, RecursionError):
        return None


def _at(data: Any, path: str) -> Any:
    """The value at a path of names and numbers; None when there is none."""
    for step in path.split(".")[:DEEPEST_PATH]:
        if isinstance(data, dict):
            data = data.get(step)
        elif isinstance(data, list) and step.isdigit() and int(step) < len(data):
            data = data[int(step)]
        else:
            return None
    return data


def _words(value: Any) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""
