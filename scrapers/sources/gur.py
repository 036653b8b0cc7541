"""The Defence Intelligence of Ukraine, gur.gov.ua, in Ukrainian and English.

The evidence for each selector is in registry.yaml. The list gives days only.
"""

import re

from scrapers.parsing.articles import Article
from scrapers.parsing.listings import HtmlList, InPath
from scrapers.parsing.site import NewsSite

# Sections of the site share the articles' folder: list-of-news, list-of-news/7, list-of-operations, contacts.
ARTICLE = r"/content/(?!list-of-|news$|category|contacts)(?P<id>[a-z0-9-]+?)(?:\.html)?/?$"


def site(folder: str, articles: str) -> NewsSite:
    """The site in one language: the folder of its lists, and a pattern for its articles' folder."""
    return NewsSite(
        address=re.compile(f"^{articles}{ARTICLE}"),
        listing=HtmlList(item="a.item, a.main-item", link="", title="h2, h3, .title", time="", may_lack_hour=True),
        article=Article(
            body=("[itemprop=articleBody]", ".field-name-body", ".field-body", ".text-content", "article"),
            time=("time[datetime]", ".field-date", ".date-display-single", ".date"),
            drop=".share, .social, .tags, .related",
            may_lack_hour=True,
        ),
        paging=InPath(f"https://gur.gov.ua/{folder}/content/list-of-news/{{}}.html", second=1),
    )


SITE = site("ua", "(?:/ua)?")
