"""Channels' pages: invalid posts, and posts that are hard to read."""

from __future__ import annotations

from collections.abc import Sequence

from tests.faults.attack import CHANNELS, Asked, Attack, Expected, Reply
from tests.faults.pages import Post, channel, channel_name, exchange_text

GOOD = Post(1002, "", exchange_text(70))
OTHERS_POST = (
    '<div class="tgme_widget_message" data-post="SomebodyElse/1001"><div class="tgme_widget_message_text '
    'js-message_text">{text}</div><a class="tgme_widget_message_date"><time datetime="{at}"></time></a></div>'
)


def bad_post(name: str, post: Post, *says: str, read: Sequence[str] = ("1002",), released: int = 70) -> Attack:
    """A hostile post next to a good one that reports 70 people."""

    def answer(asked: Asked) -> Reply:
        own = Post(post.number, post.at or asked.at(), post.body, post.raw.replace("{at}", asked.at().isoformat()))
        return channel(asked, [own, Post(GOOD.number, asked.at(14), GOOD.body)])

    return Attack(name, CHANNELS, answer, Expected(frozenset(read), released, says))


def one_post(name: str, body: str, released: int | None, *says: str) -> Attack:
    """A single post whose text is hard to read, and the total that it reports."""
    return Attack(
        name,
        CHANNELS,
        lambda asked: channel(asked, [Post(1001, asked.at(), body)]),
        Expected(frozenset({"1001"}), released, says),
    )


def album(asked: Asked) -> Reply:
    """A post with a text for each of its two pictures, and a quoted parent with another post's text."""
    name, text = channel_name(asked.source_id), '<div class="tgme_widget_message_text js-message_text">{}</div>'
    parent = '<a class="tgme_widget_message_reply"><div class="tgme_widget_message_text js-message_reply_text">205</div></a>'
    raw = (
        f'<div class="tgme_widget_message" data-post="{name}/1001">{parent}{text.format("Сьогодні важливий день.")}'
        f'{text.format(exchange_text(33))}<a class="tgme_widget_message_date">'
        f'<time datetime="{asked.at().isoformat()}"></time></a></div>'
    )
    return channel(asked, [Post(1001, "", "", raw)])


ATTACKS = [
    bad_post("post of year 1", Post(1001, "0001-01-01T00:00:00+03:00", "Рік перший."), "1001"),
    bad_post("post of year 9999", Post(1001, "9999-12-31T23:59:59-03:00", "Рік останній."), "1001"),
    bad_post("post without an offset", Post(1001, "2026-11-01T10:00:00", "Без поясу."), "1001"),
    bad_post("post without a number", Post("V_Zelenskiy_official/abc", "", "Без номера."), "abc"),
    bad_post(
        "post of another channel", Post(0, "", "", OTHERS_POST.replace("{text}", exchange_text(205))), "SomebodyElse"
    ),
    bad_post("post with a number of 400 digits", Post("x/" + "9" * 400, "", "Довгий номер."), "999"),
    one_post(
        "a quote after a number",
        "Листів від родин: 157<blockquote>200 днів чекали</blockquote>. Сьогодні відбувся обмін: вдома 38 захисників.",
        38,
    ),
    one_post("a text inside a spoiler", f"<tg-spoiler>{exchange_text(39)}</tg-spoiler>", 39),
    one_post("a text inside a quote", f"<blockquote>{exchange_text(36)}</blockquote>", 36),
    one_post("preformatted lines", f"<pre>Нарада 12</pre>{exchange_text(37)}", 37),
    one_post("a figure struck out", "<s>Додому повернулися 205 воїнів.</s> " + exchange_text(35), 35),
    Attack("an album with two texts", CHANNELS, album, Expected(frozenset({"1001"}), 33)),
]
