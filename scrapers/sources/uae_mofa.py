"""The Ministry of Foreign Affairs of the United Arab Emirates, mofa.gov.ae: a mediator's statements.

The evidence for each selector is in registry.yaml. Articles give days only, which are in their addresses.
"""

import re

from scrapers.parsing.articles import Article
from scrapers.parsing.listings import HtmlList, Numbered
from scrapers.parsing.site import NewsSite

SITE = NewsSite(
    # /en/mediahub/news/2024/8/30/30-8-2024-uae-mofa, also with capitals: the id is the day and the slug.
    address=re.compile(r"^/en/mediahub/news/(?P<id>\d{4}/\d{1,2}/\d{1,2}/[a-z0-9-]+)/?$", re.IGNORECASE),
    listing=HtmlList(item="a[href*='/mediahub/news/' i]", link="", title="h2, h3, h4, .title", time="time[datetime]"),
    article=Article(
        body=("div.details-container", "[itemprop=articleBody]"),
        heading=("div.details-info h2", "h1"),
        time=("time[datetime]", "div.details-info .date"),
        drop=".share, .social, .tags, .related",
        may_lack_hour=True,
    ),
    paging=Numbered("page"),
)
