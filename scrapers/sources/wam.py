"""The Emirates News Agency, wam.ae: it publishes the foreign ministry's statements at once.

The evidence for each fact is in registry.yaml. An article's page has no text; that is JSON at another address.
"""

import re

from scrapers.parsing.json_pages import JsonArticle
from scrapers.parsing.site import NewsSite
from scrapers.parsing.sitemaps import Sitemap

SITE = NewsSite(
    # /en/article/3blvr3k4-latest-uae-mediation-efforts-succeed: the first word is the id, the rest may change.
    address=re.compile(r"^/en/(?:article|details)/(?P<id>[a-z0-9]+)(?:-[^/]*)?/?$"),
    listing=Sitemap(),
    article=JsonArticle(
        asked_at="https://www.wam.ae/api/app/articles/GetArticleBySlug?slug={slug}",
        shown_at="https://www.wam.ae/en/article/{slug}",
        time="articleDate",
    ),
)
