"""Interfax-Ukraine: its feed of the newest items, its list of older ones, and articles.

The evidence for each selector is in registry.yaml.
"""

import re

from scrapers.parsing.articles import Article
from scrapers.parsing.listings import Feed, HtmlList, InPath
from scrapers.parsing.site import NewsSite, Past

SITE = NewsSite(
    # /news/general/1139482.html; the mobile page ends in -amp.html and is the same article.
    address=re.compile(r"^/news/[a-z-]+/(?P<id>\d+)(?:-amp)?\.html$"),
    listing=Feed(),
    article=Article(
        body=(".article-content", "[itemprop=articleBody]"),
        heading=("h1.article-content-title", "h1"),
        time=("time[datetime]", ".article-time", ".article-date"),
        drop="h1, .article-time, .tags, .article-tags, .share, .article-related",
    ),
    past=Past(
        url="https://interfax.com.ua/news/latest.html",
        listing=HtmlList(
            item=".articles-section-view .article",
            link="a.article-link",
            title="a.article-link",
            time=".article-time",
        ),
        paging=InPath("https://interfax.com.ua/news/latest-{}.html"),
    ),
)
