"""The Ministry of Defence of Ukraine, mod.gov.ua: recent changes in its sitemap, and articles.

The evidence for each selector is in registry.yaml. Its search gives titles, but only to a POST: no crawl sends one.
"""

import re
from datetime import timedelta

from scrapers.parsing.articles import Article
from scrapers.parsing.site import NewsSite
from scrapers.parsing.sitemaps import Sitemap

SITE = NewsSite(
    # /news/tag-... is a list of one subject; the English edition is /en/news/...
    address=re.compile(r"^/news/(?!tag-|category-)(?P<id>[a-z0-9-]+)/?$"),
    listing=Sitemap(changed_within=timedelta(days=45)),
    article=Article(
        body=("[itemprop=articleBody]", "main article", "article"),
        time=("time[datetime]", "article time", "time"),
        drop="h1, time, .share, .social, .tags, .related",
    ),
)
