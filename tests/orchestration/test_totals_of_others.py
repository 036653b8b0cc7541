"""Our sums beside totals of others: officials', Wikipedia's, the Headquarters' report; and the reasons for differences.

How our own facts are made is in test_facts.py.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from orchestration.warehouse.database import Warehouse
from tests.conftest import deployment
from tests.support.scripted_deployment import ScriptedDeployment

HQ = "koordshtab_telegram"


def test_wikipedia_is_compared_and_never_believed(tmp_path: Path) -> None:
    scripted = ScriptedDeployment(deployment(tmp_path))
    scripted.announce(HQ, "2024-05-05 15:00", "Сьогодні відбувся обмін: додому повернулися 150 захисників.")
    scripted.announce(HQ, "2024-06-05 15:00", "Сьогодні відбувся обмін: додому повернулися 75 захисників.")
    scripted.announce(HQ, "2024-07-05 15:00", "Сьогодні відбувся обмін: додому повернулися 95 захисників.")
    scripted.refresh()
    facts = scripted.facts()
    rows = [("1.1", "2024-05-05", 150), ("1.2", "2024-06-15", 12), ("1.3", "2024-07-05", 90), ("1.4", None, 7)]
    with Warehouse(scripted.settings).connection() as connection:
        connection.executemany(
            "insert into raw.reference_rows values ('wikipedia_en', ?, '{}', ?, ?, null, 'page', now())", rows
        )
        connection.executemany(
            "insert into raw.reference_rows values ('koordshtab_report', ?, '{}', null, ?, null, 'page', now())",
            [("total/military", 300), ("total/men", 290)],
        )
    scripted.refresh()
    assert scripted.facts() == facts
    assert scripted.rows(
        "select day, difference, our_released, their_released from reports.wikipedia_differences"
    ) == [
        (date(2024, 6, 5), "only ours", 75, None),
        (date(2024, 6, 15), "only theirs", None, 12),
        (date(2024, 7, 5), "another number released", 95, 90),
        (None, "their day can not be read", None, 7),
    ]
    # None of the three exchanges has a count of soldiers; we do not count men at all.
    assert scripted.rows(
        "from reports.headquarters_report select category, official, ours, exchanges_without_it"
    ) == [
        ("men", 290, None, None),
        ("military", 300, None, 3),
    ]


def test_an_official_total_is_set_beside_ours_and_explained(tmp_path: Path) -> None:
    scripted = ScriptedDeployment(deployment(tmp_path))
    scripted.announce(HQ, "2022-02-25 15:00", "Ранкове зведення: працюємо.")
    scripted.announce(HQ, "2024-05-05 15:00", "Сьогодні відбувся 51-й обмін: додому повернулися 150 захисників.")
    scripted.announce(HQ, "2024-05-06 15:00", "Сьогодні відбувся другий етап 51-го обміну: вдома 50 військових.")
    scripted.announce(HQ, "2024-06-05 15:00", "Поза обмінами з полону повернуто 10 цивільних українців.")
    scripted.announce(
        HQ, "2024-07-01 12:00", "Від початку року Україна повернула 210 людей в обмінах, повідомив Коордштаб."
    )
    scripted.announce(HQ, "2024-07-02 12:00", "За весь 2024 рік повернуто 200 людей, відбувся 1 обмін.")
    scripted.announce(HQ, "2024-08-05 15:00", "Сьогодні відбувся обмін. Повертаються поранені. Число не називаємо.")
    scripted.announce(
        HQ, "2024-12-30 12:00", "Від початку року Україна повернула 260 людей в обмінах, повідомив Коордштаб."
    )
    scripted.announce(HQ, "2025-01-30 12:00", "За весь 2024 рік повернуто понад 200 людей.")
    scripted.refresh()
    assert scripted.rows(
        "select claimed_at::date, measure, official, ours, difference, possibly_explained, unexplained, explanation "
        "from reports.reconciliation where measure = 'released' order by 1"
    ) == [
        (date(2024, 7, 1), "released", 210, 210, 0, 0, 0, "no difference"),
        (
            date(2024, 7, 2), "released", 200, 210, -10, 0, 0,
            "releases outside exchanges, which the official figure leaves out (-10)",
        ),
        (
            date(2024, 12, 30), "released", 260, 210, 50, 50, 0,
            "possibly exchanges announced with no number: 1 (+50)",
        ),
        (
            date(2025, 1, 30), "released", 200, 210, -10, 0, 0,
            "the official figure is a lower bound, and ours meets it (-10)",
        ),
    ]  # fmt: skip


def test_a_year_with_releases_outside_exchanges_only_is_a_year_of_the_record(tmp_path: Path) -> None:
    scripted = ScriptedDeployment(deployment(tmp_path))
    scripted.announce(HQ, "2023-06-05 15:00", "Поза обмінами з полону повернуто 10 цивільних українців.")
    scripted.announce(HQ, "2024-05-05 15:00", "Сьогодні відбувся обмін: додому повернулися 150 захисників.")
    scripted.refresh()
    assert scripted.rows(
        "select year, exchanges, released_in_exchanges, released_outside_exchanges, released_in_all, "
        "released_in_exchanges_bound, released_bound, exchanges_without_number from reports.by_year"
    ) == [
        (2023, 0, 0, 10, 10, "exact", "exact", 0),
        (2024, 1, 150, 0, 150, "exact", "exact", 0),
    ]
