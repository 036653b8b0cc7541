"""A page with status 200 that reports that nothing was found fails its article and gives no announcement."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scrapers.records import Page, ParsedPage, SourceError
from scrapers.registry import get_source
from scrapers.sources import parse

SOURCE = get_source("president_uk")
# What every page of a site contains: its newest items with their times, and a body with a long apology.
AROUND = (
    "<p class=date>30 грудня 2024 року - 17:05</p><div class=article_content><p>На жаль, тут нічого немає. Пошукайте "
    "потрібне на головній сторінці або в пошуку сайту, там є всі новини за ці роки і ще багато чого іншого.</p></div>"
)


def parsed(html: str) -> ParsedPage:
    url = "https://www.president.gov.ua/news/obmin-5"
    return parse(SOURCE, Page(SOURCE.id, url, datetime(2026, 11, 1, tzinfo=UTC), 200, (), html.encode()))


@pytest.mark.parametrize(
    "html",
    [
        "", "   ", "<html><body></body></html>",
        f"<h1>404</h1>{AROUND}",
        f"<h1>Сторінку не знайдено</h1>{AROUND}",
        f"<h1>Помилка 404. Сторінку не знайдено!</h1>{AROUND}",
        f"<h1>Страница не найдена</h1>{AROUND}",
        f"<title>Page not found – Office of the President</title><h1>Oops</h1>{AROUND}",
        f"<title>Офіс Президента | Сторінку не знайдено</title><h1>Офіс</h1>{AROUND}",
        f"<h1>Логотип</h1><h1>Page Not Found.</h1>{AROUND}",
        f"<h1>Ведуться технічні роботи</h1>{AROUND}",
    ],
)  # fmt: skip
def test_a_page_that_says_that_nothing_is_there(html: str) -> None:
    with pytest.raises(SourceError, match="though its status is 200"):
        parsed(html)


@pytest.mark.parametrize(
    "title",
    [
        "404 дні полону: додому повернулися 12 воїнів",
        "Не знайдено тіло воїна",
        "Технічні роботи в Охматдиті завершено",
    ],
)
def test_an_article_may_begin_so(title: str) -> None:
    (announcement,) = parsed(f"<title>{title} | Офіс</title><h1>{title}</h1>{AROUND}").announcements
    assert announcement.title == title
