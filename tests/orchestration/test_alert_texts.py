"""What alerts say, word for word, in both languages; that every name and reason has its words; the forms of times.

Deciding and delivering is tested in test_alerts.py, how services show a text in test_channels.py.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from orchestration.alerts.config import load_channels
from orchestration.alerts.delivery import deliver
from orchestration.alerts.messages import SHOWN, compose
from orchestration.alerts.outbox import Alert, now, put
from orchestration.alerts.payload import as_json, news_payload
from orchestration.alerts.wording import LONGEST_BODY, Message
from orchestration.cli.main import main
from orchestration.settings import DBT_PROJECT, PROJECT, Settings
from orchestration.warehouse.database import Warehouse, reading
from scrapers.extraction.training.labelled_texts import PARTS
from scrapers.registry import load_registry, publisher_in
from tests.support.alert_receiver import Receiver
from tests.support.alerting_deployment import ALERTED_POST, HQ, PRESIDENT, alerting, changes_of, decide
from tests.support.hostile_text import HOSTILE
from tests.support.scripted_deployment import ScriptedDeployment

RUSSIA = "russia_mod_telegram"
ANNOUNCED = (
    "Сьогодні відбувся 75-й обмін полоненими. Додому повернулися {released} захисників, серед них {officers} і "
    "172 рядових і сержанти, 4 жінки. {army} – ЗСУ, 43 – НГУ, 33 – ДПСУ. Удома й 12 захисників «Азовсталі». "
    "Посередником були Об’єднані Арабські Емірати."
)
FIRST = {"released": "понад 190", "officers": "21 офіцер", "army": 87}
LATER = {"released": "195", "officers": "22 офіцери", "army": 86}
WORDS = PROJECT / "orchestration" / "alerts" / "words"


@pytest.fixture(autouse=True, scope="module")
def clock() -> Iterator[None]:
    """Every alert is decided on 20 May 2026 at 22:30 UTC, which is the next day in Kyiv."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("orchestration.alerts.news.now", lambda: datetime.fromisoformat("2026-05-20T22:30"))
        yield


@pytest.fixture(scope="module")
def first_announced(
    clock: None, first_scripted: ScriptedDeployment, tmp_path_factory: pytest.TempPathFactory
) -> ScriptedDeployment:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("DESK", "http://127.0.0.1:9/asked-only-when-delivering")
        scripted = first_scripted.copied(alerting(tmp_path_factory.mktemp("announced")))
        assert scripted.announce(HQ, "2026-05-20 12:00", ANNOUNCED.format(**FIRST)) == ALERTED_POST
        scripted.announce(
            RUSSIA,
            "2026-05-20 12:10",
            "20 мая с подконтрольной Киеву территории возвращены 193 российских военнослужащих.",
        )
        assert decide(scripted) == 1
    return scripted


@pytest.fixture
def announced(first_announced: ScriptedDeployment, tmp_path: Path, receiver: Receiver) -> ScriptedDeployment:
    """The Headquarters announce an exchange with all its figures, in ALERTED_POST; Russia reports its own."""
    return first_announced.copied(alerting(tmp_path))


def alerts_of(scripted: ScriptedDeployment) -> list[dict[str, Any]]:
    with Warehouse(scripted.settings).connection() as connection:
        rows = connection.execute("select payload from raw.alerts order by number").fetchall()
    return [json.loads(payload) for (payload,) in rows]


def texts(payload: dict[str, Any]) -> tuple[str, str]:
    """The English and the Ukrainian message, the title on a line of its own."""
    english, ukrainian = (compose(payload["kind"], payload, language) for language in ("en", "uk"))  # type: ignore[arg-type]
    return f"{english.title}\n\n{english.body}\n", f"{ukrainian.title}\n\n{ukrainian.body}\n"


