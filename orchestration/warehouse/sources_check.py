"""`obmin sources`: the list of sources, and a live check of each: reached, listed, read, or drifted.

A check stores nothing: it requests the listing's first page and one article, politely, through the shared HTTP
client. Crawling is in fetch.py.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from pathlib import Path

from bs4 import BeautifulSoup

from orchestration.output.tables import Screen, Table, paragraph, table_text
from orchestration.settings import ROOT, SOURCE_SECONDS
from orchestration.warehouse.fetch import GRACE_SECONDS
from orchestration.warehouse.side_by_side import side_by_side
from scrapers.http.charsets import text_of
from scrapers.http.client import HttpClient
from scrapers.records import Gone, Page, ParsedPage, SourceError
from scrapers.registry import Source
from scrapers.sources import parse, site_of


@dataclass(slots=True)
class CheckReport:
    """Result of one source. ``broken`` are sentences: what is wrong, where, and which line to fix."""

    source_id: str
    access: str = "open"
    reached: bool = False
    pages: int = 0
    items: int = 0
    announcements: int = 0
    newest: datetime | None = None
    selectors: dict[str, int] = field(default_factory=dict)
    drifted: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def is_refused_as_expected(self) -> bool:
        """True when the registry expects plain clients to be refused, and this one was."""
        return self.access == "blocked" and not self.reached

    @property
    def verdict(self) -> str:
        if self.is_refused_as_expected:
            return "blocked, as expected"
        if not self.reached:
            return "not reached"
        return "broken" if self.broken else "drifted" if self.drifted else "ok"


def check_all(
    client: HttpClient,
    sources: Sequence[Source],
    on_report: Callable[[CheckReport], None],
    seconds: float = SOURCE_SECONDS,
) -> list[CheckReport]:
    """Check sources in parallel, in their order, each with a time limit; ``on_report`` gets each report when done."""

    def checked(source: Source) -> CheckReport:
        report = check(client.within(seconds), source)
        on_report(report)
        return report

    try:
        works = {source.id: partial(checked, source) for source in sources}
        found = dict(side_by_side(works, seconds + GRACE_SECONDS, lambda: None))
    except BaseException:
        client.close()
        raise
    return [found[source.id] or _late(source, seconds) for source in sources]


def _late(source: Source, seconds: float) -> CheckReport:
    return CheckReport(source.id, broken=[f"its {seconds:.0f} seconds are over and a page is still being read."])


def check(client: HttpClient, source: Source) -> CheckReport:
    """Request the listing and its first article; never raises for a site's errors."""
    report = CheckReport(source.id, source.access.state)
    try:
        front = _visit(client, source, site_of(source).start(source, None), report, "list")
        _judge_listing(source, front, report)
        links = [link for link in front.links if link.url]
        if links:
            article = _visit(client, source, links[0].url, report, "article")
            report.broken += [
                f"{links[0].url}: {problem.message}. {_line_of(source, 'Article(')}" for problem in article.problems
            ]
    except SourceError as error:
        where = f" Its addresses: {_registry_line(source)}." if isinstance(error, Gone) else ""
        report.reached = report.reached or isinstance(error, Gone)
        report.broken.append(str(error).removeprefix(f"{source.id}: ") + where)
    if source.access.state == "blocked" and report.reached:
        report.drifted.append(f"It answers, though its `access` says blocked. Change {_registry_line(source)}.")
    return report


def _visit(client: HttpClient, source: Source, url: str, report: CheckReport, kind: str) -> ParsedPage:
    page = client.get(source, url)
    report.reached = True
    report.pages += 1
    _count_selectors(source, page, report, kind)
    parsed = parse(source, page)
    report.items += len(parsed.listed()) + len(parsed.rows) if kind == "list" else 0
    report.announcements += len(parsed.announcements)
    report.drifted += parsed.drift
    report.newest = max([*parsed.moments(), *([report.newest] if report.newest else [])], default=None)
    return parsed


def _count_selectors(source: Source, page: Page, report: CheckReport, kind: str) -> None:
    """How many elements each of the site's selectors for such a page matches."""
    soup = BeautifulSoup(text_of(page), "lxml")
    for name, css in site_of(source).selectors().items():
        if name.startswith("article") == (kind == "article"):
            report.selectors[name] = len(soup.select(css))


