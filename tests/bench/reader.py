"""How fast the extractor reads, next to the time that BeautifulSoup needs to get the texts out of their pages."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from scrapers.extraction.reading import read
from scrapers.http.client import HttpClient
from scrapers.records import Page
from scrapers.registry import Source, get_source
from scrapers.sample.archive import DEFAULT_FOLDER
from scrapers.sample.server import serve
from scrapers.sources import parse
from tests.bench.size import sized

ROUNDS = sized(5, 1)
KILOBYTES = 1.2  # of UTF-8: a long announcement
ANNOUNCEMENTS = Path(__file__).parent / "announcements"  # of about that size, in three languages
# Other posts of a channel, of about 200 characters.
UNRELATED = [
    "Завтра в області хмарно, місцями невеликий дощ, вітер південний, 7-12 метрів на секунду. Вночі до 3 градусів тепла.",
    "Курс долара на 15 січня становить 42,3 гривні, євро подорожчав на 11 копійок. Пальне на заправках додало 40 копійок.",
    "The city library is open from 9:00 to 18:00; two new reading rooms were added after the repair, with 40 places each.",
    "Завод собрал 12 тракторов и 40 плугов, на складе остаются запчасти к 300 машинам прошлых лет, сообщил директор.",
]  # fmt: skip
IMPORT = "import time; t = time.perf_counter(); from scrapers.extraction.reading import read; read('обмін'); print(time.perf_counter() - t)"


def fastest(work: Callable[[], object]) -> float:
    """Seconds of the fastest of some rounds, which other load disturbed least."""
    seconds = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begin)
    return min(seconds)


def pages_of(client: HttpClient, source: Source) -> Iterator[Page]:
    """A channel's pages, from the newest to the oldest."""
    url: str | None = source.url
    while url:
        page = client.get(source, url)
        yield page
        url = parse(source, page).older


def main() -> None:
    source = get_source("koordshtab_telegram").model_copy(update={"seconds_between_requests": 0})
    with serve(DEFAULT_FOLDER) as address, HttpClient(replay=address) as client:
        pages = list(pages_of(client, source))
    posts = [post for page in pages for post in parse(source, page).announcements]
    kilobytes = sum(len(post.text.encode()) for post in posts) / 1000
    parsing = fastest(lambda: [parse(source, page) for page in pages])
    reading = fastest(lambda: [read(post.text, None, post.published_at, post.language) for post in posts])
    long = [path.read_text("utf-8") for path in sorted(ANNOUNCEMENTS.glob("*.txt"))] * ROUNDS
    reading_long = fastest(lambda: [read(text, None, date(2025, 2, 5)) for text in long])
    long_kilobytes = sum(len(text.encode()) for text in long) / 1000
    elsewhere = [f"{text} {number}" for number, text in enumerate(UNRELATED * 500)]
    ruling_out = fastest(lambda: [read(text) for text in elsewhere])
    importing = float(subprocess.check_output([sys.executable, "-c", IMPORT], text=True))
    print(f"{len(posts)} posts of {kilobytes / len(posts):.2f} kB on {len(pages)} pages")
    print(f"BeautifulSoup, page to text   {parsing:.3f} s")
    print(f"extractor, text to statements {reading:.3f} s   {reading / parsing:.2f} of BeautifulSoup's")
    print(f"the same, by {KILOBYTES} kB           {kilobytes / KILOBYTES / reading:.0f} a second")
    print(f"announcements of {KILOBYTES} kB       {long_kilobytes / KILOBYTES / reading_long:.0f} a second")
    print(f"texts that the first look rules out {len(elsewhere) / ruling_out:.0f} a second")
    print(f"import, words and model       {importing:.2f} s")


if __name__ == "__main__":
    main()
