"""Links to other news are no part of an article; its own sentences are, whatever they contain."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scrapers.records import Page
from scrapers.registry import get_source
from scrapers.sources import parse

SOURCE = get_source("president_uk")
OWN, MORE = "Сьогодні додому повернулися 150 воїнів.", "Серед них 20 прикордонників."
OTHER = "Обмін: вдома ще 300 захисників"
LINK = f'<a href="/news/x-9">{OTHER}</a>'


def text_of_article(inside: str) -> str:
    html = f"<h1>Назва</h1><p class=date>30 грудня 2024 року - 17:05</p><div class=article_content>{inside}</div>"
    url = "https://www.president.gov.ua/news/obmin-5"
    page = Page(SOURCE.id, url, datetime(2026, 11, 1, tzinfo=UTC), 200, (), html.encode())
    (announcement,) = parse(SOURCE, page).announcements
    return announcement.text


@pytest.mark.parametrize(
    "related",
    [
        f"<p>Читайте також: {LINK}</p>",
        f"<p><strong>Читайте також:</strong> {LINK}</p>",
        f"<p><strong><em>ЧИТАЙТЕ  ТАКОЖ</em></strong>&nbsp;{LINK}.</p>",
        f'<p><a href="/x">Читайте також: {OTHER}</a></p>',
        f'<p><a href="/x"><b>Дивіться також:</b> {OTHER}</a></p>',
        f"<p>👉 Дивіться також – «{LINK}»</p>",
        f"<p>До теми: {LINK}, {LINK}</p>",
        f"<h3>До теми</h3><ul><li>{LINK}</li><li>12:30 {LINK}</li></ul>",
        f"<h2>Read also:</h2><p>{LINK}</p><p>{LINK} (відео)</p>",
        f"<div>See also</div><div><div>{LINK}</div></div>",
        f"<p>Читайте также:<br>{LINK}<br>— {LINK}</p>",
        f"<ul><li>По теме: {LINK}</li></ul>",
        f"<blockquote><p>Читайте ещё: {LINK}</p></blockquote>",
        f"<p>Читайте також: {OTHER}</p>",
        f"<p>Related:</p><hr><p><img src=x></p><p>{LINK}</p>",
        f'<a href="/x"><div>Читайте також</div><div>{OTHER}</div></a>',
        f"<section class=read>{LINK}<p>{OTHER}</p></section>",
        f"<aside><p>{OTHER}</p></aside>",
        f"<div data-name=int_hidden><p>{OTHER}</p></div>",
        f"<div class='news read-also'><p>{OTHER}</p></div>",
        f"<blockquote class=twitter-tweet><p>{OTHER}</p>&mdash; Хтось <a href=x>1 січня</a></blockquote>",
        f"<table><tr><td>Читайте також:</td><td>{LINK}</td></tr></table>",
    ],
)
def test_links_to_other_news_are_left_out(related: str) -> None:
    assert text_of_article(f"<p>{OWN}</p>{related}<p>{MORE}</p>") == f"{OWN}\n{MORE}"


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        (f"<p>{OWN} Читайте також: {LINK}. {MORE}</p>", f"{OWN} . {MORE}"),
        (f"<p>Читайте також: {LINK}<br>{OWN}</p>", OWN),
        (f"<h3>Читайте також</h3><p>{OWN}</p>", OWN),
        (f"<h3>До теми</h3><p>{LINK}</p><p>{OWN}</p><p>{LINK}</p>", f"{OWN}\n{OTHER}"),
    ],
)
def test_what_stands_beside_them_stays(inside: str, text: str) -> None:
    assert text_of_article(inside) == text


@pytest.mark.parametrize(
    "own",
    [
        'Дивіться також на нашому <a href="x">каналі</a>, як 150 воїнів повернулися додому.',
        "Дивіться також на сторінці Штабу, як 150 воїнів повернулися додому.",
        'За темою обміну говорили <a href="x">учора</a>: повернулися 150 воїнів.',
        'Президент розповів, що <a href="x">150 воїнів</a> повернулися.',
        '<a href="x">Сьогодні повернулися 150 воїнів.</a>',
        "До теми: учора повернулися ще 20 воїнів.",
        "На тему: обмін, 150 воїнів.",
        'Говорили на тему <a href="x">обміну 150 на 150</a>.',
        "Related parties exchanged 150 prisoners.",
        "Read more than 150 letters from home: that is what they asked for.",
    ],
)
def test_the_articles_own_words_are_never_taken_for_them(own: str) -> None:
    import re

    assert text_of_article(f"<p>{own}</p><p>{MORE}</p>") == re.sub("<.*?>", "", own) + f"\n{MORE}"
