"""`make bench-reparse`: a long archive reparsed on one core; posts a second, and memory as the archive grows."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bs4 import BeautifulSoup

from tests.bench.long_archive import POSTS_ON_PAGE, page, write
from tests.bench.size import sized

TARGET_POSTS, TARGET_MIB = 1_500, 400
CHILD = """
import resource, sys, time
from pathlib import Path
from orchestration.settings import Settings
from orchestration.warehouse.database import Warehouse
from orchestration.warehouse.reparse import reparse
from scrapers.sample.archive import DEFAULT_FOLDER
settings = Settings("sample", Path(sys.argv[1]), DEFAULT_FOLDER)
began = time.perf_counter()
report = reparse(Warehouse(settings), lambda *_: None)
seconds = time.perf_counter() - began
print(report.announcements, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def beautiful_soup_posts_a_second(pages: int = 40) -> float:
    """The peer: only texts and times of the same pages, by CSS selectors."""
    bodies = [page(number) for number in range(pages)]
    began = time.perf_counter()
    for body in bodies:
        for post in BeautifulSoup(body, "lxml").select("div.tgme_widget_message"):
            assert post.select_one(".js-message_text").get_text()  # type: ignore[union-attr]
            assert post.select_one("time[datetime]")["datetime"]  # type: ignore[index]
    return pages * POSTS_ON_PAGE / (time.perf_counter() - began)


def main() -> None:
    posts = int(sys.argv[1]) if len(sys.argv) > 1 else sized(100_000, 2_000)
    os.sched_setaffinity(0, {0})  # one core, children too
    peer = beautiful_soup_posts_a_second()
    print(f"BeautifulSoup with CSS, parsing alone: {peer:,.0f} posts/s")
    for size in (posts // 4, posts):
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder) / "pages", size // POSTS_ON_PAGE)
            result = subprocess.run(
                [sys.executable, "-c", CHILD, folder], check=True, capture_output=True, text=True
            ).stdout.split()
        rate, peak = int(result[0]) / float(result[1]), int(result[2])
        print(
            f"reparse of {size:,} archived posts: {rate:,.0f} posts/s ({rate / peer:.1f} × the peer; target "
            f"{TARGET_POSTS:,}), peak memory {peak} MiB (limit {TARGET_MIB})"
        )


if __name__ == "__main__":
    main()
