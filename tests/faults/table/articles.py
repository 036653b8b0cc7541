"""Articles that can't be read, or say what they should not, beside articles that can."""

from __future__ import annotations

from collections.abc import Callable

from tests.faults.attack import NEWSWIRES, Asked, Attack, Expected, Reply
from tests.faults.pages import WIRES, Story, exchange_text, newswire

BAD, GOOD = 800001, 800002


def beside_a_good_one(released: int, answer: Callable[[Asked], Reply | None]) -> Callable[[Asked], Reply | None]:
    """A newswire with two stories about an exchange: one answers as given, the other is whole and names a number."""
    stories = [
        Story(BAD, "З полону повернулися воїни", ""),
        Story(GOOD, "Відбувся обмін полоненими", f"<p>{exchange_text(released)}</p>"),
    ]

    def serve(asked: Asked) -> Reply | None:
        if asked.path == WIRES[asked.source_id].article.format(BAD):
            return answer(asked)
        return newswire(asked, stories)

    return serve


def one_article(name: str, released: int, answer: Callable[[Asked], Reply | None], *says: str) -> Attack:
    """An attack by one article; the other one of the same site must be read. Attacks differ in ``released``: one
    number on two days that follow each other is taken for one exchange.
    """
    return Attack(
        name,
        NEWSWIRES,
        beside_a_good_one(released, answer),
        Expected(read=frozenset({str(GOOD)}), released=released, says=says),
    )


ATTACKS = [
    one_article("article refused", 60, lambda asked: Reply("forbidden", 403), f"{BAD}", "403"),
    one_article("article fails with 500", 61, lambda asked: Reply("oops", 500), f"{BAD}", "500"),
    one_article(
        "article behind a consent page",
        62,
        lambda asked: Reply("", 302, {"Location": "https://consent.example/"}),
        f"{BAD}",
        "consent.example",
    ),
    one_article(
        "article is a PDF",
        63,
        lambda asked: Reply(b"%PDF-1.7", headers={"Content-Type": "application/pdf"}),
        f"{BAD}",
        "application/pdf",
    ),
    one_article(
        "article not found with status 200",
        64,
        lambda asked: Reply("<html><title>404</title><h1>Сторінку не знайдено</h1></html>"),
        f"{BAD}",
        "says 'Сторінку не знайдено'",
    ),
    one_article("article is empty", 65, lambda asked: Reply(""), f"{BAD}"),
]
