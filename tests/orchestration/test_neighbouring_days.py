"""Reports of one exchange around its day, and bounds and parts that no exact total holds together.

Days and figures are invented; each day is in a month of its own, so that none affects another.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orchestration.warehouse import extract, watermarks
from orchestration.warehouse.database import Warehouse
from tests.conftest import deployment
from tests.support.scripted_deployment import ScriptedDeployment

HQ, PRESIDENT, PRESS = "koordshtab_telegram", "president_uk", "suspilne"
OTHER = "ombudsman_telegram"


def announce_all(scripted: ScriptedDeployment) -> None:
    # A report ten minutes before midnight, another official's after it, and the press in the morning.
    scripted.announce(HQ, "2024-01-10 23:50", "Сьогодні відбувся обмін: додому повернулися 70 захисників.")
    scripted.announce(PRESIDENT, "2024-01-11 00:20", "Сьогодні відбувся обмін: додому повернулися 70 українців.")
    scripted.announce(PRESS, "2024-01-11 09:00", "Україна повернула з російського полону 70 військових.")
    # The same number of people again a day later, which their publisher calls another exchange.
    scripted.announce(HQ, "2024-02-10 15:00", "Сьогодні відбувся обмін: додому повернулися 100 захисників.")
    scripted.announce(HQ, "2024-02-11 17:00", "Відбувся ще один обмін: додому повернулися ще 100 захисників.")
    scripted.announce(PRESS, "2024-02-11 18:00", "Україна повернула з російського полону 100 військових.")
    # The press gives a lower bound that yesterday's exchange does not meet, and one that it meets.
    scripted.announce(HQ, "2024-03-10 15:00", "Сьогодні відбувся обмін: додому повернулися 60 захисників.")
    scripted.announce(PRESS, "2024-03-11 12:00", "Україна повернула з російського полону понад 100 людей.")
    scripted.announce(HQ, "2024-04-10 15:00", "Сьогодні відбувся обмін: додому повернулися 105 захисників.")
    scripted.announce(PRESS, "2024-04-11 12:00", "Україна повернула з російського полону понад 100 людей.")
    # Parts beside a round total, and branches beside a lower bound.
    scripted.announce(HQ, "2024-05-10 10:00", "Сьогодні відбувся обмін: додому повернулися близько 100 захисників.")
    scripted.announce(
        PRESIDENT, "2024-05-10 12:00",
        "Сьогодні відбувся обмін. Серед звільнених 60 офіцерів і 45 рядових та сержантів.",
    )  # fmt: skip
    scripted.announce(HQ, "2024-06-10 10:00", "Сьогодні відбувся обмін: додому повернулися понад 100 захисників.")
    scripted.announce(
        PRESIDENT, "2024-06-10 12:00",
        "Сьогодні відбувся обмін. Серед звільнених: Національна гвардія – 90, Державна прикордонна служба – 30.",
    )  # fmt: skip
    # A number of three days, which another official gives without the days.
    for day, released in ((10, 100), (11, 90)):
        scripted.announce(
            HQ, f"2024-07-{day} 15:00", f"Сьогодні відбувся обмін: додому повернулися {released} захисників."
        )
    scripted.announce(HQ, "2024-07-12 15:00", "Сьогодні відбувся 65-й обмін: додому повернулися 80 захисників.")
    scripted.announce(
        PRESIDENT, "2024-07-12 16:00", "Сьогодні додому повернулися 80 захисників. Триденний обмін став 65-м."
    )
    # More than a thousand bodies.
    scripted.announce(HQ, "2024-08-10 15:00", "Сьогодні в Україну повернули понад 1000 тіл загиблих захисників.")
    # The next day's reports of a day with two exchanges: their sum, on both sides, after midnight, as a bound.
    for month in ("01", "02", "03", "04"):
        scripted.announce(HQ, f"2023-{month}-10 15:00", "Сьогодні відбувся обмін: додому повернулися 50 захисників.")
        scripted.announce(HQ, f"2023-{month}-10 19:00", "Сьогодні відбувся обмін: повернулися ще 45 захисників.")
    scripted.announce(PRESS, "2023-01-11 09:00", "Україна повернула з російського полону 95 військових.")
    scripted.announce(PRESIDENT, "2023-03-11 00:10", "Сьогодні відбувся обмін: додому повернулися 95 українців.")
    scripted.announce(PRESS, "2023-04-11 09:00", "Україна повернула з російського полону понад 90 людей.")
    # Two officials told of yesterday's; the publisher of one of them calls today's another one.
    scripted.announce(HQ, "2023-05-10 15:00", "Сьогодні відбувся обмін: додому повернулися 100 захисників.")
    scripted.announce(PRESIDENT, "2023-05-10 16:00", "Сьогодні відбувся обмін: додому повернулися 100 українців.")
    scripted.announce(HQ, "2023-05-11 17:00", "Відбувся ще один обмін: додому повернулися ще 100 захисників.")
    # Two exchanges of as many people in one text; a post about the second.
    scripted.announce(
        PRESIDENT, "2023-06-10 20:00",
        "Сьогодні відбувся обмін. Вранці додому повернулися 50 захисників. Ще 50 захисників прибули ввечері.",
    )  # fmt: skip
    scripted.announce(HQ, "2023-06-10 12:00", "Сьогодні відбувся обмін: вдома 50 захисників. Серед них 5 офіцерів.")
    scripted.announce(
        HQ, "2023-06-10 21:00", "Сьогодні відбувся обмін: вдома ще 50 захисників. Серед них 7 офіцерів."
    )
    # An exchange of December that texts without a day repeat on the two days after it, one of them in January.
    for source, moment in ((HQ, "2022-12-30 15:00"), (PRESIDENT, "2022-12-31 09:00"), (OTHER, "2023-01-01 15:00")):
        scripted.announce(source, moment, "Відбувся обмін: додому повернулися 189 захисників.")


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> ScriptedDeployment:
    """All announcements in one build."""
    scripted = ScriptedDeployment(deployment(tmp_path_factory.mktemp("scripted")))
    with scripted.together():
        announce_all(scripted)
    scripted.refresh()
    return scripted


def exchanges_of(scripted: ScriptedDeployment, month: str) -> list[tuple[Any, ...]]:
    return scripted.rows(
        "select exchange_id, official_number, released_total, released_bound from marts.fct_exchanges "
        "where strftime(exchanged_on, '%Y-%m') = ? order by 1",
        month,
    )


def test_what_was_moved_to_the_evening_before_keeps_no_day_of_its_own(scripted: ScriptedDeployment) -> None:
    assert exchanges_of(scripted, "2024-01") == [("exchange-2024-01-10", None, 70, "exact")]


def test_what_is_repeated_day_after_day_is_one_exchange(scripted: ScriptedDeployment) -> None:
    assert exchanges_of(scripted, "2022-12") == [("exchange-2022-12-30", None, 189, "exact")]
    assert scripted.rows(
        "select verdict from marts.fct_statements where measure = 'released_total' and value = 189 order by published_at"
    ) == [("stands",), ("agrees",), ("unmatched",)]


def test_another_exchange_of_as_many_people_keeps_its_day(scripted: ScriptedDeployment) -> None:
    assert exchanges_of(scripted, "2024-02") == [
        ("exchange-2024-02-10", None, 100, "exact"), ("exchange-2024-02-11", None, 100, "exact"),
    ]  # fmt: skip


def test_a_bound_that_yesterday_does_not_meet_is_of_another_exchange(scripted: ScriptedDeployment) -> None:
    assert exchanges_of(scripted, "2024-03") == [
        ("exchange-2024-03-10", None, 60, "exact"), ("exchange-2024-03-11", None, 100, "at_least"),
    ]  # fmt: skip
    assert exchanges_of(scripted, "2024-04") == [("exchange-2024-04-10", None, 105, "exact")]


@pytest.mark.parametrize("month", ["01", "02", "03", "04"])
def test_a_report_of_the_next_day_may_give_the_sum_of_two_exchanges(scripted: ScriptedDeployment, month: str) -> None:
    assert [row[0] for row in exchanges_of(scripted, f"2023-{month}")] == [
        f"exchange-2023-{month}-10", f"exchange-2023-{month}-10b",
    ]  # fmt: skip
    assert {row[0] for row in scripted.rows(
        "select verdict_rule from marts.fct_statements where measure = 'released_total' "
        f"and published_at >= '2023-{month}-10 21:00' and strftime(published_at, '%Y-%m') = '2023-{month}'"
    )} <= {"counts all exchanges of its day together"}  # fmt: skip


def test_another_exchange_keeps_its_day_whoever_else_told_of_yesterdays(scripted: ScriptedDeployment) -> None:
    assert [row[0] for row in exchanges_of(scripted, "2023-05")] == ["exchange-2023-05-10", "exchange-2023-05-11"]


def test_a_text_about_the_second_of_two_equal_exchanges_is_of_that_one(scripted: ScriptedDeployment) -> None:
    assert scripted.rows(
        "select exchange_id, released_total, officers from marts.fct_exchanges "
        "where strftime(exchanged_on, '%Y-%m') = '2023-06' order by 1"
    ) == [("exchange-2023-06-10", 50, 5), ("exchange-2023-06-10b", 50, 7)]


def test_parts_may_exceed_a_round_total_or_a_lower_bound(scripted: ScriptedDeployment) -> None:
    assert exchanges_of(scripted, "2024-05") == [("exchange-2024-05-10", None, 100, "about")]
    assert scripted.exchange("officers, privates_and_sergeants", "2024-05-10") == (60, 45)
    assert exchanges_of(scripted, "2024-06") == [("exchange-2024-06-10", None, 100, "at_least")]
    assert scripted.rows(
        "select service_branch, persons from marts.fct_released_personnel where exchange_id = 'exchange-2024-06-10' "
        "order by all"
    ) == [("border_guard", 30), ("national_guard", 90)]


def test_a_number_of_three_days_is_that_of_each(scripted: ScriptedDeployment) -> None:
    assert [row[:2] for row in exchanges_of(scripted, "2024-07")] == [
        ("exchange-2024-07-10", 65), ("exchange-2024-07-11", 65), ("exchange-2024-07-12", 65),
    ]  # fmt: skip


def test_a_number_is_no_surer_than_the_text_of_another_day_that_gives_it(scripted: ScriptedDeployment) -> None:
    assert scripted.rows(
        "select count(*) from marts.fct_exchanges join marts.fct_figures using (exchange_id) "
        "where fct_exchanges.confidence > fct_figures.confidence and measure <> 'part'"
    ) == [(0,)]


def test_a_number_of_bodies_has_its_bound(scripted: ScriptedDeployment) -> None:
    assert scripted.rows(
        "select bodies_to_ukraine, bodies_to_ukraine_bound, bodies_to_russia, bodies_to_russia_bound "
        "from marts.fct_repatriations where repatriated_on = date '2024-08-10'"
    ) == [(1000, "at_least", None, None)]


def test_a_release_outside_exchanges_without_a_number_is_told(tmp_path: Path) -> None:
    scripted = ScriptedDeployment(deployment(tmp_path))
    item = scripted.announce(
        HQ, "2024-05-12 16:00", "Вдома тяжкохворі цивільні: їх передали поза обміном, жодного росіянина не повернули."
    )
    scripted.correct(item, "event=release_outside_exchange", "date=2024-05-12", "released_total=none")
    scripted.extract()
    scripted.build()
    assert scripted.rows(
        "select release_id, released_total, released_bound, announcement_url is not null, statement_id is not null "
        "from marts.fct_releases_outside_exchanges"
    ) == [("release-2024-05-12", None, None, True, True)]
    assert scripted.rows("select year, released_in_all, released_bound from reports.by_year") == [
        (2024, None, "at_least")
    ]


def test_an_earlier_extractor_is_taken_up_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a newer version is withdrawn, the older one has nothing left to read, and its statements count."""
    scripted = ScriptedDeployment(deployment(tmp_path))
    scripted.announce(HQ, "2024-03-10 10:00", "Сьогодні відбувся 51-й обмін: додому повернулися 50 захисників.")
    scripted.extract()
    scripted.build()
    readers = "select distinct reader_version from staging.stg_statements"
    facts = "select exchange_id, official_number, released_total from marts.fct_exchanges order by 1"

    def in_force() -> list[tuple[Any, ...]]:
        with Warehouse(scripted.settings).connection() as connection:
            return connection.execute(readers).fetchall()

    first, before = in_force(), scripted.rows(facts)
    assert before == [("exchange-2024-03-10", 51, 50)]
    with monkeypatch.context() as newer:
        for module in (extract, watermarks):
            newer.setattr(module, "reader_version", lambda: "newer")
        scripted.extract()
        scripted.build()
        assert in_force() == [("newer",)]
    scripted.extract()
    scripted.build()
    assert (in_force(), scripted.rows(facts)) == (first, before)
    scripted.announce(HQ, "2024-04-10 10:00", "Сьогодні відбувся 52-й обмін: додому повернулися 60 захисників.")
    scripted.extract()
    scripted.build()
    assert (in_force(), scripted.rows(facts)) == (first, [*before, ("exchange-2024-04-10", 52, 60)])
