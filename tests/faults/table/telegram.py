"""Channels' pages: posts that can't be, and posts that are hard to read."""

from __future__ import annotations

from collections.abc import Sequence

from tests.faults.attack import CHANNELS, Asked, Attack, Expected, Reply
from tests.faults.pages import Post, channel, exchange_text

GOOD = Post(1002, "", exchange_text(70))


def bad_post(name: str, post: Post, *says: str, read: Sequence[str] = ("1002",), released: int = 70) -> Attack:
    """A hostile post beside a good one that speaks of 70 people."""

    def answer(asked: Asked) -> Reply:
        own = Post(post.number, post.at or asked.at(), post.body, post.raw)
        return channel(asked, [own, Post(GOOD.number, asked.at(14), GOOD.body)])

    return Attack(name, CHANNELS, answer, Expected(frozenset(read), released, says))


ATTACKS = [
    bad_post("post of year 1", Post(1001, "0001-01-01T00:00:00+03:00", "Рік перший."), "1001"),
    bad_post("post of year 9999", Post(1001, "9999-12-31T23:59:59-03:00", "Рік останній."), "1001"),
    bad_post("post without a number", Post("V_Zelenskiy_official/abc", "", "Без номера."), "abc"),
]
