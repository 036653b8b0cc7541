"""Alerts: decided once, delivered in order, never lost, and harmless wherever they are shown.

What they say is tested in test_alert_texts.py, misbehaving receivers in test_receivers.py, channels and services in
test_channels.py.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import feedparser
import pytest
from click.testing import CliRunner

from orchestration.alerts.config import load_channels
from orchestration.alerts.delivery import DeliveryReport, deliver
from orchestration.alerts.feed import write_feeds
from orchestration.alerts.messages import compose
from orchestration.alerts.news import decide_news
from orchestration.alerts.outbox import now, retry
from orchestration.cli.main import main
from orchestration.review.decisions import decide as review
from orchestration.warehouse.database import Warehouse
from tests.conftest import web
from tests.support.alert_receiver import Receiver
from tests.support.alerting_deployment import (
    ALERTED_POST,
    HEADQUARTERS,
    HQ,
    PRESIDENT,
    TODAY,
    alerting,
    changes_of,
    decide,
)
from tests.support.child_processes import DELIVER
from tests.support.hostile_text import HOSTILE
from tests.support.scripted_deployment import ScriptedDeployment


def test_one_exchange_is_reported_once_and_its_correction_refers_to_it(
    scripted: ScriptedDeployment, receiver: Receiver
) -> None:
    post = scripted.announce(
        HQ, "2026-05-20 12:00", "Сьогодні відбувся обмін: вдома понад 150 захисників, з них 7 офіцерів."
    )
    assert decide(scripted) == 1
    assert deliver(Warehouse(scripted.settings)).delivered == 1
    scripted.announce(PRESIDENT, "2026-05-20 12:30", "Сьогодні відбувся обмін: вдома понад 150 захисників.")
    assert decide(scripted) == 0
    scripted.announce(
        HQ, "2026-05-20 12:00", "Сьогодні відбувся обмін: вдома 157 захисників, з них 7 офіцерів.",
        item=post, seen="2026-05-20 13:00",
    )  # fmt: skip
    assert decide(scripted) == 1
    assert decide(scripted) == 0
    deliver(Warehouse(scripted.settings))

    first, correction = receiver.got
    assert (first["version"], first["id"], first["refers_to"]) == (2, "new-exchange/exchange-2026-05-20", None)
    assert first["exchange"]["released_total"] == 150
    assert first["title"] == "Prisoner exchange on 20 May 2026: at least 150 released"
    assert first["exchange"]["announcement_url"] in first["text"]
    assert correction["refers_to"] == first["id"]
    assert changes_of(correction) == [
        ("released_total", 150, 157), ("released_is_lower_bound", True, False), ("released_bound", "at_least", "exact"),
    ]  # fmt: skip
    assert correction["corrected_by"] == "sources"
    assert "reviewer" not in correction["text"]
    assert receiver.keys == [first["id"], correction["id"]]


def test_a_conflict_and_a_withdrawal_are_reported(alerted: ScriptedDeployment, receiver: Receiver) -> None:
    other = alerted.announce(PRESIDENT, "2026-05-20 12:40", "Сьогодні відбувся обмін: вдома 55 захисників.")
    decide(alerted)
    alerted.delete(HQ, ALERTED_POST, "2026-05-20 14:00")
    alerted.delete(PRESIDENT, other, "2026-05-20 14:00")
    decide(alerted)
    deliver(Warehouse(alerted.settings))
    assert receiver.kinds() == ["new_exchange", "sources_in_conflict", "exchange_withdrawn"]
    _, conflict, withdrawal = receiver.got
    assert conflict["conflicts"] == [
        {
            "measure": "released_total", "category": None,
            "standing_value": 57, "standing_bound": "exact", "standing_source": HQ, "standing_publisher": HEADQUARTERS,
            "standing_quote": "57 захисників", "standing_url": "https://t.me/s/Koord_shtab/2",
            "differing_value": 55, "differing_bound": "exact", "differing_source": PRESIDENT,
            "differing_publisher": "President of Ukraine", "differing_quote": "55 захисників",
            "differing_url": "https://www.president.gov.ua/news/all/3",
            "rule": "another source comes first for this measure",
        }
    ]  # fmt: skip
    assert withdrawal["reason"] == "its source deleted the announcement"
    assert withdrawal["refers_to"] == "new-exchange/exchange-2026-05-20"


def test_an_exchange_that_an_edit_makes_one_with_another_is_withdrawn(
    scripted: ScriptedDeployment, receiver: Receiver
) -> None:
    scripted.announce(HQ, "2026-05-20 10:00", "Сьогодні відбувся 76-й обмін: додому повернулися 60 захисників.")
    later = "Сьогодні відбувся {}-й обмін: додому повернулися 61 захисник."
    post = scripted.announce(HQ, "2026-05-20 16:00", later.format(77))
    assert decide(scripted) == 2
    scripted.announce(HQ, "2026-05-20 16:00", later.format(76), item=post, seen="2026-05-20 17:00")
    decide(scripted)
    deliver(Warehouse(scripted.settings))
    scripted.publish()
    of_the_day = "select exchange_id from marts.fct_exchanges where exchanged_on = date '2026-05-20'"
    assert scripted.rows(of_the_day) == [("exchange-2026-05-20",)]
    (withdrawal,) = (alert for alert in receiver.got if alert["kind"] == "exchange_withdrawn")
    assert withdrawal["exchange"]["exchange_id"] == "exchange-2026-05-20b"
    assert (withdrawal["replaced_by"], withdrawal["exchange"]["released_total"]) == ("exchange-2026-05-20", 61)
    assert withdrawal["refers_to"] == "new-exchange/exchange-2026-05-20b"
    assert decide(scripted) == 0


def test_an_exchange_that_a_reviewer_takes_back_is_withdrawn_and_may_come_back(
    alerted: ScriptedDeployment, receiver: Receiver
) -> None:
    waiting = alerted.version_of(ALERTED_POST)
    review(Warehouse(alerted.settings), waiting, "not_an_exchange", "test")
    assert decide(alerted) == 1
    review(Warehouse(alerted.settings), waiting, "accepted", "test")
    assert decide(alerted) == 1
    deliver(Warehouse(alerted.settings))
    assert receiver.kinds() == ["new_exchange", "exchange_withdrawn", "figure_corrected"]
    withdrawal = receiver.got[1]
    assert withdrawal["reason"] == "its announcement is no longer read as one of an exchange"
    assert withdrawal["replaced_by"] is None


def test_a_day_that_a_reviewer_corrects_moves_the_exchange(alerted: ScriptedDeployment, receiver: Receiver) -> None:
    waiting = alerted.version_of(ALERTED_POST)
    review(Warehouse(alerted.settings), waiting, "corrected", "test", ["date=2026-05-19"])
    assert decide(alerted) == 1
    deliver(Warehouse(alerted.settings))
    first, moved = receiver.got
    assert changes_of(moved) == [("exchanged_on", "2026-05-20", "2026-05-19")]
    assert (moved["refers_to"], moved["corrected_by"]) == (first["id"], "review")


def test_a_lost_archive_withdraws_nothing_nor_does_what_arrives_of_it_after_the_extraction(
    alerted: ScriptedDeployment,
) -> None:
    alerted.settings.working.unlink()  # what was alerted is kept beside it
    alerted.announce(HQ, "2026-05-18 10:00", "Сьогодні відбувся обмін: додому повернулися 50 захисників.")
    assert decide(alerted) == 1
    with Warehouse(alerted.settings).connection() as connection:
        kinds = connection.execute("select kind from raw.alerts order by number").fetchall()
    assert kinds == [("new_exchange",), ("new_exchange",)]
    # The alerted post is loaded again, but is in no build yet.
    text = "Сьогодні відбувся обмін: додому повернулися 57 захисників."
    alerted.announce(HQ, "2026-05-20 12:00", text, item=ALERTED_POST)
    with Warehouse(alerted.settings).connection() as connection:
        assert decide_news(connection, load_channels(alerted.settings.alerts_file), TODAY, 3) == 0
    assert decide(alerted) == 0


def test_one_of_two_exchanges_alone_after_a_loss_withdraws_nothing(scripted: ScriptedDeployment) -> None:
    posts = [
        (f"2026-05-20 {hour}:00", f"Сьогодні відбувся {number}-й обмін: додому повернулися {total} захисників.")
        for hour, number, total in ((10, 76, 60), (16, 77, 65))
    ]
    items = [scripted.announce(HQ, at, text) for at, text in posts]
    assert decide(scripted) == 2
    scripted.settings.working.unlink()
    scripted.announce(HQ, *posts[1], item=items[1])
    decide(scripted)
    scripted.announce(HQ, *posts[0], item=items[0])
    decide(scripted)
    with Warehouse(scripted.settings).connection() as connection:
        kinds = connection.execute("select kind from raw.alerts where kind = 'exchange_withdrawn'").fetchall()
    assert kinds == []


def test_an_exchange_whose_day_moves_is_one_exchange(alerted: ScriptedDeployment, receiver: Receiver) -> None:
    for released, hour in ((58, 13), (59, 14)):
        alerted.announce(
            HQ, "2026-05-20 12:00", f"Учора відбувся обмін: додому повернулися {released} захисників.",
            item=ALERTED_POST, seen=f"2026-05-20 {hour}:00",
        )  # fmt: skip
        assert decide(alerted) == 1
    deliver(Warehouse(alerted.settings))
    first, moved, corrected = receiver.got
    assert changes_of(moved) == [("exchanged_on", "2026-05-20", "2026-05-19"), ("released_total", 57, 58)]
    assert "Day: 20 May 2026 → 19 May 2026" in moved["text"]
    assert changes_of(corrected) == [("released_total", 58, 59)]
    assert {moved["refers_to"], corrected["refers_to"]} == {first["id"]} == {"new-exchange/exchange-2026-05-20"}
    assert len({first["id"], moved["id"], corrected["id"]}) == 3


def test_who_was_reported_is_told_that_it_was_fewer(
    first_scripted: ScriptedDeployment, tmp_path: Path, receiver: Receiver
) -> None:
    scripted = first_scripted.copied(
        alerting(tmp_path, "channels: [{name: large, address_in: DESK, least_released: 100}]")
    )
    posts = [
        scripted.announce(HQ, f"2026-05-{day} 12:00", f"Сьогодні відбувся обмін: вдома {released} захисників.")
        for day, released in ((18, 90), (20, 120))
    ]
    decide(scripted)
    for post, day, released in zip(posts, (18, 20), (80, 60), strict=True):
        scripted.announce(
            HQ, f"2026-05-{day} 12:00", f"Сьогодні відбувся обмін: вдома {released} захисників.", item=post,
            seen="2026-05-20 14:00",
        )  # fmt: skip
    assert decide(scripted) == 2
    deliver(Warehouse(scripted.settings))
    # The channel got no alert about the smaller exchange, so it gets no correction.
    assert [body["exchange"]["released_total"] for body in receiver.got] == [120, 60]


def test_what_was_reported_is_corrected_however_late(alerted: ScriptedDeployment, receiver: Receiver) -> None:
    june = date(2026, 6, 20)
    for item, day, released in ((ALERTED_POST, 20, 58), ("1", 10, 61)):
        alerted.announce(
            HQ, f"2026-05-{day} 12:00", f"Сьогодні відбувся обмін: додому повернулися {released} захисників.",
            item=item, seen=f"{june} 12:00",
        )  # fmt: skip
    assert decide(alerted, june) == 1
    deliver(Warehouse(alerted.settings))
    assert [body["id"] for body in receiver.got] == [
        "new-exchange/exchange-2026-05-20", "figure-corrected/exchange-2026-05-20/1",
    ]  # fmt: skip


def test_what_a_reviewer_corrects_is_sent_however_late_and_marked(
    alerted: ScriptedDeployment, receiver: Receiver
) -> None:
    alerted.announce(PRESIDENT, "2026-05-20 12:30", "Сьогодні відбувся обмін: додому повернулися 57 захисників.")
    assert decide(alerted) == 0
    alerted.correct(ALERTED_POST, "released_total=58")
    assert decide(alerted, date(2026, 6, 20)) > 0
    deliver(Warehouse(alerted.settings))
    (correction,) = [body for body in receiver.got if body["kind"] == "figure_corrected"]
    assert correction["corrected_by"] == "review"
    assert changes_of(correction) == [("released_total", 57, 58)]
    assert "Corrected by a reviewer; the sources changed nothing." in correction["text"]


def test_what_a_better_extractor_corrects_is_marked(alerted: ScriptedDeployment, receiver: Receiver) -> None:
    with Warehouse(alerted.settings).connection() as connection:  # as if an older extractor had read 56
        connection.execute("""update raw.alerted_exchanges set figures = replace(figures::text, '57', '56')""")
        assert decide_news(connection, load_channels(alerted.settings.alerts_file), date(2026, 6, 20), 3) == 1
    deliver(Warehouse(alerted.settings))
    assert receiver.got[-1]["corrected_by"] == "extractor"
    assert "Corrected by reading the same announcements again" in receiver.got[-1]["text"]


def test_the_first_exchange_of_a_deployment_is_news(tmp_path: Path, receiver: Receiver) -> None:
    scripted = ScriptedDeployment(alerting(tmp_path))
    scripted.announce(HQ, "2026-05-19 12:00", "Зустріч із родинами військовополонених.")
    assert decide(scripted) == 0
    scripted.publish()
    scripted.announce(HQ, "2026-05-20 12:00", "Сьогодні відбувся обмін: додому повернулися 57 захисників.")
    assert decide(scripted) == 1


def test_the_feeds_hold_the_news(twice_alerted: ScriptedDeployment) -> None:
    with Warehouse(twice_alerted.settings).connection() as connection:
        english, ukrainian = write_feeds(connection, twice_alerted.settings.data)
        once = english.read_bytes()
        write_feeds(connection, twice_alerted.settings.data)
    assert english.read_bytes() == once
    feed = feedparser.parse(once)
    assert not feed.bozo
    assert [entry.title for entry in feed.entries] == [
        "Prisoner exchange on 20 May 2026: 120 released", "Prisoner exchange on 18 May 2026: 118 released",
    ]  # fmt: skip
    assert feed.entries[0].link == "https://t.me/s/Koord_shtab/3"  # as ScriptedDeployment builds URLs
    assert len({entry.id for entry in feed.entries}) == 2
    assert feedparser.parse(ukrainian.read_bytes()).entries[0].title == (
        "Обмін полоненими 20 травня 2026 року: звільнено 120 людей"
    )


def test_what_came_in_of_the_past_is_not_reported(scripted: ScriptedDeployment) -> None:
    scripted.announce(HQ, "2026-05-16 12:00", "Сьогодні відбувся обмін: додому повернулися 31 захисник.")
    assert decide(scripted) == 0


def test_each_channel_gets_what_it_asks_for_in_its_language(
    first_scripted: ScriptedDeployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    receivers = {name: Receiver() for name in ("LARGE", "UK", "CONFLICTS")}
    scripted = first_scripted.copied(
        alerting(
            tmp_path,
            """
