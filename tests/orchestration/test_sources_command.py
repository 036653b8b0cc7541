"""`obmin sources check` against sites that are ok, drifted or unreachable."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from click.testing import CliRunner

from orchestration.cli.main import main
from orchestration.output.tables import Screen
from orchestration.settings import PROJECT
from orchestration.warehouse.sources_check import CheckReport, check, check_all, sources_text
from scrapers.http.client import HttpClient
from scrapers.registry import Source, get_source
from tests.conftest import respond, web
from tests.support.sites import ARTICLE, LIST_ITEM

SITE, CHANNEL = get_source("president_uk").as_excerpt(), get_source("koordshtab_telegram")
LONG = "Сьогодні відбувся обмін полоненими, додому повернулися дванадцять людей, повідомили посадовці увечері. "


def checked(listing: str, article: str = "", status: int = 200, source: Source = SITE) -> CheckReport:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        if "robots" in handler.path:
            return respond(handler, 404)
        return respond(handler, status, listing if "/news/all" in handler.path else article)

    with web(answer) as address, HttpClient(replay=address, attempts=1) as client:
        return check(client, source)


ITEM = LIST_ITEM.format(slug="obmin", id=5, day=2)


def test_a_site_that_is_well() -> None:
    report = checked(ITEM, ARTICLE.format(text="Текст"))
    assert (report.verdict, report.pages, report.items, report.announcements) == ("ok", 2, 1, 1)
    assert str(report.newest) == "2026-01-02 08:00:00+00:00"
    assert report.selectors["list item"] == report.selectors["article body"] == 1


def test_an_article_whose_markup_drifted_is_read_and_reported() -> None:
    article = f"<h1>Обмін</h1><p class='date'>2 січня 2026 року - 10:00</p><main><p>{LONG}</p><p>{LONG}</p></main>"
    report = checked(ITEM, article)
    assert (report.verdict, report.announcements, report.selectors["article body"]) == ("drifted", 1, 0)
    assert "a general extractor was used" in report.drifted[0]


def test_a_list_that_drifted_names_the_line_to_mend() -> None:
    report = checked("<div class='new_design'><a href='/news/obmin-5'>Обмін</a></div>")
    assert report.verdict == "broken"
    (sentence,) = report.broken
    assert "shows 0 items where at least 1 were expected" in sentence
    path, line = sentence.rpartition("See ")[2].rstrip(".").split(":")
    assert path == "scrapers/sources/president.py"
    assert "listing=" in (PROJECT / path).read_text("utf-8").splitlines()[int(line) - 1]


def test_an_article_that_cannot_be_read_names_the_line_to_mend() -> None:
    report = checked(ITEM, "<h1>Обмін</h1><p class='date'>торік</p><div class='article_content'>Текст</div>")
    assert report.verdict == "broken"
    assert "the article's date can't be read. See scrapers/sources/president.py:" in report.broken[0]


def test_an_address_that_is_gone_names_the_registrys_line() -> None:
    report = checked("", status=404)
    assert report.verdict == "broken"
    line = int(report.broken[0].rpartition("scrapers/registry.yaml:")[2].rstrip("."))
    registry = (PROJECT / "scrapers" / "registry.yaml").read_text("utf-8").splitlines()
    assert registry[line - 1] == "  - id: president_uk"


def test_a_refusal_that_is_expected_is_said_so_and_an_answer_is_used() -> None:
    blocked = get_source("president_uk").model_copy(update={"expected": SITE.expected})
    refused = checked("", status=403, source=blocked)
    assert (refused.verdict, refused.is_refused_as_expected) == ("blocked, as expected", True)
    assert "answered with status 403" in refused.broken[0]
    answered = checked(ITEM, ARTICLE.format(text="Текст"), source=blocked)
    assert answered.announcements == 1
    assert not answered.is_refused_as_expected
    assert "It answers, though its `access` says blocked. Change scrapers/registry.yaml:" in answered.drifted[0]


def test_one_source_that_is_not_reached_hinders_no_other() -> None:
    message: list[str] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if "robots" in handler.path:
            return respond(handler, 404)
        if "t.me" in handler.path:
            return respond(handler, 500)
        return respond(handler, 200, ITEM if "/news/all" in handler.path else ARTICLE.format(text="Текст"))

    with web(answer) as address, HttpClient(replay=address, attempts=1) as client:
        reports = check_all(client, [CHANNEL, SITE], lambda report: message.append(report.source_id))
    assert [report.verdict for report in reports] == ["not reached", "ok"]
    assert sorted(message) == ["koordshtab_telegram", "president_uk"]


def sample_command(folder: Path) -> Callable[..., tuple[int, str]]:
    def call(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(main, ["sources", *arguments], env={"OBMIN_DATA": str(folder)})
        return result.exit_code, result.stdout

    return call


def test_an_address_that_is_cut_shows_that_it_is() -> None:
    source = get_source("wikipedia_uk").model_copy(update={"url": f"https://a.example/{'x' * 60}/end"})
    # 40 cells: 19 of the start, the mark, 19 of the end.
    assert f"a.example/{'x' * 9}…{'x' * 15}/end" in sources_text([source], Screen(140))
    assert f"https://a.example/{'x' * 60}/end" in sources_text([source], Screen())


def test_the_command_prints_a_table_or_json(tmp_path: Path) -> None:
    call = sample_command(tmp_path)
    status, table = call("check")
    assert status == 0
    assert "6 of 6 sources are ok." in table
    status, printed = call("check", "koordshtab_telegram", "--json")
    (report,) = json.loads(printed)
    assert (status, report["verdict"], report["items"]) == (0, "ok", 20)
    status, printed = call("list", "--json")
    assert {"koordshtab_telegram", "wikipedia_uk"} <= {source["id"] for source in json.loads(printed)}
    assert not list(tmp_path.rglob("*.duckdb"))  # a check stores nothing