def test_a_new_exchange(announced: ScriptedDeployment) -> None:
    english, ukrainian = texts(alerts_of(announced)[-1])
    assert (
        english
        == """\
Prisoner exchange on 20 May 2026: at least 190 released

At least 190 released: “понад 190 захисників”, Coordination Headquarters for the Treatment of Prisoners of War
Announced by 2 independent publishers: Coordination Headquarters for the Treatment of Prisoners of War; Ministry of Defence of the Russian Federation
Among them: 21 officers, 172 privates and sergeants, 4 women, 12 defenders of Azovstal
By branch of service: Armed Forces 87, National Guard 43, State Border Guard Service 33
193 people returned to Russia
Official number of the exchange: 75
Mediator: United Arab Emirates
https://t.me/s/Koord_shtab/2
"""
    )
    assert (
        ukrainian
        == """\
Обмін полоненими 20 травня 2026 року: звільнено щонайменше 190 людей

Звільнено щонайменше 190 людей: «понад 190 захисників», Координаційний штаб з питань поводження з військовополоненими
Про обмін повідомили 2 незалежні джерела: Координаційний штаб з питань поводження з військовополоненими; Міністерство оборони РФ
Серед них: 21 офіцер, 172 рядові та сержанти, 4 жінки, 12 захисників «Азовсталі»
Де служили: Збройні Сили – 87, Національна гвардія – 43, Державна прикордонна служба – 33
Росії передано 193 людини
Офіційний номер обміну: 75
Посередник: Об’єднані Арабські Емірати
https://t.me/s/Koord_shtab/2
"""
    )


def test_a_correction(announced: ScriptedDeployment) -> None:
    announced.announce(HQ, "2026-05-20 12:00", ANNOUNCED.format(**LATER), item=ALERTED_POST, seen="2026-05-20 13:00")
    assert decide(announced) == 1
    correction = alerts_of(announced)[-1]
    assert changes_of(correction) == [
        ("released_total", 190, 195), ("officers", 21, 22), ("released_is_lower_bound", True, False),
        ("released_bound", "at_least", "exact"), ("armed_forces", 87, 86),
    ]  # fmt: skip
    english, ukrainian = texts(correction)
    assert (
        english
        == """\
Correction to the exchange of 20 May 2026: 195 released

Released: at least 190 → 195
“195 захисників”, Coordination Headquarters for the Treatment of Prisoners of War
Officers: 21 → 22
“22 офіцери”, Coordination Headquarters for the Treatment of Prisoners of War
Armed Forces: 87 → 86
“86 – ЗСУ”, Coordination Headquarters for the Treatment of Prisoners of War
The alert before, of 21 May 2026 (new-exchange/exchange-2026-05-20), said: at least 190 released, 21 officers, 172 privates and sergeants, 4 women, 193 people returned to Russia
https://t.me/s/Koord_shtab/2
"""
    )
    assert (
        ukrainian
        == """\
Уточнення щодо обміну 20 травня 2026 року: звільнено 195 людей

Звільнено: щонайменше 190 → 195
«195 захисників», Координаційний штаб з питань поводження з військовополоненими
Офіцерів: 21 → 22
«22 офіцери», Координаційний штаб з питань поводження з військовополоненими
Збройні Сили: 87 → 86
«86 – ЗСУ», Координаційний штаб з питань поводження з військовополоненими
У попередньому сповіщенні від 21 травня 2026 року (new-exchange/exchange-2026-05-20) було: звільнено щонайменше 190 людей, 21 офіцер, 172 рядові та сержанти, 4 жінки, Росії передано 193 людини
https://t.me/s/Koord_shtab/2
"""
    )


def test_a_new_exchange_of_which_two_numbers_are_told_names_both(
    scripted: ScriptedDeployment, receiver: Receiver
) -> None:
    scripted.announce(HQ, "2026-05-20 12:00", "Сьогодні відбувся обмін: вдома 57 захисників.")
    scripted.announce(PRESIDENT, "2026-05-20 12:40", "Сьогодні відбувся обмін: вдома 55 захисників.")
    assert decide(scripted) == 1
    english, ukrainian = texts(alerts_of(scripted)[-1])
    assert (
        """\
Announced by 2 independent publishers: Coordination Headquarters for the Treatment of Prisoners of War; President of Ukraine
Released: 57 or 55?
57: “57 захисників”, Coordination Headquarters for the Treatment of Prisoners of War
55: “55 захисників”, President of Ukraine, https://www.president.gov.ua/news/all/3
57 stands, not 55: for this figure the source of 57 comes first
A person should confirm this: the sources differ
"""
        in english
    )
    assert "Звільнено: 57 чи 55?\n" in ukrainian


