"""What the report says of officials' totals beside ours, and of figures of which none stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from orchestration.report.drawing import draw
from orchestration.report.report import draw_report
from orchestration.report.words import Words
from tests.conftest import deployment
from tests.support.scripted_deployment import ScriptedDeployment

HQ, OMBUDSMAN = "koordshtab_telegram", "ombudsman_telegram"
SINCE = "Від початку повномасштабного вторгнення з полону повернуто {} людей."


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    scripted = ScriptedDeployment(deployment(tmp_path_factory.mktemp("claims")))
    with scripted.together():
        scripted.announce(OMBUDSMAN, "2024-01-02 15:00", SINCE.format(200))
        scripted.announce(HQ, "2024-01-03 15:00", "Сьогодні відбувся обмін: додому повернулися 230 захисників.")
        # Claims before and after an exchange of one day.
        scripted.announce(HQ, "2024-06-25 09:00", SINCE.format(230))
        scripted.announce(HQ, "2024-06-25 15:00", "Сьогодні відбувся обмін: додому повернулися 90 захисників.")
        scripted.announce(HQ, "2024-07-05 15:00", "Сьогодні відбувся обмін: додому повернулися 10 захисників.")
        scripted.announce(OMBUDSMAN, "2024-07-05 16:00", SINCE.format(340))
        # More women than people, and no other number of women.
        women = scripted.announce(OMBUDSMAN, "2024-01-03 16:00", "Сьогодні відбувся обмін полоненими.")
    scripted.read()
    scripted.correct(women, "women=240")
    scripted.refresh()
    return draw_report(scripted.settings).folder


def page(site: Path, path: str) -> BeautifulSoup:
    return BeautifulSoup((site / path).read_text("utf-8"), "html.parser")


def test_beside_a_claim_is_our_sum_of_its_time(site: Path) -> None:
    figure = page(site, "index.html").find(id="cumulative")
    assert figure is not None
    assert figure.parent is not None
    rows = [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in figure.parent.select("tbody tr")]
    assert [row[:3] for row in rows] == [
        ["2 Jan 2024", "", "200"],
        ["3 Jan 2024", "230", ""],
        ["25 Jun 2024", "230", "230"],
        ["25 Jun 2024", "320", ""],
        ["5 Jul 2024", "330", "340"],
    ]


def test_a_figure_beside_which_none_stands_is_told_so(site: Path) -> None:
    address = "exchanges/exchange-2024-01-03.html"
    assert "240; no figure is used" in page(site, address).get_text()
    assert "240; жодного числа не враховано" in page(site, f"uk/{address}").get_text()
    assert "–" not in page(site, address).select("ul.figures")[1].get_text()


def test_claims_are_drawn_where_no_sum_of_ours_is_known() -> None:
    """Two of officials, one of them a lower bound; an empty line of ours would have no scale."""
    words = Words("en")
    claims = [
        {
            "kind": "officials", "day": f"2024-07-{day}", "persons": 300 + day, "bound": bound, "name": str(day),
            "shown": str(300 + day), "publisher": "Ombudsman", "series": words(f"chart.{series}"),
        }
        for day, bound, series in ((20, "exact", "officials"), (21, "at_least", "officials_at_least"))
    ]  # fmt: skip
    for shown in (claims, claims[:1]):
        drawn = BeautifulSoup(draw("cumulative", shown, words)["wide.svg"], "html.parser")
        assert "NaN" not in str(drawn)
        assert len(drawn.select("g.mark-symbol.role-mark path")) == len(shown)
