"""Which period a total is claimed for, by the text around its number."""

from __future__ import annotations

from datetime import date

import pytest

from scrapers.extraction.document import prepare
from scrapers.extraction.periods import SINCE_INVASION, Periods, same_start

DAY = date(2025, 2, 10)


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
        ("Додому повернулася 4131 людина.", None),
    ],
)
def test_the_period_of_a_total(text: str, period: str | None) -> None:
    document = prepare(text, None, DAY)
    (item,) = [item for item in document.items if item.value == 4131]
    assert Periods(document).of(item, False) == period


def test_the_nearest_of_several_periods_counts() -> None:
    document = prepare("В 2023 году вернулись 547 человек, в 2024 году – 1266.", None, DAY)
    periods = Periods(document)
    assert [periods.of(item, False) for item in document.items if item.value in (547, 1266)] == ["2023", "2024"]


def test_a_period_is_carried_on_to_the_next_sentences() -> None:
    document = prepare("Підсумки 2024 року. Відбулося багато обмінів. Звільнено 1358 людей.", None, DAY)
    (item,) = [item for item in document.items if item.value == 1358]
    assert Periods(document).of(item, False) == "2024"
    assert Periods(document).of(item, True) == SINCE_INVASION


def test_ways_to_say_one_period_are_one() -> None:
    assert {same_start(p) for p in ("since 2022-02", "since 2022-03-11", SINCE_INVASION)} == {SINCE_INVASION}
    assert (same_start("since 2025-01"), same_start("2024-08")) == ("2025", "2024-08")
