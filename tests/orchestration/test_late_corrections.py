"""Corrections of alerted exchanges: none is lost, however late it is known, and each says what was said before.

What is news at all is tested in test_alerts.py, the wording in test_alert_texts.py.
"""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from orchestration.alerts.config import load_channels
from orchestration.alerts.delivery import deliver
from orchestration.alerts.messages import compose
from orchestration.alerts.news import decide_news
from orchestration.warehouse.database import Warehouse
from tests.support.alert_receiver import Receiver
from tests.support.alerting_deployment import HQ, PRESIDENT, TODAY, alerting, changes_of, decide
from tests.support.scripted_deployment import ScriptedDeployment

TEXT = "{} відбувся обмін: додому повернулися {} захисників{}."
LATER = date(2026, 5, 25)
LARGE = "channels: [{name: large, address_in: DESK, least_released: 50}]"


def announce(scripted: ScriptedDeployment, *said: Any, item: str | None = None, hour: int = 12) -> str:
    """A post of the Headquarters of 20 May at noon; with ``item`` its edit, seen at ``hour``."""
    day, people, rest = (*said, "")[:3] if len(said) > 1 else ("Сьогодні", said[0], "")
    seen = {} if item is None else {"item": item, "seen": f"2026-05-20 {hour}:30"}
    return scripted.announce(HQ, "2026-05-20 12:00", TEXT.format(day, people, rest), **seen)


def payloads(scripted: ScriptedDeployment) -> list[dict[str, Any]]:
    with Warehouse(scripted.settings).connection() as connection:
        rows = connection.execute("select payload from raw.alerts order by number").fetchall()
    return [json.loads(payload) for (payload,) in rows]


def test_a_source_that_was_read_late_corrects_what_was_alerted(
    scripted: ScriptedDeployment, receiver: Receiver
) -> None:
    scripted.announce(PRESIDENT, "2026-05-20 12:00", "Сьогодні відбувся обмін: додому повернулися 55 захисників.")
    assert decide(scripted) == 1
    text = "Сьогодні відбувся обмін: додому повернулися 57 захисників."
    scripted.announce(HQ, "2026-05-20 12:30", text, seen="2026-05-25 10:00")
    assert decide(scripted, LATER) == 1
    correction = next(payload for payload in payloads(scripted) if payload["kind"] == "figure_corrected")
    assert changes_of(correction) == [("released_total", 55, 57)]


def test_what_could_not_be_decided_for_days_is_alerted_then(scripted: ScriptedDeployment, receiver: Receiver) -> None:
    item = announce(scripted, 60)
    assert decide(scripted) == 1
    announce(scripted, 40, item=item, hour=13)
    assert decide(scripted, LATER) == 1
    scripted.delete(HQ, item, "2026-05-20 14:00")
    assert decide(scripted, LATER) == 1
    assert [one["kind"] for one in payloads(scripted)] == ["new_exchange", "figure_corrected", "exchange_withdrawn"]


def test_what_an_alert_is_said_to_have_told_it_told(scripted: ScriptedDeployment, receiver: Receiver) -> None:
    """The six women were added in between, which is no correction."""
    item = announce(scripted, 57)
    decide(scripted)
    announce(scripted, "Сьогодні", 57, ", серед них 6 жінок", item=item, hour=13)
    assert decide(scripted) == 0
    announce(scripted, "Сьогодні", 58, ", серед них 6 жінок", item=item, hour=14)
    assert decide(scripted) == 1
    figures = payloads(scripted)[-1]["before"]["figures"]
    assert (figures["released_total"], figures["women"]) == (57, None)


def test_a_number_that_falls_into_doubt_is_to_be_confirmed(scripted: ScriptedDeployment, receiver: Receiver) -> None:
    """A letter stands among its digits, and nobody has decided about it."""
    item = None
    for hour, people in ((12, "57"), (13, "1О5")):
        item = announce(scripted, people, item=item, hour=hour)
        scripted.extract()
        scripted.build_facts()
        with Warehouse(scripted.settings).connection() as connection:
            assert decide_news(connection, load_channels(scripted.settings.alerts_file), TODAY, 3) == 1
    correction = payloads(scripted)[-1]
    assert "57 → number to be confirmed" in compose(correction["kind"], correction, "en").body
    assert "57 → кількість уточнюється" in compose(correction["kind"], correction, "uk").body


