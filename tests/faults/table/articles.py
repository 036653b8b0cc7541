"""Articles that can't be read, or contain what they should not, next to articles that can."""

from __future__ import annotations

import gzip
from collections.abc import Callable

from tests.faults.attack import NEWSWIRES, Answer, Asked, Attack, Expected, Reply
from tests.faults.pages import WIRES, Story, exchange_text, newswire, story_html

BAD, GOOD = 800001, 800002
TITLE = "Обмін полоненими"
TEXT = f"<p>{exchange_text(44)}</p>"


def beside_a_good_one(answer: Answer) -> Answer:
    """A newswire with two stories about an exchange: one responds as given, the other is intact and reports 60."""
    stories = [Story(BAD, TITLE, ""), Story(GOOD, "Відбувся обмін полоненими", f"<p>{exchange_text(60)}</p>")]

    def serve(asked: Asked) -> Reply | None:
        if asked.path == WIRES[asked.source_id].article.format(BAD):
            return answer(asked)
        return newswire(asked, stories)

    return serve


def unreadable(name: str, answer: Answer, *says: str) -> Attack:
    """One article can't be read and must be named; the other one of the same site must be read."""
    return Attack(
        name,
        NEWSWIRES,
        beside_a_good_one(answer),
        Expected(read=frozenset({str(GOOD)}), released=60, says=(str(BAD), *says)),
    )


def readable(name: str, body: str | Callable[[Asked], str | bytes], released: int | None = 44, *says: str) -> Attack:
    """A single article with something odd about it: a body, or a whole page; ``released`` is the total it reports."""

    def answer(asked: Asked) -> Reply | None:
        page = "" if isinstance(body, str) else body(asked)
        return newswire(asked, [Story(BAD, TITLE, body if isinstance(body, str) else "", page)])

    return Attack(name, NEWSWIRES, answer, Expected(frozenset({str(BAD)}), released, says))


def in_head(markup: str) -> Callable[[Asked], str]:
    """A whole page of the story that reports 44, with this markup in its head."""
    return lambda asked: story_html(asked, Story(BAD, TITLE, TEXT)).replace("<head>", f"<head>{markup}", 1)


def other_news(link: str) -> str:
    """The story that reports 44, with a link to news of 205 among its paragraphs."""
    return f"{TEXT}{link}<p>Родини чекають на зустріч.</p>"


LINK = '<a href="/news/1">Відбувся обмін: додому повернулися 205 українських воїнів</a>'
DEEP = "[" * 100_000
OTHER_NEWS = '{"@type":"NewsArticle","headline":"Погода","datePublished":"2025-01-02T10:00:00+02:00","url":"/rubric-x/1-a.html"}'
CONSENT = {"Location": "https://consent.example.org/collect?continue=x"}