def test_sources_in_conflict(alerted: ScriptedDeployment) -> None:
    alerted.announce(PRESIDENT, "2026-05-20 12:40", "Сьогодні відбувся обмін: вдома 55 захисників.")
    assert decide(alerted) == 1
    english, ukrainian = texts(alerts_of(alerted)[-1])
    assert (
        english
        == """\
Sources differ on the exchange of 20 May 2026

Released: 57 or 55?
57: “57 захисників”, Coordination Headquarters for the Treatment of Prisoners of War
55: “55 захисників”, President of Ukraine, https://www.president.gov.ua/news/all/3
57 stands, not 55: for this figure the source of 57 comes first
It is about the alert new-exchange/exchange-2026-05-20.
A person should confirm this: the sources differ
https://t.me/s/Koord_shtab/2
"""
    )
    assert (
        ukrainian
        == """\
Джерела розходяться щодо обміну 20 травня 2026 року

Звільнено: 57 чи 55?
57: «57 захисників», Координаційний штаб з питань поводження з військовополоненими
55: «55 захисників», Президент України, https://www.president.gov.ua/news/all/3
Враховано 57, а не 55: щодо цього числа перевагу має джерело, яке назвало 57
Стосується сповіщення new-exchange/exchange-2026-05-20.
Потрібна перевірка людиною: джерела розходяться
https://t.me/s/Koord_shtab/2
"""
    )


def test_a_withdrawal(scripted: ScriptedDeployment) -> None:
    later = "Сьогодні відбувся {}-й обмін: додому повернулися 61 захисник."
    scripted.announce(HQ, "2026-05-20 10:00", "Сьогодні відбувся 76-й обмін: додому повернулися 60 захисників.")
    post = scripted.announce(HQ, "2026-05-20 16:00", later.format(77))
    decide(scripted)
    scripted.announce(HQ, "2026-05-20 16:00", later.format(76), item=post, seen="2026-05-20 17:00")
    decide(scripted)
    (withdrawal,) = (one for one in alerts_of(scripted) if one["kind"] == "exchange_withdrawn")
    english, ukrainian = texts(withdrawal)
    assert (
        english
        == """\
Withdrawn: the exchange of 20 May 2026

Reason: its announcement is read as one of another exchange now
Publisher of the announcement: Coordination Headquarters for the Treatment of Prisoners of War
It was recorded with 61 released.
The announcement is about the exchange of 20 May 2026 now (exchange-2026-05-20).
It takes back the alert new-exchange/exchange-2026-05-20b.
https://t.me/s/Koord_shtab/3
"""
    )
    assert (
        ukrainian
        == """\
Відкликано: обмін 20 травня 2026 року

Причина: повідомлення тепер віднесено до іншого обміну
Автор повідомлення: Координаційний штаб з питань поводження з військовополоненими
Раніше було записано: звільнено 61 людину.
Тепер повідомлення стосується обміну 20 травня 2026 року (exchange-2026-05-20).
Скасовує сповіщення new-exchange/exchange-2026-05-20b.
https://t.me/s/Koord_shtab/3
"""
    )


def test_an_announcement_of_one_publisher_without_a_number_is_to_be_confirmed(scripted: ScriptedDeployment) -> None:
    scripted.announce(HQ, "2026-05-20 12:00", "Сьогодні відбувся обмін полоненими. Подробиці згодом.")
    decide(scripted)
    payload = alerts_of(scripted)[-1]
    assert payload["to_confirm"] == ["one_publisher"]
    english, ukrainian = texts(payload)
    assert (
        english
        == """\
Prisoner exchange on 20 May 2026: number not announced

Number not announced: “Сьогодні відбувся обмін полоненими”, Coordination Headquarters for the Treatment of Prisoners of War
A person should confirm this: only one independent publisher has announced it so far
https://t.me/s/Koord_shtab/2
"""
    )
    assert (
        ukrainian
        == """\
Обмін полоненими 20 травня 2026 року: кількості не оголошено

Кількості не оголошено: «Сьогодні відбувся обмін полоненими», Координаційний штаб з питань поводження з військовополоненими
Потрібна перевірка людиною: поки що про обмін повідомило лише одне незалежне джерело
https://t.me/s/Koord_shtab/2
"""
    )


