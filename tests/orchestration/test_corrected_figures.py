"""A source's later exact figure replaces what it said before: that is no conflict, and no bound on the figures of others.

Each case is in a month of its own.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import deployment
from tests.support.scripted_deployment import ScriptedDeployment, utc

HQ, PRESIDENT, OMBUDSMAN = "koordshtab_telegram", "president_uk", "ombudsman_telegram"
MORE_THAN_200, EXACTLY_190 = (
    f"Сьогодні відбувся обмін: звільнено {number} захисників." for number in ("понад 200", "190")
)
STANDS = "released_total, released_bound, has_conflict"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> ScriptedDeployment:
    scripted = ScriptedDeployment(deployment(tmp_path_factory.mktemp("corrected")))
    with scripted.together():
        scripted.announce(HQ, "2023-01-10 11:00", MORE_THAN_200)
        scripted.announce(HQ, "2023-01-10 15:00", EXACTLY_190)
        # Another source gives the corrected number, and one a third.
        scripted.announce(HQ, "2023-02-10 11:00", MORE_THAN_200)
        scripted.announce(HQ, "2023-02-10 15:00", EXACTLY_190)
        scripted.announce(PRESIDENT, "2023-02-10 16:00", EXACTLY_190)
        scripted.announce(HQ, "2023-03-10 11:00", MORE_THAN_200)
        scripted.announce(HQ, "2023-03-10 15:00", EXACTLY_190)
        scripted.announce(PRESIDENT, "2023-03-10 16:00", EXACTLY_190.replace("190", "205"))
        # What the President's site corrected, where the Headquarters' number stands.
        scripted.announce(PRESIDENT, "2023-04-10 11:00", MORE_THAN_200)
        scripted.announce(PRESIDENT, "2023-04-10 15:00", EXACTLY_190)
        scripted.announce(HQ, "2023-04-10 16:00", EXACTLY_190)
        scripted.announce(PRESIDENT, "2023-05-10 11:00", EXACTLY_190.replace("190", "208"))
        scripted.announce(PRESIDENT, "2023-05-10 15:00", EXACTLY_190)
        scripted.announce(HQ, "2023-05-10 16:00", EXACTLY_190)
        # The bound is the later word; it is another source's; a look back.
        scripted.announce(HQ, "2023-06-10 11:00", EXACTLY_190)
        scripted.announce(HQ, "2023-06-10 15:00", MORE_THAN_200)
        scripted.announce(HQ, "2023-07-10 11:00", MORE_THAN_200)
        scripted.announce(PRESIDENT, "2023-07-10 15:00", EXACTLY_190)
        scripted.announce(HQ, "2023-08-10 11:00", MORE_THAN_200)
        scripted.announce(
            HQ,
            "2023-08-25 11:00",
            "Сьогодні в Києві відбулася зустріч із родинами полонених. Попередній обмін відбувся 10 серпня, тоді "
            "звільнили 190 захисників.",
        )
    scripted.refresh()
    return scripted


def test_a_lower_bound_gives_way_to_its_sources_later_exact_figure(built: ScriptedDeployment) -> None:
    assert built.exchange(STANDS, "2023-01-10") == (190, "exact", False)
    assert built.rows(
        "select value, verdict, verdict_rule, is_conflict from marts.fct_statements "
        "where event_date = '2023-01-10' and measure = 'released_total' order by value"
    ) == [
        (190, "stands", "first in the order of figures", False),
        (200, "overruled", "an exact figure comes before a bound", False),
    ]
    assert built.rows(
        "select value, publishers_agreeing, publishers_differing, rule from marts.fct_figures "
        "where exchanged_on = '2023-01-10'"
    ) == [(190, 1, 0, "no other independent publisher gives it")]
    assert built.rows(
        "select change, old_value, old_bound, new_value, new_bound, revised_at from marts.fct_exchange_revisions "
        "where exchanged_on = '2023-01-10'"
    ) == [("corrected", 200, "at_least", 190, "exact", utc("2023-01-10 13:00"))]


def test_a_corrected_bound_says_nothing_of_the_figures_of_others(built: ScriptedDeployment) -> None:
    assert built.exchange(STANDS, "2023-02-10") == (190, "exact", False)
    assert built.rows(
        "select publishers_agreeing, publishers_differing, rule from marts.fct_figures "
        "where exchanged_on = '2023-02-10'"
    ) == [(2, 0, "all independent publishers agree")]
    assert built.exchange(STANDS, "2023-03-10") == (190, "exact", True)
    assert built.rows(
        "select differing_value, differing_source, verdict_rule from reports.conflicts "
        "where exchange_id = 'exchange-2023-03-10'"
    ) == [(205, PRESIDENT, "another source comes first for this measure")]


@pytest.mark.parametrize("day", ["2023-04-10", "2023-05-10"])
def test_who_corrected_itself_contradicts_nobody_whoevers_figure_stands(built: ScriptedDeployment, day: str) -> None:
    assert built.exchange(STANDS, day) == (190, "exact", False)
    assert built.rows(
        "select source_id, publishers_agreeing, publishers_differing from marts.fct_figures where exchanged_on = ?",
        day,
    ) == [(HQ, 2, 0)]


def test_what_does_not_correct_a_bound(built: ScriptedDeployment) -> None:
    # The source itself returned to the bound.
    assert built.exchange(STANDS, "2023-06-10") == (200, "at_least", False)
    assert built.exchange(STANDS, "2023-07-10") == (200, "at_least", True)
    assert built.exchange(STANDS, "2023-08-10") == (200, "at_least", True)


def test_the_order_in_which_it_is_built_makes_no_difference(built: ScriptedDeployment, tmp_path: Path) -> None:
    scripted = ScriptedDeployment(deployment(tmp_path))
    scripted.announce(HQ, "2023-01-10 11:00", MORE_THAN_200)
    scripted.refresh()
    assert scripted.exchange(STANDS, "2023-01-10") == (200, "at_least", False)
    scripted.announce(HQ, "2023-01-10 15:00", EXACTLY_190)
    scripted.refresh()
    assert scripted.exchange(STANDS, "2023-01-10") == built.exchange(STANDS, "2023-01-10")
