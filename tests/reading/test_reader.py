"""The reader on texts written for the project and labelled by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from orchestration.evaluate_command import Evaluation, evaluate
from scrapers.reading import read

GOLD = Path(__file__).parent / "gold"
TEXTS: list[dict[str, Any]] = [
    case for file in sorted(GOLD.glob("*.yaml")) for case in yaml.safe_load(file.read_text("utf-8"))
]


@pytest.fixture(scope="module")
def on_gold() -> Evaluation:
    return evaluate(GOLD)


def test_no_false_exchange(on_gold: Evaluation) -> None:
    assert [m.text for m in on_gold.misses if m.judgement.field == "exchange" and m.judgement.given] == []


def test_every_field_is_precise_and_found(on_gold: Evaluation) -> None:
    """The targets that the project set itself: precision 99.5 %, recall 97 %."""
    for field, columns in on_gold.scores.items():
        precision, recall = columns["all"].precision, columns["all"].recall
        assert precision is None or precision >= 0.995, (field, on_gold.misses)
        assert recall is None or recall >= 0.97, (field, on_gold.misses)


def test_every_quote_is_where_it_says() -> None:
    for case in TEXTS:
        reading = read(case["text"], case.get("title"), case["published_at"])
        for said in [*reading.statements, *reading.rejected]:
            whole = case["title"] if said.field == "title" else case["text"]
            assert whole[said.start : said.end] == said.quote != "", case.get("name")


def test_quote_of_a_figure_holds_its_number_and_label() -> None:
    reading = read("Обмін відбувся. З полону звільнено 43 захисники, з них 12 – НГУ.", None, date(2024, 5, 1))
    quotes = {(s.measure, s.category): s.quote for s in reading.statements}
    assert quotes[("released_total", None)] == "43 захисники"
    assert quotes[("by_service", "national_guard")] == "12 – НГУ"


@pytest.mark.parametrize(
    ("published_at", "day"),
    [
        (datetime(2024, 12, 30, 23, 30, tzinfo=UTC), date(2024, 12, 31)),  # already the next day in Kyiv
        (datetime(2024, 7, 1, 20, 59, tzinfo=UTC), date(2024, 7, 1)),
        (datetime(2024, 7, 1, 21, 1, tzinfo=UTC), date(2024, 7, 2)),  # summer time: three hours ahead
    ],
)
def test_today_is_kyivs(published_at: datetime, day: date) -> None:
    (event,) = read("Сьогодні відбувся обмін: з полону звільнено 50 воїнів.", None, published_at).events
    assert event.date == day


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("З полону звільнено 60 воїнів: 40 — ЗСУ, 20 — Січова варта.", "branch beside a count: “20 — Січова варта”"),
        ("Обмін. З полону звільнено 60 воїнів: ЗСУ — 40, Січова варта — 20.", "“Січова варта — 20”"),
        ("Відбувся обмін: додому повернулися 34 бійці «Хартії».", "“34 бійці «Хартії”"),
        ("The exchange brought home 50 soldiers: 30 guardsmen, 12 rangers and eight sailors.", "label: “12 rangers”"),
        (
            "Обмен прошёл при посредничестве Швейцарии: домой вернулись 50 человек.",
            "mediator: “посредничестве Швейцарии”",
        ),
        ("50 soldiers came home in an exchange mediated by Oman.", "an unknown mediator: “mediated by Oman”"),
    ],
)
def test_a_word_that_the_lexicon_lacks_is_named(text: str, named: str) -> None:
    reading = read(text, None, date(2024, 5, 1))
    assert [issue for issue in reading.issues if named in issue], reading.issues


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (
            "Нині для 83 родин закінчилося чекання: рідні повертаються додому.",
            "families are counted, not people: “83 родин”",
        ),
        (
            "2 травня відбувся обмін полоненими: повернулися 75 воїнів.",
            "said to have happened on 2024-05-02, after its publication: “2 травня відбувся обмін",
        ),
    ],
)
def test_what_a_person_has_to_look_at_is_a_signal_and_no_statement(text: str, named: str) -> None:
    reading = read(text, None, date(2024, 5, 1))
    assert [issue for issue in reading.issues if named in issue], reading.issues
    assert reading.statements == []


@pytest.mark.parametrize(
    "text",
    [
        "З полону звільнено 60 воїнів: 40 — ЗСУ, 20 — НГУ. Дякуємо ОАЕ за посередництво.",
        "Додому під час обміну повернулися 34 бійці полку «Азов» та 20 захисників Маріуполя.",
        "The exchange, mediated by the UAE, brought home 50 soldiers: 30 guardsmen and 20 sailors.",
        "Обмен прошёл при посредничестве партнёров: домой вернулись 50 человек. Старшему 60 лет.",
    ],
)
def test_known_words_are_no_signal(text: str) -> None:
    assert read(text, None, date(2024, 5, 1)).issues == []


def test_the_share_of_an_unknown_unit_is_not_the_total() -> None:
    reading = read("Відбувся обмін: додому повернулися 34 бійці «Хартії».", None, date(2024, 5, 1))
    assert [s.measure for s in reading.statements] == ["event"]


def test_services_over_the_total_are_left_out_and_reported() -> None:
    reading = read("З полону звільнено 50 воїнів: 40 — ЗСУ, 30 — НГУ.", None, date(2024, 5, 1))
    assert not [s for s in reading.statements if s.measure == "by_service"]
    assert any("more than the total" in issue for issue in reading.issues)


def test_rejected_numbers_carry_their_reason() -> None:
    reading = read(
        "Обмін: з полону звільнено 50 воїнів. 30 з них перебували в неволі з 2022 року.", None, date(2024, 5, 1)
    )
    assert ("30", "tells of captivity, wounds or capture") in [(r.quote, r.reason) for r in reading.rejected]