def test_what_is_unsure_is_named(alerted: ScriptedDeployment) -> None:
    """As the extractor left it, not as the tests' reviewer accepts it."""
    payload = alerts_of(alerted)[-1]
    payload["exchange"] |= {"released_total": None, "released_is_to_be_confirmed": True}
    payload["to_confirm"] = ["low_confidence", "doubt", "conflict", "no_publisher"]
    english, ukrainian = texts(payload)
    assert "number to be confirmed" in english.splitlines()[0]
    assert "кількість уточнюється" in ukrainian.splitlines()[0]
    assert english.splitlines()[-2] == (
        "A person should confirm this: part of the announcement was read with less than 90 percent confidence; a number "
        "in the announcement could not be read with certainty; the sources differ; no official publisher has announced "
        "it so far"
    )
    assert ukrainian.splitlines()[-2] == (
        "Потрібна перевірка людиною: частину повідомлення прочитано з упевненістю, меншою за 90 %; якесь із чисел у "
        "повідомленні не вдалося прочитати однозначно; джерела розходяться; поки що про обмін не повідомило жодне "
        "офіційне джерело"
    )


@pytest.mark.parametrize(
    ("number", "english", "ukrainian"),
    [
        (1, "1 officer", "1 офіцер"), (2, "2 officers", "2 офіцери"), (5, "5 officers", "5 офіцерів"),
        (11, "11 officers", "11 офіцерів"), (21, "21 officers", "21 офіцер"), (104, "104 officers", "104 офіцери"),
    ],
)  # fmt: skip
def test_a_number_takes_its_noun_in_the_right_form(number: int, english: str, ukrainian: str) -> None:
    exchange = {
        "exchanged_on": "2026-05-20", "released_total": 300, "officers": number, "announcement_url": "https://t.me/x/1",
    }  # fmt: skip
    for language, expected in (("en", english), ("uk", ukrainian)):
        payload = {"exchange": exchange, "refers_to": None}
        assert compose("new_exchange", payload, language).body.splitlines()[1].endswith(f": {expected}")  # type: ignore[arg-type]


def timestamps(value: Any) -> Iterator[str]:
    """Every text in a payload that begins like a day."""
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from timestamps(one)
    elif isinstance(value, str) and re.match(r"\d{4}-\d{2}-\d{2}", value):
        yield value


def test_times_have_one_form(announced: ScriptedDeployment) -> None:
    announced.announce(HQ, "2026-05-20 12:00", ANNOUNCED.format(**LATER), item=ALERTED_POST, seen="2026-05-20 13:00")
    decide(announced)
    announced.delete(HQ, ALERTED_POST, "2026-05-20 14:00")
    announced.delete(RUSSIA, "3", "2026-05-20 14:00")
    decide(announced)
    payloads = alerts_of(announced)
    assert [payload["kind"] for payload in payloads] == ["new_exchange", "figure_corrected", "exchange_withdrawn"]
    assert payloads[0]["exchange"]["first_announced_at"] == "2026-05-20T09:00:00Z"
    assert payloads[2]["exchange"]["withdrawn_at"] == "2026-05-20T11:00:00Z"
    found = list(timestamps(payloads))
    assert len(found) > 10
    for one in found:
        assert re.fullmatch(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}Z)?", one), one


