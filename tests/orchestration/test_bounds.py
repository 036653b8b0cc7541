"""A bound ("more than", "about") goes with its figure wherever the figure is shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner

from orchestration.alerts.corrections import FIGURES, corrections
from orchestration.alerts.messages import compose
from orchestration.alerts.preview import previews
from orchestration.cli.main import main
from orchestration.output.tables import Screen
from orchestration.queries.exchange_details import Asked, details
from orchestration.queries.exchange_text import as_text
from orchestration.report.publication import read_publication
from orchestration.report.report import draw_report
from orchestration.warehouse.reviews import read_reviews, write_reviews
from tests.conftest import deployment
from tests.support.scripted_deployment import ScriptedDeployment, utc

HQ = "koordshtab_telegram"
BOUNDS = {"released_total": "about", "women": "at_least", "civilians": "about", "returned_to_russia": "at_least"}


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> ScriptedDeployment:
    """One exchange whose figures have bounds."""
    scripted = ScriptedDeployment(deployment(tmp_path_factory.mktemp("bounds")))
    scripted.announce(
        HQ, "2024-03-05 12:00", "Сьогодні відбувся обмін полоненими: додому повернулися 60 захисників.", item="1"
    )
    scripted.read()
    scripted.correct("1", "released_total=60", "women=5", "civilians=7", "returned_to_russia=55")
    reviews = [
        review.model_copy(
            update={
                "statements": tuple(
                    one.model_copy(update={"bound": BOUNDS.get(one.measure, "exact")}) for one in review.statements
                )
            }
        )
        for review in read_reviews(scripted.settings.reviews)
    ]
    write_reviews(scripted.settings.reviews, reviews)
    scripted.refresh()
    return scripted


@pytest.fixture
def command(scripted: ScriptedDeployment, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("OBMIN_DATA", str(scripted.settings.data.parent))

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 0, result.output
        return result.stdout

    return run


def test_in_the_tables(scripted: ScriptedDeployment) -> None:
    assert scripted.exchange("released_total, released_bound, released_is_lower_bound", "2024-03-05") == (
        60, "about", False,
    )  # fmt: skip
    # No pair of exact numbers is there to compare both sides.
    assert scripted.rows("select told_in, released from reports.both_sides") == [(0, None)]


def test_in_sums(scripted: ScriptedDeployment, tmp_path: Path) -> None:
    """What is about 60 is not at least 60, alone or in a sum; with a number that nobody gave it is at least about."""
    scripted = scripted.copied(deployment(tmp_path))
    sums = "select released_in_exchanges, released_in_exchanges_bound, released_bound from reports.by_year"
    assert scripted.rows(sums) == [(60, "about", "about")]
    scripted.announce(
        HQ, "2024-04-01 15:00", "Сьогодні відбувся обмін: додому повернулися 100 захисників, 40 зі ЗСУ."
    )
    scripted.refresh()
    assert scripted.rows(sums) == [(160, "about", "about")]
    branches = "select category_kind, persons, bound from reports.by_service order by 1"
    assert scripted.rows(branches) == [
        ("civilian", 7, "at_least_about"), ("service_branch", 40, "at_least"), ("unattributed", 113, "about"),
    ]  # fmt: skip
    scripted.announce(HQ, "2024-04-09 15:00", "Сьогодні відбувся обмін полоненими, захисники вдома.")
    scripted.refresh()
    assert scripted.rows(sums) == [(160, "at_least_about", "at_least_about")]
    with duckdb.connect(str(scripted.settings.published), read_only=True) as connection:
        publication = read_publication(connection, None, is_sample=False)
    assert [(row["month"].month, row["bound"]) for row in publication.rows["by_month"]] == [
        (3, "about"), (4, "at_least"),
    ]  # fmt: skip
    assert [row["bound"] for row in publication.rows["cumulative"]] == ["about", "about", "at_least_about"]
    assert publication.rows["record"][0]["bound"] == "at_least_about"


def test_a_sum_counts_the_exchange_whose_number_is_a_bound(one_exchange: ScriptedDeployment, tmp_path: Path) -> None:
    """Of over 90 people 50 have a branch: the other 40 or more are told in one exchange of one."""
    scripted = one_exchange.copied(deployment(tmp_path))
    scripted.announce(
        HQ, "2023-05-05 15:00",
        "Сьогодні відбувся обмін: додому повернулися понад 90 захисників, серед них 30 нацгвардійців і 20 прикордонників.",
    )  # fmt: skip
    scripted.refresh()
    assert scripted.rows(
        "select persons, told_in, of, bound from reports.by_service where year = 2023 and category_kind = 'unattributed'"
    ) == [(40, 1, 1, "at_least")]


def test_who_gives_only_a_bound_does_not_give_the_figure(one_exchange: ScriptedDeployment, tmp_path: Path) -> None:
    """The Ombudsman's "over 50" of noon is no 95, and the Headquarters' "about 100" no 103 of Interfax."""
    scripted = one_exchange.copied(deployment(tmp_path))
    with scripted.together():
        scripted.announce(
            "ombudsman_telegram", "2023-03-05 12:00", "Сьогодні відбувся обмін: вдома понад 50 захисників."
        )
        scripted.announce(HQ, "2023-03-05 15:00", "Сьогодні відбувся обмін: додому повернулися 95 захисників.")
        scripted.announce("president_uk", "2023-03-05 16:00", "Сьогодні відбувся обмін: вдома 95 захисників.")
        scripted.announce(
            HQ, "2023-06-05 12:00", "Сьогодні відбувся обмін: додому повернулися близько 100 захисників."
        )
        scripted.announce(
            "interfax", "2023-06-05 13:00", "Сьогодні відбувся обмін полоненими: додому повернулися 103 захисники."
        )
    scripted.refresh()
    assert scripted.rows(
        "select value, publishers_agreeing, publishers_differing, rule, first_said_at, last_said_at "
        "from marts.fct_figures where year(exchanged_on) = 2023 and measure = 'released_total' order by exchanged_on"
    ) == [
        (95, 2, 0, "all independent publishers agree", utc("2023-03-05 13:00"), utc("2023-03-05 14:00")),
        (103, 0, 0, "only the press or forwarded posts give it", utc("2023-06-05 10:00"), utc("2023-06-05 10:00")),
    ]


def test_on_a_terminal(scripted: ScriptedDeployment, command: Any) -> None:
    (found,) = details(scripted.settings, Asked(exchange_id="exchange-2024-03-05"))
    told = " ".join(as_text(found, Screen(width=100)).split())
    for figure in ("released_total about 60", "women 5+", "civilians about 7", "returned_to_russia 55+"):
        assert figure in told
    assert "koordshtab_telegram, corrected by a reviewer" in told
    (row,) = [line for line in command("exchanges").splitlines() if "2024-03-05" in line]
    for figure in ("about 60", "5+", "about 7", "55+"):
        assert figure in row
    (plain,) = json.loads(command("exchanges", "--json"))
    assert (plain["released_total"], plain["released_bound"]) == (60, "about")
    assert (plain["women"], plain["women_bound"]) == (5, "at_least")


def test_in_the_report(scripted: ScriptedDeployment, tmp_path: Path) -> None:
    site = draw_report(scripted.settings, tmp_path / "report").folder
    page = BeautifulSoup((site / "exchanges" / "exchange-2024-03-05.html").read_text("utf-8"), "html.parser")
    facts = [cell.get_text() for cell in page.select("dl.facts dd")]
    assert facts[:2] == ["about 60", "at least 55"]
    figures = {item.h3.get_text(): item.select_one(".value").get_text() for item in page.select("ul.figures > li")}  # type: ignore[union-attr]
    assert (figures["women"], figures["civilians"]) == ("at least 5", "about 7")
    for name in ("index.html", "exchanges.html"):
        cells = [
            cell.get_text(strip=True)
            for cell in BeautifulSoup((site / name).read_text("utf-8"), "html.parser").select("td")
        ]
        assert {"about 60", "at least 55", "about 7", "at least 5"} <= set(cells)
    assert "about 60" in (site / "feed.en.atom").read_text("utf-8")


def test_in_an_alert(scripted: ScriptedDeployment) -> None:
    (payload,) = previews(scripted.settings, Asked(exchange_id="exchange-2024-03-05"))
    body = compose("new_exchange", payload, "en").body.lower()
    for figure in ("about 60 released", "at least 5 women", "about 7 civilians", "at least 55"):
        assert figure in body
    assert "(corrected by a reviewer)" in body


def test_about_that_an_older_obmin_called_a_lower_bound_is_no_correction() -> None:
    after: dict[str, Any] = dict.fromkeys(FIGURES) | {"branches": {}, "released_total": 60}
    after |= {"released_bound": "about", "released_is_lower_bound": False}
    assert corrections({**after, "released_is_lower_bound": True}, after) == []
    before = {**after, "released_bound": "at_least", "released_is_lower_bound": True}
    assert [one["figure"] for one in corrections(before, after)] == ["released_is_lower_bound", "released_bound"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([("released_is_lower_bound", True, False), ("released_bound", "at_least", "exact")], "exact now"),
        ([("released_bound", "exact", "about")], "round one now"),
        ([("released_is_lower_bound", False, True)], "lower bound now"),
        ([("women", 5, 6)], "Women: 5 → at least 6"),
    ],
)
def test_in_a_correction(scripted: ScriptedDeployment, changes: list[tuple[str, Any, Any]], said: str) -> None:
    (payload,) = previews(scripted.settings, Asked(exchange_id="exchange-2024-03-05"))
    corrected = {
        **payload,
        "changes": [
            {"figure": figure, "category": None, "parent_branch": None, "old": old, "new": new}
            for figure, old, new in changes
        ],
        "corrected_by": "sources",
        "refers_to": None,
    }
    body = compose("figure_corrected", corrected, "en").body
    assert (body.count(said), body.count(" now")) == (1, said.count(" now"))
    before = {"id": "x", "decided_at": "2024-03-05T10:00:00Z", "figures": {
        "released_total": 60, "released_bound": "about", "women": 5, "bounds": {"women": "at_least"},
    }}  # fmt: skip
    body = compose("figure_corrected", {**corrected, "before": before}, "en").body
    assert "about 60 released, at least 5 women" in body
