"""Listings that are empty, too short, or not listings at all."""

from __future__ import annotations

from tests.faults.attack import CHANNELS, NEWSWIRES, SITES, Asked, Attack, Expected, Reply
from tests.faults.pages import WIRES, Post, Story, channel, exchange_text, newswire

SHORT = "lists {} items where at least"
RSS = '<?xml version="1.0"?><rss version="2.0"><channel>{}</channel></rss>'
CONSENT = (
    "<html><title>Before you continue</title><form action='https://consent.example.org/save'>Accept all</form></html>"
)


NO_POSTS = '<html><div class="tgme_channel_info"></div><div class="tme_no_messages_found">No posts found</div></html>'


def listing(name: str, reply: Reply, *says: str, sources: tuple[str, ...] = NEWSWIRES) -> Attack:
    """A site whose listing responds like this in every run: nothing is read, and the source fails."""
    return Attack(name, sources, lambda asked: reply, Expected(says=says))


def frozen_tag(asked: Asked) -> Reply:
    """A feed whose ETag changes in the second run, in which it has a new story."""
    stories = [Story(800002, "Відбувся обмін полоненими", f"<p>{exchange_text(61)}</p>")] if asked.round == 2 else []
    if asked.path != WIRES[asked.source_id].feed:
        return newswire(asked, stories) or Reply("", 404)
    reply = newswire(asked, stories)
    assert reply is not None
    return Reply(reply.body, 200, {**reply.headers, "ETag": f'"{asked.round}"'})


def dated_ahead(asked: Asked) -> Reply:
    """A story dated 2099 in the first run and on its own day in the second."""
    reply = newswire(asked, [Story(800002, "Відбувся обмін полоненими", f"<p>{exchange_text(62)}</p>")])
    assert reply is not None
    if asked.round == 1 and str(800002) in asked.path:
        return Reply(str(reply.body).replace(asked.at(9).isoformat(), "2099-01-01T09:00:00+02:00"))
    return reply


def no_posts_found(asked: Asked) -> Reply:
    """A channel that shows its newest page; in the first run it shows no older posts, though there are some."""
    if asked.round == 1 and "before" in asked.query:
        return Reply(NO_POSTS)
    return channel(asked, [Post(1001, asked.at(), exchange_text(40))])


ATTACKS = [
    Attack(
        "no posts found in the middle of a channel",
        CHANNELS,
        no_posts_found,
        Expected(read=frozenset({"1001"}), released=40, says=["lists nothing"]),
        later=Expected(read=frozenset({"1001"}), released=40),
    ),
    listing("a feed of sections", Reply(RSS.format(
        "".join(f"<item><title>Обмін</title><link>/about/{n}/</link></item>" for n in range(40))
    )), SHORT.format(0)),
    listing("an empty feed", Reply(RSS.format("")), SHORT.format(0)),
    listing("a feed that is a page", Reply("<html><p>Welcome</p></html>"), SHORT.format(0)),
    listing("a feed of links elsewhere", Reply(RSS.format(
        "".join(f"<item><title>З полону {n}</title><link>https://evil.example/{n}</link></item>" for n in range(30))
    )), SHORT.format(0)),
    listing("a consent page with status 200", Reply(CONSENT), "consent page", sources=SITES),
    listing("a maintenance page with status 200", Reply("<html><title>Технічні роботи</title><h1>Технічні роботи</h1></html>"), "maintenance", sources=SITES),
    listing("a feed of two items", Reply(RSS.format("<item><title>З полону</title><link>http://[bad</link></item>" * 2)), SHORT.format(0)),
    listing("an empty answer", Reply(""), "empty page", sources=SITES),
    listing("a feed of entities that double", Reply(
        '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">'
        + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
        + "]><rss><channel><item><title>&j;</title></item></channel></rss>"
    ), SHORT.format(0)),
    Attack("a new story behind a new tag", NEWSWIRES, frozen_tag, Expected(), later=Expected(frozenset({"800002"}), 61)),
    Attack(
        "a story dated ahead", NEWSWIRES, dated_ahead,
        Expected(says=["800002", "future", "tried again after"]),
    ),
    Attack(
        "a channel that shows nothing", CHANNELS,
        lambda asked: Reply(NO_POSTS),
        Expected(says=["0 "]),
    ),
    Attack("a page that is no channel", CHANNELS, lambda asked: Reply("", 302, {"Location": "https://t.me/x"}), Expected(says=["https://t.me"])),
]  # fmt: skip
