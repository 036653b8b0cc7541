"""From statements to facts: which mentions are of one exchange, which figure stands, which changes are recorded.

Days and figures are invented; each exchange is in a month of its own, so that none affects another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from itertools import zip_longest
from pathlib import Path

import pytest

from orchestration.warehouse.build import build
from orchestration.warehouse.database import Warehouse
from tests.conftest import deployment
from tests.support.scripted_deployment import ScriptedDeployment, utc

HQ, PRESIDENT, PRESIDENT_POST = "koordshtab_telegram", "president_uk", "president_telegram"
INTELLIGENCE, RUSSIA, PRESS, MEDIATOR = "diukraine_telegram", "russia_mod_telegram", "suspilne", "wam"
OTHER_PRESS = "ukrinform"


History = Iterator[None]


def a_post_is_corrected_within_the_hour(scripted: ScriptedDeployment) -> History:
    post = scripted.announce(HQ, "2022-05-05 15:00", "Сьогодні відбувся обмін: додому повернулися 150 захисників.")
    yield
    scripted.announce(
        HQ, "2022-05-05 15:00", "Сьогодні відбувся обмін: додому повернулися 157 захисників.",
        item=post, seen="2022-05-05 15:40",
    )  # fmt: skip


def a_newswire_reports_last_nights_exchange_and_names_no_day(scripted: ScriptedDeployment) -> History:
    scripted.announce(
        HQ, "2022-06-10 21:30", "Сьогодні з полону повернулися 120 захисників і захисниць. Серед них 9 офіцерів."
    )
    yield
    scripted.announce(PRESS, "2022-06-11 00:40", "Україна повернула з російського полону 120 військових.")
    yield
    scripted.announce(
        OTHER_PRESS,
        "2022-06-11 08:00",
        "Відбувся обмін полоненими: українські захисники вдома. Подробиці уточнюються.",
    )


def russia_and_a_mediator_give_the_date_of_their_own_time_zones(scripted: ScriptedDeployment) -> History:
    scripted.announce(HQ, "2022-06-21 23:40", "Сьогодні з полону повернулися 215 захисників.")
    yield
    scripted.announce(
        RUSSIA, "2022-06-22 11:00",
        "22 июня из украинского плена вернулись 55 российских военнослужащих. Украине переданы 215 пленных.",
    )  # fmt: skip
    yield
    scripted.announce(
        MEDIATOR, "2022-06-22 13:00",
        "The UAE mediated an exchange of captives between Russia and Ukraine on 22 June; 215 Ukrainians were released.",
    )  # fmt: skip


def an_exchange_has_two_stages_a_day_apart(scripted: ScriptedDeployment) -> History:
    scripted.announce(
        HQ,
        "2022-07-20 16:00",
        "Відбувся перший етап 30-го обміну. Сьогодні з полону додому повернулися 100 захисників.",
    )
    yield
    scripted.announce(
        HQ,
        "2022-07-21 16:00",
        "Відбувся другий етап 30-го обміну. Сьогодні з полону додому повернулися 90 захисників.",
    )


def both_sides_report_one_exchange(scripted: ScriptedDeployment) -> History:
    scripted.announce(HQ, "2022-08-03 14:00", "Сьогодні відбувся обмін полоненими: вдома 44 наші воїни.")
    yield
    scripted.announce(
        RUSSIA, "2022-08-03 15:00",
        "3 августа с подконтрольной киевскому режиму территории возвращены 50 российских военнослужащих. "
        "Взамен переданы 44 военнопленных ВСУ.",
    )  # fmt: skip


def a_stage_without_a_number_comes_before_one_with_a_number(scripted: ScriptedDeployment) -> History:
    scripted.announce(
        HQ, "2022-09-09 18:00", "Сьогодні відбувся обмін. Повертаються поранені та важкохворі. Число не називаємо."
    )
    yield
    scripted.announce(HQ, "2022-09-10 18:00", "Сьогодні відбувся новий етап обміну: додому їдуть 66 військових.")


def an_exchange_that_only_one_source_reports_and_deletes_takes_place_after_all(
    scripted: ScriptedDeployment,
) -> History:
    lone = scripted.announce(INTELLIGENCE, "2022-10-02 12:00", "Сьогодні відбувся обмін: повернулися 35 військових.")
    yield
    scripted.delete(INTELLIGENCE, lone, "2022-10-02 13:00")
    yield
    scripted.announce(HQ, "2022-10-02 19:00", "Сьогодні відбувся обмін: повернулися 37 військових.")


def sources_differ_by_one_person_by_a_bound_by_arithmetic(scripted: ScriptedDeployment) -> History:
    scripted.announce(PRESIDENT, "2022-11-04 12:00", "Сьогодні відбувся обмін: 190 українців удома.")
    scripted.announce(HQ, "2022-12-12 11:00", "Сьогодні відбувся обмін: звільнено понад 100 захисників.")
    scripted.announce(HQ, "2023-01-14 11:00", "Сьогодні відбувся обмін: звільнено 60 захисників.")
    yield
    scripted.announce(HQ, "2022-11-04 12:30", "Сьогодні відбувся обмін: 189 українців удома.")
    scripted.announce(INTELLIGENCE, "2022-12-12 12:00", "Сьогодні відбувся обмін: звільнено 108 захисників.")
    scripted.announce(
        PRESIDENT, "2023-01-14 11:30", "Сьогодні відбувся обмін: звільнено 80 захисників. Серед них 70 офіцерів."
    )
    yield
    scripted.announce(PRESS, "2022-12-12 12:30", "Сьогодні відбувся обмін: звільнено 98 захисників.")


def two_sources_of_one_publisher_confirm_nothing_and_another_publisher_does(scripted: ScriptedDeployment) -> History:
    """Nor does the press."""
    scripted.announce(PRESIDENT, "2023-02-08 11:00", "Сьогодні відбувся обмін: 20 українців удома.")
    scripted.announce(PRESIDENT, "2023-03-08 11:00", "Сьогодні відбувся обмін: 21 українець удома.")
    yield
    scripted.announce(PRESIDENT_POST, "2023-02-08 11:05", "Сьогодні відбувся обмін: 20 українців удома.")
    scripted.announce(HQ, "2023-03-08 11:05", "Сьогодні відбувся обмін: 21 українець удома.")
    yield
    scripted.announce(PRESS, "2023-02-08 11:30", "Сьогодні відбувся обмін: 20 українців удома.")


def a_report_of_the_night_arrives_before_the_announcements_and_all_are_late(scripted: ScriptedDeployment) -> History:
    """The later announcement comes first."""
    scripted.announce(PRESS, "2023-06-11 00:40", "Україна повернула з полону 64 військових.", seen="2023-08-01 10:00")
    yield
    scripted.announce(
        PRESIDENT,
        "2023-06-10 22:30",
        "Сьогодні відбувся обмін: 64 українці вдома, 7 із них жінки.",
        seen="2023-08-01 11:00",
    )
    yield
    scripted.announce(HQ, "2023-06-10 21:30", "Сьогодні відбувся обмін: вдома 64 військові.", seen="2023-08-01 12:00")


def one_source_counts_soldiers_only(scripted: ScriptedDeployment) -> History:
    scripted.announce(HQ, "2023-07-06 11:00", "Сьогодні відбувся обмін: вдома 41 військовий.")
    yield
    scripted.announce(
        PRESIDENT, "2023-07-06 12:00", "Сьогодні відбувся обмін: повернулися 41 військовий та сім цивільних."
    )


def a_report_looks_back_at_a_day_without_announcements(scripted: ScriptedDeployment) -> History:
    yield
    scripted.announce(
        HQ, "2023-04-20 11:00", "Нагадаємо, 4 квітня з полону звільнили 33 військових. Дякуємо всім, хто чекає."
    )


def an_edit_moves_an_exchange_to_another_day(scripted: ScriptedDeployment) -> History:
    moved = scripted.announce(HQ, "2023-05-16 09:00", "16 травня відбувся обмін: вдома 70 військових.")
    yield
    scripted.announce(
        HQ, "2023-05-16 09:00", "14 травня відбувся обмін: вдома 70 військових.", item=moved, seen="2023-05-16 09:30"
    )


def a_source_corrects_itself_in_a_new_post(scripted: ScriptedDeployment) -> History:
    """Of one day alone; of another day after another publisher has given a third number."""
    scripted.announce(HQ, "2023-09-05 12:00", "Сьогодні відбувся 61-й обмін: додому повернулися 107 захисників.")
    scripted.announce(HQ, "2023-10-05 12:00", "Сьогодні відбувся 62-й обмін: додому повернулися 207 захисників.")
    yield
    scripted.announce(HQ, "2023-09-05 15:00", "Сьогодні відбувся 61-й обмін: додому повернулися 109 захисників.")
    scripted.announce(PRESIDENT, "2023-10-05 13:00", "Сьогодні відбувся 62-й обмін: 208 українців удома.")
    yield
    scripted.announce(HQ, "2023-10-05 15:00", "Сьогодні відбувся 62-й обмін: додому повернулися 209 захисників.")


HISTORIES = (
    a_source_corrects_itself_in_a_new_post,
    a_post_is_corrected_within_the_hour,
    a_newswire_reports_last_nights_exchange_and_names_no_day,
    russia_and_a_mediator_give_the_date_of_their_own_time_zones,
    an_exchange_has_two_stages_a_day_apart,
    both_sides_report_one_exchange,
    a_stage_without_a_number_comes_before_one_with_a_number,
    an_exchange_that_only_one_source_reports_and_deletes_takes_place_after_all,
    sources_differ_by_one_person_by_a_bound_by_arithmetic,
    two_sources_of_one_publisher_confirm_nothing_and_another_publisher_does,
    a_report_of_the_night_arrives_before_the_announcements_and_all_are_late,
    one_source_counts_soldiers_only,
    a_report_looks_back_at_a_day_without_announcements,
    an_edit_moves_an_exchange_to_another_day,
)


def announce_all(scripted: ScriptedDeployment, after_each_step: Callable[[], None] = lambda: None) -> None:
    """The histories side by side: the first step of each, then the second of each, and so on."""
    steps = zip_longest(*(history(scripted) for history in HISTORIES))

    def announce_next() -> bool:
        with scripted.together():
            return next(steps, None) is not None

    while announce_next():
        after_each_step()
    scripted.refresh()


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> ScriptedDeployment:
    """All announcements in one build."""
    scripted = ScriptedDeployment(deployment(tmp_path_factory.mktemp("scripted")))
    announce_all(scripted)
    return scripted


def test_an_edit_corrects_the_fact_and_is_kept(scripted: ScriptedDeployment) -> None:
    assert scripted.exchange("released_total, has_conflict, last_revised_at", "2022-05-05") == (
        157, False, utc("2022-05-05 12:40"),
    )  # fmt: skip
    assert scripted.rows(
        "select measure, change, old_value, new_value, revised_at, cause, version_id = ("
        "select version_id from marts.dim_announcements where text like '%157 захисників%') "
        "from marts.fct_exchange_revisions where exchange_id = 'exchange-2022-05-05'"
    ) == [("released_total", "corrected", 150, 157, utc("2022-05-05 12:40"), "the announcement was edited", True)]
    assert scripted.rows(
        "select value, verdict, verdict_rule from marts.fct_statements "
        "where event_date = date '2022-05-05' and measure = 'released_total' order by value"
    ) == [
        (150, "overruled", "a later version of the announcement replaced it"),
        (157, "stands", "first in the order of figures"),
    ]


def test_a_report_of_the_next_day_joins_the_right_day(scripted: ScriptedDeployment) -> None:
    assert scripted.rows(
        "select exchanged_on, released_total, source_count from marts.fct_exchanges "
        "where exchanged_on between date '2022-06-01' and date '2022-06-15'"
    ) == [(date(2022, 6, 10), 120, 3)]
    assert scripted.rows(
        "select exchange_id, verdict, verdict_rule from marts.fct_statements "
        "where source_id = 'suspilne' and measure = 'released_total' and event_date = date '2022-06-11'"
    ) == [("exchange-2022-06-10", "agrees", "the same as what stands; reported a day later")]


def test_others_who_date_it_a_day_late_join_the_day_that_ukraine_gives(scripted: ScriptedDeployment) -> None:
    assert scripted.rows(
        "select exchanged_on, released_total, returned_to_russia, mediators, source_count from marts.fct_exchanges "
        "where exchanged_on between date '2022-06-16' and date '2022-06-30'"
    ) == [(date(2022, 6, 21), 215, 55, ["uae"], 3)]


def test_a_report_that_came_in_first_moves_when_the_announcement_comes(scripted: ScriptedDeployment) -> None:
    assert scripted.rows(
        "select exchange_id, released_total, women, source_count from marts.fct_exchanges "
        "where exchanged_on between date '2023-06-01' and date '2023-06-30'"
    ) == [("exchange-2023-06-10", 64, 7, 3)]


def test_a_figure_that_an_edit_keeps_was_said_before_it(one_exchange: ScriptedDeployment, tmp_path: Path) -> None:
    scripted = one_exchange.copied(deployment(tmp_path))
    text = "Сьогодні відбувся обмін: додому повернулися 30 захисників."
    post = scripted.announce(HQ, "2024-03-05 12:00", text)
    scripted.announce(HQ, "2024-03-05 12:00", f"{text} Слава Україні!", item=post, seen="2024-03-05 14:00")
    scripted.refresh()
    assert scripted.rows(
        "select measure, first_said_at, said_at from marts.fct_figures where exchanged_on = '2024-03-05'"
    ) == [("released_total", utc("2024-03-05 10:00"), utc("2024-03-05 12:00"))]


def test_history_is_as_it_was_reported_however_late_it_came_in(scripted: ScriptedDeployment) -> None:
    assert scripted.rows(
        "select measure, change, new_value, revised_at, cause from marts.fct_exchange_revisions "
        "where exchange_id = 'exchange-2023-06-10'"
    ) == [("women", "added", 7, utc("2023-06-10 19:30"), "a later announcement")]
    assert scripted.rows(
        "select source_id, minutes_after_first from reports.coverage where exchange_id = 'exchange-2023-06-10'"
    ) == [(HQ, 0), (PRESIDENT, 60), (PRESS, 190)]


def test_neighbours_with_one_total_are_pointed_out(tmp_path: Path) -> None:
    """Two officials date one total a day apart: two exchanges, or one reported twice; an operator has to check."""
    scripted = ScriptedDeployment(deployment(tmp_path))
    scripted.announce(HQ, "2024-05-05 23:50", "Сьогодні відбувся обмін: додому повернулися 150 захисників.")
    scripted.announce(PRESIDENT, "2024-05-06 09:00", "Сьогодні відбувся обмін: додому повернулися 150 захисників.")
    scripted.refresh()
    (warning,) = build(Warehouse(scripted.settings)).warnings
    assert warning.startswith("dbt test neighbours_with_one_total warns of 1 row: exchange_id exchange-2024-05-06")


def test_stages_a_day_apart_stay_two_rows_with_one_number(scripted: ScriptedDeployment) -> None:
    assert scripted.rows(
        "select exchanged_on, official_number, stage, released_total from marts.fct_exchanges "
        "where official_number = 30 order by 1"
    ) == [(date(2022, 7, 20), 30, 1, 100), (date(2022, 7, 21), 30, 2, 90)]


def test_the_other_side_adds_its_figure_to_the_same_row(scripted: ScriptedDeployment) -> None:
    assert scripted.exchange("released_total, returned_to_russia, status, has_conflict", "2022-08-03") == (
        44, 50, "confirmed", False,
    )  # fmt: skip


def test_a_stage_without_a_number_keeps_none(scripted: ScriptedDeployment) -> None:
    assert scripted.exchange("released_total, released_is_lower_bound", "2022-09-09") == (None, None)
    assert scripted.exchange("released_total", "2022-09-10") == (66,)


def test_a_stage_takes_its_number_from_a_statement_about_that_very_day(tmp_path: Path) -> None:
    scripted = ScriptedDeployment(deployment(tmp_path))
    scripted.announce(
        HQ, "2022-09-09 18:00", "Сьогодні відбувся обмін. Повертаються поранені та важкохворі. Число не називаємо."
    )
    scripted.announce(HQ, "2022-09-10 18:00", "Сьогодні відбувся новий етап обміну: додому їдуть 66 військових.")
    scripted.refresh()
    assert scripted.exchange("released_total", "2022-09-09") == (None,)
    scripted.announce(
        PRESIDENT, "2022-09-14 20:00", "Попередній обмін відбувся 9 вересня, тоді повернувся 31 військовий."
    )
    scripted.refresh()
    assert scripted.exchange("released_total", "2022-09-09") == (31,)
    assert scripted.exchange("released_total", "2022-09-10") == (66,)
    assert scripted.rows("select measure, change, new_value from marts.fct_exchange_revisions") == [
        ("released_total", "added", 31)
    ]


def test_what_is_withdrawn_stays_listed_and_its_id_is_not_used_again(scripted: ScriptedDeployment) -> None:
    assert scripted.rows(
        "select exchange_id, released_total, withdrawn_at, reason, replaced_by from marts.fct_withdrawn_exchanges "
        "where exchanged_on = date '2022-10-02'"
    ) == [("exchange-2022-10-02", 35, utc("2022-10-02 10:00"), "its source deleted the announcement", None)]
    assert scripted.exchange("exchange_id, released_total, status", "2022-10-02") == (
        "exchange-2022-10-02-2", 37, "announced",
    )  # fmt: skip
    assert scripted.rows(
        "select deleted_at, text like '%35 військових%' from marts.dim_announcements "
        "where deleted_at < timestamp '2023-01-01'"
    ) == [(utc("2022-10-02 10:00"), True)]
    assert scripted.rows(
        "select verdict, verdict_rule from marts.fct_statements where value = 35 and measure = 'released_total'"
    ) == [("overruled", "its source deleted the announcement")]


def test_an_exchange_that_proves_to_be_of_another_day_is_withdrawn_for_it(scripted: ScriptedDeployment) -> None:
    assert scripted.rows(
        "select exchange_id, reason, replaced_by from marts.fct_withdrawn_exchanges "
        "where exchanged_on = date '2023-05-16'"
    ) == [
        (
            "exchange-2023-05-16",
            "the announcement was edited and no longer tells it",
            "exchange-2023-05-14",
        )
    ]
    assert scripted.rows(
        "select exchange_id from marts.fct_exchanges where exchanged_on between date '2023-05-01' and date '2023-05-31'"
    ) == [("exchange-2023-05-14",)]


def test_a_superseded_statement_refers_to_the_event_of_the_day_before(tmp_path: Path) -> None:
    """A later post without a date repeats the total of the day before; its first version does so too once edited."""
    scripted = ScriptedDeployment(deployment(tmp_path))
    scripted.announce(HQ, "2024-05-20 15:00", "Сьогодні відбувся обмін: додому повернулися 57 захисників.")
    text = "Відбувся обмін: додому повернулися 57 захисників{}."
    post = scripted.announce(PRESIDENT, "2024-05-21 11:00", text.format(""))
    scripted.refresh()
    scripted.announce(
        PRESIDENT, "2024-05-21 11:00", text.format(", з них 7 офіцерів"), item=post, seen="2024-05-21 12:00"
    )
    scripted.refresh()
    assert scripted.rows(
        "select measure, value, exchange_id, verdict from marts.fct_statements "
        "where source_id = ? and measure <> 'event' order by is_current, measure",
        PRESIDENT,
    ) == [
        ("released_total", 57, "exchange-2024-05-20", "overruled"),
        ("officers", 7, "exchange-2024-05-20", "stands"),
        ("released_total", 57, "exchange-2024-05-20", "agrees"),
    ]


def test_a_superseded_statement_stays_with_the_day_to_which_its_report_was_moved(tmp_path: Path) -> None:
    """The press dated 60 a day late; that day had an exchange of its own, and then the report was edited."""
    scripted = ScriptedDeployment(deployment(tmp_path))
    late = "20 травня відбувся обмін: додому повернулися 60 захисників{}."
    report = scripted.announce(PRESS, "2024-05-20 00:30", late.format(""))
    scripted.announce(HQ, "2024-05-19 22:00", "19 травня відбувся обмін: додому повернулися 60 захисників.")
    scripted.announce(HQ, "2024-05-20 15:00", "20 травня відбувся обмін: додому повернулися 77 захисників.")
    scripted.refresh()
    scripted.announce(PRESS, "2024-05-20 00:30", late.format(", пише видання"), item=report, seen="2024-05-20 16:00")
    scripted.refresh()
    assert scripted.rows(
        "select is_current, exchange_id from marts.fct_statements "
        "where source_id = ? and measure = 'released_total' order by is_current",
        PRESS,
    ) == [(False, "exchange-2024-05-19"), (True, "exchange-2024-05-19")]


def test_the_order_of_sources_decides_and_the_conflict_shows(scripted: ScriptedDeployment) -> None:
    assert scripted.exchange("released_total, has_conflict", "2022-11-04") == (189, True)
    assert scripted.rows(
        "select source_id, value, verdict, verdict_rule from marts.fct_statements "
        "where exchange_id = 'exchange-2022-11-04' and measure = 'released_total' order by value"
    ) == [
        (HQ, 189, "stands", "first in the order of figures"),
        (PRESIDENT, 190, "overruled", "another source comes first for this measure"),
    ]


def test_a_source_that_corrects_itself_contradicts_nobody(scripted: ScriptedDeployment) -> None:
    assert scripted.exchange("released_total, has_conflict", "2023-09-05") == (109, False)
    assert scripted.exchange("released_total, has_conflict", "2023-10-05") == (209, True)
    assert scripted.rows(
        "select exchange_id, publishers_agreeing, publishers_differing from marts.fct_figures "
        "where exchange_id in ('exchange-2023-09-05', 'exchange-2023-10-05') and measure = 'released_total' order by 1"
    ) == [("exchange-2023-09-05", 1, 0), ("exchange-2023-10-05", 1, 1)]
    assert scripted.rows(
        "select standing_value, differing_value, differing_source from reports.conflicts "
        "where exchange_id in ('exchange-2023-09-05', 'exchange-2023-10-05')"
    ) == [(209, 208, PRESIDENT)]


def test_exact_comes_before_bound_unless_it_breaks_the_bound(scripted: ScriptedDeployment) -> None:
    assert scripted.exchange("released_total, released_is_lower_bound, has_conflict", "2022-12-12") == (
        108,
        False,
        True,
    )
    assert scripted.rows(
        "select value, bound, verdict, verdict_rule from marts.fct_statements "
        "where exchange_id = 'exchange-2022-12-12' and measure = 'released_total' order by value"
    ) == [
        (98, "exact", "overruled", "breaks the arithmetic of the figures that stand"),
        (100, "at_least", "agrees", "a bound or a round figure that the standing one meets"),
        (108, "exact", "stands", "first in the order of figures"),
    ]


def test_a_total_of_soldiers_only_loses_to_the_whole(scripted: ScriptedDeployment) -> None:
    assert scripted.exchange("released_total, military, civilians, has_conflict", "2023-07-06") == (48, 41, 7, True)
    assert scripted.rows(
        "select value, verdict, verdict_rule from marts.fct_statements "
        "where exchange_id = 'exchange-2023-07-06' and measure = 'released_total' order by value"
    ) == [
        (41, "overruled", "counts soldiers only, and the standing figure civilians too"),
        (48, "stands", "first in the order of figures"),
    ]


def test_a_part_that_exceeds_the_standing_total_falls(scripted: ScriptedDeployment) -> None:
    assert scripted.exchange("released_total, officers, has_conflict", "2023-01-14") == (60, None, True)
    assert scripted.rows(
        "select verdict, verdict_rule from marts.fct_statements "
        "where exchange_id = 'exchange-2023-01-14' and measure = 'officers'"
    ) == [("overruled", "breaks the arithmetic of the figures that stand")]


def test_only_another_publisher_confirms(scripted: ScriptedDeployment) -> None:
    assert scripted.exchange("status, source_count", "2023-02-08") == ("announced", 3)
    assert scripted.exchange("status, source_count", "2023-03-08") == ("confirmed", 2)


def test_a_look_back_makes_no_exchange(scripted: ScriptedDeployment) -> None:
    assert scripted.rows(
        "select verdict, verdict_rule, exchange_id from marts.fct_statements "
        "where event_date = date '2023-04-04' and measure = 'released_total'"
    ) == [("unmatched", "looks back at a day of which no announcement is held", None)]


def test_the_order_in_which_it_is_built_makes_no_difference(scripted: ScriptedDeployment, tmp_path: Path) -> None:
    """Incremental builds give the same facts as one build of everything."""
    step_by_step = ScriptedDeployment(deployment(tmp_path))
    announce_all(step_by_step, after_each_step=step_by_step.refresh)
    ours, theirs = step_by_step.facts(), scripted.facts()
    assert ours.keys() == theirs.keys()
    for table in ours:
        assert ours[table] == theirs[table], table


def test_an_official_number_that_falls_is_warned_of_and_published(tmp_path: Path) -> None:
    scripted = ScriptedDeployment(deployment(tmp_path))
    scripted.announce(HQ, "2024-05-05 15:00", "Сьогодні відбувся 52-й обмін: додому повернулися 150 захисників.")
    scripted.announce(HQ, "2024-06-05 15:00", "Сьогодні відбувся 51-й обмін: додому повернулися 75 захисників.")
    scripted.refresh()
    report = build(Warehouse(scripted.settings))
    assert report.failures == []
    (warning,) = report.warnings
    assert warning.startswith("dbt test official_numbers_rise warns of 1 row: exchange_id exchange-2024-06-05")
