"""Random histories of announcements give the same facts whether they are built step by step or at once.

Each history has a month of its own; the order of arrival, edits, deletions, midnight and two exchanges a day vary.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

from tests.conftest import deployment
from tests.support.scripted_deployment import ScriptedDeployment

SOURCES = ("koordshtab_telegram", "president_uk", "president_telegram", "diukraine_telegram", "suspilne", "ukrinform")
MONTHS = [f"2024-{month:02}" for month in range(1, 13)]
STEPS = 3
Change = Callable[[ScriptedDeployment], object]


def text(random: Random, first: int, number: int) -> str:
    """An announcement of the first or second exchange of the day, or of both together, with or without figures."""
    total = random.choice([first, first, first + 11, 2 * first + 11, None])
    people = "українські захисники" if total is None else f"{total} захисників"
    if total is not None and random.random() < 0.4:
        people = f"ще {people}"
    numbered = f"{number + (total == first + 11)}-й " if random.random() < 0.5 else ""
    return f"Сьогодні відбувся {numbered}обмін: додому повернулися {people}."


def history(random: Random, month: str, number: int) -> list[Change]:
    """The changes of one month in the order in which they arrive; an item's versions keep their order."""
    first, changes = random.randint(20, 200), list[list[Change]]()
    for item in range(random.randint(2, 6)):
        source = random.choice(SOURCES)
        at = f"{month}-{random.choice(['10', '10', '11'])} {random.choice(['00:20', '09:00', '15:00', '21:30', '23:50'])}"
        name = f"{month}/{item}"
        found = f"{month}-12 00:30" if random.random() < 0.3 else at  # late, when its source was blocked
        versions = [(text(random, first, number), found)]
        if random.random() < 0.3:
            versions.append((text(random, first, number), f"{month}-12 0{random.randint(1, 9)}:00"))
        own: list[Change] = [
            lambda scripted, s=source, a=at, w=words, i=name, seen=seen: scripted.announce(s, a, w, item=i, seen=seen)
            for words, seen in versions
        ]
        if random.random() < 0.2:
            own.append(lambda scripted, s=source, i=name: scripted.delete(s, i, f"{month}-13 10:00"))
        changes.append(own)
    arrived: list[Change] = []
    while any(changes):
        arrived.append(random.choice([own for own in changes if own]).pop(0))
    return arrived


def test_facts_do_not_depend_on_when_they_were_built(tmp_path: Path) -> None:
    random = Random(3)
    changes = [history(random, month, number) for number, month in enumerate(MONTHS, 70)]
    at_once, in_steps = (ScriptedDeployment(deployment(tmp_path / name)) for name in ("at_once", "in_steps"))
    for step in range(STEPS):
        with at_once.together(), in_steps.together():
            for own in changes:
                for change in own[step * len(own) // STEPS : (step + 1) * len(own) // STEPS]:
                    change(at_once)
                    change(in_steps)
        in_steps.refresh()
    at_once.refresh()
    assert in_steps.facts() == at_once.facts()
    several = at_once.rows("select count(*) from marts.fct_exchanges where exchange_id like '%b'")
    assert several != [(0,)]  # the histories do hold days with two exchanges