def half_gzip(asked: Asked) -> Reply:
    body = gzip.compress(story_html(asked, Story(BAD, TITLE, TEXT)).encode())
    return Reply(body[: len(body) // 2], headers={"Content-Encoding": "gzip"})


def bomb(asked: Asked) -> Reply:
    return Reply(gzip.compress(b" " * 60_000_000), headers={"Content-Encoding": "gzip"})


def many_members(asked: Asked) -> Reply:
    return Reply(gzip.compress(b"<p>x</p>") * 80_000, headers={"Content-Encoding": "gzip"})


def trickle(asked: Asked) -> None:
    asked.handler.send_response(200)
    asked.handler.send_header("Content-Type", "text/html")
    asked.handler.end_headers()
    for _ in range(600):
        asked.handler.wfile.write(b"<")
        asked.handler.wfile.flush()
        asked.handler.server.stopping.wait(0.1)  # type: ignore[attr-defined]


ATTACKS = [
    unreadable("article refused", lambda asked: Reply("forbidden", 403), "403"),
    unreadable("article gone", lambda asked: Reply("gone", 410), "410"),
    unreadable("article unavailable for legal reasons", lambda asked: Reply("", 451), "451"),
    unreadable("article fails with 500", lambda asked: Reply("oops", 500), "500"),
    unreadable("article leads to a consent page", lambda asked: Reply("", 302, CONSENT), "redirects to"),
    unreadable("article leads to itself", lambda asked: Reply("", 302, {"Location": asked.path}), "redirect"),
    unreadable("article leads to a bad address", lambda asked: Reply("", 302, {"Location": "http://[bad"})),
    unreadable("article is a PDF", lambda asked: Reply(b"%PDF-1.7 x", headers={"Content-Type": "application/pdf"})),
    unreadable(
        "article is a login form",
        lambda asked: Reply(
            "<html><title>Вхід</title><form action='/login'><input name='login'><input type='password'></form></html>"
        ),
    ),
    unreadable("article is empty", lambda asked: Reply("")),
    unreadable(
        "article is a soft 404",
        lambda asked: Reply(
            "<html><title>Сторінку не знайдено</title><h1>404</h1><p>Сторінку не знайдено</p></html>"
        ),
    ),
    unreadable("article is cut short", half_gzip, "cut short"),
    unreadable("article is a gzip bomb", bomb, "unfolds to more"),
    unreadable("article of 80,000 gzip members", many_members),
    unreadable(
        "article is in an unknown encoding", lambda asked: Reply(b"x" * 900, headers={"Content-Encoding": "zz"})
    ),
    readable("JSON-LD whose type is an object", in_head('<script type="application/ld+json">{"@type":{}}</script>')),
    readable("JSON-LD of 100,000 levels", in_head(f'<script type="application/ld+json">{DEEP}</script>')),
    readable("JSON-LD is a number", in_head('<script type="application/ld+json">5</script>')),
    readable(
        "JSON-LD of other news, of another day", in_head(f'<script type="application/ld+json">{OTHER_NEWS}</script>')
    ),
    readable("a footnote's mark beside the figure", TEXT.replace("44", "44<sup>[205]</sup>")),
    readable("canonical address is broken", in_head('<link rel="canonical" href="http://[bad">')),
    readable(
        "charset is undefined", in_head('<meta http-equiv="content-type" content="text/html; charset=undefined">')
    ),
    readable(
        "lone surrogate in the title",
        lambda asked: story_html(asked, Story(BAD, TITLE, TEXT)).replace(
            f'"headline":"{TITLE}"', f'"headline":"{TITLE}\\ud800"'
        ),
    ),
    readable(
        "lone surrogate as an entity", lambda asked: story_html(asked, Story(BAD, TITLE, f"{TEXT}<p>&#xD800;</p>"))
    ),
    readable(
        "NUL among the words",
        lambda asked: story_html(asked, Story(BAD, TITLE, TEXT.replace("44", "4\x004"))),
    ),
    readable(
        "cp1251 under a header of UTF-8",
        lambda asked: (
            story_html(asked, Story(BAD, TITLE, TEXT)).replace('<meta charset="utf-8">', "").encode("cp1251")
        ),
    ),
    unreadable("50,000 nested elements", lambda asked: Reply("<div>" * 50_000 + TEXT + "</div>" * 50_000)),
    readable("a related story in an aside", other_news(f"<aside>{LINK}</aside>")),
    readable("a related story in section.read", other_news(f'<section class="read">{LINK}</section>')),
    readable("read also, in a paragraph", other_news(f"<p>Читайте також: {LINK}</p>")),
    readable("read also, as a heading", other_news(f"<h3>Дивіться також</h3><ul><li>{LINK}</li></ul>")),
    readable("read also, in bold", other_news(f"<p><strong>До теми:</strong> {LINK}</p>")),
    readable("read also, in Russian", other_news(f"<p>Читайте также: {LINK}</p>")),
    readable("read also, in English", other_news(f"<p><em>Read also:</em> {LINK}</p>")),
]
