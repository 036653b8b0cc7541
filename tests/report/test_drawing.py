"""Drawing the report: only on news, whole or not at all, from any state of its folder; hostile text stays text."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner

from orchestration.cli.main import main
from orchestration.output.output_file import UnusableOutput
from orchestration.report import report as report_module
from orchestration.report.report import draw_report
from orchestration.report.site_folder import MARK, beside
from tests.conftest import deployment
from tests.support.published_copies import HQ, announce_exchange, harm
from tests.support.scripted_deployment import ScriptedDeployment


@pytest.fixture
def scripted(one_exchange: ScriptedDeployment, tmp_path: Path) -> ScriptedDeployment:
    return one_exchange.copied(deployment(tmp_path))


@pytest.fixture(scope="module")
def drawn_once(one_exchange: ScriptedDeployment, tmp_path_factory: pytest.TempPathFactory) -> ScriptedDeployment:
    """One exchange and its report."""
    scripted = one_exchange.copied(deployment(tmp_path_factory.mktemp("drawn")))
    draw_report(scripted.settings)
    return scripted


@pytest.fixture(scope="module")
def drawn_before_news(drawn_once: ScriptedDeployment, tmp_path_factory: pytest.TempPathFactory) -> ScriptedDeployment:
    """One exchange and its report, and another exchange that was published since."""
    scripted = drawn_once.copied(deployment(tmp_path_factory.mktemp("news")))
    announce_exchange(scripted, 3)
    scripted.refresh()
    return scripted


@pytest.fixture
def drawn(drawn_once: ScriptedDeployment, tmp_path: Path) -> ScriptedDeployment:
    return drawn_once.copied(deployment(tmp_path))


@pytest.fixture
def with_news(drawn_before_news: ScriptedDeployment, tmp_path: Path) -> ScriptedDeployment:
    return drawn_before_news.copied(deployment(tmp_path))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_report_is_drawn_once_for_a_publication(scripted: ScriptedDeployment) -> None:
    first = draw_report(scripted.settings)
    before = contents(first.folder)
    assert (first.was_drawn, first.pages) == (True, 10)
    assert not draw_report(scripted.settings).was_drawn
    assert contents(first.folder) == before


def test_the_same_publication_gives_the_same_pages(scripted: ScriptedDeployment, tmp_path: Path) -> None:
    # DuckDB's and SQLite's own files may differ in unused bytes.
    drawn = [contents(draw_report(scripted.settings, tmp_path / name).folder) for name in ("a", "b")]
    assert drawn[0].keys() == drawn[1].keys()
    differing = [name for name, content in drawn[0].items() if drawn[1][name] != content]
    assert [name for name in differing if not name.endswith((".sqlite", ".parquet"))] == []


def test_only_charts_whose_data_changed_are_drawn(scripted: ScriptedDeployment) -> None:
    # One exchange of 100 people, nothing else: by year, by month, cumulative, in two languages.
    assert draw_report(scripted.settings).charts_drawn == 6
    scripted.announce(HQ, "2024-01-20 12:00", "Координаційний штаб нагадує графік прийому родин.")
    scripted.refresh()
    unchanged = draw_report(scripted.settings)
    assert (unchanged.was_drawn, unchanged.charts_drawn) == (True, 0)
    announce_exchange(scripted, 3)
    scripted.refresh()
    assert draw_report(scripted.settings).charts_drawn == 6


def entries(scripted: ScriptedDeployment) -> list[tuple[str, str]]:
    feed = BeautifulSoup((scripted.settings.report / "feed.en.atom").read_text("utf-8"), "xml")
    return [(found.content.get_text(), found.updated.get_text()) for found in feed.find_all("entry")]


def test_a_group_that_an_edit_takes_away_renews_the_entry_of_the_feed(scripted: ScriptedDeployment) -> None:
    text = "Сьогодні відбувся обмін: додому повернулися 95 захисників"
    azovstal = f"{text}, серед них 10 оборонців Азовсталі."
    with scripted.together():
        scripted.announce(HQ, "2024-07-03 15:00", azovstal, item="kept")
        scripted.announce(HQ, "2024-07-03 15:00", f"{azovstal} Вдома!", item="kept", seen="2024-07-04 10:00")
        scripted.announce(HQ, "2024-08-03 15:00", azovstal, item="gone")
        scripted.announce(HQ, "2024-08-03 15:00", f"{text}.", item="gone", seen="2024-08-04 10:00")
        # One that never stood, and that the edit leaves.
        scripted.announce(HQ, "2024-09-03 15:00", f"{text}, серед них 12 оборонців Азовсталі.")
        scripted.announce("ombudsman_telegram", "2024-09-03 15:00", azovstal, item="other")
        scripted.announce(
            "ombudsman_telegram", "2024-09-03 15:00", f"{azovstal} Вдома!", item="other", seen="2024-09-04 10:00"
        )
    scripted.refresh()
    draw_report(scripted.settings)
    assert [updated for _, updated in entries(scripted)[:3]] == [
        "2024-09-03T12:00:00+00:00", "2024-08-04T07:00:00+00:00", "2024-07-03T12:00:00+00:00",
    ]  # fmt: skip


def test_a_decision_of_a_reviewer_renews_the_entry_of_the_feed(drawn: ScriptedDeployment) -> None:
    (before,) = entries(drawn)
    drawn.correct("1", "released_total=101")
    drawn.refresh()
    draw_report(drawn.settings)
    ((content, updated),), (content_before, updated_before) = entries(drawn), before
    assert ("100" in content_before, "101" in content, updated > updated_before) == (True, True, True)


def test_every_page_of_an_exchange_stays_when_it_is_withdrawn(scripted: ScriptedDeployment) -> None:
    item = scripted.announce(HQ, "2024-03-05 12:00", "Сьогодні відбувся обмін: додому повернулися 60 захисників.")
    scripted.refresh()
    site = draw_report(scripted.settings).folder
    assert "60" in (site / "exchanges" / "exchange-2024-03-05.html").read_text("utf-8")
    scripted.delete(HQ, item, "2024-03-06 12:00")
    scripted.refresh()
    draw_report(scripted.settings)
    text = (site / "uk" / "exchanges" / "exchange-2024-03-05.html").read_text("utf-8")
    assert "Відкликано: обмін 5 березня 2024 року" in text
    assert "джерело видалило повідомлення" in text


def test_a_page_promises_no_more_than_that_of_a_rejected_exchange_keeps(scripted: ScriptedDeployment) -> None:
    item = scripted.announce(HQ, "2024-03-05 12:00", "Сьогодні відбувся обмін: додому повернулися 60 захисників.")
    scripted.refresh()
    page = draw_report(scripted.settings).folder / "exchanges" / "exchange-2024-03-05.html"
    assert "stays, even if the exchange is withdrawn; unless a person finds that it was never" in page.read_text(
        "utf-8"
    )
    scripted.reject(item)
    scripted.refresh()
    draw_report(scripted.settings)
    assert not page.exists()


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:300])


def made_with_an_older_version(site: Path) -> None:
    (site / MARK).write_text(json.dumps({**json.loads((site / MARK).read_text()), "made_with": "older"}))


def one_new_file_beside(site: Path) -> None:
    beside(site, "file").write_text("<!DOCTYPE")
    (site / "index.html").unlink()


STATES: dict[str, Callable[[Path], object]] = {
    "old only": lambda site: site.rename(beside(site, "old")),
    "new beside": lambda site: (beside(site, "new") / "charts").mkdir(parents=True),
    "file beside": one_new_file_beside,
    "no front page": lambda site: (site / "index.html").unlink(),
    "front page empty": lambda site: (site / "index.html").write_text(""),
    "no exchanges": lambda site: shutil.rmtree(site / "exchanges"),
    "charts cut off": lambda site: [cut_off(chart) for chart in (site / "charts").glob("*.svg")],
    "mark cut off": lambda site: (site / MARK).write_text('{"publication'),
    "empty mark": lambda site: (site / MARK).write_text("{}"),
    "mark of other lists": lambda site: (site / MARK).write_text('{"publication_id": 1, "files": [["a"]]}'),
    "of an older version": made_with_an_older_version,
}


@pytest.mark.parametrize("state", STATES)
def test_a_report_is_drawn_from_any_state_that_a_kill_or_a_disk_leaves(drawn: ScriptedDeployment, state: str) -> None:
    site = drawn.settings.report
    whole = contents(site)
    STATES[state](site)
    draw_report(drawn.settings)
    found = contents(site)
    assert found.keys() == whole.keys()
    assert [name for name, content in found.items() if len(content) < len(whole[name]) - 100] == []
    assert not draw_report(drawn.settings).was_drawn
    assert [what for what in ("old", "new", "file") if beside(site, what).exists()] == []


def test_a_new_page_of_the_sources_leaves_the_report_whole(drawn: ScriptedDeployment) -> None:
    settings, site = drawn.settings, drawn.settings.report
    before = (site / "sources.html").read_text("utf-8")
    report_module.bring_up_to_date(settings, [], datetime.fromisoformat("2030-01-02 03:04"))
    assert (site / "sources.html").read_text("utf-8") != before
    assert not draw_report(settings).was_drawn


@pytest.mark.parametrize(
    "state", ["no mark", "mine", "mine within", "mine, mark cut off", "mine in data, mark cut off", "a link"]
)
def test_a_folder_with_files_of_others_is_left_alone(
    with_news: ScriptedDeployment, tmp_path: Path, state: str
) -> None:
    site = with_news.settings.report.rename(tmp_path / "public")
    if state == "no mark":
        (site / MARK).unlink()
    elif state == "a link":
        (site / "assets" / "fonts").symlink_to(tmp_path)
    else:
        place = {"mine": site, "mine in data, mark cut off": site / "data"}.get(state, site / ".git")
        place.mkdir(exist_ok=True)
        if state.endswith("mark cut off"):
            (site / MARK).write_text('{"publication')
        (place / "CNAME").write_text("exchanges.example")
    before = contents(site)
    for _ in range(2):
        with pytest.raises(
            UnusableOutput, match=r"lacks obmin-report" if state == "no mark" else r"holds other files"
        ):
            draw_report(with_news.settings, site)
    assert contents(site) == before
    assert [path for path in tmp_path.iterdir() if "obmin-report-" in path.name and "lock" not in path.name] == []


def test_a_report_that_lists_no_files_yet_is_replaced_and_what_is_beside_it_is_not(
    drawn: ScriptedDeployment, tmp_path: Path
) -> None:
    site = drawn.settings.report.rename(tmp_path / "public")
    (site / MARK).write_text('{"publication_id": "of before", "made_with": "older", "address": null}')
    # One that was withdrawn and announced again, and the second of its day.
    for name in ("exchange-2023-05-05-2.html", "exchange-2023-05-05-2.json", "exchange-2023-05-05b-12.html"):
        (site / "exchanges" / name).write_text("{}")
    (site / "CNAME").write_text("exchanges.example")
    with pytest.raises(UnusableOutput, match=r"\(CNAME\)"):
        draw_report(drawn.settings, site)
    (site / "CNAME").unlink()
    assert draw_report(drawn.settings, site).was_drawn


@pytest.mark.parametrize("folder", ["/", "..", "mine"])
def test_a_refused_folder_has_nothing_new_beside_it(
    scripted: ScriptedDeployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    (tmp_path / "place" / "mine").mkdir(parents=True)
    (tmp_path / "place" / "mine" / "letter.txt").write_text("mine")
    monkeypatch.chdir(tmp_path / "place")
    before = [set(Path(folder).absolute().parent.iterdir()), set(tmp_path.iterdir())]
    with pytest.raises(UnusableOutput):
        draw_report(scripted.settings, Path(folder))
    assert [set(Path(folder).absolute().parent.iterdir()), set(tmp_path.iterdir())] == before


def test_a_full_disk_leaves_the_report_as_it_was(
    with_news: ScriptedDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = with_news.settings.report
    before = contents(site)

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "data")

    monkeypatch.setattr(report_module, "write_tables", full)
    with pytest.raises(UnusableOutput, match=r"No space left on device\). One that is there stays"):
        draw_report(with_news.settings)
    assert contents(site) == before
    monkeypatch.undo()
    assert draw_report(with_news.settings).was_drawn


def test_a_folder_with_other_files_is_not_replaced(scripted: ScriptedDeployment, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    for place in (mine, mine / "thesis.txt", tmp_path / "link"):
        if place.name == "link":
            place.symlink_to(mine)
        with pytest.raises(UnusableOutput):
            draw_report(scripted.settings, place)
    assert (mine / "thesis.txt").read_text() == "years of work"


def test_an_empty_folder_becomes_the_report(scripted: ScriptedDeployment, tmp_path: Path) -> None:
    (tmp_path / "public").mkdir()
    for name in (".public.old", ".public.new", "public.old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "mine.txt").write_text("not a report")
    assert draw_report(scripted.settings, tmp_path / "public").index.is_file()
    assert len(list(tmp_path.glob("*public.*/mine.txt"))) == 3


HOSTILE = "<script>document.title='taken'</script>\"' onmouseover=alert(1) \u202ereversed\x1b[31m {{ 7*7 }}"


def test_hostile_text_of_a_source_stays_text(scripted: ScriptedDeployment) -> None:
    scripted.announce(HQ, "2024-01-20 12:00", "Від початку повномасштабного вторгнення звільнено 2900 людей.")
    scripted.refresh()
    assert scripted.rows("select count(*) from marts.fct_official_totals") == [(1,)]
    quoted = HOSTILE.replace("'", "''")
    harm(scripted, f"update marts.fct_figures set quote = '{quoted}', url = 'javascript:alert(1)', rule = '{quoted}'")
    harm(scripted, "update marts.fct_official_totals set url = 'javascript:alert(2)'")
    harm(scripted, f"update marts.dim_sources set publisher = '{quoted}'")
    harm(scripted, f"update meta.sources set last_error = '{quoted}'")
    harm(scripted, "update marts.fct_exchanges set announcement_url = 'data:text/html,<script>alert(1)</script>'")
    site = draw_report(scripted.settings).folder
    for path in site.rglob("*.html"):
        soup = BeautifulSoup(path.read_text("utf-8"), "html.parser")
        assert [script.get("src") for script in soup.find_all("script")] == [
            f"{'../' * (len(path.relative_to(site).parts) - 1)}assets/page.js"
        ]
        assert not [tag for tag in soup.find_all(True) if any(name.startswith("on") for name in tag.attrs)]
        addresses = [str(tag.get("href", "")) for tag in soup.find_all("a")]
        assert not [address for address in addresses if address.startswith(("javascript", "data:"))]
        assert "\u202e" not in soup.get_text()
        assert "\x1b" not in soup.get_text()
    exchange = (site / "exchanges" / "exchange-2024-01-01.html").read_text("utf-8")
    assert "&lt;script&gt;document.title=" in exchange
    assert "{{ 7*7 }}" in exchange
    specifications = "".join(path.read_text("utf-8") for path in site.glob("charts/*.js"))
    assert "<" not in specifications


def test_a_record_without_exchanges_has_a_report(tmp_path: Path) -> None:
    scripted = ScriptedDeployment(deployment(tmp_path))
    scripted.announce(HQ, "2024-01-20 12:00", "Координаційний штаб нагадує графік прийому родин.")
    scripted.refresh()
    drawn = draw_report(scripted.settings)
    assert "No exchange is in the record yet" in drawn.index.read_text("utf-8")
    assert drawn.charts_drawn == 0


def test_a_record_with_a_release_outside_exchanges_only_shows_it(tmp_path: Path) -> None:
    scripted = ScriptedDeployment(deployment(tmp_path))
    scripted.announce(HQ, "2024-06-05 15:00", "Поза обмінами з полону повернуто 10 цивільних українців.")
    scripted.refresh()
    front = BeautifulSoup(draw_report(scripted.settings).index.read_text("utf-8"), "html.parser")
    assert [value.get_text() for value in front.select(".numbers .value")] == ["10", "0"]
    assert [heading.get("id") for heading in front.select("figure h3")] == ["by_year", "cumulative"]


def test_a_record_that_is_not_held_from_the_beginning_says_so(scripted: ScriptedDeployment) -> None:
    announce_exchange(scripted, 3)
    scripted.refresh()
    front = draw_report(scripted.settings).index.read_text("utf-8")
    assert (
        "What the Coordination Headquarters for the Treatment of Prisoners of War announced before 1 January 2024"
        in front
    )
    assert "longest time between two exchanges" not in front
    scripted.announce(HQ, "2022-03-01 12:00", "Координаційний штаб нагадує графік прийому родин.")
    scripted.refresh()
    front = draw_report(scripted.settings).index.read_text("utf-8")
    assert "is not held yet" not in front
    assert "longest time between two exchanges" in front


def test_the_site_knows_its_address_when_it_is_given(
    scripted: ScriptedDeployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OBMIN_DATA", str(scripted.settings.data.parent))
    monkeypatch.setenv("OBMIN_REPORT_URL", "https://exchanges.example/record")
    ended = CliRunner().invoke(main, ["report", str(tmp_path / "public"), "--json"])
    assert ended.exit_code == 0, ended.output
    assert json.loads(ended.stdout)["was_drawn"] is True
    page = (tmp_path / "public" / "uk" / "index.html").read_text("utf-8")
    assert 'rel="canonical" href="https://exchanges.example/record/uk/index.html"' in page
    sitemap = (tmp_path / "public" / "sitemap.txt").read_text().splitlines()
    assert "https://exchanges.example/record/exchanges/exchange-2024-01-01.html" in sitemap


def test_a_place_in_obmins_own_data_is_refused(scripted: ScriptedDeployment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBMIN_DATA", str(scripted.settings.data.parent))
    ended = CliRunner().invoke(main, ["report", str(scripted.settings.data / "pages")])
    assert (ended.exit_code, "lies in Obmin's own data" in ended.output) == (1, True)


def test_an_exchange_without_figures_and_one_of_a_day_to_come(scripted: ScriptedDeployment) -> None:
    harm(scripted, "delete from marts.fct_figures")
    harm(scripted, "update marts.fct_exchanges set released_total = null, exchanged_on = '2099-01-01'")
    site = draw_report(scripted.settings).folder
    (page,) = site.glob("exchanges/*.html")
    assert "No figure of this exchange was announced" in page.read_text("utf-8")
    front = (site / "index.html").read_text("utf-8")
    assert ("1 January 2099" in front, "data-since" in front, "days before" in front) == (True, False, False)


def test_a_figure_without_a_confidence(scripted: ScriptedDeployment) -> None:
    harm(scripted, "update marts.fct_figures set confidence = null")
    (page,) = draw_report(scripted.settings).folder.glob("exchanges/*.html")
    assert "Confidence" not in page.read_text("utf-8")
