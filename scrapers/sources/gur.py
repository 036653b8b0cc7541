"""The Defence Intelligence of Ukraine, gur.gov.ua, in Ukrainian and English.

What each selector rests on stands in registry.yaml.
"""

import re

from scrapers.articles import Article
from scrapers.listings import HtmlList, Numbered
from scrapers.sites import NewsSite

SITE = NewsSite(
    # Sections of the site share the articles' folder.
    address=re.compile(r"^(?:/en)?/content/(?!news|category|contacts)(?P<id>[a-z0-9-]+?)(?:\.html)?/?$"),
    listing=HtmlList(item=".news-item, .news_item, article", title="h2, h3, .title", time="time[datetime], .date"),
    article=Article(
        body=(".news-content", ".content_text", ".article__text", "[itemprop=articleBody]"),
        time=("time[datetime]", ".news-date", ".date"),
        drop=".share, .social, .tags, .related",
    ),
    paging=Numbered("page"),
)
