"""Sites of special kinds: sitemaps, articles as JSON, listings with links to other hosts, a blocked site."""

from __future__ import annotations

import json

from tests.faults.attack import Asked, Attack, Expected, Reply

XML = {"Content-Type": "application/xml"}
SHELL = "<!DOCTYPE html><html><body><div id='app'></div><script src='/main.js'></script></body></html>"
GUR_LIST, GUR_ARTICLE = "/ua/content/list-of-news.html", "/ua/content/obmin-u-kviti"


def agency(asked: Asked) -> Reply:
    """A news sitemap of 40 items, three of them relevant: one complete, one an empty shell, one of another host."""
    stamp = asked.at(9).isoformat()
    ours = {
        "https://www.wam.ae/en/article/good1-prisoner-exchange": "UAE mediation: an exchange of prisoners",
        "https://www.wam.ae/en/article/shell1-prisoners": "UAE mediation: prisoners",
        "https://wam.ae.evil.example/en/article/evil1-exchange": "An exchange of prisoners elsewhere",
    }
    others = {f"https://www.wam.ae/en/article/w{n}-weather": f"Weather report {n}" for n in range(37)}
    if asked.path == "/en/sitemap/news.xml":
        urls = "".join(
            f"<url><loc>{url}</loc><n:news><n:publication_date>{stamp}</n:publication_date><n:title>{title}</n:title>"
            "</n:news></url>"
            for url, title in (ours | others).items()
        )
        root = (
            '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
            'xmlns:n="http://www.google.com/schemas/sitemap-news/0.9">'
        )
        return Reply(f"{root}{urls}</urlset>", headers=XML)
    if asked.query.get("slug") == "good1-prisoner-exchange":
        body = {"title": "UAE mediation", "articleDate": stamp, "body": "<p>The ministry thanked both countries.</p>"}
        return Reply(json.dumps(body), headers={"Content-Type": "application/json"})
    return Reply("", 404) if asked.path == "/robots.txt" else Reply(SHELL)


def index_of_sitemaps(asked: Asked) -> Reply:
    if asked.path == "/robots.txt":
        return Reply("", 404)
    children = "".join(f"<sitemap><loc>https://mod.gov.ua/sitemap-{n}.xml</loc></sitemap>" for n in range(9))
    return Reply(f"<sitemapindex>{children}</sitemapindex>", headers=XML)


def intelligence(asked: Asked) -> Reply:
    """A listing whose first item links to another host, with the same path as our article's."""
    if asked.path == GUR_LIST:
        foreign = f"<a class='item' href='https://gur.example{GUR_ARTICLE}'>Обмін деінде {asked.at():%d.%m.%Y}</a>"
        own = f"<a class='item' href='{GUR_ARTICLE}'>Обмін: запитання родин {asked.at():%d.%m.%Y}</a>"
        others = "".join(
            f"<a class='item' href='/ua/content/robota-{n}'>Робота {n} {asked.at():%d.%m.%Y}</a>" for n in range(8)
        )
        return Reply(f"<html>{foreign}{own}{others}</html>")
    if asked.path == GUR_ARTICLE:
        date = f"<span class='date'>{asked.at():%d.%m.%Y}</span>"
        return Reply(
            f"<h1>Обмін: запитання родин</h1>{date}<article><p>Розповідаємо родинам, як готують обмін.</p></article>"
        )
    return Reply("", 404) if asked.path == "/robots.txt" else Reply("<html></html>")


ATTACKS = [
    Attack(
        "an article's page is an empty shell",
        ("wam",),
        agency,
        Expected(read=frozenset({"good1"}), says=["shell1"]),
    ),
    Attack(
        "an index where a sitemap was",
        ("mod",),
        index_of_sitemaps,
        Expected(
            says=[
                "lists 0 items where at least 10 were expected",
                "an index of 9; name the one to read in registry.yaml",
            ]
        ),
    ),
    Attack(
        "a link to another host with an article's path",
        ("gur_uk",),
        intelligence,
        Expected(read=frozenset({"obmin-u-kviti"})),
    ),
    Attack(
        "a blocked site refuses",
        ("president_uk",),
        lambda asked: Reply("<html><div class='sec-if-cpt-container'></div></html>", 403),
        Expected(says=["Expected to refuse, and did: president_en, president_uk, suspilne"]),
    ),
]
