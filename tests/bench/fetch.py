"""`make bench-fetch`: 500 pages of a site with 20 ms latency, by Obmin's crawl and by Scrapy, in one run.

Eight hosts, each with one request at a time and no delay, as both are configured; both read every post's id, text and
time; Obmin also archives each page. Timed by the server, from the first request to the last response.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.size import sized
from tests.support.child_processes import stop_children_when_terminated

HOSTS, PAGES, ROUNDS = 8, sized(500, 64), sized(3, 1)
PAGES_A_HOST = PAGES // HOSTS + 1
OBMIN = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from scrapers.archive import PageArchive
from scrapers.http.client import HttpClient
from scrapers.registry import get_source
from scrapers.sources import parse
address, folder = sys.argv[1], Path(sys.argv[2])
archive = PageArchive(folder)

def crawl(number):
    base = get_source("koordshtab_telegram")
    at = f"https://host{number}.example/s/Koord_shtab"
    source = base.model_copy(update={"id": f"host{number}", "url": at})
    url = source.url
    while url:
        page = client.get(source, url)
        staged = archive.stage(page)
        parsed = parse(source, page)
        archive.commit(staged)
        url = parsed.older

with HttpClient(replay=address) as client, ThreadPoolExecutor(8) as threads:
    list(threads.map(crawl, range(8)))
"""
SCRAPY = """
import sys
import scrapy
from scrapy.crawler import CrawlerProcess

class Channel(scrapy.Spider):
    name = "channel"

    async def start(self):
        for number in range(2, 10):
            yield scrapy.Request(f"http://127.0.0.{number}:{sys.argv[1]}/s/Koord_shtab")

    def parse(self, response):
        ids = []
        for post in response.css("div.tgme_widget_message"):
            ids.append(int(post.attrib["data-post"].rpartition("/")[2]))
            yield {
                "id": ids[-1],
                "text": "".join(post.css(".js-message_text ::text").getall()),
                "time": post.css("time::attr(datetime)").get(),
            }
        if ids and min(ids) > 1:
            yield response.follow(f"?before={min(ids)}")

process = CrawlerProcess({
    "CONCURRENT_REQUESTS": 8, "CONCURRENT_REQUESTS_PER_DOMAIN": 1, "DOWNLOAD_DELAY": 0, "ROBOTSTXT_OBEY": True,
    "LOG_LEVEL": "ERROR", "TELNETCONSOLE_ENABLED": False, "FEEDS": {sys.argv[2]: {"format": "jsonlines"}},
})
process.crawl(Channel)
process.start()
"""


@contextmanager
def slow_site() -> Iterator[int]:
    command = [sys.executable, "-m", "tests.bench.slow_site", str(PAGES_A_HOST)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline())
        finally:
            server.terminate()


def pages_a_second(port: int, program: str, *arguments: str) -> float:
    subprocess.run([sys.executable, "-c", program, *arguments], check=True)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/stats") as answer:
        stats = json.load(answer)
    assert stats["pages"] == HOSTS * PAGES_A_HOST, stats
    return float(stats["pages"] / stats["seconds"])


def main() -> None:
    ours, theirs = [], []
    with slow_site() as port:
        for _ in range(ROUNDS):
            with tempfile.TemporaryDirectory() as folder:
                ours.append(pages_a_second(port, OBMIN, f"http://127.0.0.1:{port}", folder))
                theirs.append(pages_a_second(port, SCRAPY, str(port), str(Path(folder) / "posts.jsonl")))
    print(f"Obmin: {statistics.median(ours):,.0f} pages/s ({', '.join(f'{rate:.0f}' for rate in ours)})")
    print(f"Scrapy: {statistics.median(theirs):,.0f} pages/s ({', '.join(f'{rate:.0f}' for rate in theirs)})")
    print(f"ratio: {statistics.median(ours) / statistics.median(theirs):.2f} (target: at least 1)")


if __name__ == "__main__":
    stop_children_when_terminated()
    main()
