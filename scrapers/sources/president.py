"""The President of Ukraine, president.gov.ua, in Ukrainian and English: lists by date, and articles.

The evidence for each selector is in registry.yaml. The list's times are in Kyiv's zone and in words.
"""

import re

from scrapers.parsing.articles import Article
from scrapers.parsing.listings import HtmlList, Numbered
from scrapers.parsing.site import NewsSite

SITE = NewsSite(
    address=re.compile(r"^(?:/en)?/news/(?!all\b|last\b|speeches\b)[a-z0-9-]*?-?(?P<id>\d+)$"),
    listing=HtmlList(item=".item_stat_headline", title="h3", time="p.date, .date, p"),
    article=Article(
        body=(".article_content", "[itemprop=articleBody]"),
        heading=("h1[itemprop=name]", "h1"),
        # A block of other news, each with its date, precedes the article's own date.
        time=("h1 + .date", ".article .date"),
        lead=".short_desc",
    ),
    paging=Numbered("page", first_day="date-from", last_day="date-to"),
)
