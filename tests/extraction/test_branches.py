"""The branch of a count, as lists are written; how many days an exchange took; quotes with what they count."""

from __future__ import annotations

from datetime import date

import pytest

from scrapers.extraction.branches import branches_meant, branches_of
from scrapers.extraction.document import prepare
from scrapers.extraction.reading import read_all
from scrapers.extraction.vocabulary import codes, words_of

DAY = date(2027, 5, 25)


@pytest.mark.parametrize(
    ("text", "value", "branches"),
    [
        ("Звільнено 87 військових ЗСУ, 43 – НГУ.", 43, ["national_guard"]),
        ("ЗСУ – 87 (з них ТрО – 17), НГУ – 43.", 87, ["armed_forces"]),
        ("ЗСУ – 87 (з них ТрО – 17), НГУ – 43.", 17, ["territorial_defence"]),
        ("ЗСУ (35), ВМС (32), ТрО (12).", 32, ["navy"]),
        ("87 from the Armed Forces (17 of those are Teroborona).", 17, ["territorial_defence"]),
        ("Ще по двоє – ВМС і ДССТ.", 2, ["navy", "special_transport_service"]),
        ("Серед звільнених 12 офіцерів.", 12, []),
        ("Пресслужба Нацгвардії: 87 воїнів ЗСУ, 12 прикордонників.", 87, ["armed_forces"]),
        ("ЗСУ: 87 ВМС: 20 НГУ: 43", 87, ["armed_forces"]),
        ("Національна гвардія: 87 ДПСУ 20", 87, ["national_guard"]),
        ("Територіальна оборона: 15 військовослужбовців ЗСУ, ДПСУ: 5.", 15, ["territorial_defence"]),
        ("Нацгвардія: 43 бійці.", 43, ["national_guard"]),
        ("Freed: Armed Forces, 87; National Guard, 43; border guards, 10.", 43, ["national_guard"]),
        ("National Guard (43), Armed Forces (87, including 17 in the TDF).", 87, ["armed_forces"]),
        ("ЗСУ 87 (ТрО 17, ВМС 5), НГУ 43.", 87, ["armed_forces"]),
        ("ЗСУ 87 (п'ятеро з ВМС), НГУ 43.", 87, ["armed_forces"]),
        ("Поліція 9 і прикордонники 8.", 9, ["national_police"]),
        ("Серед них семеро моряків і четверо десантників.", 7, ["navy"]),
        ("ВМС ЗСУ: 16 людей.", 16, ["navy"]),
        ("Guard 21, Border nine, Fleet five.", 9, ["border_guard"]),
        ("State Border Guard (15), Transport Service – two.", 15, ["border_guard"]),
        ("State Border Guard (15), Transport Service – two.", 2, ["special_transport_service"]),
        ("Обмен на границе: 2 летчика, 4 моряка.", 2, ["air_force"]),
    ],
)
def test_the_branch_beside_a_count(text: str, value: int, branches: list[str]) -> None:
    document = prepare(text, None, DAY)
    (item,) = [item for item in document.items if item.value == value]
    assert branches_of(document, item) == branches


@pytest.mark.parametrize(
    ("text", "value", "branches"),
    [
        ("Нацгвардія дочекалася вже 310 своїх. Із полону 17 з них вийшли сьогодні.", 17, ["national_guard"]),
        ("The National Guard has 310 people back, 17 of them since Friday.", 17, ["national_guard"]),
        ("The National Guard and the navy have 310 people back, 17 of them since Friday.", 17, []),
        ("Серед звільнених 12 фельд'єгерів і 43 бійці НГУ.", 12, []),
        ("Серед звільнених 12 із роти «Вітер» і 43 бійці НГУ.", 12, []),
    ],
)
def test_a_count_with_no_name_near_is_of_the_only_branch_that_is_told(
    text: str, value: int, branches: list[str]
) -> None:
    document = prepare(text, None, DAY)
    (item,) = [item for item in document.items if item.value == value]
    assert branches_meant(document, item) == branches


def test_short_names_are_of_known_branches() -> None:
    assert set(words_of("names")["beside_a_count"]) <= set(codes("services"))


@pytest.mark.parametrize(
    ("text", "value", "words"),
    [
        ("Вдома 43 захисники, з них 12 – НГУ.", 12, "12 – НГУ"),
        ("Вдома 43 захисники.", 43, "43 захисники"),
        ("ЗСУ – 87.", 87, "ЗСУ – 87"),
    ],
)
def test_a_quote_holds_what_is_counted(text: str, value: int, words: str) -> None:
    document = prepare(text, None, DAY)
    (item,) = [item for item in document.items if item.value == value]
    assert document.place(*document.with_label(item))[3] == words


def test_an_exchange_of_several_days_numbers_each_of_them() -> None:
    text = "Триденний обмін став 65-м від початку вторгнення. Сьогодні додому повернулися 303 захисники."
    numbers = [(s.value, s.category) for s in read_all(text, None, DAY).statements if s.measure == "official_number"]
    assert numbers == [(65, "3 days")]
