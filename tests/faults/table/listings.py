"""Listings that come empty, or full of what is no article, with status 200."""

from __future__ import annotations

from tests.faults.attack import CHANNELS, NEWSWIRES, Asked, Attack, Expected, Reply
from tests.faults.pages import WIRES, Post, channel, exchange_text

NO_POSTS = '<html><div class="tgme_channel_info"></div><div class="tme_no_messages_found">No posts found</div></html>'


def no_posts_found(asked: Asked) -> Reply:
    """A channel that shows its newest page; in the first run nothing of what is older, though there is some."""
    if asked.round == 1 and "before" in asked.query:
        return Reply(NO_POSTS)
    return channel(asked, [Post(1001, asked.at(), exchange_text(40))])


def no_articles(asked: Asked) -> Reply:
    """A feed whose entries lead to sections of the site."""
    if asked.path != WIRES[asked.source_id].feed:
        return Reply("", 404)
    entries = "".join(
        f"<item><title>Обмін</title><link>https://{asked.host}/about/{n}/</link></item>" for n in range(40)
    )
    xml = f'<?xml version="1.0"?><rss version="2.0"><channel>{entries}</channel></rss>'
    return Reply(xml, headers={"Content-Type": "application/rss+xml"})


ATTACKS = [
    Attack(
        "no posts found in the middle of a channel",
        CHANNELS,
        no_posts_found,
        Expected(read=frozenset({"1001"}), released=40, says=["lists nothing"]),
        later=Expected(read=frozenset({"1001"}), released=40),
    ),
    Attack(
        "a feed of links that are no articles",
        NEWSWIRES,
        no_articles,
        Expected(says=["lists 0 items where at least"]),
    ),
]
