"""The Ministry of Defence of Ukraine, mod.gov.ua.

What each selector rests on stands in registry.yaml.
"""

import re

from scrapers.articles import Article
from scrapers.listings import HtmlList, Numbered
from scrapers.sites import NewsSite

SITE = NewsSite(
    # /news/tag-... is a list of one subject.
    address=re.compile(r"^(?:/en)?/news/(?!tag-)(?P<id>[a-z0-9-]+)/?$"),
    listing=HtmlList(item="a[href*='/news/']", link="", title="h2, h3, h4, .title", time="time[datetime]"),
    article=Article(
        body=(".news-content", "[itemprop=articleBody]", "article .content"),
        time=("time[datetime]", ".news-date", ".date"),
        drop=".share, .social, .tags, .related",
    ),
    paging=Numbered("page"),
)
