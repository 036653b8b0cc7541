"""Two exchanges of one day, and what is one although it looks like two.

Days and figures are invented; each day is in a month of its own, so that none affects another.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import deployment
from tests.support.scripted_deployment import ScriptedDeployment

HQ, PRESIDENT, INTELLIGENCE, PRESS = "koordshtab_telegram", "president_uk", "diukraine_telegram", "suspilne"


def announce_all(scripted: ScriptedDeployment) -> None:
    # Two exchanges of one day: by number; by what one publisher calls another; in one text. A sum of the day after them.
    scripted.announce(HQ, "2024-01-10 12:00", "Сьогодні відбувся 76-й обмін: додому повернулися 60 захисників.")
    scripted.announce(PRESIDENT, "2024-01-10 17:00", "Сьогодні відбувся 77-й обмін: вдома 61 захисник.")
    scripted.announce(PRESS, "2024-01-10 18:00", "Сьогодні з полону повернулися 61 захисник.")
    scripted.announce(INTELLIGENCE, "2024-01-10 20:00", "Сьогодні відбувся обмін: додому повернулася 121 людина.")
    scripted.announce(HQ, "2024-02-10 10:00", "Сьогодні відбувся обмін: додому повернулися 50 захисників.")
    evening = scripted.announce(HQ, "2024-02-10 19:00", "Сьогодні відбувся обмін: повернулися ще 45 захисників.")
    scripted.announce(
        HQ, "2024-02-10 19:00", "Сьогодні відбувся обмін: повернулися ще 47 захисників.",
        item=evening, seen="2024-02-10 20:00",
    )  # fmt: skip
    # What grows during a day, and what officials count differently, is one exchange.
    scripted.announce(HQ, "2024-03-10 10:00", "Сьогодні відбувся обмін: додому повернулися 50 захисників.")
    scripted.announce(HQ, "2024-03-10 19:00", "Сьогодні відбувся обмін: уже вдома 95 захисників.")
    scripted.announce(PRESIDENT, "2024-03-10 19:30", "Сьогодні відбувся обмін: додому повернулися ще 94 українці.")
    # Around midnight.
    scripted.announce(HQ, "2024-04-10 23:50", "Сьогодні відбувся 78-й обмін: додому повернулися 70 захисників.")
    scripted.announce(PRESIDENT, "2024-04-11 00:20", "Сьогодні відбувся 78-й обмін: додому повернулися 70 українців.")
    # A text with three totals; an official number given twice, and by another official another one.
    scripted.announce(
        HQ, "2024-06-10 20:00",
        "Сьогодні відбувся обмін. Вранці додому повернулися 50 захисників. Ще 45 захисників прибули вдень. "
        "Увечері повернулися ще 30 захисників.",
    )  # fmt: skip
    scripted.announce(HQ, "2024-07-10 12:00", "Сьогодні відбувся 81-й обмін: додому повернулися 20 захисників.")
    scripted.announce(HQ, "2024-07-10 18:00", "Сьогодні відбувся 81-й обмін: вдома 20 захисників.")
    scripted.announce(PRESIDENT, "2024-07-10 12:30", "Сьогодні відбувся 82-й обмін: вдома 20 захисників.")
    # An edit removes a figure.
    shorter = scripted.announce(
        HQ, "2024-08-10 12:00", "Сьогодні відбувся обмін: додому повернулися 60 захисників. Серед них 5 офіцерів."
    )
    scripted.announce(
        HQ, "2024-08-10 12:00", "Сьогодні відбувся обмін: додому повернулися 60 захисників.", item=shorter,
        seen="2024-08-10 13:00",
    )  # fmt: skip
    # The first exchange of a day is withdrawn after the second was announced.
    first = scripted.announce(
        HQ, "2024-05-10 10:00", "Сьогодні відбувся 79-й обмін: додому повернулися 30 захисників."
    )
    scripted.announce(HQ, "2024-05-10 15:00", "Сьогодні відбувся 80-й обмін: додому повернулися 31 захисник.")
    scripted.delete(HQ, first, "2024-05-10 16:00")


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
        "select exchange_id, official_number, released_total from marts.fct_exchanges "
        "where strftime(exchanged_on, '%Y-%m') = ? order by 1",
        month,
    )


def test_two_numbered_exchanges_of_a_day_are_two(scripted: ScriptedDeployment) -> None:
    assert exchanges_of(scripted, "2024-01") == [
        ("exchange-2024-01-10", 76, 60), ("exchange-2024-01-10b", 77, 61),
    ]  # fmt: skip
    assert scripted.rows(
        "select source_id, value, exchange_id, verdict from marts.fct_statements "
        "where event_date = date '2024-01-10' and measure = 'released_total' order by published_at"
    ) == [
        (HQ, 60, "exchange-2024-01-10", "stands"),
        (PRESIDENT, 61, "exchange-2024-01-10b", "stands"),
        (PRESS, 61, "exchange-2024-01-10b", "agrees"),
        (INTELLIGENCE, 121, None, "unmatched"),
    ]
    assert scripted.rows(
        "select verdict_rule, is_conflict from marts.fct_statements where value = 121 and event_date = date '2024-01-10'"
    ) == [("counts all exchanges of its day together", False)]


def test_what_its_publisher_calls_another_is_a_second_exchange_and_its_edit_none(
    scripted: ScriptedDeployment,
) -> None:
    assert exchanges_of(scripted, "2024-02") == [
        ("exchange-2024-02-10", None, 50), ("exchange-2024-02-10b", None, 47),
    ]  # fmt: skip
    assert scripted.rows(
        "select old_value, new_value from marts.fct_exchange_revisions where exchange_id = 'exchange-2024-02-10b'"
    ) == [(45, 47)]


def test_a_text_with_three_totals_that_are_set_apart_has_three_exchanges(scripted: ScriptedDeployment) -> None:
    assert exchanges_of(scripted, "2024-06") == [
        ("exchange-2024-06-10", None, 50), ("exchange-2024-06-10b", None, 45), ("exchange-2024-06-10c", None, 30),
    ]  # fmt: skip


def test_an_official_number_given_twice_is_one_and_another_is_a_conflict(scripted: ScriptedDeployment) -> None:
    assert exchanges_of(scripted, "2024-07") == [("exchange-2024-07-10", 81, 20)]
    assert scripted.exchange("has_conflict", "2024-07-10") == (True,)
    assert scripted.rows(
        "select value, publishers_agreeing, publishers_differing from marts.fct_figures "
        "where exchange_id = 'exchange-2024-07-10' and measure = 'official_number'"
    ) == [(81, 1, 1)]


def test_a_figure_that_an_edit_removes_is_taken_back(scripted: ScriptedDeployment) -> None:
    assert scripted.exchange("released_total, officers", "2024-08-10") == (60, None)
    assert scripted.rows(
        "select measure, change, old_value, new_value, cause from marts.fct_exchange_revisions "
        "where exchange_id = 'exchange-2024-08-10'"
    ) == [("officers", "taken back", 5, None, "the announcement was edited and no longer says it")]
    assert scripted.rows("select measure from marts.fct_figures where exchange_id = 'exchange-2024-08-10'") == [
        ("released_total",)
    ]


def test_a_total_that_grows_or_differs_is_of_one_exchange(scripted: ScriptedDeployment) -> None:
    assert exchanges_of(scripted, "2024-03") == [("exchange-2024-03-10", None, 95)]


def test_one_exchange_on_both_sides_of_midnight(scripted: ScriptedDeployment) -> None:
    assert exchanges_of(scripted, "2024-04") == [("exchange-2024-04-10", 78, 70)]


def test_the_second_exchange_of_a_day_outlives_the_first(scripted: ScriptedDeployment) -> None:
    assert exchanges_of(scripted, "2024-05") == [("exchange-2024-05-10b", 80, 31)]
    assert scripted.rows(
        "select exchange_id, released_total, reason, replaced_by from marts.fct_withdrawn_exchanges "
        "where exchanged_on = date '2024-05-10'"
    ) == [("exchange-2024-05-10", 30, "its source deleted the announcement", None)]


def test_a_decision_against_the_first_exchange_of_a_day_renumbers_nothing(tmp_path: Path) -> None:
    """Also when the facts are built anew, and the exchange is back under its id when the decision is withdrawn."""
    scripted = ScriptedDeployment(deployment(tmp_path))
    first = scripted.announce(
        HQ, "2024-01-10 12:00", "Сьогодні відбувся 76-й обмін: додому повернулися 60 захисників."
    )
    scripted.announce(PRESIDENT, "2024-01-10 17:00", "Сьогодні відбувся 77-й обмін: вдома 61 захисник.")
    scripted.extract()
    scripted.build()
    both = [("exchange-2024-01-10", 76, 60), ("exchange-2024-01-10b", 77, 61)]
    assert exchanges_of(scripted, "2024-01") == both
    scripted.correct(first, "released_total=59")
    scripted.extract()
    scripted.build()
    assert exchanges_of(scripted, "2024-01") == [("exchange-2024-01-10", 76, 59), both[1]]
    scripted.reject(first)
    scripted.extract()
    scripted.build()
    assert exchanges_of(scripted, "2024-01") == both[1:]
    anew = ScriptedDeployment(deployment(tmp_path / "anew"))
    anew.settings.reviews.parent.mkdir(parents=True, exist_ok=True)
    anew.settings.reviews.write_bytes(scripted.settings.reviews.read_bytes())
    anew.announce(HQ, "2024-01-10 12:00", "Сьогодні відбувся 76-й обмін: додому повернулися 60 захисників.")
    anew.announce(PRESIDENT, "2024-01-10 17:00", "Сьогодні відбувся 77-й обмін: вдома 61 захисник.")
    anew.extract()
    anew.build()
    assert exchanges_of(anew, "2024-01") == both[1:]
    scripted.settings.reviews.unlink()
    scripted.extract()
    scripted.build()
    assert exchanges_of(scripted, "2024-01") == both


def test_an_earlier_exchange_that_is_found_a_day_late_renumbers_nothing(tmp_path: Path) -> None:
    """The 77th was alerted while the source of the 76th was blocked."""
    scripted = ScriptedDeployment(deployment(tmp_path))
    scripted.announce(PRESIDENT, "2024-01-10 17:00", "Сьогодні відбувся 77-й обмін: вдома 61 захисник.")
    scripted.refresh()
    assert exchanges_of(scripted, "2024-01") == [("exchange-2024-01-10", 77, 61)]
    scripted.announce(
        HQ, "2024-01-10 12:00", "Сьогодні відбувся 76-й обмін: додому повернулися 60 захисників.",
        seen="2024-01-11 09:00",
    )  # fmt: skip
    scripted.refresh()
    assert exchanges_of(scripted, "2024-01") == [("exchange-2024-01-10", 77, 61), ("exchange-2024-01-10b", 76, 60)]