def test_parts_and_figures_told_again_are_corrected(scripted: ScriptedDeployment, receiver: Receiver) -> None:
    item = announce(scripted, "Сьогодні", 57, ". Серед них 12 захисників «Азовсталі»")
    decide(scripted)
    for hour, part, changes in (
        (13, "21 захисник «Азовсталі»", [("azovstal", 12, 21)]),
        (14, "21 захисник «Азовсталі» і 4 жінки", None),
        (15, "21 захисник «Азовсталі»", [("women", 4, None)]),
        (16, "21 захисник «Азовсталі» і 6 жінок", [("women", None, 6)]),
    ):
        announce(scripted, "Сьогодні", 57, f". Серед них {part}", item=item, hour=hour)
        assert decide(scripted) == (changes is not None)
        if changes is not None:
            assert changes_of(payloads(scripted)[-1]) == changes


def test_a_second_address_takes_no_alert_from_the_first(
    scripted: ScriptedDeployment, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    announce(scripted, 57)
    decide(scripted)
    monkeypatch.setenv("DESK", f"{os.environ['DESK']} {os.environ['DESK']}2")
    assert deliver(Warehouse(scripted.settings)).delivered == 1


def test_a_channel_that_was_told_is_told_when_the_day_moves(
    first_scripted: ScriptedDeployment, tmp_path: Path, receiver: Receiver
) -> None:
    scripted = first_scripted.copied(alerting(tmp_path, LARGE))
    item = announce(scripted, 40)
    decide(scripted)
    announce(scripted, 60, item=item, hour=13)
    decide(scripted)
    announce(scripted, "Учора", 45, item=item, hour=14)
    decide(scripted)
    with Warehouse(scripted.settings).connection() as connection:
        sent = connection.execute(
            "select alert_id from raw.deliveries inner join raw.alerts using (alert_id) order by number"
        )
        assert len(sent.fetchall()) == 2


def test_a_conflict_that_was_told_is_told_once_when_the_day_moves(
    scripted: ScriptedDeployment, receiver: Receiver
) -> None:
    first = announce(scripted, 57)
    second = scripted.announce(PRESIDENT, "2026-05-20 12:40", "Сьогодні відбувся обмін: вдома 55 захисників.")
    decide(scripted)
    announce(scripted, "Учора", 57, item=first, hour=14)
    scripted.announce(
        PRESIDENT, "2026-05-20 12:40", "Учора відбувся обмін: вдома 55 захисників.", item=second,
        seen="2026-05-20 14:30",
    )  # fmt: skip
    decide(scripted)
    assert [one["kind"] for one in payloads(scripted)] == ["new_exchange", "figure_corrected"]


def test_who_says_that_a_number_is_exact_is_told(scripted: ScriptedDeployment, receiver: Receiver) -> None:
    item = announce(scripted, "близько 60")
    decide(scripted)
    announce(scripted, 60, item=item, hour=13)
    decide(scripted)
    (bound,) = (one for one in payloads(scripted)[-1]["changes"] if one["figure"] == "released_bound")
    assert bound["said_by"]["source_id"] == HQ


@pytest.mark.parametrize("source", [HQ, PRESIDENT])
def test_an_earlier_exchange_that_is_read_later_takes_no_other_s_id(
    scripted: ScriptedDeployment, receiver: Receiver, source: str
) -> None:
    """Within one day: the 77th was alerted before the post about the 76th, of that morning, was seen."""
    scripted.announce(HQ, "2026-05-20 16:00", "Сьогодні відбувся 77-й обмін: додому повернулися 61 захисник.")
    assert decide(scripted) == 1
    text = "Сьогодні відбувся 76-й обмін: додому повернулися 60 захисників."
    scripted.announce(source, "2026-05-20 10:00", text, seen="2026-05-20 17:00")
    assert decide(scripted) == 1
    assert [one["id"] for one in payloads(scripted)] == [
        "new-exchange/exchange-2026-05-20",
        "new-exchange/exchange-2026-05-20b",
    ]


def test_exchanges_seen_by_one_crawl_are_numbered_in_their_order(
    scripted: ScriptedDeployment, receiver: Receiver
) -> None:
    later = "Сьогодні відбувся 77-й обмін: додому повернулися 61 захисник."
    earlier = "Сьогодні відбувся 76-й обмін: додому повернулися 60 захисників."
    scripted.announce(HQ, "2026-05-20 16:00", later, seen="2026-05-20 16:05")
    scripted.announce(PRESIDENT, "2026-05-20 10:00", earlier, seen="2026-05-20 16:08")
    assert decide(scripted) == 2
    totals = {one["id"]: one["exchange"]["released_total"] for one in payloads(scripted)}
    assert totals == {"new-exchange/exchange-2026-05-20": 60, "new-exchange/exchange-2026-05-20b": 61}
