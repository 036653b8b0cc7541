"""`make bench-archive-growth`: how fast the archive grows, in MB per channel or site and year, by kind of record.

The real crawl, page store and archive, on generated sites with the rates of real ones, with a visit every quarter of
an hour on the bench's own clock; some days of it, extrapolated to a year.
"""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

from orchestration.settings import Settings
from orchestration.warehouse import page_store
from orchestration.warehouse.database import Warehouse
from orchestration.warehouse.fetch import fetch
from orchestration.warehouse.load import load
from scrapers.archive import PageArchive
from scrapers.archive.damage import Damage
from scrapers.archive.members import scan
from scrapers.http.client import HttpClient
from scrapers.http.throttling import Clock
from scrapers.registry import Source, get_source
from scrapers.sample.archive import DEFAULT_FOLDER
from tests.bench.long_archive import HEAD, post
from tests.bench.size import sized
from tests.conftest import respond, web

VISITS_A_DAY, POSTS_A_DAY, EDITS_A_DAY, ARTICLES_A_DAY, ON_PAGE = sized(96, 2), 8, 1, 4, 20
DAYS = sized(6, 1)
# The first day stores what existed before.
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
# Five kB of markup a post, as in the preview: attributes that change with each rendering, and image URLs.
PADDING = 1_500
CHANNEL, SITE = get_source("koordshtab_telegram").as_excerpt(), get_source("ombudsman").as_excerpt()


