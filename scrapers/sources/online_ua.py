"""online.ua, in Ukrainian: its feed of the newest items, and articles with a box of points of attention.

The evidence for each selector is in registry.yaml. The box is part of the article's text.
"""

import re

from scrapers.parsing.articles import Article
from scrapers.parsing.listings import Feed
from scrapers.parsing.site import NewsSite

SITE = NewsSite(
    address=re.compile(r"^/[a-z0-9-]*?-?(?P<id>\d{5,})/?$"),
    listing=Feed(),
    article=Article(
        body=(".article-content", ".article__content", ".news-text", "[itemprop=articleBody]", "article"),
        time=("time[datetime]", ".article-date", ".date"),
        drop="h1, .tags, .share, .article-related, .read-also, .banner",
    ),
)
