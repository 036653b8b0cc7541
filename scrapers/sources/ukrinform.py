"""Ukrinform, the national news agency: its feed of the newest items, its list of older ones, and articles.

The evidence for each selector is in registry.yaml.
"""

import re

from scrapers.parsing.articles import Article
from scrapers.parsing.listings import Feed, HtmlList, Numbered
from scrapers.parsing.site import NewsSite, Past

SITE = NewsSite(
    address=re.compile(r"^/rubric-[a-z_-]+/(?P<id>\d+)(?:-[^/]*)?\.html$"),
    listing=Feed(),
    article=Article(
        body=(".newsText", "[itemprop=articleBody]"),
        heading=("h1.newsTitle", "h1"),
        time=("time[datetime]",),
        lead=".newsHeading",
        # Links to other news are inside the body.
        drop="section.read, [data-name=int_hidden], .tags, .share, .otherNews, .readMore, .announce",
    ),
    past=Past(
        url="https://www.ukrinform.ua/block-lastnews",
        listing=HtmlList(item="section.restList article, section.restList .rest", title="h2"),
        paging=Numbered("page"),
    ),
)