def _judge_listing(source: Source, front: ParsedPage, report: CheckReport) -> None:
    least = source.expected.on_listing
    if report.items < least:
        report.broken.append(
            f"{source.url} shows {report.items} items where at least {least} were expected. "
            + _line_of(source, "listing=")
        )
    for name, count in report.selectors.items():
        if count == 0 and name in ("list item", "list time", "text") and report.items:
            report.drifted.append(f"{name!r} finds nothing on {source.url}. {_line_of(source, 'listing=')}")
    report.broken += [
        f"item {problem.item_id}: {problem.message} ({problem.excerpt[:80]})" for problem in front.problems
    ]


def _line_of(source: Source, words: str) -> str:
    """The line in the source's module that decides this, for the user to open."""
    module = import_module(f"scrapers.sources.{source.parser}")
    path = Path(inspect.getfile(module)).relative_to(ROOT)
    lines = inspect.getsource(module).splitlines()
    number = next((number for number, line in enumerate(lines, 1) if words in line), 1)
    return f"See {path}:{number}."


def _registry_line(source: Source) -> str:
    lines = (ROOT / "scrapers" / "registry.yaml").read_text("utf-8").splitlines()
    return f"scrapers/registry.yaml:{lines.index(f'  - id: {source.id}') + 1}"


REPORTS_BY_IMPORTANCE = ("source", "verdict", "newest (UTC)", "items", "selectors hit", "pages")
VERDICT_COLOURS = {"ok": "green", "drifted": "yellow", "broken": "red", "not reached": "red"}
SOURCES_BY_IMPORTANCE = ("source", "access", "publisher", "markup evidence", "listing", "precedence", "language")
ACCESS_COLOURS = {"open": "green", "unproven": "yellow"}


def reports_text(reports: Sequence[CheckReport], screen: Screen) -> str:
    """A table with one row per source, and below it what to fix."""
    rows = [
        (
            report.source_id,
            report.verdict,
            report.pages,
            report.items,
            f"{report.newest.astimezone(UTC):%Y-%m-%d %H:%M}" if report.newest else "",
            f"{sum(map(bool, report.selectors.values()))} of {len(report.selectors)}" if report.selectors else "",
        )
        for report in reports
    ]
    names = ("source", "verdict", "pages", "items", "newest (UTC)", "selectors hit")
    colours = {"verdict": VERDICT_COLOURS}
    table = Table(names, rows, "Sources, as they answer now", REPORTS_BY_IMPORTANCE, colours)
    ok = sum(report.verdict == "ok" for report in reports)
    refused = sum(report.is_refused_as_expected for report in reports)
    sentences = [
        *(f"  {one.source_id}: {sentence}" for one in reports for sentence in (*one.broken, *one.drifted)),
        f"{ok} of {len(reports)} sources are ok" + (f"; {refused} refuse, as expected." if refused else "."),
    ]
    return table_text(table, screen) + "".join(f"{paragraph(sentence, screen, '  ')}\n" for sentence in sentences)


def sources_text(sources: Sequence[Source], screen: Screen) -> str:
    """The registry as a table: publisher, address, access for plain clients, and confidence in the markup."""
    order = ("unverified", "seen once", "in use", "probed")
    rows = [
        (
            source.id,
            source.publisher,
            source.language,
            source.precedence,
            source.url,
            source.access.state,
            min((fact.confidence for fact in source.markup), key=order.index),
        )
        for source in sources
    ]
    names = ("source", "publisher", "language", "precedence", "listing", "access", "markup evidence")
    table = Table(names, rows, "Sources", SOURCES_BY_IMPORTANCE, {"access": ACCESS_COLOURS})
    return f"{table_text(table, screen)}{paragraph(counted(sources), screen)}\n"


def counted(sources: Iterable[Source]) -> str:
    """A sentence: how many sources accept plain clients, for how many that is unproven, how many refuse."""
    states = Counter(source.access.state for source in sources)
    blocked = states["blocked"]
    return (
        f"{states.total()} sources: {states['open']} are known to answer plain clients, {states['unproven']} are "
        f"unproven, {blocked} are expected to refuse. Those {blocked} are tried too, and used when they answer."
    )
