"""Sources that refuse, from the first run on."""

from __future__ import annotations

from tests.faults.attack import CHANNELS, SITES, Asked, Attack, Expected, Reply
from tests.faults.pages import Post, channel, exchange_text


def refused_at_first(asked: Asked) -> Reply:
    """A channel that refuses in the first run and reports an exchange of 40 in the second."""
    if asked.round == 1:
        return Reply("forbidden", 403)
    return channel(asked, [Post(1001, asked.at(), exchange_text(40))])


ATTACKS = [
    Attack(
        "refused from the first run on",
        SITES,
        lambda asked: Reply("forbidden", 403),
        Expected(says=["answered with status 403"]),
    ),
    Attack(
        "refused at first, then open",
        CHANNELS,
        refused_at_first,
        Expected(says=["answered with status 403"]),
        later=Expected(read=frozenset({"1001"}), released=40),
    ),
]
