"""Draws the report: all pages, charts, data files and feeds of one publication, into a new folder that is swapped in.

What each page says is in front_page.py, exchange_pages.py and sources_page.py.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from orchestration.report.charts import Chart, charts_of
from orchestration.report.exchange_pages import ExchangePages
from orchestration.report.feed import feed
from orchestration.report.front_page import DrawnChart, data_page, front_page, list_page
from orchestration.report.publication import Publication, Rows, read_publication
from orchestration.report.site_folder import (
    is_whole,
    new_folder,
    only_writer,
    replace_files,
    shows,
    sizes_in,
    write_mark,
)
from orchestration.report.sources_page import sources_page
from orchestration.report.vega_library import library, library_name
from orchestration.report.words import LANGUAGES, Words
from orchestration.settings import Settings
from orchestration.warehouse.database import reading
from orchestration.warehouse.export import write_tables

PACKAGE = "orchestration.report"
PICTURES = ("wide.svg", "narrow.svg")
ENDINGS = (*PICTURES, "js")
SIZE = re.compile(r'<svg[^>]* width="([0-9]+)[^"]*" height="([0-9]+)')
# What draws the report: code, templates, texts, queries, assets.
SUFFIXES = (".py", ".j2", ".yaml", ".sql", ".css", ".js", ".svg")
ASSETS = ("style.css", "page.js", "icon.svg")


@dataclass(frozen=True, slots=True)
class DrawnReport:
    """``was_drawn`` is False when the folder already shows this publication; the rest is None then. ``charts_drawn``
    counts the charts whose data changed, in each language; sizes are in bytes.
    """

    folder: Path
    was_drawn: bool
    pages: int | None = None
    charts_drawn: int | None = None
    front_page_bytes: int | None = None
    all_bytes: int | None = None

    @property
    def index(self) -> Path:
        return self.folder / "index.html"


def draw_report(
    settings: Settings, folder: Path | None = None, on_progress: Callable[[str], None] = lambda _: None
) -> DrawnReport:
    """Draw the published copy's report into ``folder``, or into the profile's own, unless it is there already.

    Raises WarehouseError when nothing is published, UnusableOutput when the folder can't be replaced.
    """
    place = Path(os.path.abspath(folder or settings.report))
    with only_writer(place), reading(settings.published) as connection:
        made_from = _made_from(connection, settings)
        if shows(place, made_from):
            return DrawnReport(place, was_drawn=False)
        with new_folder(place) as fresh:
            pages, charts_drawn = _write(connection, settings, place, fresh, on_progress)
            write_mark(fresh, made_from)
            all_bytes = sum(path.stat().st_size for path in fresh.rglob("*") if path.is_file())
            front = _front_page_bytes(fresh)
    return DrawnReport(place, True, pages, charts_drawn, front, all_bytes)


def _made_from(connection: duckdb.DuckDBPyConnection, settings: Settings) -> dict[str, Any]:
    row = connection.execute("select publication_id from meta.about").fetchone()
    return {"publication_id": row[0] if row else None, "made_with": _made_with(), "address": settings.report_url}


@cache
def _made_with() -> str:
    """A digest of this package and of what draws its charts: a new one draws everything anew."""
    digest = sha256(f"{version('altair')} {version('vl-convert-python')}".encode())
    for file in sorted(Path(str(resources.files(PACKAGE))).rglob("*")):
        if file.is_file() and file.suffix in SUFFIXES and not file.name.startswith("vega-"):
            digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def _write(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    last: Path,
    fresh: Path,
    on_progress: Callable[[str], None],
) -> tuple[int, int]:
    """Everything, into a new folder; ``last`` is the report before. Returns the numbers of pages and drawn charts."""
    for name in ("assets", "charts", "sql", "exchanges", "uk/exchanges", "data"):
        (fresh / name).mkdir(parents=True)
    publication = _publication(connection, settings)
    for name, sql in publication.scripts.items():
        (fresh / "sql" / f"{name}.sql").write_text(sql, "utf-8")
    for name in ASSETS:
        (fresh / "assets" / name).write_bytes((resources.files(PACKAGE) / "assets" / name).read_bytes())
    script = f"assets/{library_name()}"
    (fresh / script).write_bytes(library())
    on_progress("the data files")
    tables = write_tables(connection, fresh / "data")
    in_all = [Words(language) for language in LANGUAGES]
    files: dict[str, str] = {}
    drawn = 0
    for words in in_all:
        on_progress(f"charts and pages, {words.language}")
        charts = []
        for chart in charts_of(publication, words):
            shown, was_drawn = _drawn(chart, words, last, fresh)
            charts.append(shown)
            drawn += was_drawn
        for page, html in (
            front_page(publication, charts, script, words),
            list_page(publication, words),
            data_page(publication, tables, words),
            sources_page(publication, settings.sources(), publication.record["built_at"], words),
        ):
            files[page.path] = html
        (fresh / f"feed.{words.language}.atom").write_bytes(feed(publication, words))
    files.update(ExchangePages(publication, in_all).files())
    for path, text in files.items():
        (fresh / path).write_text(text, "utf-8")
    (fresh / "robots.txt").write_text("\n".join(_robots(settings.report_url)) + "\n", "utf-8")
    pages = [path for path in files if path.endswith(".html")]
    if base := settings.report_url:
        (fresh / "sitemap.txt").write_text("".join(f"{base}{path}\n" for path in pages), "utf-8")
    return len(pages), drawn


def _publication(
    connection: duckdb.DuckDBPyConnection, settings: Settings, only: Collection[str] = ()
) -> Publication:
    return read_publication(connection, settings.report_url, settings.profile == "sample", only)


def _drawn(chart: Chart, words: Words, last: Path, fresh: Path) -> tuple[DrawnChart, bool]:
    """The chart's files in the new folder: copied from the last report when its data is the same, else drawn."""
    content = json.dumps([_made_with(), chart.name, words.language, chart.values], sort_keys=True)
    digest = sha256(content.encode()).hexdigest()[:12]
    files = {ending: f"charts/{chart.name}.{words.language}.{digest}.{ending}" for ending in ENDINGS}
    sizes_before = sizes_in(last) or {}
    is_there = all(is_whole(last, path, sizes_before) for path in files.values())
    if is_there:
        for path in files.values():
            shutil.copyfile(last / path, fresh / path)
    else:
        from orchestration.report.drawing import draw

        for ending, text in draw(chart.name, chart.values, words).items():
            (fresh / files[ending]).write_text(text, "utf-8")
    sizes = {ending: _size((fresh / files[ending]).read_text("utf-8")) for ending in PICTURES}
    return DrawnChart(chart, files, sizes), not is_there


