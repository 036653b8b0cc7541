"""Ukrainska Pravda: its feed of the newest items, its lists by day, and articles.

The evidence for each selector is in registry.yaml. Its sitemaps have no titles, and its addresses no words.
"""

import re

from scrapers.parsing.articles import Article
from scrapers.parsing.day_lists import ByDay, DayList
from scrapers.parsing.listings import Feed, HtmlList
from scrapers.parsing.site import NewsSite, Past

BY_DAY = ByDay(
    "https://www.pravda.com.ua/news/date_{day:%d%m%Y}/",
    re.compile(r"/news/date_(?P<day>\d{2})(?P<month>\d{2})(?P<year>\d{4})/?$"),
)

SITE = NewsSite(
    # /news/2024/12/30/7491234/; the other languages' are /eng/news/... and /rus/news/...
    address=re.compile(r"^/news/\d{4}/\d{1,2}/\d{1,2}/(?P<id>\d+)/?$"),
    listing=Feed(),
    article=Article(
        body=(".post_news_text", ".post_text", "[itemprop=articleBody]"),
        time=("time[datetime]", ".post_news_date", ".post_time"),
        drop=".post_news_tags, .post_tags, .post_news_author, .share, .banner",
    ),
    past=Past(
        url="https://www.pravda.com.ua/news/",
        listing=DayList(
            HtmlList(
                item=".article_news_list",
                link=".article_title a[href], .article_header a[href]",
                title=".article_title a, .article_header a",
            ),
            BY_DAY,
        ),
        paging=BY_DAY,
    ),
)
