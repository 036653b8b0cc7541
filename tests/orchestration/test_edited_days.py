"""What edits and deletions leave of a day: an edit of other words changes no figure, and a text that counts several
exchanges together speaks for them where they are no longer told one by one.

Days and figures are invented; each day is in a month of its own, so that none affects another.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import deployment
from tests.support.scripted_deployment import ScriptedDeployment

HQ, PRESIDENT, INTELLIGENCE, PRESS = "koordshtab_telegram", "president_uk", "diukraine_telegram", "suspilne"


def announce_all(scripted: ScriptedDeployment) -> None:
    # A full stop is added to the post of ten o'clock after that of seven in the evening.
    early = scripted.announce(HQ, "2024-01-10 10:00", "Сьогодні відбувся обмін: додому повернулися 50 захисників")
    scripted.announce(HQ, "2024-01-10 19:00", "Сьогодні відбувся обмін: уже вдома 95 захисників.")
    scripted.announce(
        HQ, "2024-01-10 10:00", "Сьогодні відбувся обмін: додому повернулися 50 захисників.", item=early,
        seen="2024-01-10 20:00",
    )  # fmt: skip
    # The post of ten o'clock is corrected after that of noon.
    early = scripted.announce(HQ, "2024-02-10 10:00", "Сьогодні відбувся обмін: додому повернулися 50 захисників.")
    scripted.announce(HQ, "2024-02-10 12:00", "Сьогодні відбувся обмін: уже вдома 90 захисників.")
    scripted.announce(
        HQ, "2024-02-10 10:00", "Сьогодні відбувся обмін: додому повернулися 95 захисників.", item=early,
        seen="2024-02-10 20:00",
    )  # fmt: skip
    # A correction is taken back later: the figure is said anew.
    early = scripted.announce(HQ, "2024-03-10 10:00", "Сьогодні відбувся обмін: додому повернулися 50 захисників.")
    for seen, total in (("11:00", 53), ("20:00", 50)):
        scripted.announce(
            HQ, "2024-03-10 10:00", f"Сьогодні відбувся обмін: додому повернулися {total} захисників.", item=early,
            seen=f"2024-03-10 {seen}",
        )  # fmt: skip
    scripted.announce(HQ, "2024-03-10 12:00", "Сьогодні відбувся обмін: уже вдома 54 захисники.")
    # One text tells of two exchanges, and after an edit of both together.
    both = scripted.announce(
        HQ, "2024-04-10 20:00",
        "Сьогодні відбувся обмін. Вранці додому повернулися 50 захисників. Ще 45 захисників прибули вдень.",
    )  # fmt: skip
    scripted.announce(
        HQ, "2024-04-10 20:00", "Сьогодні відбувся обмін: додому повернулися 95 захисників.", item=both,
        seen="2024-04-10 21:00",
    )  # fmt: skip
    # The first of two posts is edited, and tells of both.
    first = scripted.announce(HQ, "2024-05-10 10:00", "Сьогодні відбувся обмін: додому повернулися 50 захисників.")
    scripted.announce(HQ, "2024-05-10 19:00", "Сьогодні відбувся обмін: повернулися ще 45 захисників.")
    scripted.announce(
        HQ, "2024-05-10 10:00", "Сьогодні відбувся обмін: додому повернулися 95 захисників.", item=first,
        seen="2024-05-10 20:00",
    )  # fmt: skip
    # Both posts are deleted; the president tells of both together.
    first = scripted.announce(HQ, "2024-06-10 10:00", "Сьогодні відбувся обмін: додому повернулися 50 захисників.")
    second = scripted.announce(HQ, "2024-06-10 18:00", "Сьогодні відбувся обмін: повернулися ще 45 захисників.")
    for item in (first, second):
        scripted.delete(HQ, item, "2024-06-10 20:00")
    scripted.announce(PRESIDENT, "2024-06-10 21:00", "Сьогодні відбувся обмін: додому повернулися 95 захисників.")
    # One of two posts is deleted, and the press tells of both together: what an official says comes first.
    first = scripted.announce(HQ, "2024-07-10 10:00", "Сьогодні відбувся обмін: додому повернулися 50 захисників.")
    scripted.announce(HQ, "2024-07-10 18:00", "Сьогодні відбувся обмін: повернулися ще 45 захисників.")
    scripted.delete(HQ, first, "2024-07-10 20:00")
    scripted.announce(PRESS, "2024-07-10 21:00", "Сьогодні з полону повернулися 95 захисників.")
    # The same number in the morning and in the evening, in one text; the president's sum.
    scripted.announce(
        HQ, "2024-08-10 20:00",
        "Сьогодні відбувся обмін. Вранці додому повернулися 50 захисників. Ще 50 захисників прибули ввечері.",
    )  # fmt: skip
    scripted.announce(PRESIDENT, "2024-08-10 21:00", "Сьогодні відбувся обмін: додому повернулися 100 українців.")
    # Three exchanges; the text of the first two is edited and tells of these together.
    both = scripted.announce(
        HQ, "2024-09-10 18:00",
        "Сьогодні відбувся обмін. Вранці додому повернулися 50 захисників. Ще 45 захисників прибули вдень.",
    )  # fmt: skip
    scripted.announce(HQ, "2024-09-10 22:00", "Сьогодні відбувся обмін: повернулися ще 30 захисників.")
    scripted.announce(
        HQ, "2024-09-10 18:00", "Сьогодні відбувся обмін: додому повернулися 95 захисників.", item=both,
        seen="2024-09-10 23:00",
    )  # fmt: skip
    # Before the third exchange the president tells of the first two together.
    scripted.announce(HQ, "2024-10-10 10:00", "Сьогодні відбувся обмін: додому повернулися 50 захисників.")
    scripted.announce(HQ, "2024-10-10 14:00", "Сьогодні відбувся обмін: повернулися ще 45 захисників.")
    scripted.announce(PRESIDENT, "2024-10-10 19:00", "Сьогодні відбувся обмін: додому повернулися 95 українців.")
    scripted.announce(HQ, "2024-10-10 20:00", "Сьогодні відбувся обмін: повернулися ще 30 захисників.")
    # The Headquarters takes the second exchange back, of which the president had told.
    both = scripted.announce(
        HQ, "2024-11-10 18:00",
        "Сьогодні відбувся обмін. Вранці додому повернулися 50 захисників. Ще 45 захисників прибули вдень.",
    )  # fmt: skip
    scripted.announce(PRESIDENT, "2024-11-10 19:00", "Сьогодні відбувся обмін: додому повернулися 95 українців.")
    scripted.announce(
        HQ, "2024-11-10 18:00", "Сьогодні відбувся обмін: додому повернулися 50 захисників.", item=both,
        seen="2024-11-10 21:00",
    )  # fmt: skip
    # A joined text, and another total of the source that comes first.
    both = scripted.announce(
        INTELLIGENCE, "2024-12-10 18:00",
        "Сьогодні відбувся обмін. Вранці додому повернулися 50 захисників. Ще 45 захисників прибули вдень.",
    )  # fmt: skip
    scripted.announce(
        INTELLIGENCE, "2024-12-10 18:00", "Сьогодні відбувся обмін: додому повернулися 95 захисників.", item=both,
        seen="2024-12-10 19:00",
    )  # fmt: skip
    scripted.announce(HQ, "2024-12-10 20:00", "Сьогодні відбувся обмін: додому повернулися 97 захисників.")
    # A sum with the number of one of both, and a bound that only the sum meets.
    scripted.announce(INTELLIGENCE, "2023-01-10 10:00", "Сьогодні відбувся 76-й обмін: вдома 50 захисників.")
    scripted.announce(INTELLIGENCE, "2023-01-10 14:00", "Сьогодні відбувся обмін: повернулися ще 45 захисників.")
    scripted.announce(PRESIDENT, "2023-01-10 19:00", "Сьогодні відбувся 76-й обмін: вдома 95 захисників.")
    scripted.announce(PRESIDENT, "2023-01-10 20:00", "Сьогодні відбувся обмін: вдома понад 90 захисників.")
    # The second of two exchanges becomes a lower bound: it is told as before.
    scripted.announce(HQ, "2023-02-10 10:00", "Сьогодні відбувся обмін: додому повернулися 50 захисників.")
    second = scripted.announce(HQ, "2023-02-10 18:00", "Сьогодні відбувся обмін: повернулися ще 45 захисників.")
    scripted.announce(PRESIDENT, "2023-02-10 19:00", "Сьогодні відбувся обмін: вдома 95 захисників.")
    scripted.announce(
        HQ, "2023-02-10 18:00", "Сьогодні відбувся обмін: повернулися ще понад 40 захисників.", item=second,
        seen="2023-02-10 20:00",
    )  # fmt: skip
    # One of two equal exchanges is corrected.
    both = scripted.announce(
        HQ, "2023-03-10 20:00",
        "Сьогодні відбувся обмін. Вранці додому повернулися 50 захисників. Ще 50 захисників прибули ввечері.",
    )  # fmt: skip
    scripted.announce(
        HQ, "2023-03-10 20:00",
        "Сьогодні відбувся обмін. Вранці додому повернулися 45 захисників. Ще 50 захисників прибули ввечері.",
        item=both, seen="2023-03-10 21:00",
    )  # fmt: skip
    # A look back of the source whose bound its own first total did not meet.
    scripted.announce(HQ, "2023-04-10 10:00", "Сьогодні відбувся обмін: додому повернулися понад 90 українців.")
    scripted.announce(HQ, "2023-04-10 11:00", "Сьогодні відбувся обмін: додому повернулися 50 захисників.")
    scripted.announce(HQ, "2023-04-20 10:00", "Нагадаємо, 10 квітня під час обміну повернулися 95 українців.")


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> ScriptedDeployment:
    """All announcements in one build."""
    scripted = ScriptedDeployment(deployment(tmp_path_factory.mktemp("scripted")))
    with scripted.together():
        announce_all(scripted)
    scripted.refresh()
    return scripted


def totals_of(scripted: ScriptedDeployment, month: str) -> list[tuple[Any, ...]]:
    return scripted.rows(
        "select exchange_id, released_total from marts.fct_exchanges where strftime(exchanged_on, '%Y-%m') = ? "
        "order by 1",
        month,
    )


def withdrawn_of(scripted: ScriptedDeployment, month: str) -> list[tuple[Any, ...]]:
    return scripted.rows(
        "select exchange_id, released_total, reason from marts.fct_withdrawn_exchanges "
        "where strftime(exchanged_on, '%Y-%m') = ? order by 1",
        month,
    )


@pytest.mark.parametrize(
    ("month", "total", "first_said"),
    [
        pytest.param("2024-01", 95, "2024-01-10 17:00:00", id="other_words"),
        pytest.param("2024-02", 95, "2024-02-10 18:00:00", id="another_figure"),
        pytest.param("2024-03", 50, "2024-03-10 18:00:00", id="back_to_the_first"),
    ],
)
def test_what_a_source_began_to_say_last_stands(
    scripted: ScriptedDeployment, month: str, total: int, first_said: str
) -> None:
    assert totals_of(scripted, month) == [(f"exchange-{month}-10", total)]
    assert scripted.rows(
        "select cast(said_since as varchar) from marts.fct_statements where verdict = 'stands' "
        "and measure = 'released_total' and strftime(event_date, '%Y-%m') = ?",
        month,
    ) == [(first_said,)]
    assert scripted.rows(
        "select released_total, has_conflict from reports.coverage where strftime(exchanged_on, '%Y-%m') = ?", month
    ) == [(total, False)]


@pytest.mark.parametrize("month", ["2024-04", "2024-05"])
def test_an_edit_that_joins_two_exchanges_leaves_one(scripted: ScriptedDeployment, month: str) -> None:
    assert totals_of(scripted, month) == [(f"exchange-{month}-10", 95)]


def test_what_is_told_together_says_why_it_is_withdrawn(scripted: ScriptedDeployment) -> None:
    assert withdrawn_of(scripted, "2024-04") == [
        ("exchange-2024-04-10b", 45, "the announcement was edited and no longer tells it")
    ]
    assert withdrawn_of(scripted, "2024-05") == [
        ("exchange-2024-05-10b", 45, "another text counts it together with others of its day")
    ]
    assert scripted.rows(
        "select value, verdict, verdict_rule, is_conflict from marts.fct_statements "
        "where event_date = date '2024-05-10' and measure = 'released_total' and value = 45"
    ) == [(45, "unmatched", "one of several exchanges of its day that another text counts together", False)]


def test_a_sum_outlives_its_deleted_parts(scripted: ScriptedDeployment) -> None:
    assert totals_of(scripted, "2024-06") == [("exchange-2024-06-10-2", 95)]
    assert [row[0] for row in withdrawn_of(scripted, "2024-06")] == ["exchange-2024-06-10", "exchange-2024-06-10b"]


def test_a_sum_of_the_press_replaces_no_official_total(scripted: ScriptedDeployment) -> None:
    assert totals_of(scripted, "2024-07") == [("exchange-2024-07-10b", 45)]


def test_one_number_twice_in_a_text_is_two_exchanges(scripted: ScriptedDeployment) -> None:
    assert totals_of(scripted, "2024-08") == [("exchange-2024-08-10", 50), ("exchange-2024-08-10b", 50)]
    assert scripted.rows(
        "select verdict, verdict_rule from marts.fct_statements where value = 100 and event_date = date '2024-08-10'"
    ) == [("unmatched", "counts all exchanges of its day together")]


def test_an_exchange_outside_the_sum_stays(scripted: ScriptedDeployment) -> None:
    assert totals_of(scripted, "2024-09") == [("exchange-2024-09-10", 95), ("exchange-2024-09-10c", 30)]


def test_a_sum_of_some_of_the_days_exchanges_changes_none(scripted: ScriptedDeployment) -> None:
    assert totals_of(scripted, "2024-10") == [
        ("exchange-2024-10-10", 50), ("exchange-2024-10-10b", 45), ("exchange-2024-10-10c", 30),
    ]  # fmt: skip
    assert withdrawn_of(scripted, "2024-10") == []
    assert scripted.rows(
        "select count(*) from marts.fct_exchange_revisions where exchange_id like 'exchange-2024-10-10%'"
    ) == [(0,)]


def test_a_sum_that_its_parts_contradict_is_a_conflict(scripted: ScriptedDeployment) -> None:
    assert totals_of(scripted, "2024-11") == [("exchange-2024-11-10", 50)]
    assert scripted.exchange("has_conflict", "2024-11-10") == (True,)
    assert totals_of(scripted, "2024-12") == [("exchange-2024-12-10", 97)]
    assert scripted.exchange("has_conflict", "2024-12-10") == (True,)


def test_a_sum_counts_nobody_twice(scripted: ScriptedDeployment) -> None:
    """With the number of one of both exchanges, and as a bound."""
    assert totals_of(scripted, "2023-01") == [("exchange-2023-01-10", 50), ("exchange-2023-01-10b", 45)]
    assert scripted.rows(
        "select released_bound, has_conflict from marts.fct_exchanges where exchange_id like 'exchange-2023-01-10%'"
    ) == [("exact", False), ("exact", False)]


def test_a_bound_tells_of_its_exchange(scripted: ScriptedDeployment) -> None:
    assert totals_of(scripted, "2023-02") == [("exchange-2023-02-10", 50), ("exchange-2023-02-10b", 40)]


def test_an_edit_of_one_of_two_equal_exchanges_leaves_the_other(scripted: ScriptedDeployment) -> None:
    assert totals_of(scripted, "2023-03") == [("exchange-2023-03-10", 45), ("exchange-2023-03-10b", 50)]
    assert withdrawn_of(scripted, "2023-03") == []


def test_a_look_back_corrects_no_figure_of_the_day(scripted: ScriptedDeployment) -> None:
    """The facts are built, and the contradiction is one."""
    assert scripted.exchange("has_conflict", "2023-04-10") == (True,)