def _size(svg: str) -> tuple[int, int]:
    found = SIZE.match(svg)
    assert found is not None, svg[:200]
    return int(found[1]), int(found[2])


def _robots(base: str | None) -> Iterator[str]:
    yield from ("User-agent: *", "Allow: /")
    if base:
        yield f"Sitemap: {base}sitemap.txt"


def _front_page_bytes(site: Path) -> int:
    """What a browser loads for the English front page on a wide screen: the page, its assets, its pictures."""
    html = (site / "index.html").read_text("utf-8")
    loaded = {match[1] for match in re.finditer(r'<(?:img|script)[^>]* src="([^"]+)"', html)}
    return sum((site / path).stat().st_size for path in {"index.html", "assets/style.css", *loaded})


def bring_up_to_date(settings: Settings, checks: Rows, at: datetime) -> None:
    """What a run without news owes the report: its page of the sources, by ``checks``, the rows of raw.source_checks,
    at a time (UTC, naive). A report that is missing, damaged or of another version is drawn.

    Raises as draw_report does.
    """
    if draw_report(settings).was_drawn:
        return
    place = settings.report
    with only_writer(place), reading(settings.published) as connection:
        publication = _publication(connection, settings, only=("record", "sources"))
        known = {row["source_id"]: row for row in checks}
        publication.rows["sources"] = [
            {**row, **known.get(row["source_id"], {})} for row in publication.rows["sources"]
        ]
        pages = [sources_page(publication, settings.sources(), at, Words(language)) for language in LANGUAGES]
        replace_files(place, {page.path: html for page, html in pages})