channels:
  - {name: large, address_in: LARGE, least_released: 100}
  - {name: ukrainian, address_in: UK, language: uk}
  - {name: conflicts, address_in: CONFLICTS, kinds: [sources_in_conflict]}
""",
        )
    )
    with web(receivers["LARGE"]) as large, web(receivers["UK"]) as uk, web(receivers["CONFLICTS"]) as conflicts:
        for name, address in (("LARGE", large), ("UK", uk), ("CONFLICTS", conflicts)):
            monkeypatch.setenv(name, address)
        scripted.announce(HQ, "2026-05-19 12:00", "Сьогодні відбувся обмін: додому повернулися 61 захисник.")
        scripted.announce(HQ, "2026-05-20 12:00", "Сьогодні відбувся обмін: додому повернулися 161 захисник.")
        decide(scripted)
        assert deliver(Warehouse(scripted.settings)).delivered == 3
    assert [body["exchange"]["released_total"] for body in receivers["LARGE"].got] == [161]
    assert [body["title"] for body in receivers["UK"].got] == [
        "Обмін полоненими 19 травня 2026 року: звільнено 61 людину",
        "Обмін полоненими 20 травня 2026 року: звільнено 161 людину",
    ]  # fmt: skip
    assert receivers["CONFLICTS"].got == []


def next_attempt(scripted: ScriptedDeployment) -> datetime:
    with Warehouse(scripted.settings).connection() as connection:
        row = connection.execute("select max(next_attempt_at) from raw.deliveries where attempts > 0").fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment


def test_a_pause_that_a_clock_ahead_began_is_over_when_the_clock_is_right(
    alerted: ScriptedDeployment, receiver: Receiver
) -> None:
    began = now()
    with Warehouse(alerted.settings).connection() as connection:
        assert retry(connection, None, began) == 1  # due from now on, whenever it was decided
    receiver.status = 503
    assert deliver(Warehouse(alerted.settings), clock=lambda: began + timedelta(days=2)).delivered == 0
    receiver.status = 200
    assert deliver(Warehouse(alerted.settings), clock=lambda: began).delivered == 1


def test_a_channel_that_was_down_for_a_day_gets_all_in_order(
    twice_alerted: ScriptedDeployment, receiver: Receiver
) -> None:
    began, attempts = now(), [now()]
    receiver.status = 503
    while attempts[-1] < began + timedelta(days=1):
        early, due = attempts[-1] - timedelta(seconds=1), attempts[-1]
        if len(attempts) > 1:
            resting = deliver(Warehouse(twice_alerted.settings), clock=lambda at=early: at)  # type: ignore[misc]
            assert [(one.channel, one.reason, one.waiting, one.next_attempt_at) for one in resting.down] == [
                ("desk", "it answered 503", 2, due)
            ]
        report = deliver(Warehouse(twice_alerted.settings), clock=lambda at=due: at)  # type: ignore[misc]
        assert (report.delivered, len(report.waiting), report.given_up) == (0, 1, [])
        attempts.append(next_attempt(twice_alerted))
    waits = [(later - earlier) // timedelta(minutes=1) for earlier, later in pairwise(attempts)]
    assert waits[:7] == [1, 2, 4, 8, 16, 32, 60]
    assert set(waits[6:]) == {60}
    receiver.status = 200
    assert deliver(Warehouse(twice_alerted.settings), clock=lambda: attempts[-1]).delivered == 2
    assert [body["exchange"]["released_total"] for body in receiver.got] == [118, 120]


def test_what_never_arrives_is_given_up_shown_and_sent_again_by_hand(
    twice_alerted: ScriptedDeployment, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.status = 500
    report = DeliveryReport()
    for days in (0, 4):
        report = deliver(Warehouse(twice_alerted.settings), clock=lambda days=days: now() + timedelta(days=days))  # type: ignore[misc]
    assert len(report.given_up) == 2
    assert "did not reach the channel desk in 2 attempts: it answered 500" in report.given_up[0]
    env = {
        "OBMIN_DATA": str(twice_alerted.settings.data.parent),
        "OBMIN_ALERTS": str(twice_alerted.settings.alerts_file),
    }
    listed = CliRunner().invoke(main, ["alerts", "list", "--json"], env=env)
    assert [row["state"] for row in json.loads(listed.stdout)] == ["given up", "given up"]
    failed = CliRunner().invoke(main, ["alerts", "retry"], env=env)
    assert failed.exit_code == 1
    receiver.status = 200
    assert "arrived: 2" in CliRunner().invoke(main, ["alerts", "retry"], env=env).output
    assert [body["exchange"]["released_total"] for body in receiver.got] == [118, 120]
    arrived = CliRunner().invoke(main, ["alerts", "retry", "new-exchange/exchange-2026-05-18"], env=env)
    assert (arrived.exit_code, "waits for no channel, so there is nothing to retry" in arrived.output) == (1, True)
    unknown = CliRunner().invoke(main, ["alerts", "retry", "nosuch"], env=env)
    assert unknown.exit_code == 1
    assert "There is no alert 'nosuch'; `obmin alerts list` shows them." in unknown.output
    for expected in (listed.output, failed.output, caplog.text, *report.given_up):
        assert "sEcReT" not in expected


def test_what_a_receiver_refuses_for_good_does_not_hold_up_the_rest(
    twice_alerted: ScriptedDeployment, receiver: Receiver
) -> None:
    receiver.status = 422
    report = deliver(Warehouse(twice_alerted.settings))
    assert (report.delivered, report.waiting, len(report.given_up)) == (0, [], 2)


def test_killed_while_sending_it_loses_nothing(twice_alerted: ScriptedDeployment, receiver: Receiver) -> None:
    arguments = [
        sys.executable,
        "-c",
        DELIVER,
        str(twice_alerted.settings.data),
        str(twice_alerted.settings.alerts_file),
    ]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE) as process:
        receiver.kills.append(process.pid)
        process.communicate(b"x")
        assert process.wait() == -signal.SIGKILL
    assert deliver(Warehouse(twice_alerted.settings)).delivered == 2
    # The alert in flight is sent again under the same key, so the receiver can recognise it.
    assert receiver.keys == [
        "new-exchange/exchange-2026-05-18", "new-exchange/exchange-2026-05-18", "new-exchange/exchange-2026-05-20",
    ]  # fmt: skip


@pytest.mark.parametrize("language", ["en", "uk"])
def test_words_from_outside_are_inert(language: Any) -> None:
    problem = {"cause": HOSTILE, "sentence": HOSTILE, "since": "2026-05-20 12:00", "times": 1}
    message = compose("problem", {"problem": problem}, language)
    for text in (message.title, message.body):
        assert not set("<>[]`*_~|@#&\\\x1b\u202e\u200f") & set(text)
        assert "://" not in text
        assert "evil.example" not in text
        assert "mailto:a" not in text
    assert "\n" not in message.title
    assert "forged" in message.body.splitlines()[0]  # it does not start a line


def test_a_link_is_an_address_and_nothing_else() -> None:
    exchange = {"exchanged_on": "2026-05-20", "released_total": 5, "status": "confirmed"}
    for address, shown in (
        ("https://t.me/Koord_shtab/5", "https://t.me/Koord_shtab/5"),
        ("javascript:alert(1)", ""),
        ("https://t.me/x) **b** <i>\u202e", "https://t.me/x%29%20%2A%2Ab%2A%2A%20%3Ci%3E%E2%80%AE"),
    ):
        payload = {"exchange": {**exchange, "announcement_url": address}, "refers_to": None}
        assert compose("new_exchange", payload, "en").body.splitlines()[1:] == ([shown] if shown else [])
