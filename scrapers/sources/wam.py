"""The Emirates News Agency, wam.ae: carries the foreign ministry's statements at once.

What each fact rests on stands in registry.yaml. An article's page is an empty shell; its text is JSON, elsewhere.
"""

import re

from scrapers.crawling.json_pages import JsonArticle
from scrapers.crawling.site import NewsSite
from scrapers.crawling.sitemaps import Sitemap

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
