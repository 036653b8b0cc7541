"""Detects pages with status 200 that state that nothing is there, or that the site is closed.

The phrases are in missing_pages.yaml. Challenges and log-in forms are in challenges.py.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from scrapers.yaml_file import read_shipped

WORD = re.compile(r"[\w'’]+")
# Separates a page's heading from its site's name.
BETWEEN = re.compile(r"\s+[-–—|·•:/»]\s+|\s*[|»•·]\s*")


def says_no_page(headings: list[str], title: str) -> str | None:
    """The heading, or part of the title, that states that there is no such page now; None when none does."""
    # A title may have the site's name on either side; a heading has none.
    parts = [*headings, title, *BETWEEN.split(title)[:1], *BETWEEN.split(title)[-1:]]
    return next((part for part in parts if _plain(part) in _known()), None)


def _plain(phrase: str) -> str:
    return " ".join(WORD.findall(phrase.lower().replace("’", "'")))


@cache
def _known() -> frozenset[str]:
    data: dict[str, Any] = read_shipped("scrapers.parsing", "missing_pages.yaml")
    return frozenset(_plain(phrase) for phrases in data.values() for phrase in phrases)
