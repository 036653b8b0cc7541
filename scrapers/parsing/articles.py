"""Parses an article's page, of any site, to an announcement; structured data comes first.

Order: JSON-LD and meta tags, then the site's own selectors, then a general extractor, whose use is reported in
``drift``. Listings are in listings.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, Tag

from scrapers.http.charsets import text_of
from scrapers.parsing.json_ld import described_article, string_of
from scrapers.parsing.markup import blocks_of, lines_of, soup_of, words_of
from scrapers.parsing.missing_pages import says_no_page
from scrapers.parsing.timestamps import machine_moment, written_moment
from scrapers.parsing.wayback import original_of, viewed
from scrapers.records import Announcement, Page, ParsedPage, Problem, SourceError
from scrapers.registry import Source

# On a page without an article a general extractor finds a date or a menu line.
LEAST_GENERAL_TEXT = 100
MOST_HEADINGS = 20
# Its time is quadratic in the page's size: many minutes for 100,000 tags.
MOST_TAGS_IN_GENERAL = 10_000
DAY_IN_ADDRESS = re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})")
PUBLISHED = ('meta[property="article:published_time"]', 'meta[itemprop="datePublished"]', 'meta[name="pubdate"]',
             'meta[name="publish-date"]', 'meta[property="og:article:published_time"]')  # fmt: skip


@dataclass(frozen=True, slots=True)
class Article:
    """CSS selectors of a site's article: body, heading and time; the first that finds something is used.

    ``lead`` is a first paragraph outside the body; ``drop`` selects what in the body is not text.
    ``may_lack_hour``: the site gives days only, in the page or in its address; the announcement's time is
    then that day's midnight.
    """

    body: tuple[str, ...]
    heading: tuple[str, ...] = ("h1",)
    time: tuple[str, ...] = ("time[datetime]",)
    lead: str = ""
    drop: str = ""
    may_lack_hour: bool = False

    def parse(self, source: Source, page: Page, item_id: str) -> ParsedPage:
        """One announcement, or one problem that names what can't be found.

        Raises SourceError when there is no article: the page is empty, or states that nothing is there.
        """
        soup = soup_of(page)
        heading = self._heading_in(soup)
        described = described_article(page, soup, (words_of(heading), _meta(soup, "og:title")))
        headings = [words_of(heading) for heading in soup.find_all("h1", limit=MOST_HEADINGS)]
        fault = "" if words_of(soup) else "is empty"
        if (word := says_no_page(headings, words_of(soup.title))) and not described:
            fault = f"says {word!r}"
        if fault:
            raise SourceError(
                source.id,
                f"{source.id}: {page.url} {fault}, though its status is 200: it is no article; run again later.",
            )
        title = words_of(heading) or " ".join(string_of(described, "headline").split()) or _meta(soup, "og:title")
        published_at, shown = self._published_at(source, soup, described, item_id)
        text, drift = self._text(page, soup, described)
        if not text:
            return ParsedPage(problems=[Problem(source.id, item_id, "the article's body can't be found", page.url)])
        if not title:
            return ParsedPage(problems=[Problem(source.id, item_id, "the article's title can't be found", page.url)])
        if published_at is None:
            return ParsedPage(problems=[Problem(source.id, item_id, "the article's date can't be read", shown)])
        announcement = Announcement(
            source_id=source.id,
            announcement_id=item_id,
            url=_address(page, soup),
            language=source.language,
            published_at=published_at,
            title=title,
            text=text,
        )
        return ParsedPage(announcements=[announcement], drift=drift)

    def _published_at(
        self, source: Source, soup: BeautifulSoup, described: dict[str, Any], item_id: str
    ) -> tuple[datetime | None, str]:
        """The timestamp in UTC, and the text found where one was expected."""
        stamps = [string_of(described, "datePublished")]
        stamps += [str(meta.get("content") or "") for css in PUBLISHED if (meta := soup.select_one(css))]
        shown = _first(_around(self._heading_in(soup), soup), self.time) or _first(soup, self.time)
        if shown is not None:
            stamps.append(str(shown.get("datetime") or ""))
        for stamp in stamps:
            if moment := machine_moment(stamp, source.time_zone):
                return moment, stamp
        words = words_of(shown)
        moment = written_moment(words, source.language, source.time_zone, self.may_lack_hour)
        if moment is None and self.may_lack_hour and (day := DAY_IN_ADDRESS.search(item_id)):
            moment = written_moment("{2}.{1}.{0}".format(*day.groups()), source.language, source.time_zone, True)
        return moment, words or next((stamp for stamp in stamps if stamp), "no date element")

    def _heading_in(self, soup: BeautifulSoup) -> Tag | None:
        """The heading that the page's title begins with: a logo or a section may be an h1 too."""
        found = [heading for css in self.heading for heading in soup.select(css) if words_of(heading)]
        own = [words_of(soup.title), _meta(soup, "og:title")]
        named = (heading for heading in found if any(title.startswith(words_of(heading)) for title in own if title))
        return next(named, found[0] if found else None)

    def _text(self, page: Page, soup: BeautifulSoup, described: dict[str, Any]) -> tuple[str, list[str]]:
        bodies = [body for css in self.body if (body := soup.select_one(css)) is not None]
        if bodies:
            # An empty body is an empty article; other ways are tried only where no body selector matches.
            return self._with_lead(soup, bodies), []
        missed = f"{' or '.join(self.body)!r} found no body on {page.url}"
        own = soup.select_one("[itemprop=articleBody]")
        if own is not None and (text := blocks_of(own, self.drop)):
            return text, [f"{missed}; itemprop=articleBody did"]
        if text := lines_of(soup_of(page, string_of(described, "articleBody")).get_text("\n")):
            return text, [f"{missed}; JSON-LD did"]
        if (text := text_of(page)).count("<") > MOST_TAGS_IN_GENERAL:
            return "", [f"{missed}; the page is too large for a general extractor"]
        import trafilatura

        general = trafilatura.extract(text, include_comments=False, include_tables=False, favor_precision=True)
        text = lines_of(general or "")
        return text if len(text) >= LEAST_GENERAL_TEXT else "", [f"{missed}; a general extractor was used"]

    def _with_lead(self, soup: BeautifulSoup, bodies: Sequence[Tag]) -> str:
        """The text of the first body that has any, after the article's lead."""
        text = next((text for body in bodies if (text := blocks_of(body, self.drop))), "")
        lead = soup.select_one(self.lead) if self.lead and text else None
        # A lead inside the body is already in its text, or was dropped with a part of it.
        is_outside = lead is not None and not any(body in (lead, *lead.parents) for body in bodies)
        before = blocks_of(lead) if lead is not None and is_outside else ""
        return lines_of([before, "\n", text]) if before not in text else text


def _around(heading: Tag | None, soup: BeautifulSoup) -> Tag:
    """The article or main element around a heading: dates outside it may be the page's or other articles'."""
    return (heading.find_parent(["article", "main"]) if heading is not None else None) or soup


def _first(soup: Tag, selectors: tuple[str, ...]) -> Tag | None:
    return next((found for css in selectors if (found := soup.select_one(css)) is not None), None)


def _address(page: Page, soup: BeautifulSoup) -> str:
    """The article's own address; for a capture, the capture's, since the page itself may be gone."""
    if original_of(page.url) != page.url:
        return viewed(page.url)
    canonical = soup.select_one('link[rel="canonical"][href]')
    try:
        own = urljoin(page.url, str(canonical["href"])) if canonical else page.url
        is_own = urlsplit(own).netloc == urlsplit(page.url).netloc
    except ValueError:  # http://[bad
        return page.url
    # A canonical address on another host is another publisher's article, or a mistake.
    return own if is_own else page.url


def _meta(soup: BeautifulSoup, name: str) -> str:
    found = soup.select_one(f'meta[property="{name}"], meta[name="{name}"]')
    return " ".join(str(found.get("content") or "").split()) if found else ""
