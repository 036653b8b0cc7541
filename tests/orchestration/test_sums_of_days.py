"""Texts that count several exchanges of a day together: nobody is counted twice, and no exchange is lost.

Days and figures are invented; each day is in a month of its own, so that none affects another.
"""

from __future__ import annotations

import pytest

from tests.conftest import deployment
from tests.support.scripted_deployment import ScriptedDeployment

HQ, PRESIDENT, ITS_CHANNEL = "koordshtab_telegram", "president_uk", "president_telegram"
INTELLIGENCE, PRESS = "diukraine_telegram", "suspilne"
Told = tuple[str, str, str]  # a source, a day of the month with the time, and what is told
NUMBERED = "Сьогодні відбувся {}-й обмін: вдома {} захисників."
TODAY = "Сьогодні відбувся обмін: додому повернулися {} захисників."
ANOTHER = "Сьогодні відбувся обмін: повернулися ще {} захисників."
UNDATED = "Україна повернула з російського полону {} військових."
UNDATED_ANOTHER = "Відбувся ще один обмін: повернулися ще {} захисників."

CASES: dict[str, tuple[list[Told], list[tuple[str, int]]]] = {
    "the next day's sum of two numbered exchanges": (
        [
            (HQ, "10 12:00", NUMBERED.format(76, 60)),
            (HQ, "10 18:00", NUMBERED.format(77, 65)),
            (PRESS, "11 09:00", UNDATED.format(125)),
        ],
        [("10", 60), ("10b", 65)],
    ),
    "the next day's sum of what two officials told of": (
        [
            (HQ, "10 12:00", NUMBERED.format(76, 50)),
            (PRESIDENT, "10 18:00", NUMBERED.format(77, 45)),
            (PRESS, "11 09:00", UNDATED.format(95)),
        ],
        [("10", 50), ("10b", 45)],
    ),
    "a copy of another one after midnight": (
        [
            (ITS_CHANNEL, "10 15:00", TODAY.format(50)),
            (ITS_CHANNEL, "10 23:50", UNDATED_ANOTHER.format(45)),
            (PRESIDENT, "11 00:10", UNDATED_ANOTHER.format(45)),
        ],
        [("10", 50), ("10b", 45)],
    ),
    "a copy of another one by somebody who told of the first": (
        [
            (HQ, "10 12:00", TODAY.format(50)),
            (INTELLIGENCE, "10 13:00", TODAY.format(50)),
            (HQ, "10 21:00", UNDATED_ANOTHER.format(45)),
            (INTELLIGENCE, "11 08:00", UNDATED_ANOTHER.format(45)),
        ],
        [("10", 50), ("10b", 45)],
    ),
    "a repeated number is no sum with itself": (
        [
            (ITS_CHANNEL, "10 12:00", TODAY.format(50)),
            (PRESIDENT, "10 12:30", TODAY.format(50)),
            (ITS_CHANNEL, "10 19:00", ANOTHER.format(45)),
            (HQ, "11 15:00", "Відбувся обмін полоненими: додому повернулися 145 захисників."),
        ],
        [("10", 50), ("10b", 45), ("11", 145)],
    ),
    "an exchange as large as two later ones": (
        [
            (HQ, "10 09:00", NUMBERED.format(76, 95)),
            (HQ, "10 14:00", NUMBERED.format(77, 50)),
            (HQ, "10 19:00", NUMBERED.format(78, 45)),
        ],
        [("10", 95), ("10b", 50), ("10c", 45)],
    ),
    "another one that was told before the sum": (
        [
            (INTELLIGENCE, "10 10:00", TODAY.format(50)),
            (INTELLIGENCE, "10 12:00", ANOTHER.format(45)),
            (PRESIDENT, "10 19:00", TODAY.format(95)),
            (ITS_CHANNEL, "10 19:30", ANOTHER.format(45)),
        ],
        [("10", 50), ("10b", 45)],
    ),
    "a lower bound above each and below the sum": (
        [
            (INTELLIGENCE, "10 10:00", TODAY.format(95)),
            (INTELLIGENCE, "10 12:00", ANOTHER.format(80)),
            (PRESIDENT, "10 19:00", TODAY.format("понад 100")),
        ],
        [("10", 95), ("10b", 80)],
    ),
}


