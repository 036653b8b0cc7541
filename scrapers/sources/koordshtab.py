"""The Coordination Headquarters for the Treatment of Prisoners of War, koordshtab.gov.ua.

The evidence for each selector is in registry.yaml. Its Telegram channel is faster and more complete.
"""

import re

from scrapers.parsing.articles import Article
from scrapers.parsing.listings import HtmlList, Numbered
from scrapers.parsing.site import NewsSite

SITE = NewsSite(
    # A slug may contain apostrophes, as ' or %27.
    address=re.compile(r"^/(?:posts|news)/(?P<id>[^/]+)/?$"),
    listing=HtmlList(
        item="a[href*='/posts/'], a[href*='/news/']", link="", title="h2, h3, .title", time="time[datetime], .date"
    ),
    article=Article(
        body=("[itemprop=articleBody]", ".post-content", ".news-content", "article .content"),
        time=("time[datetime]", ".post-date", ".date"),
        drop=".share, .social, .tags, .related",
    ),
    paging=Numbered("page"),
)
