"""Officials' totals of periods, numbers of several days, and events of one day that are counted apart.

Days and figures are invented; each case is in a year or month of its own, so that none affects another.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from orchestration.warehouse.database import Warehouse
from tests.conftest import deployment
from tests.support.scripted_deployment import ScriptedDeployment

HQ, OMBUDSMAN = "koordshtab_telegram", "ombudsman_telegram"
BY_SERVICE = Path("orchestration/report/sql/by_service.sql")


def announce_all(scripted: ScriptedDeployment) -> None:
    scripted.announce(HQ, "2022-02-25 15:00", "Ранкове зведення: працюємо.")
    # A stage's number is of the days before it that its exchange has.
    scripted.announce(HQ, "2024-06-22 15:00", "Сьогодні відбувся обмін: додому повернулися 11 захисників.")
    for day, stage, released in ((23, "перший", 391), (24, "другий", 308)):
        scripted.announce(
            HQ, f"2024-06-{day} 15:00",
            f"Сьогодні відбувся {stage} етап триденного 66-го обміну: додому повернулися {released} захисників.",
        )  # fmt: skip
    # "Outside exchanges" before the number, and after it.
    scripted.announce(
        HQ, "2025-02-11 15:00", "Від початку повномасштабного вторгнення поза обмінами повернуто 473 людини."
    )
    scripted.announce(
        HQ, "2025-02-12 15:00", "Від початку повномасштабного вторгнення повернуто 474 людини поза обмінами."
    )
    scripted.announce("president_en", "2025-02-13 15:00", "Outside exchanges, 475 people have been returned from captivity since the full-scale invasion.")  # fmt: skip
    # A repatriation that its publisher calls another one, a day later and on the same day.
    scripted.announce(HQ, "2024-08-14 15:00", "В Україну повернуто тіла 1200 загиблих захисників.")
    scripted.announce(HQ, "2024-08-15 15:00", "В Україну повернуто ще 1200 тіл загиблих захисників.")
    scripted.announce(
        HQ, "2024-09-10 10:00", "Сьогодні відбулася репатріація: в Україну повернуто тіла 500 загиблих захисників."
    )
    scripted.announce(
        HQ, "2024-09-10 18:00", "Сьогодні відбулася ще одна репатріація: повернуто ще 300 тіл загиблих захисників."
    )
    # A round total that ours meets, and a number of exchanges that is ours.
    scripted.announce(HQ, "2025-03-05 15:00", "Сьогодні відбувся 71-й обмін: додому повернулися 150 захисників.")
    scripted.announce(HQ, "2025-03-06 15:00", "Сьогодні відбувся другий етап 71-го обміну: вдома 10 військових.")
    scripted.announce(HQ, "2026-01-02 15:00", "За 2025 рік з полону повернуто близько 150 людей, відбулися 2 обміни.")
    # Two officials in the same minute.
    scripted.announce(HQ, "2026-01-05 15:00", "У 2024 році відбулося 10 обмінів.")
    scripted.announce(OMBUDSMAN, "2026-01-05 15:00", "У 2024 році відбулося 9 обмінів.")
    # A round total that ours meets, also without those outside exchanges.
    scripted.announce(HQ, "2024-01-02 15:00", "За 2023 рік з полону повернуто близько 110 людей.")
    # Outside exchanges: a number that is a lower bound.
    scripted.announce(
        HQ, "2023-04-05 15:00", "Сьогодні поза обмінами з полону повернуто понад 10 цивільних українців."
    )
    # A day with two exchanges of which Wikipedia has one.
    scripted.announce(HQ, "2023-05-05 12:00", "Сьогодні відбувся 52-й обмін: додому повернулися 50 захисників.")
    scripted.announce(HQ, "2023-05-05 18:00", "Сьогодні відбувся 53-й обмін: додому повернулися 45 захисників.")
    scripted.announce(HQ, "2023-06-05 12:00", "Сьогодні відбувся обмін: додому повернулися 11 захисників.")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> ScriptedDeployment:
    scripted = ScriptedDeployment(deployment(tmp_path_factory.mktemp("periods")))
    announce_all(scripted)
    with Warehouse(scripted.settings).connection() as connection:
        connection.executemany(
            "insert into raw.reference_rows values ('wikipedia_en', ?, '{}', ?, ?, null, 'page', now())",
            [("1.1", "2023-05-05", 45), ("1.2", "2023-06-05", 11)],
        )
    scripted.refresh()
    return scripted


def test_a_number_of_several_days_goes_back_as_far_as_its_stage(built: ScriptedDeployment) -> None:
    assert built.rows(
        "select exchanged_on, official_number from marts.fct_exchanges where month(exchanged_on) = 6 and "
        "year(exchanged_on) = 2024"
    ) == [(date(2024, 6, 22), None), (date(2024, 6, 23), 66), (date(2024, 6, 24), 66)]


def test_people_outside_exchanges_are_no_total_of_all(built: ScriptedDeployment) -> None:
    assert built.rows("select value, scope from marts.fct_official_totals where period like 'since%'") == [
        (473, "outside"), (474, "outside"), (475, "outside"),
    ]  # fmt: skip


def test_another_repatriation_is_one_of_its_own_or_a_conflict(built: ScriptedDeployment) -> None:
    """Two on one day are one fact: the first one's number stands, and that there is more is to be seen."""
    assert built.rows("select repatriated_on, bodies_to_ukraine, has_conflict from marts.fct_repatriations") == [
        (date(2024, 8, 14), 1200, False), (date(2024, 8, 15), 1200, False), (date(2024, 9, 10), 500, True),
    ]  # fmt: skip
    assert built.rows("select value, verdict from marts.fct_statements where is_conflict") == [(300, "overruled")]
    assert built.rows(
        "select event_id, exchange_id, measure, standing_value, differing_value, differing_source from reports.conflicts"
    ) == [("repatriation-2024-09-10", None, "bodies_to_ukraine", 500, 300, HQ)]