# As version 1 stored them.
OLD_EXCHANGE = {
    "exchange_id": "exchange-2026-05-20", "status": "announced", "exchanged_on": "2026-05-20", "official_number": 75,
    "released_total": 157, "released_is_lower_bound": True, "military": 150, "civilians": 7, "officers": None,
    "mediators": [], "has_conflict": False, "first_announced_at": "2026-05-20 09:00:00",
    "last_revised_at": "2026-05-20 09:00:00", "announcement_url": "https://t.me/Koord_shtab/5",
}  # fmt: skip
OLD_CONFLICT = {
    "measure": "released_total", "category": None, "standing_value": 57, "standing_source": HQ,
    "differing_value": 55, "differing_source": PRESIDENT,
}  # fmt: skip
OLD = {
    "new_exchange": (
        {"exchange": OLD_EXCHANGE},
        "Prisoner exchange on 20 May 2026: at least 157 released\n\nAt least 157 released\n"
        "Among them: 150 military, 7 civilians\nOfficial number of the exchange: 75\n"
        "A person should confirm this: only one independent publisher has announced it so far\n",
    ),
    "figure_corrected": (
        {
            "exchange": OLD_EXCHANGE, "corrected_by": "sources", "changes": [
                {"figure": "released_total", "old": 150, "new": 157},
                {"figure": "released_is_lower_bound", "old": False, "new": True},
                {"figure": "status", "old": "withdrawn", "new": "announced"},
            ],
        },
        "Correction to the exchange of 20 May 2026: at least 157 released\n\nReleased: 150 → 157\n"
        "The number is a lower bound now\nThe exchange stands again, after it was withdrawn\n"
        "A person should confirm this: only one independent publisher has announced it so far\n",
    ),
    "sources_in_conflict": (
        {"exchange": OLD_EXCHANGE, "conflicts": [OLD_CONFLICT]},
        "Sources differ on the exchange of 20 May 2026\n\nReleased: 57 or 55?\n57: koordshtab＿telegram\n"
        "55: president＿uk\nA person should confirm this: only one independent publisher has announced it so far\n",
    ),
    "exchange_withdrawn": (
        {
            "exchange": {
                "exchange_id": "exchange-2026-05-20", "exchanged_on": "2026-05-20", "released_total": 157,
                "withdrawn_at": "2026-05-20 11:00:00", "url": "https://t.me/Koord_shtab/5",
            },
            "reason": "its source deleted the announcement", "replaced_by": None,
        },
        "Withdrawn: the exchange of 20 May 2026\n\nReason: its source deleted the announcement\n"
        "It was recorded with 157 released.\n",
    ),
    "problem": (
        {"problem": {"cause": "c", "sentence": "It fails.", "since": "2026-05-20 10:15", "times": 1}},
        "Obmin: c\n\nIt fails.\nFirst seen on 20 May 2026, 10:15 UTC.",
    ),
    "recovery": (
        {"problem": {"cause": "c", "sentence": "It fails.", "since": "2026-05-20 10:15", "times": 1}},
        "Obmin, recovered: c\n\nIt works again, after 1 failure since 20 May 2026, 10:15 UTC. It was: It fails.",
    ),
    "digest": (
        {"digest": {"waiting": 2, "newest": "https://t.me/Koord_shtab/5"}},
        "Obmin: 2 announcements wait for review\n\nWhat they say is too doubtful to be stated: decide with ˋobmin reviewˋ.\n"
        "The newest: ",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", OLD)
def test_an_alert_of_version_1_that_waits_is_sent_as_it_is(
    kind: str, scripted: ScriptedDeployment, receiver: Receiver
) -> None:
    more, expected = OLD[kind]
    payload = {"version": 1, "id": f"{kind}/x", "kind": kind, "decided_at": "…", "refers_to": None, **more}
    with Warehouse(scripted.settings).connection() as connection:
        alert = Alert(payload["id"], kind, "x", payload, now())
        put(connection, alert, load_channels(scripted.settings.alerts_file))
    assert deliver(Warehouse(scripted.settings)).delivered == 1
    (got,) = receiver.got
    assert {key: got[key] for key in payload} == payload
    link = "" if kind in ("problem", "recovery") else "https://t.me/Koord_shtab/5"
    assert f"{got['title']}\n\n{got['text']}" == (expected + link).replace("ˋ", "`")
    assert compose(kind, payload, "uk").body  # it fails for a key that is missing


def test_an_exchange_that_an_older_obmin_alerted_is_corrected_in_no_branch(announced: ScriptedDeployment) -> None:
    """It remembers no branches and no bound: they are noted without an alert, and corrected from then on."""
    with Warehouse(announced.settings).connection() as connection:
        connection.execute(
            'update raw.alerted_exchanges set figures = json_merge_patch(figures, \'{"branches": null, "released_bound": null}\')'
        )
    assert decide(announced) == 0
    announced.announce(
        HQ, "2026-05-20 12:00", ANNOUNCED.format(**FIRST | {"army": 86}), item=ALERTED_POST, seen="2026-05-20 13:00"
    )
    assert decide(announced) == 1
    assert changes_of(alerts_of(announced)[-1]) == [("armed_forces", 87, 86)]


def hostile_payload(kind: str, text: str) -> dict[str, Any]:
    """An alert in which whatever may come from outside is this text."""
    said = dict.fromkeys(("publisher", "source_id", "quote", "statement_id"), text) | {"url": "javascript:alert(1)"}
    figure = {**said, "category": text, "parent_branch": None, "value": 5, "bound": "exact"}
    conflict = {f"{side}_{key}": text for side in ("standing", "differing") for key in ("value", "source", "quote")}
    return {
        "refers_to": text, "reason": text, "replaced_by": text, "publisher": text, "announced_by": said,
        "exchange": {
            "exchanged_on": text, "released_total": 5, "mediators": [text], "official_number": text,
            "announcement_url": "https://t.me/Koord_shtab/5",
        },
        "publishers": [text, text], "to_confirm": [text],
        "figures": [{**figure, "measure": "by_service"}, {**figure, "measure": "part"}],
        "names": {"branches": {text: {"en": text, "uk": text}}, "mediators": {}},
        "changes": [
            {"figure": text, "category": text, "parent_branch": text, "old": text, "new": text, "said_by": said},
            {"figure": "by_service", "category": text, "parent_branch": text, "old": 1, "new": 2, "said_by": said},
        ],
        "before": None,
        "conflicts": [{**conflict, "measure": "by_service", "category": text, "rule": text}],
    }  # fmt: skip


NEWS = ("new_exchange", "figure_corrected", "sources_in_conflict", "exchange_withdrawn")


@pytest.mark.parametrize("language", ["en", "uk"])
@pytest.mark.parametrize("kind", NEWS)
def test_words_from_outside_are_inert_in_news(kind: str, language: Any) -> None:
    message = compose(kind, hostile_payload(kind, HOSTILE), language)
    shown = f"{message.title}\n{message.body}".removesuffix("https://t.me/Koord_shtab/5")
    assert "forged" in shown
    assert not set("<>[]`*_~|@#&\\\x1b\u202e\u200f") & set(shown)
    assert "://" not in shown
    assert "evil.example" not in shown
    assert not any(line.startswith("Title") for line in shown.splitlines())


@pytest.mark.parametrize("kind", NEWS)
def test_a_message_stays_readable_in_a_chat(kind: str) -> None:
    payload = hostile_payload(kind, "слово " * 2000 + "😀" * 2000)
    message = compose(kind, payload, "uk")
    assert len(message.body.encode("utf-16-le")) // 2 <= LONGEST_BODY
    assert message.body.splitlines()[-1] == "https://t.me/Koord_shtab/5"
    assert message.body.splitlines()[-2].endswith("…")


def test_a_quote_is_inert_and_short_in_the_payload_too(scripted: ScriptedDeployment) -> None:
    words = "<b>додому</b> @everyone http://evil.example " * 6
    scripted.announce(
        HQ,
        "2026-05-20 12:00",
        f"Сьогодні відбувся обмін полоненими: {words} повернулися наші захисники. Подробиці згодом.",
    )
    decide(scripted)
    quote = alerts_of(scripted)[-1]["announced_by"]["quote"]
    assert quote.startswith("Сьогодні відбувся обмін полоненими: ‹b›додому‹/b› ＠everyone http：//evil․example")
    assert (len(quote) <= 160, quote[-1]) == (True, "…")


def words_of(language: str) -> dict[str, Any]:
    words: dict[str, Any] = yaml.safe_load((WORDS / f"{language}.yaml").read_text("utf-8"))
    return words


def constants(path: Path, column: str) -> set[str]:
    """The texts that a model gives a column by a `case`."""
    cases = re.findall(rf"case(?:(?!\bcase\b).)*?end as {column}", path.read_text("utf-8"), re.DOTALL)
    return set(re.findall(r"(?:then|else)\s+'([^']+)'", "".join(cases)))


def test_every_reason_of_a_withdrawal_is_translated() -> None:
    reasons = constants(DBT_PROJECT / "models/marts/fct_withdrawn_exchanges.sql", "reason")
    code = (PROJECT / "orchestration/alerts/news.py").read_text("utf-8")
    reasons |= set(re.findall(r"'(its announcement is [^']+)'", code))
    assert len(reasons) == 6
    assert reasons == set(words_of("uk")["reasons_of_withdrawal"])


def test_every_rule_that_a_conflict_can_have_is_in_both_languages() -> None:
    rules = constants(DBT_PROJECT / "models/intermediate/int_statement_verdicts.sql", "verdict_rule")
    # These say why a figure stands or agrees.
    differing = {
        rule for rule in rules
        if not rule.startswith(("first in the order", "the same as what stands", "a bound or a round figure"))
    }  # fmt: skip
    assert len(differing) == 9
    assert differing == set(words_of("en")["rules"]) == set(words_of("uk")["rules"])


def test_every_publisher_has_a_name_in_ukrainian() -> None:
    """Latin letters only where that is the name."""
    names = {source.publisher: source.publisher_uk for source in load_registry()}
    assert all(publisher_in("uk", english) == ukrainian for english, ukrainian in names.items())
    assert {english for english, ukrainian in names.items() if not re.search("[а-яіїєґ]", ukrainian)} == {"online.ua"}


def test_every_count_has_its_forms_and_both_languages_have_the_same_words() -> None:
    english, ukrainian = words_of("en"), words_of("uk")
    counted = {name for _, name in SHOWN} | set(PARTS) - {"other"}
    for words in (english, ukrainian):
        assert counted <= set(words["counted"])
        assert set(words["groups"]) == set(PARTS) - {"other"}
        assert all("other" in forms for forms in words["counted"].values())
    for part in ("phrases", "messages", "figures", "reasons_to_confirm"):
        assert set(english[part]) == set(ukrainian[part]), part


def show(scripted: ScriptedDeployment, *arguments: str) -> str:
    env = {"OBMIN_DATA": str(scripted.settings.data.parent), "OBMIN_ALERTS": str(scripted.settings.alerts_file)}
    result = CliRunner().invoke(main, ["alerts", "show", *arguments], env=env)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_preview_is_the_alert_that_would_be_decided(announced: ScriptedDeployment) -> None:
    (decided,) = alerts_of(announced)
    announced.publish()
    announced.settings.working.unlink()
    for which in ("2026-05-20", "75", "exchange-2026-05-20"):
        (shown,) = json.loads(show(announced, which, "--json", "--language", "uk"))
        message = Message(shown.pop("title"), shown.pop("text"))
        assert {**shown, "decided_at": decided["decided_at"]} == decided
        assert message == compose("new_exchange", decided, "uk")
    assert show(announced, "75") == texts(decided)[0]
    assert not announced.settings.working.exists()


def test_a_preview_of_a_withdrawn_exchange_is_its_withdrawal(alerted: ScriptedDeployment) -> None:
    alerted.delete(HQ, ALERTED_POST, "2026-05-20 14:00")
    decide(alerted)
    alerted.publish()
    for which in ("2026-05-20", "exchange-2026-05-20"):
        assert (
            show(alerted, which, "--language", "uk")
            == """\
Відкликано: обмін 20 травня 2026 року

Причина: джерело видалило повідомлення
Автор повідомлення: Координаційний штаб з питань поводження з військовополоненими
Раніше було записано: звільнено 57 людей.
https://t.me/s/Koord_shtab/2
"""
        )
    env = {"OBMIN_DATA": str(alerted.settings.data.parent)}
    unknown = CliRunner().invoke(main, ["alerts", "show", "2026-05-19"], env=env)
    assert (unknown.exit_code, "No exchange of 2026-05-19 is known" in unknown.output) == (1, True)


def test_a_run_without_news_imports_no_babel() -> None:
    modules = ("publication", "delivery", "digest", "problems", "feed")
    code = "; ".join(f"import orchestration.alerts.{name}" for name in modules)
    check = f"import sys; {code}; sys.exit('babel' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], cwd=PROJECT, check=False).returncode == 0


def test_the_publishers_named_are_those_that_confirm_an_exchange(built_sample: Settings) -> None:
    with reading(built_sample.published) as connection:
        rows = connection.execute("select exchanges from marts.fct_exchanges as exchanges").fetchall()
        payloads = [news_payload(connection, "new_exchange", as_json(row), now()) for (row,) in rows]
    assert len(payloads) > 80
    for payload in payloads:
        assert (len(payload["publishers"]) > 1) == (payload["exchange"]["status"] == "confirmed"), payload["id"]
        assert payload["announced_by"]["url"] == payload["exchange"]["announcement_url"], payload["id"]
        for text in texts(payload):
            assert text.endswith(f"\n{payload['exchange']['announcement_url']}\n")
