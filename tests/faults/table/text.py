"""Characters that look like others, or are invisible: the way a number is written must not change it."""

from __future__ import annotations

import unicodedata

from tests.faults.attack import CHANNELS, Asked, Attack, Expected, Reply
from tests.faults.pages import Post, channel, exchange_text


def written_so(name: str, text: str, released: int, *says: str) -> Attack:
    """A post whose exchange is of this many people, however its characters are written."""

    def answer(asked: Asked) -> Reply:
        return channel(asked, [Post(1001, asked.at(), text)])

    return Attack(name, CHANNELS, answer, Expected(frozenset({"1001"}), released, says))


TEMPLATE = exchange_text(1)


def of(number: str) -> str:
    return TEMPLATE.replace("1", number, 1)


ATTACKS = [
    written_so("keycap digits", of("1️⃣0️⃣3️⃣"), 103),
    written_so("soft hyphen in a number", of("1&shy;50"), 150),
    written_so("zero-width space in a number", of("1\u200b5\u20600"), 150),
    written_so("full-width digits", of("１５０"), 150),
    written_so("decomposed letters", unicodedata.normalize("NFD", of("57")), 57),
    written_so("direction marks around a number", of("\u202e\u2066150\u2069\u202c"), 150),
    written_so("custom emoji in a number's place", of('<tg-emoji emoji-id="1">🇺🇦</tg-emoji> 150'), 150),
]
