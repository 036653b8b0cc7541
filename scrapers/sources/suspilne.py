"""Suspilne, the public broadcaster: its feed of the newest items, its lists by day, and articles.

The evidence for each selector is in registry.yaml.
"""

import re

from scrapers.parsing.articles import Article
from scrapers.parsing.day_lists import ByDay, DayList
from scrapers.parsing.listings import Feed, HtmlList
from scrapers.parsing.site import NewsSite, Past

BY_DAY = ByDay(
    "https://suspilne.media/archive/{day.year}/{day.month}/{day.day}/",
    re.compile(r"/archive/(?P<year>\d{4})/(?P<month>\d{1,2})/(?P<day>\d{1,2})/?$"),
)

SITE = NewsSite(
    # /1243028-slug/ and, for a region's site, /kyiv/1243028-slug/.
    address=re.compile(r"^/(?:[a-z-]+/)?(?P<id>\d+)-[^/]+/?$"),
    listing=Feed(),
    article=Article(
        body=(".c-article-content", "[itemprop=articleBody]", ".article__content", "article .content"),
        time=("time[datetime]",),
        drop=".tags, .share, .c-article-tags, .related, .read-also",
    ),
    past=Past(
        url="https://suspilne.media/archive/",
        listing=DayList(HtmlList(item="a.c-article-card", link="", title=".c-article-card__headline-inner"), BY_DAY),
        paging=BY_DAY,
    ),
)
