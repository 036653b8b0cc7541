"""A source that takes too long: it alone is late, its pages so far are stored, and it writes nothing afterwards."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.settings import WrongSetting, load_settings
from orchestration.warehouse import fetch as fetching
from orchestration.warehouse import page_store
from orchestration.warehouse.database import Warehouse
from orchestration.warehouse.fetch import FetchReport, fetch_all
from orchestration.warehouse.permit import Permit, PermitOver
from scrapers.archive import PageArchive
from scrapers.http.client import HttpClient, Limits
from scrapers.records import Page, ParsedPage
from scrapers.registry import Source
from tests.conftest import deployment, web
from tests.support.crawled_deployment import BEGINNING, CHANNEL
from tests.support.sites import Channel

NEVER = 30.0


def channel(name: str) -> Source:
    return CHANNEL.model_copy(update={"id": name, "url": f"https://{name}.example/s/Koord_shtab"})


def by_source(reports: list[FetchReport]) -> dict[str, FetchReport]:
    return {report.source_id: report for report in reports}


def test_sources_that_hang_are_late_and_the_others_are_read(tmp_path: Path) -> None:
    """One hangs at its second page, one asks for a delay of a day; the next run continues where they stopped.

    A request that hangs is given up before the source's time is over.
    """
    posts, is_well, end = Channel(*range(1, 7)), threading.Event(), threading.Event()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        path = handler.path
        handler.path = "/t.me" + path[path.index("/", 1) :]
        if not is_well.is_set() and path.startswith("/hangs.example/s/Koord_shtab?before"):
            end.wait(NEVER)
        if not is_well.is_set() and path == "/asks.example/robots.txt":
            handler.send_response(200)
            handler.end_headers()
            handler.wfile.write(b"User-agent: *\nCrawl-delay: 100000")
            handler.close_connection = True
            return
        posts(handler)

    settings = deployment(tmp_path)
    sources = [channel("hangs"), channel("asks"), channel("well")]
    archive = PageArchive(settings.pages)
    with web(answer) as address, Warehouse(settings).connection() as connection:
        sentence: list[str] = []
        with HttpClient(replay=address, attempts=1, limits=Limits(read=0.5)) as client:
            reports = by_source(
                list(fetch_all(connection, archive, client, sources, BEGINNING, sentence.append, 60.0))
            )
        late = {name: report.is_late for name, report in reports.items()}
        assert late == {"hangs": False, "asks": True, "well": False}
        assert "hangs.example does not answer as it should" in str(reports["hangs"].error)
        assert reports["asks"].error == (
            "asks is late: asks.example asks for 100000 seconds between requests (Crawl-delay); what it brought is "
            "kept, and the next run goes on from there."
        )
        count = "select source_id, count(*)::int from raw.pages group by all order by all"
        before = dict(connection.execute(count).fetchall())
        assert before["hangs"] == 1
        assert before == {"hangs": 1, "well": 2}
        end.set()
        is_well.set()
        with HttpClient(replay=address, attempts=1) as client:
            again = list(fetch_all(connection, archive, client, sources, BEGINNING, sentence.append, 60.0))
        assert {report.error for report in again} == {None}
        assert connection.execute(count).fetchall() == [
            (source.id, 2) for source in sorted(sources, key=lambda source: source.id)
        ]


def test_a_reader_that_is_stuck_is_left_behind_and_writes_nothing_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    posts, end, ended = Channel(1, 2, 3), threading.Event(), threading.Event()
    parse = page_store.parse

    def stuck(source: Source, page: Page) -> ParsedPage:
        if source.id == "stuck":
            end.wait(NEVER)
        return parse(source, page)

    fetch = fetching.fetch

    def noted(*arguments: Any) -> FetchReport:
        report = fetch(*arguments)
        if arguments[3].id == "stuck":
            ended.set()
        return report

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.path = "/t.me" + handler.path[handler.path.index("/", 1) :]
        posts(handler)

    monkeypatch.setattr(page_store, "parse", stuck)
    monkeypatch.setattr(fetching, "fetch", noted)
    monkeypatch.setattr(fetching, "GRACE_SECONDS", 0.2)
    settings = deployment(tmp_path)
    archive = PageArchive(settings.pages)
    with web(answer) as address:
        with Warehouse(settings).connection() as connection, HttpClient(replay=address, attempts=1) as client:
            sources = [channel("stuck"), channel("well")]
            reports = by_source(list(fetch_all(connection, archive, client, sources, BEGINNING, print, 1.0)))
            assert (reports["well"].error, reports["stuck"].is_late) == (None, True)
            assert "stuck is late: its 1 seconds are over and a page of it is still being read" in str(
                reports["stuck"].error
            )
        before = sorted((path, path.stat().st_size) for path in settings.pages.glob("*.gz"))
        end.set()
        assert ended.wait(NEVER)
        assert sorted((path, path.stat().st_size) for path in settings.pages.glob("*.gz")) == before
    # The abandoned thread does not hold the file: another connection can open it.
    with duckdb.connect(str(settings.working), read_only=True) as opened:
        assert opened.execute("select distinct source_id from raw.pages").fetchall() == [("well",)]
        noted_error = "select last_error like '%still being read%' from raw.source_checks where source_id = 'stuck'"
        assert opened.execute(noted_error).fetchall() == [(True,)]


def test_a_permit_that_is_over_lets_nothing_through() -> None:
    written: list[int] = []
    permit = Permit()
    guarded = permit.guard(written)
    guarded.append(1)
    permit.revoke()
    with pytest.raises(PermitOver):
        guarded.append(2)
    assert written == [1]


@pytest.mark.parametrize("written", ["0", "-1", "soon", "²", "86401"])
def test_the_seconds_of_a_source_are_a_number_that_makes_sense(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBMIN_SOURCE_SECONDS", written)
    with pytest.raises(WrongSetting, match="OBMIN_SOURCE_SECONDS"):
        load_settings("sample")
    monkeypatch.setenv("OBMIN_SOURCE_SECONDS", "30")
    assert load_settings("sample").source_seconds == 30
