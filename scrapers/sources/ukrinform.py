"""Ukrinform, the national news agency: its feed of the newest, and articles.

What each selector rests on stands in registry.yaml.
"""

import re

from scrapers.articles import Article
from scrapers.listings import Feed
from scrapers.sites import NewsSite

SITE = NewsSite(
    address=re.compile(r"^/rubric-[a-z_-]+/(?P<id>\d+)(?:-[^/]*)?\.html$"),
    listing=Feed(),
    article=Article(
        body=(".newsText", "[itemprop=articleBody]"),
        heading=("h1.newsTitle", "h1"),
        time=("time[datetime]",),
        lead=".newsHeading",
        drop=".tags, .share, .otherNews, .readMore, .announce",
    ),
)
