"""The Emirates News Agency, wam.ae: carries the foreign ministry's statements at once.

What each selector rests on stands in registry.yaml.
"""

import re

from scrapers.articles import Article
from scrapers.listings import Feed
from scrapers.sites import NewsSite

SITE = NewsSite(
    # /en/article/3blvr3k4-latest-uae-mediation-efforts-succeed: the first word is the id, the rest may change.
    address=re.compile(r"^/en/(?:article|details)/(?P<id>[a-z0-9]+)(?:-[^/]*)?/?$"),
    listing=Feed(),
    article=Article(
        body=("[itemprop=articleBody]", ".article-body", ".content-details", "article"),
        time=("time[datetime]", ".date", ".article-date"),
        drop=".share, .social, .tags, .related",
    ),
)
