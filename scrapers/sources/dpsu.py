"""The State Border Guard Service of Ukraine, dpsu.gov.ua.

The evidence for each selector is in registry.yaml.
"""

import re

from scrapers.parsing.articles import Article
from scrapers.parsing.listings import HtmlList, Numbered
from scrapers.parsing.site import NewsSite

SITE = NewsSite(
    # The site moved from /ua/ to /uk/; an article is the same under both.
    address=re.compile(r"^/(?:ua|uk|en)/news/(?P<id>[^/%]*[^/%\d][^/%]*)/?$"),
    listing=HtmlList(
        item=".news-item, .news_item, article", title="h2, h3, h4, .title", time="time[datetime], .date"
    ),
    article=Article(
        body=(".news-text", ".text_block", "[itemprop=articleBody]", "article .content"),
        time=("time[datetime]", ".news-date", ".date"),
        drop=".share, .social, .tags, .related",
    ),
    paging=Numbered("page"),
)
