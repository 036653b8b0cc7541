"""Which period a total is claimed for, by the text around its number."""

from __future__ import annotations

from datetime import date

import pytest

from scrapers.extraction.document import prepare
from scrapers.extraction.periods import (
    LAST_YEAR,
    MONTH,
    OTHER,
    PERIOD_KINDS,
    SINCE_INVASION,
    THIS_YEAR,
    WHOLE_WAR,
    Periods,
    kind_of,
    same_start,
)

DAY = date(2025, 2, 10)
UNSURE = dict.fromkeys(PERIOD_KINDS, 1 / len(PERIOD_KINDS))


def likely(kind: str) -> dict[str, float]:
    return dict.fromkeys(PERIOD_KINDS, 0.025) | {kind: 0.9}


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("Від початку повномасштабного вторгнення повернуто 4131 людину.", SINCE_INVASION),
        ("С 24 февраля 2022 года вернулись 4131 человек.", SINCE_INVASION),
        ("In 2024, Ukraine brought home 4131 people.", "2024"),
        ("Торік додому повернулися 4131 людина.", "2024"),
        ("Цього року звільнено 4131 людину.", "2025"),
        ("За січень повернуто 4131 людину.", "2025-01"),
        ("Since March 2023, 4131 people have come back.", "since 2023-03"),
        ("За два дні додому повернуто 4131 людину.", "2025-02-09/2025-02-10"),
        ("Від березня до вересня 2024 року повернуто 4131 людину.", "2024-03/2024-09"),
        ("From June to August 2024, 4131 people came home.", "2024-06/2024-08"),
        ("За останні три роки повномасштабної війни повернуто 4131 людину.", SINCE_INVASION),
        ("З 2023 по 2024 рік повернуто 4131 людину.", "2023-01/2024-12"),
        ("In 2023-2024, 4131 people came home.", "2023-01/2024-12"),
        ("С 24 февраля 2022 до 2 декабря 2022 освобождён 4131 человек.", "2022-02-24/2022-12-02"),
    ],
)
def test_a_period_is_named_beside_its_total(text: str, period: str) -> None:
    document = prepare(text, None, DAY)
    (item,) = [item for item in document.items if item.value == 4131]
    assert Periods(document).of(item, UNSURE)[0] == period
    assert Periods(document).of(item, likely(kind_of(period, DAY)))[1] > 0.8


@pytest.mark.parametrize(
    ("kind", "period"),
    [(WHOLE_WAR, SINCE_INVASION), (THIS_YEAR, "2025"), (LAST_YEAR, "2024"), (MONTH, None), (OTHER, None)],
)
def test_a_period_that_no_word_names_is_understood(kind: str, period: str | None) -> None:
    document = prepare("Додому повернулася 4131 людина.", None, DAY)
    (item,) = document.items
    found, sure = Periods(document).of(item, likely(kind))
    assert found == period
    assert sure > 0.8


@pytest.mark.parametrize(
    "text",
    [
        "До повномасштабного вторгнення повернуто 4131 людину.",
        "Before the full-scale invasion, 4131 people came home.",
        "До початку російського повномасштабного вторгнення повернуто 4131 людину.",
        "Before the start of the war, 4131 people came home.",
        "До лютого 2022 року повернуто 4131 людину.",
        "До 2022 року повернуто 4131 людину.",
        "За останній рік повномасштабної війни повернуто 4131 людину.",
        "Over the last year of the full-scale war, 4131 people came home.",
    ],
)
def test_a_time_before_or_within_the_war_is_not_since_its_beginning(text: str) -> None:
    document = prepare(text, None, DAY)
    (item,) = [item for item in document.items if item.value == 4131]
    assert Periods(document).of(item, likely(WHOLE_WAR))[0] is None


def test_in_a_year_said_in_january_is_the_year_that_has_ended() -> None:
    for published, period in ((date(2025, 1, 2), "2024"), (date(2024, 12, 28), "2024")):
        document = prepare("За рік вдалося повернути 4131 людину.", None, published)
        (item,) = [item for item in document.items if item.value == 4131]
        assert Periods(document).of(item, UNSURE)[0] == period


def test_without_a_day_of_publication_no_year_is_understood() -> None:
    document = prepare("Додому повернулася 4131 людина.", None, None)
    (item,) = document.items
    assert Periods(document).of(item, likely(THIS_YEAR))[0] is None


def test_a_year_that_the_model_finds_unlikely_is_not_the_period() -> None:
    document = prepare("Від 2014 року, за словами речника, це найбільше: 4131 людина вже вдома.", None, DAY)
    (item,) = [item for item in document.items if item.value == 4131]
    assert Periods(document).of(item, likely(WHOLE_WAR))[0] == SINCE_INVASION


def test_the_nearest_of_several_periods_counts() -> None:
    document = prepare("В 2023 году вернулись 547 человек, в 2024 году – 1266.", None, DAY)
    periods = Periods(document)
    assert [periods.of(item, UNSURE)[0] for item in document.items if item.value in (547, 1266)] == ["2023", "2024"]


@pytest.mark.parametrize(
    "text",
    [
        "Загалом удома вже 5120 людей, серед яких 640 — за цей рік.",
        "5120 людей повернуто разом, а 640 цього року.",
        "5120 people are home by now, and this year 640.",
    ],
)
def test_a_period_beside_one_number_is_less_surely_that_of_another(text: str) -> None:
    document = prepare(text, None, DAY)
    periods, chances = Periods(document), UNSURE | {WHOLE_WAR: 0.6, THIS_YEAR: 0.15}
    all_in_all, of_year = (item for item in document.items if item.value in (5120, 640))
    assert periods.of(of_year, chances)[0] == "2025"
    assert periods.of(all_in_all, chances)[1] < 0.6 < periods.of(of_year, chances)[1]


def test_one_period_is_that_of_all_numbers_that_follow_it() -> None:
    document = prepare("Цього року вдома 640 військових і 52 цивільні.", None, DAY)
    periods, chances = Periods(document), likely(THIS_YEAR)
    for item in document.items:
        if item.value in (640, 52):
            assert periods.of(item, chances)[0] == "2025"


def test_a_period_is_carried_on_to_the_next_sentences() -> None:
    document = prepare("Підсумки 2024 року. Відбулося багато обмінів. Звільнено 1358 людей.", None, DAY)
    (item,) = [item for item in document.items if item.value == 1358]
    assert Periods(document).of(item, UNSURE)[0] == "2024"
    assert Periods(document).of(item, likely(WHOLE_WAR))[0] == SINCE_INVASION


def test_ways_to_say_one_period_are_one() -> None:
    assert {same_start(p) for p in ("since 2022-02", "since 2022-03-11", SINCE_INVASION)} == {SINCE_INVASION}
    assert (same_start("since 2025-01"), same_start("2024-08")) == ("2025", "2024-08")


@pytest.mark.parametrize(
    ("period", "kind"),
    [
        (SINCE_INVASION, WHOLE_WAR), ("since 2022-02", WHOLE_WAR), ("2025", THIS_YEAR), ("since 2025-01", THIS_YEAR),
        ("2024", LAST_YEAR), ("2024-08", MONTH), ("2023", OTHER), ("2025-02-09/2025-02-10", OTHER), ("since 2023-03", OTHER),
    ],
)  # fmt: skip
def test_kinds_of_periods(period: str, kind: str) -> None:
    assert kind_of(period, DAY) == kind
