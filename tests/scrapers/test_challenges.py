"""What comes in place of a page is rejected with its kind; pages that only mention such things are read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scrapers.http.responses import page_of
from scrapers.records import Page, PageError, SourceError
from scrapers.registry import get_source

SOURCE = get_source("koordshtab_telegram")
LONG = "Сьогодні з полону повернулися люди, і їхні родини чекали на них біля автобусів від самого ранку. " * 4


def page(body: str | bytes, headers: dict[str, str] | None = None, status: int = 200) -> Page:
    payload = body.encode() if isinstance(body, str) else body
    stated = {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(payload))}
    sent = tuple({**stated, **(headers or {})}.items())
    return Page(SOURCE.id, "https://t.me/s/Koord_shtab", datetime(2026, 1, 1, tzinfo=UTC), status, sent, payload)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("<title>Just a moment...</title>", "challenge"),
        ("<title>Access Denied</title><p>You don't have permission.</p>", "challenge"),
        ('<html><div id="sec-if-cpt-container"></div></html>', "challenge"),
        ('<html><script src="/_Incapsula_Resource?x"></script></html>', "challenge"),
        ("<title>Увійти</title><form></form>", "log-in"),
        ("<title>Before you continue to the site</title>", "consent"),
        ("<body><p>Ми використовуємо cookie, щоб сайт працював.</p><button>Прийняти</button></body>", "consent"),
        ("<body><p>We use cookies.</p><button>Accept</button></body>", "consent"),
        ("<title>Under maintenance</title><p>Back soon</p>", "maintenance"),
        ("<body><h1>Вибачте</h1><p>На сайті проводяться технічні роботи.</p></body>", "maintenance"),
        ("<body><p>На сайте ведутся технические работы.</p></body>", "maintenance"),
        (" \n", "empty"),
        (b"%PDF-1.7 ...", "content type"),
    ],
)
def test_what_comes_instead_is_refused_with_its_kind(body: str | bytes, kind: str) -> None:
    with pytest.raises(SourceError) as caught:
        page_of(SOURCE, page(body), None)
    assert caught.value.kind == kind
    assert isinstance(caught.value, PageError) == (kind != "challenge")
    assert not caught.value.ends_crawl


@pytest.mark.parametrize(
    "body",
    [
        f"<title>Access denied: the Red Cross and the camps</title><p>{LONG}</p>",
        f"<title>Технічні роботи на станції завершено</title><p>{LONG}</p>",
        f"<body><p>{LONG}</p><div>Ми використовуємо cookie</div></body>",
        "<body><article><p>Обмін відбувся.</p></article><footer>We use cookies</footer></body>",
        "<body><p>Обмін.</p><time datetime='2026-01-01'></time><div>На сайті проводяться технічні роботи</div></body>",
        "<title>Вхід до табору</title><body><p>" + LONG + "</p></body>",
    ],
)
def test_a_page_that_only_mentions_such_words_is_read(body: str) -> None:
    assert page_of(SOURCE, page(body), None).status == 200
