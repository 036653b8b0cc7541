"""The questions of docs/queries.md and docs/more-queries.md, with their SQL and the answers printed under them.

Whether the answers are right is tested in end_to_end/test_queries.py.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from orchestration.settings import PROJECT

PAGES = [(PROJECT / "docs" / name).read_text("utf-8") for name in ("queries.md", "more-queries.md")]


class Question(NamedTuple):
    words: str
    query: str
    answer: list[list[str]]


def cells(lines: list[str]) -> list[list[str]]:
    """A Markdown table's cells, without the line under its heading."""
    split = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    return [split[0], *split[2:]]


def questions() -> list[Question]:
    found = []
    for part in (part for page in PAGES for part in page.split("### ")[1:]):
        heading, *lines = part.strip().splitlines()
        query = "\n".join(line.strip() for line in lines if line.startswith("    "))
        found.append(Question(heading, query, cells([line for line in lines if line.startswith("|")])))
    return found
