"""Days and hours as sites write them; expected times are UTC, Kyiv being two hours ahead in winter, three in summer."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scrapers.parsing.timestamps import written_moment

EVENING = datetime(2024, 12, 30, 15, 5, tzinfo=UTC)


def kyiv(written: str, language: str = "uk", may_lack_hour: bool = False) -> datetime | None:
    return written_moment(written, language, "Europe/Kyiv", may_lack_hour)


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("uk", "30 грудня 2024 року - 17:05"), ("uk", "Іванна Іваненко — понеділок, 30 грудня 2024, 17:05"),
        ("uk", "17:05, 30 грудня 2024"), ("uk", "30 Грудня 2024 | 17:05"), ("uk", "30 груд. 2024, 17.05"),
        ("uk", "30 грудня 2024р. 17:05"), ("uk", "30-го грудня 2024 р., 17:05:00"), ("uk", "30.12.2024 17:05"),
        ("uk", "17:05 30.12.2024"), ("uk", "17.05 30.12.2024"), ("uk", "30.12.24, 17:05"), ("uk", "2024-12-30 17:05"),
        ("uk", "2024.12.30 - 17:05"), ("uk", "30/12/2024 17:05"), ("uk", "Читати 2 хв. 30 грудня 2024, 17:05"),
        ("uk", "30 грудня 2024 17:05 1234"), ("uk", "123 перегляди 30 грудня 2024, 17:05"),
        ("uk", "30 грудня 2024, 17:05 EET"), ("ru", "30 декабря 2024 г. в 18:05 MSK"),
        ("ru", "17:05 30 Декабря, 2024"), ("ru", "30 дек. 2024, 17:05"), ("en", "December 30, 2024 5:05 PM"),
        ("en", "Monday, Dec. 30th, 2024, 5:05 p.m."), ("en", "30th of December 2024 at 17:05"),
        ("en", "Published 30 December 2024 17:05 by AP"), ("en", "30 December 2024 15:05 GMT"),
        ("en", "30 December 2024 17:05 +0200"), ("en", "30 December 2024 18:05 UTC+03:00"),
        ("en", "30 December 2024 10:05 (GMT-5)"), ("en", "December 30, 2024, 3:05 p.m. GMT"),
        ("en", "30 December 2024 15:05, GMT"), ("en", "30 December 2024 15:05 hrs GMT"),
        ("uk", "2024-12-30 15:05:00.000Z"), ("uk", "2024-12-30 17:05:00.123+02:00"), ("ru", "18:05 мск, 30.12.2024"),
        ("en", "30 December 2024 17:05 +1 comment"), ("en", "İ 30 December 2024 15:05+00:00"),
        ("uk", "30 грудня 2024 | 17:05 | 4.50 грн"), ("en", "30 December 2024 Time:17:05"),
        ("ru", "30 Дек 2024, 17:05 ТАСС"), ("uk", "30 Гру 2024, 17:05 УНН"), ("uk", "Published:30.12.2024 17:05"),
        ("uk", "30.12.2024-17:05"), ("uk", "30 грудня 2024, 17:05 ФОТО"),
    ],
)  # fmt: skip
def test_a_day_and_hour_in_words_or_figures(language: str, written: str) -> None:
    assert kyiv(written, language) == EVENING


@pytest.mark.parametrize(
    "written",
    [
        "", "17:05", "вчора, 17:05", "30 грудня, 17:05", "30 грудня 2024 року", "грудень 2024, 17:05",
        "36 грудня 2024, 17:05", "29 лютого 2023, 10:00", "30 грудня 2024 о 25:05", "12/30/2024 17:05",
        "30 грудня 2024, 17:05 (оновлено 18:10)", "30 грудня 2024, 17:05; оновлено 31 грудня 2024, 08:10",
        "30 грудня 2024, 17:05 NZDT", "30 December 2024, 17:05", "30.12.2024.5 17:05", "130.12.2024 17:05",
        "30 грудня 2024, 17:05 EST", "30 грудня 2024, 5:05 pm est", "23-25 грудня 2024, 17:05",
        "23 – 25.12.2024, 17:05", "17:05-3 грудня 2024", "30 грудня 2024 | ціна 4.50 грн", "12:30.12.2024",
        "30 грудня 20245, 17:05", "30 грудня 2024, 17:05" + " новини" * 40,
    ],
)  # fmt: skip
def test_what_is_no_single_day_with_an_hour_is_not_guessed(written: str) -> None:
    assert kyiv(written) is None


def test_hours_around_noon_and_midnight() -> None:
    assert kyiv("12:01 AM, January 1, 2025", "en") == datetime(2024, 12, 31, 22, 1, tzinfo=UTC)
    assert kyiv("12:30 pm, July 1, 2025", "en") == datetime(2025, 7, 1, 9, 30, tzinfo=UTC)
    assert kyiv("13:30 pm, July 1, 2025", "en") is None
    assert kyiv("1 липня 2025 о 0:05") == datetime(2025, 6, 30, 21, 5, tzinfo=UTC)


def test_a_day_alone_is_its_midnight_where_the_hour_may_be_missing() -> None:
    assert kyiv("30 грудня 2024", may_lack_hour=True) == datetime(2024, 12, 29, 22, 0, tzinfo=UTC)
    assert kyiv("30.12.2024 17:05", may_lack_hour=True) == EVENING
    assert kyiv("31 грудня", may_lack_hour=True) is None
    assert kyiv("17:05 грудень 2024", may_lack_hour=True) is None


def test_each_month_has_its_number() -> None:
    genitives = "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня"
    russian, english = (
        "янв фев мар апр мая июн июл авг сен окт ноя дек",
        "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    )
    for language, months in (("uk", genitives), ("ru", russian), ("en", english)):
        for number, month in enumerate(months.split(), start=1):
            moment = kyiv(f"15 {month} 2025, 12:00", language)
            assert moment is not None, month
            assert (moment.month, moment.day) == (number, 15)