@pytest.fixture(scope="module")
def months(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[str, int]]]:
    """The exchanges of each case, by its name: the day with its letter, and the total. All in one build."""
    scripted = ScriptedDeployment(deployment(tmp_path_factory.mktemp("scripted")))
    month_of = {name: f"2024-{number:02}" for number, name in enumerate(CASES, 1)}
    with scripted.together():
        for name, (told, _) in CASES.items():
            for source, at, text in told:
                scripted.announce(source, f"{month_of[name]}-{at}", text)
        # One of three is deleted, and a source still tells of all: in no exchange's place.
        scripted.announce(INTELLIGENCE, "2023-01-10 10:00", TODAY.format(50))
        scripted.announce(INTELLIGENCE, "2023-01-10 12:00", ANOTHER.format(45))
        third = scripted.announce(INTELLIGENCE, "2023-01-10 14:00", ANOTHER.format(30))
        scripted.announce(PRESIDENT, "2023-01-10 19:00", TODAY.format(125))
        scripted.delete(INTELLIGENCE, third, "2023-01-10 20:00")
        # The second is deleted and told anew with another number.
        scripted.announce(INTELLIGENCE, "2023-02-10 10:00", TODAY.format(50))
        second = scripted.announce(INTELLIGENCE, "2023-02-10 12:00", ANOTHER.format(45))
        scripted.announce(PRESIDENT, "2023-02-10 13:00", TODAY.format(95))
        scripted.delete(INTELLIGENCE, second, "2023-02-10 14:00")
        scripted.announce(INTELLIGENCE, "2023-02-10 15:00", ANOTHER.format(46))
        # The first two are joined by an edit; a source tells of all three.
        both = scripted.announce(
            INTELLIGENCE, "2023-03-10 10:00",
            "Сьогодні відбувся обмін. Вранці додому повернулися 50 захисників. Ще 45 захисників прибули вдень.",
        )  # fmt: skip
        scripted.announce(INTELLIGENCE, "2023-03-10 14:00", ANOTHER.format(30))
        scripted.announce(PRESIDENT, "2023-03-10 19:00", TODAY.format(125))
        scripted.announce(
            INTELLIGENCE, "2023-03-10 10:00", TODAY.format(95), item=both, seen="2023-03-10 20:00"
        )  # fmt: skip
        # The second exchange's number is corrected to one that is no sum.
        scripted.announce(HQ, "2023-04-10 10:00", TODAY.format(50))
        second = scripted.announce(HQ, "2023-04-10 12:00", ANOTHER.format(45))
        scripted.announce(HQ, "2023-04-10 12:00", ANOTHER.format(95), item=second, seen="2023-04-10 13:00")
    scripted.refresh()
    named = {month: name for name, month in month_of.items()} | {
        "2023-01": "deleted", "2023-02": "told anew", "2023-03": "joined", "2023-04": "corrected",
    }  # fmt: skip
    found: dict[str, list[tuple[str, int]]] = {}
    for exchange, total in scripted.rows("select exchange_id, released_total from marts.fct_exchanges order by 1"):
        day = exchange.removeprefix("exchange-")
        found.setdefault(named[day[:7]], []).append((day[8:], total))
    return found


@pytest.mark.parametrize("name", CASES)
def test_nobody_is_counted_twice_and_no_exchange_is_lost(months: dict[str, list[tuple[str, int]]], name: str) -> None:
    assert months[name] == CASES[name][1]


def test_a_sum_takes_the_place_of_no_exchange_that_is_left(months: dict[str, list[tuple[str, int]]]) -> None:
    assert months["deleted"] == [("10", 50), ("10b", 45)]
    assert months["told anew"] == [("10", 50), ("10c", 46)]
    assert months["joined"] == [("10", 95), ("10c", 30)]
    assert months["corrected"] == [("10", 50), ("10b", 95)]
