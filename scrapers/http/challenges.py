"""Detection of pages served in place of the requested one: challenges, log-in forms, consent, maintenance.

Their marks are in challenges.yaml, which describes how each is matched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from lxml import etree, html

from scrapers.records import Page
from scrapers.yaml_file import read_shipped

TITLE = re.compile(rb"<title[^>]*>(.{0,300}?)</title", re.IGNORECASE | re.DOTALL)
SHOWN = "//body//text()[not(ancestor::script or ancestor::style or ancestor::template or ancestor::noscript)]"
LONG_PARAGRAPH = 200
MOST_LINKS_OF_NOTICE = 8


@dataclass(frozen=True, slots=True)
class Substitute:
    """The page served instead: ``kind`` is "challenge", "log-in", "consent" or "maintenance"; ``mark`` matched."""

    kind: str
    mark: str


def substitute_in(page: Page) -> Substitute | None:
    """What was served in place of the page, None when no mark matches. Beyond headers, only HTML is tested."""
    known = _known()
    for name, value in known["headers"].items():
        found = page.header(name).lower()
        if found and value in (found, None):
            return Substitute("challenge", f"header {name}: {found[:40]}")
    if len(page.body) > known["largest"] or not _is_markup(page):
        return None
    title, lowered = _title(page.body), page.body.decode("utf-8", "replace").lower()
    found_in_page = _matching(known["kinds"], title, "titles", lowered, "marks")
    if found_in_page is not None:
        return found_in_page
    notice = _notice(page.body, known["longest_text"])
    return None if notice is None else _matching(known["kinds"], title, "notice_titles", notice, "sentences")


def _matching(kinds: dict[str, Any], title: str, titles: str, text: str, marks: str) -> Substitute | None:
    """The first kind with a title under the key ``titles``, or a text under the key ``marks``, that matches."""
    for kind, known in kinds.items():
        if any(title.startswith(start) for start in known.get(titles, ())):
            return Substitute(kind, f"title {title[:100]!r}")
        mark = next((mark for mark in known.get(marks, ()) if mark.lower() in text), None)
        if mark is not None:
            return Substitute(kind, f"text {mark!r}")
    return None


def _notice(body: bytes, longest: int) -> str | None:
    """The visible text of a page with little text, in lower case; None for an article, a post or a list."""
    try:
        root = html.document_fromstring(body, parser=html.HTMLParser(encoding="utf-8"))
    except (etree.LxmlError, ValueError):
        return None
    if root.xpath("//article | //time | //item") or len(root.xpath("//a[@href]")) > MOST_LINKS_OF_NOTICE:
        return None
    texts = root.xpath(SHOWN)
    shown = " ".join(" ".join(texts).lower().split())
    return None if len(shown) > longest or any(len(text.strip()) > LONG_PARAGRAPH for text in texts) else shown


def _is_markup(page: Page) -> bool:
    kind = page.header("Content-Type").partition(";")[0].strip().lower()
    return kind in ("", "text/html", "application/xhtml+xml") and page.body.lstrip()[:1] not in (b"{", b"[")


def _title(body: bytes) -> str:
    match = TITLE.search(body)
    return " ".join(match[1].decode("utf-8", "replace").lower().split()) if match else ""


@cache
def _known() -> dict[str, Any]:
    known: dict[str, Any] = read_shipped("scrapers.http", "challenges.yaml")
    return known
