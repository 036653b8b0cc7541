"""A long archive of a channel's pages, with the preview's markup and size: 20 posts in some 92 kB."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scrapers.archive import PageArchive
from scrapers.records import Page

WORDS = [
    "сьогодні",
    "відбувся",
    "обмін",
    "полоненими",
    "додому",
    "повернулися",
    "захисники",
    "серед",
    "них",
    "воїни",
    "з",
    "різних",
    "напрямків",
]
POSTS_ON_PAGE = 20
HEAD = (
    "<!DOCTYPE html><html><head><meta charset='utf-8'>"
    + "".join(f'<link href="//telegram.org/css/{n}.css" rel="stylesheet" media="screen">' for n in range(20))
    + '</head><body class="widget_frame_base tgme_webpreview"><header class="tgme_header search_collapsed">'
    + '<div class="tgme_channel_info_counters">'
    + '<div class="tgme_channel_info_counter"><span class="counter_value">1</span></div>' * 20
    + '</div></header><main class="tgme_main"><section class="tgme_channel_history js-message_history">'
)
SVG = (
    '<svg class="bubble_icon" width="9px" height="20px" viewBox="0 0 9 20"><g fill="none"><path class="background" '
    'fill="#fff" d="M8,1 L9,1 L9,20 L8,20 L8,18 C7.807,15.161 7.124,12.233 5.950,9.218 C5.046,6.893 3.504,4.733 1,3"/>'
    '<path class="border" fill="#d7e3ec" d="M9,1 L2,1 C-0.5,1 -0.5,3.5 1,5 L2,6"/></g></svg>'
)


def post(number: int, rng: random.Random, moment: datetime) -> str:
    text = "<br/><br/>".join(" ".join(rng.choices(WORDS, k=25)) + f" {number}" for _ in range(4))
    reactions = "".join(
        f'<span class="tgme_reaction"><i class="emoji" style="background-image:url(\'//x/{n}.png\')"><b>👍</b></i>'
        f"{rng.randrange(900)}</span>"
        for n in range(8)
    )
    return (
        '<div class="tgme_widget_message_wrap js-widget_message_wrap">'
        '<div class="tgme_widget_message text_not_supported_wrap js-widget_message" '
        f'data-post="Koord_shtab/{number}" data-view="{rng.randbytes(60).hex()}">'
        '<div class="tgme_widget_message_user"><a href="https://t.me/Koord_shtab">'
        f'<i class="tgme_widget_message_user_photo bgcolor1"><img src="https://cdn/{rng.randbytes(60).hex()}.jpg"></i>'
        f'</a></div><div class="tgme_widget_message_bubble">{SVG}<div class="tgme_widget_message_author">'
        '<a class="tgme_widget_message_owner_name"><span dir="auto">Канал</span></a></div>'
        f'<div class="tgme_widget_message_text js-message_text" dir="auto">{text}</div>'
        f'<div class="tgme_widget_message_reactions js-message_reactions">{reactions}</div>'
        '<div class="tgme_widget_message_footer compact js-message_footer">'
        '<div class="tgme_widget_message_info short js-message_info">'
        f'<span class="tgme_widget_message_views">{rng.randrange(90)}.1K</span>'
        '<span class="tgme_widget_message_meta"><a class="tgme_widget_message_date" '
        f'href="https://t.me/Koord_shtab/{number}"><time datetime="{moment.isoformat()}" class="time">10:00</time></a>'
        "</span></div></div></div></div></div>"
    )


def page(number: int) -> str:
    """Page ``number``, counted from the oldest; the same number always gives the same page."""
    rng = random.Random(number)
    start = datetime(2022, 3, 1, tzinfo=UTC)
    first = number * POSTS_ON_PAGE + 1
    posts = (post(n, rng, start + timedelta(minutes=15 * n)) for n in range(first, first + POSTS_ON_PAGE))
    return HEAD + "".join(posts) + "</section></main></body></html>"


def write(folder: Path, pages: int) -> None:
    """Write an archive of this many pages."""
    archive = PageArchive(folder)
    fetched = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(pages):
        archive.append(
            Page(
                "koordshtab_telegram",
                f"https://t.me/s/Koord_shtab?before={(number + 1) * POSTS_ON_PAGE + 1}",
                fetched + timedelta(seconds=number),
                200,
                (("Content-Type", "text/html; charset=utf-8"),),
                page(number).encode(),
            )
        )
