"""The Ukrainian Parliament Commissioner for Human Rights, ombudsman.gov.ua.

The evidence for each selector is in registry.yaml.
"""

import re

from scrapers.parsing.articles import Article
from scrapers.parsing.listings import HtmlList, Numbered
from scrapers.parsing.site import NewsSite

SITE = NewsSite(
    address=re.compile(r"^/(?:(?:uk|en)/)?news_details/(?P<id>[a-z0-9_-]+)/?$"),
    listing=HtmlList(
        item="a[href*='/news_details/']", link="", title="h2, h3, h4, .title", time="time[datetime], .date"
    ),
    article=Article(
        body=("[itemprop=articleBody]", ".news-details__text", ".news_details_content", ".text-content"),
        time=("time[datetime]", ".news-details__date", ".date"),
        drop=".share, .social, .tags, .related",
    ),
    paging=Numbered("page"),
)
