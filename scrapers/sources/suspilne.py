"""Suspilne, the public broadcaster: its feed of the newest, and articles.

What each selector rests on stands in registry.yaml.
"""

import re

from scrapers.articles import Article
from scrapers.listings import Feed
from scrapers.sites import NewsSite

SITE = NewsSite(
    # /1243028-slug/ and, for a region's newsroom, /kyiv/1243028-slug/.
    address=re.compile(r"^/(?:[a-z-]+/)?(?P<id>\d+)-[^/]+/?$"),
    listing=Feed(),
    article=Article(
        body=(".c-article-content", "[itemprop=articleBody]", ".article__content", "article .content"),
        time=("time[datetime]",),
        drop=".tags, .share, .c-article-tags, .related, .read-also",
    ),
)
