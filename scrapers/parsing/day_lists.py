"""Listings with a page per day: their addresses, and an item's day. Other paging is in listings.py."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from scrapers.parsing.listings import HtmlList, Window
from scrapers.records import Page, ParsedPage, Problem
from scrapers.registry import Source

FIRST_DAY = date(2022, 2, 24)  # the day of the full-scale invasion: the record begins here


@dataclass(frozen=True, slots=True)
class ByDay:
    """A page per day. ``page`` is its address with the day in it, ".../archive/{day:%Y}/{day.month}/{day.day}/";
    ``written`` finds that day in an address, as groups ``year``, ``month`` and ``day``.
    """

    page: str
    written: re.Pattern[str]

    def is_stable(self, url: str) -> bool:
        return False

    def start(self, source: Source, window: Window | None) -> str:
        """The page of a window's last day, in the source's zone; a future day has no page."""
        zone = ZoneInfo(source.time_zone)
        now = datetime.now(UTC)
        last = now if window is None else min(window.until - timedelta(microseconds=1), now)
        return self.page.format(day=last.astimezone(zone).date())

    def older(self, url: str) -> str | None:
        day = self.day_of(url)
        return self.page.format(day=day - timedelta(days=1)) if day is not None and day > FIRST_DAY else None

    def jump(self, source: Source, pages: int) -> str | None:
        return None

    def day_of(self, url: str) -> date | None:
        """The day in an address; None when there is none, or it does not exist."""
        match = self.written.search(url)
        try:
            return date(int(match["year"]), int(match["month"]), int(match["day"])) if match else None
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class DayList:
    """A day's list. An item without a time gets that day's midnight in the source's zone."""

    listing: HtmlList
    pages: ByDay

    @property
    def item(self) -> str:
        return self.listing.item

    def parse(self, source: Source, page: Page, article: re.Pattern[str]) -> ParsedPage:
        """The day's items; a day without any is a problem, since the press publishes every day."""
        parsed = self.listing.parse(source, page, article)
        day = self.pages.day_of(page.url)
        if day is None or not parsed.listed():
            wrong = "the list's address names no day" if day is None else "the list of this day shows nothing"
            return replace(parsed, problems=[*parsed.problems, Problem(source.id, page.url, wrong, page.url)])
        midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(source.time_zone)).astimezone(UTC)
        return replace(
            parsed,
            links=[replace(link, published_at=link.published_at or midnight) for link in parsed.links],
            ignored=[replace(item, published_at=item.published_at or midnight) for item in parsed.ignored],
        )
