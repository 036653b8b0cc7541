"""The tables of exchanges on Wikipedia, through the MediaWiki API: to compare with ours, never a source of facts.

The table is found by its headings, not by its position: an article may have several.
"""

from __future__ import annotations

import json
import re

from bs4 import Tag

from scrapers.parsing.item_errors import UnreadableItem, item_guard
from scrapers.parsing.markup import blocks_of, soup_of, words_of
from scrapers.parsing.sanitize import MOST_PEOPLE
from scrapers.parsing.site import SinglePage
from scrapers.parsing.timestamps import written_moment
from scrapers.records import Page, ParsedPage, Problem, ReferenceRow, SourceError
from scrapers.registry import Source

DATE_HEADING = re.compile(r"\b(date|дата)\b", re.IGNORECASE)
PEOPLE_HEADING = re.compile(r"ukrain|russian|україн|росі|звільнен|released|повернут", re.IGNORECASE)
TO_UKRAINE = re.compile(r"ukrain|україн", re.IGNORECASE)
TO_RUSSIA = re.compile(r"russia|росі", re.IGNORECASE)
# The longest table has some hundred rows of ten cells; spans can multiply a few cells to millions.
MOST_CELLS = 100_000
LINES = " / "  # between the lines of a cell
# 1,358 and 1 358 are the same number; "150 (+ 22)" begins with its total, "1.5 thousand" has none.
NUMBER = re.compile(r"(?:\d{1,3}(?:[ ,.\u00a0\u202f]\d{3})+(?!\d)|\d+(?!\d))(?![.,]\d|\s*(?:thousand|тис))")

FIRST_NUMBER = re.compile(rf"\D*({NUMBER.pattern})")


class Tables(SinglePage):
    """One article's tables whose headings name a date and the people released."""

    def parse(self, source: Source, page: Page) -> ParsedPage:
        """A reference row for each row of a table; its id is the table's and the row's number."""
        try:
            answer = json.loads(page.body)
            markup = str(answer["parse"]["text"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            excerpt = str(page.body[:200], "utf-8", "replace")
            raise SourceError(
                source.id, f"{source.id}: the API gave no page but {excerpt!r}; fix its title."
            ) from error
        soup = soup_of(page, markup)
        for note in soup.select("sup.reference, style, .mw-editsection"):
            note.extract()
        parsed = ParsedPage()
        for number, table in enumerate(soup.select("table"), 1):
            with item_guard(parsed, source, f"table {number}", lambda table=table: words_of(table)):  # type: ignore[misc]
                self._add(parsed, source, number, grid_of(table))
        if not parsed.rows:
            parsed.problems.append(
                Problem(source.id, page.url, "no table has headings for a date and for the people released", "")
            )
        return parsed

    def _add(self, parsed: ParsedPage, source: Source, number: int, rows: list[list[str]]) -> None:
        if rows and any(map(DATE_HEADING.search, rows[0])) and any(map(PEOPLE_HEADING.search, rows[0])):
            parsed.rows.extend(
                reference_row(source, f"{number}.{index}", dict(zip(rows[0], cells, strict=True)))
                for index, cells in enumerate(rows[1:], 1)
            )


SITE = Tables()


def reference_row(source: Source, row_id: str, cells: dict[str, str]) -> ReferenceRow:
    """A row with its date and its two counts of people; a cell without a certain value gives None."""
    moment = next(
        (
            written_moment(cell, source.language, "UTC", may_lack_hour=True)
            for heading, cell in cells.items()
            if DATE_HEADING.search(heading)
        ),
        None,
    )
    return ReferenceRow(
        row_id,
        cells,
        day=moment.date() if moment else None,
        released=_people(cells, TO_UKRAINE, TO_RUSSIA),
        returned=_people(cells, TO_RUSSIA, TO_UKRAINE),
    )


def _people(cells: dict[str, str], heading: re.Pattern[str], other: re.Pattern[str]) -> int | None:
    """The number under the only heading that names one side and not the other."""
    found = [cell for name, cell in cells.items() if heading.search(name) and not other.search(name)]
    lines = found[0].split(LINES) if len(found) == 1 else []
    # The second of two lines that are figures alone may be another exchange's.
    is_one = sum(NUMBER.fullmatch(line) is not None for line in lines) < 2
    number = next(filter(None, map(FIRST_NUMBER.match, lines)), None) if is_one else None
    figures = re.sub(r"\D", "", number[1]) if number else ""
    return int(figures) if 0 < len(figures) <= len(str(MOST_PEOPLE)) else None


def grid_of(table: Tag) -> list[list[str]]:
    """A table's cells by row, with those that span rows or columns repeated; all rows are equally long."""
    filled: dict[tuple[int, int], str] = {}
    rows = table.select("tr")
    for y, row in enumerate(rows):
        x = 0
        for cell in row.find_all(["th", "td"], recursive=False):
            while (y, x) in filled:
                x += 1
            down, right = _span(cell, "rowspan"), _span(cell, "colspan")
            if len(filled) + min(down, len(rows) - y) * right > MOST_CELLS:
                raise UnreadableItem(f"has more than {MOST_CELLS:,} cells")
            words = blocks_of(cell).replace("\n", LINES)
            for dy in range(min(down, len(rows) - y)):
                for dx in range(right):
                    filled[y + dy, x + dx] = words
    width = 1 + max((x for _, x in filled), default=-1)
    if width * len(rows) > MOST_CELLS:
        raise UnreadableItem(f"has more than {MOST_CELLS:,} cells")
    return [[filled.get((y, x), "") for x in range(width)] for y in range(len(rows))]


def _span(cell: Tag, name: str) -> int:
    """A span as browsers read it: 1 when it is not a number, and 1,000 at most."""
    written = str(cell.get(name, "1"))
    return max(1, min(int(written[:5]), 1000)) if written.isascii() and written.isdigit() else 1