class Growing:
    """A channel and a site; their content depends on ``now``. With counters, every response has new counters and
    nonces.
    """

    def __init__(self, has_counters: bool) -> None:
        self.now = BEGIN
        self._has_counters, self._count = has_counters, 0

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        self._count += self._has_counters
        parts = urlsplit(handler.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/t.me/s/Koord_shtab":
            return respond(handler, 200, self._channel(int(query.get("before", "999999"))))
        if parts.path == "/ombudsman.gov.ua/uk/news":
            return respond(handler, 200, self._list(int(query.get("page", "1"))))
        if "/news_details/" in parts.path:
            return respond(handler, 200, self._article(int(parts.path.rpartition("-")[2])))
        return respond(handler, 404)

    def _day(self) -> float:
        return (self.now - BEGIN) / timedelta(days=1) + 40  # they began forty days before

    def _channel(self, before: int) -> str:
        newest = min(int(self._day() * POSTS_A_DAY), before - 1)
        shown = range(max(newest - ON_PAGE + 1, 1), newest + 1)
        return HEAD + "".join(map(self._post, shown)) + "</section></main></body></html>"

    def _post(self, number: int) -> str:
        moment = BEGIN + timedelta(days=number / POSTS_A_DAY - 40)
        # One post a day is edited, six hours after publication; counters and nonces change with each visit.
        is_edited = number % (POSTS_A_DAY // EDITS_A_DAY) == 0 and self.now - moment > timedelta(hours=6)
        words = post(number, random.Random(number), moment).replace(f" {number}<", f" {number + is_edited}<")
        views = random.Random(self._count * 1_000_003 + number)
        return words.replace(
            '<span class="tgme_widget_message_views">',
            f'<i class="photo" data-view="{views.randbytes(PADDING // 2).hex()}"></i>'
            f'<span class="tgme_widget_message_views">{self._count}',
        )

    def _newest(self) -> int:
        return int(self._day() * ARTICLES_A_DAY)

    def _list(self, page: int) -> str:
        last = self._newest() - (page - 1) * ON_PAGE
        items = "".join(
            f'<a href="/uk/news_details/obmin-{n}"><h3>Обмін полоненими, {n}</h3>'
            f'<time datetime="{self._moment(n).isoformat()}"></time><span class="views">{self._count + n}</span></a>'
            for n in range(last, max(last - ON_PAGE, 0), -1)
        )
        return self._framed(items)

    def _article(self, number: int) -> str:
        rng = random.Random(number)
        text = "".join(f"<p>{post(number, rng, self._moment(number))[-900:]}</p>" for _ in range(4))
        newest = "".join(f"<a href='/uk/news_details/obmin-{self._newest() - n}'>Новина {n}</a>" for n in range(10))
        return self._framed(
            f'<h1>Обмін полоненими, {number}</h1><time datetime="{self._moment(number).isoformat()}"></time>'
            f'<div itemprop="articleBody"><p>Сьогодні говорили про полонених, {number}.</p>{text}</div>'
            f'<span class="views-count">{self._count}</span><aside class="latest-news">{newest}</aside>'
        )

    def _framed(self, content: str) -> str:
        """A page with its menu, and the visit's nonce."""
        style = "".join(f".c{n}{{margin:{n}px;padding:{n * 7 % 13}px}}" for n in range(1500))
        nonce = random.Random(self._count).randbytes(500).hex()
        return (
            f"<html><head><style>{style}</style></head><body><script nonce='{nonce}'></script>"
            f"<nav>Меню</nav>{content}</body></html>"
        )

    def _moment(self, number: int) -> datetime:
        return BEGIN + timedelta(days=number / ARTICLES_A_DAY - 40)


def bytes_by_kind(archive: PageArchive) -> Counter[str]:
    """Bytes of the archive by kind of record, and the number of records as "KIND records"."""
    found: Counter[str] = Counter()
    for path in archive.files():
        for member in scan(path):
            if isinstance(member, Damage):
                raise AssertionError(member.sentence)
            kind = member.record.partition(b"WARC-Type: ")[2].partition(b"\r\n")[0].decode()
            found[kind] += member.length
            found[f"{kind} records"] += 1
    return found


def live_through(folder: Path, source: Source, growing: Growing, visit: Callable[[], None]) -> None:
    for number in range(1, DAYS * VISITS_A_DAY + 1):
        growing.now = BEGIN + timedelta(days=number / VISITS_A_DAY)
        visit()


def grown(source: Source, has_counters: bool) -> tuple[Counter[str], Counter[str]]:
    """The archive's bytes and records of a source after the first visit, and after all."""
    growing = Growing(has_counters)

    class Now(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return growing.now

    with tempfile.TemporaryDirectory() as name, web(growing.answer) as address:
        settings = Settings("sample", Path(name), DEFAULT_FOLDER)
        archive = PageArchive(settings.pages)
        clock = Clock(moment=lambda: growing.now)
        with (
            Warehouse(settings).connection() as connection,
            HttpClient(replay=address, clock=clock) as client,
            patch.object(page_store, "datetime", Now),
        ):

            def visit() -> None:
                reach = growing.now - timedelta(days=31)
                report = fetch(connection, archive, client, source, reach, lambda _: None)
                assert report.error is None, report.error
                load(connection, archive)

            visit()
            first = bytes_by_kind(archive)
            live_through(settings.pages, source, growing, visit)
        return first, bytes_by_kind(archive)


def main() -> None:
    print(f"{DAYS} days of {VISITS_A_DAY} visits, carried over to a year; gzip, as on the disk")
    for what, source, has_counters in (
        (f"a channel, {POSTS_A_DAY} posts and {EDITS_A_DAY} edit a day", CHANNEL, True),
        (f"a site, {ARTICLES_A_DAY} articles a day, each asked for again for three days", SITE, True),
        ("the same site without counters, each answer byte for byte the same", SITE, False),
    ):
        first, after = grown(source, has_counters)
        by_kind = {
            kind: (
                (after[kind] - first[kind]) / DAYS * 365 / 1e6,
                (after[f"{kind} records"] - first[f"{kind} records"]) / DAYS,
            )
            for kind in ("response", "request", "revisit")
        }
        received = ", ".join(
            f"{kind}s {mb:,.1f} MB ({records:,.0f} a day)" for kind, (mb, records) in by_kind.items()
        )
        print(f"{what}: {sum(mb for mb, _ in by_kind.values()):,.1f} MB a year: {received}")


if __name__ == "__main__":
    main()
