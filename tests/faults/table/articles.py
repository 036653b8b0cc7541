"""Articles that can't be read, or say what they should not, beside articles that can."""

from __future__ import annotations

from collections.abc import Callable

from tests.faults.attack import NEWSWIRES, Asked, Attack, Expected, Reply
from tests.faults.pages import WIRES, Story, exchange_text, newswire

BAD, GOOD = 800001, 800002


def beside_a_good_one(answer: Callable[[Asked], Reply | None]) -> Callable[[Asked], Reply | None]:
    """A newswire with two stories about an exchange: one answers as given, the other is whole and speaks of 60."""
    stories = [
        Story(BAD, "З полону повернулися воїни", ""),
        Story(GOOD, "Відбувся обмін полоненими", f"<p>{exchange_text(60)}</p>"),
    ]

    def serve(asked: Asked) -> Reply | None:
        if asked.path == WIRES[asked.source_id].article.format(BAD):
            return answer(asked)
        return newswire(asked, stories)

    return serve


def one_article(name: str, answer: Callable[[Asked], Reply | None], *says: str) -> Attack:
    """An attack by one article; the other one of the same site must be read."""
    return Attack(
        name,
        NEWSWIRES,
        beside_a_good_one(answer),
        Expected(read=frozenset({str(GOOD)}), released=60, says=says),
    )


ATTACKS = [
    one_article("article refused", lambda asked: Reply("forbidden", 403), f"{BAD}", "403"),
    one_article("article fails with 500", lambda asked: Reply("oops", 500), f"{BAD}", "500"),
]
