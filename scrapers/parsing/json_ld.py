"""Articles described in a page's JSON-LD, and which of several is the page's own.

How it is used, and other data about an article, is in articles.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup

from scrapers.parsing.wayback import original_of
from scrapers.records import Page

ARTICLE_TYPES = {"NewsArticle", "Article", "ReportageNewsArticle", "BlogPosting", "Report", "LiveBlogPosting",
                 "BackgroundNewsArticle", "AnalysisNewsArticle"}  # fmt: skip
# How a described article matches the page: by address, by title, by neither, or it has others of both.
SAME_ADDRESS, SAME_TITLE, UNNAMED, STRANGER = range(4)


def described_article(page: Page, soup: BeautifulSoup, titles: Sequence[str]) -> dict[str, Any]:
    """The page's own article in JSON-LD; empty when there is none, or it is not valid JSON.

    A page may also describe other articles, or only others, whose dates are not its own. ``titles`` are the page's;
    empty ones are skipped.
    """
    canonical = soup.select_one('link[rel="canonical"][href]')
    addresses = [original_of(page.url), *([str(canonical["href"])] if canonical is not None else [])]
    own = {place for address in addresses if (place := _place(page.url, address))}
    known = [title for title in titles if title]
    judged = [(_kinship(page, article, own, known), article) for article in _articles_in(soup)]
    kinship, article = min(judged, key=lambda pair: pair[0], default=(STRANGER, {}))
    return article if kinship < STRANGER else {}


def string_of(described: dict[str, Any], name: str) -> str:
    """A string in JSON-LD; empty when the value is missing, or a number, a list or an object."""
    value = described.get(name)
    return value if isinstance(value, str) else ""


def _kinship(page: Page, article: dict[str, Any], own: set[str], titles: Sequence[str]) -> int:
    named = [address for name in ("url", "@id", "mainEntityOfPage") for address in _addresses(article.get(name))]
    if any(_place(page.url, address) in own for address in named):
        return SAME_ADDRESS
    headline = " ".join(string_of(article, "headline").split())
    # The beginning of a title is no proof against the address of another article.
    is_elsewhere = any(_path(page.url, address) for address in named)
    if headline and any(_are_one(title, headline, is_elsewhere) for title in titles):
        return SAME_TITLE
    return STRANGER if named and headline and titles else UNNAMED


def _are_one(title: str, headline: str, is_elsewhere: bool) -> bool:
    is_beginning = title.startswith(headline) or headline.startswith(title)
    return title == headline or (is_beginning and not is_elsewhere)


def _path(base: str, address: str) -> str:
    """The path of an address; empty for that of a whole site."""
    place = _place(base, address)
    return "" if place is None else place.partition("/")[2]


def _addresses(value: Any) -> list[str]:
    values = [value.get("@id"), value.get("url")] if isinstance(value, dict) else [value]
    return [address for address in values if isinstance(address, str) and address]


def _place(base: str, address: str) -> str | None:
    """Host and path: addresses that differ only in scheme, www., query or the last slash are one page."""
    try:
        parts = urlsplit(urljoin(base, address))
    except ValueError:  # http://[bad
        return None
    return f"{parts.netloc.lower().removeprefix('www.')}{parts.path.rstrip('/')}"


def _articles_in(soup: BeautifulSoup) -> Iterator[dict[str, Any]]:
    for script in soup.select('script[type="application/ld+json"]'):
        try:
            data = json.loads(script.get_text(), strict=False)
        except (ValueError, RecursionError):
            continue  # a page with broken or too deeply nested JSON-LD still has its markup
        for node in _nodes(data):
            types = node.get("@type")
            named = types if isinstance(types, list) else [types]
            if any(isinstance(name, str) and name in ARTICLE_TYPES for name in named):
                yield node


def _nodes(data: Any) -> Iterator[dict[str, Any]]:
    """Top-level objects of JSON-LD, and those of its @graph; lists of other articles are deeper."""
    for node in data if isinstance(data, list) else [data]:
        if isinstance(node, dict):
            yield node
            graph = node.get("@graph")
            yield from (part for part in graph if isinstance(part, dict)) if isinstance(graph, list) else ()
