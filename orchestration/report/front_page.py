"""The front page, the list of exchanges, the data page. Exchanges' own pages are in exchange_pages.py."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, timedelta
from itertools import groupby
from typing import Any

from orchestration.report.charts import Cell, Chart, Table, people
from orchestration.report.publication import Publication, Rows
from orchestration.report.rendering import Page, link, render
from orchestration.report.words import Words
from orchestration.settings import INVASION, KYIV
from orchestration.warehouse.export import Exported

LATEST = 5
# Officials announced the first exchanges within this time.
HELD_FROM = INVASION.date() + timedelta(days=31)


@dataclass(frozen=True, slots=True)
class DrawnChart:
    """A chart with its files, by ending ("wide.svg"), and the pictures' width and height in pixels."""

    chart: Chart
    files: Mapping[str, str]
    sizes: Mapping[str, tuple[int, int]]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.chart, name)


def front_page(publication: Publication, charts: list[DrawnChart], library: str, words: Words) -> tuple[Page, str]:
    """The front page; ``library`` is the path of the interactive charts' script."""
    page, record = Page(words.language, "index.html"), publication.record
    last, claims = record["last_day"], publication.rows["official_totals"]
    made_on = record["built_at"].replace(tzinfo=UTC).astimezone(KYIV).date()
    html = render(
        page, "index", words, publication,
        charts=charts,
        library=library,
        latest=_exchanges(publication.rows["exchanges"][:LATEST], words),
        claim={**claims[-1], "url": link(claims[-1]["url"])} if claims else None,
        is_held_whole=record["held_since"] is not None and record["held_since"] < HELD_FROM,
        days_before=(made_on - last).days if last else None,
        since_texts=json.dumps(words.plurals("front.days_ago")),
        differences=list(_differences(publication.rows["differences"], words)),
    )  # fmt: skip
    return page, html


def _differences(rows: Rows, words: Words) -> Iterator[tuple[str, bool]]:
    """Why officials' totals differ from ours of their time, a sentence each; whether it is in the page's language."""
    for (year, measure), items in groupby(rows, key=lambda row: (row["year"], row["measure"])):
        held = list(items)
        reasons = [(words.reason(row["item"]), _signed(row["value"], words)) for row in held]
        sentence = words(
            "chart.years_differ", year=year, what=words(f"chart.what_{measure}"), day=words.day(held[0]["day"]),
            official=words.bounded(held[0]["official"], held[0]["official_bound"]),
            ours=words.bounded(held[0]["ours"], held[0]["ours_bound"]),
            reasons="; ".join(f"{text} ({value})" for (text, _), value in reasons),
        )  # fmt: skip
        yield sentence, all(is_ours for (_, is_ours), _ in reasons)


def _signed(value: int, words: Words) -> str:
    return f"{'+' if value > 0 else '−'}{words.number(abs(value))}"


def list_page(publication: Publication, words: Words) -> tuple[Page, str]:
    """All exchanges, by year, and those that were withdrawn."""
    page = Page(words.language, "exchanges.html")
    by_year = groupby(publication.rows["exchanges"], key=lambda row: row["day"].year)
    withdrawn = Table(
        [words("column.day"), words("column.released"), words("column.cause")],
        [
            [
                Cell(words.short_day(row["exchanged_on"]), f"exchanges/{row['exchange_id']}.html"),
                people(row["released_total"], row["released_bound"], words),
                Cell(*_reason(row["reason"], words)),
            ]
            for row in publication.rows["withdrawn"]
        ],
    )
    years = [(year, _exchanges(list(rows), words)) for year, rows in by_year]
    return page, render(page, "exchanges", words, publication, years=years, withdrawn=withdrawn)


def _reason(sentence: str, words: Words) -> tuple[str, None, bool, bool]:
    text, is_ours = words.reason(sentence)
    return text, None, False, is_ours


def _exchanges(rows: Rows, words: Words) -> Table:
    names = ("day", "released", "returned", "civilians", "women", "number", "status", "announcement")
    return Table(
        [words(f"column.{name}") for name in names],
        [
            [
                Cell(words.short_day(row["day"]), f"exchanges/{row['exchange_id']}.html"),
                Cell(words.bounded(row["released"], row["released_bound"]), is_number=True),
                *(people(row[name], row[f"{name}_bound"], words) for name in ("returned", "civilians", "women")),
                Cell(str(row["official_number"] or ""), is_number=True),
                Cell(words(f"status.{row['status']}_short")),
                Cell(words("column.announcement"), link(row["url"])),
            ]
            for row in rows
        ],
    )


def data_page(publication: Publication, tables: list[Exported], words: Words) -> tuple[Page, str]:
    """The files of all tables, and the queries, each with the comment that it begins with."""
    page = Page(words.language, "data.html")
    comments = [(name, sql.splitlines()[0].removeprefix("-- ")) for name, sql in publication.scripts.items()]
    files = ("csv", "parquet", "jsonl")
    content = Table(
        [words("column.table"), words("column.rows"), *(form.upper() for form in files), words("column.what")],
        [
            [
                Cell(f"{table.schema}.{table.table}"),
                Cell(words.number(table.rows), is_number=True),
                *(Cell(form, f"{page.root}data/{form}/{table.name}.{form}") for form in files),
                Cell(table.description, is_ours=words.language == "en"),
            ]
            for table in tables
        ],
    )
    return page, render(page, "data", words, publication, tables=content, queries=comments)