def test_two_releases_of_a_day_that_two_sources_tell_are_a_conflict(tmp_path: Path) -> None:
    """Or one release of which they give different numbers: nothing tells. One number stands, the other is to be seen."""
    scripted = ScriptedDeployment(deployment(tmp_path))
    released = "Сьогодні поза обмінами з полону повернуто {} цивільних українців."
    scripted.announce(HQ, "2024-05-10 11:00", released.format(5))
    scripted.announce(OMBUDSMAN, "2024-05-10 15:00", released.format(7))
    # The same number is one release, and a source that gives another one later corrects itself.
    scripted.announce(HQ, "2024-06-10 11:00", released.format(6))
    scripted.announce(OMBUDSMAN, "2024-06-10 15:00", released.format(6))
    scripted.announce(HQ, "2024-07-10 11:00", released.format(8))
    scripted.announce(HQ, "2024-07-10 15:00", released.format(9))
    scripted.refresh()
    assert scripted.rows(
        "select released_on, released_total, has_conflict from marts.fct_releases_outside_exchanges"
    ) == [
        (date(2024, 5, 10), 5, True), (date(2024, 6, 10), 6, False), (date(2024, 7, 10), 9, False),
    ]  # fmt: skip
    assert scripted.rows(
        "select event_id, exchange_id, standing_value, standing_source, differing_value, differing_source "
        "from reports.conflicts"
    ) == [("release-2024-05-10", None, 5, HQ, 7, OMBUDSMAN)]


def test_a_round_total_and_an_equal_one_need_no_reason(built: ScriptedDeployment) -> None:
    assert built.rows(
        "select measure, official, ours, unexplained, explanation from reports.reconciliation where period = '2025'"
    ) == [
        ("exchanges", 2, 2, 0, "no difference"),
        ("released", 150, 160, 0, "the official figure is a round one, and ours meets it (-10)"),
    ]


def test_a_difference_is_explained_once(built: ScriptedDeployment) -> None:
    assert built.rows("select official, ours, explained, explanation from reports.reconciliation where period = '2023'") == [
        (110, 116, -6, "the official figure is a round one, and ours meets it (-6)"),
    ]  # fmt: skip


def test_of_two_claims_of_one_minute_the_first_source_s_counts(built: ScriptedDeployment) -> None:
    assert built.rows("select official_exchanges from reports.by_year where year = 2024") == [(10,)]


def test_a_bound_outside_exchanges_is_told(built: ScriptedDeployment) -> None:
    assert built.rows(
        "select year, released_outside_exchanges, released_outside_bound from reports.by_year where year < 2025"
    ) == [(2023, 10, "at_least"), (2024, 0, "exact")]


def test_each_row_of_wikipedia_is_compared_with_one_exchange(built: ScriptedDeployment) -> None:
    assert built.rows(
        "select day, difference, our_released from reports.wikipedia_differences where day < '2023-12-31'"
    ) == [(date(2023, 5, 5), "only ours", 50)]


@pytest.mark.parametrize(("unattributed", "bound"), [(30, "at_least"), (0, "exact")])
def test_branches_that_leave_people_out_are_lower_bounds(unattributed: int, bound: str) -> None:
    """One exchange, so that every exchange counts branches."""
    with duckdb.connect() as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.fct_exchanges as select 'e' as exchange_id, 'exact' as released_bound")
        connection.execute(
            "create table marts.fct_released_personnel as select 'e' as exchange_id, * from (values "
            "('service_branch', 'national_guard', null, 100, 'exact'), ('unattributed', null, null, ?, 'exact')) "
            "as t (category_kind, service_branch, parent_branch, persons, bound) where persons > 0",
            [unattributed],
        )
        assert [row[-1] for row in connection.execute(BY_SERVICE.read_text("utf-8")).fetchall()] == [bound]
