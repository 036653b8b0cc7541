"""What one more announcement costs at 10,000 and at 1,000,000, how fast text is loaded, and how fast queries are.

Run by `make bench-warehouse`; everything is printed as a ratio to its peer in the same run.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import duckdb

from orchestration.settings import INVASION, Settings
from orchestration.warehouse.build import build
from orchestration.warehouse.database import Warehouse
from orchestration.warehouse.extract import extract
from orchestration.warehouse.fetch import fetch
from orchestration.warehouse.load import load
from orchestration.warehouse.publish import publish
from scrapers.archive import PageArchive
from scrapers.http.client import HttpClient
from scrapers.registry import get_source
from tests.bench.generated_warehouse import generate
from tests.bench.size import sized
from tests.conftest import web
from tests.support.documented_queries import questions
from tests.support.sites import Channel

SMALL, LARGE = sized((10_000, 1_000_000), (500, 2_000))
REFRESHES = sized(5, 1)
ROWS_TO_LOAD = sized(100_000, 2_000)
OF_REGISTRY = get_source("koordshtab_telegram")
# The bench's channel shows three posts a page, and only new ones.
CHANNEL = OF_REGISTRY.model_copy(update={"expected": OF_REGISTRY.expected.model_copy(update={"on_listing": 1})})
STEPS = ("fetch", "load", "extract", "build", "publish")


def refresh(settings: Settings, address: str) -> list[float]:
    """Run one whole refresh; return the seconds of each step."""
    archive, moments = PageArchive(settings.pages), [time.perf_counter()]
    with Warehouse(settings).connection() as connection, HttpClient(replay=address) as client:
        assert fetch(connection, archive, client, CHANNEL, INVASION, lambda _: None).error is None
        moments.append(time.perf_counter())
        assert load(connection, archive).announcements_new
        moments.append(time.perf_counter())
        extract(connection, ())
    moments.append(time.perf_counter())
    assert build(Warehouse(settings)).failures == []
    moments.append(time.perf_counter())
    publish(Warehouse(settings), "bench")
    moments.append(time.perf_counter())
    return [after - before for before, after in pairwise(moments)]


def refreshes(settings: Settings) -> float:
    """Seconds of one refresh with one new announcement: the median of a few, without the first."""
    channel = Channel(1, 2, 3)
    times = []
    with web(channel) as address:
        for number in range(1, 5 + REFRESHES):
            # Newer than all generated announcements, which the channel does not show.
            channel.stamps[number] = f"2026-11-{number:02}T14:00:00+02:00"
            if number > 3:
                channel.posts[number] = f"Сьогодні відбувся обмін: додому повернулися {100 + number} захисників."
                times.append(refresh(settings, address))
    middle = [statistics.median(step) for step in zip(*times[1:], strict=True)]
    print("  " + ", ".join(f"{name} {seconds:.2f}" for name, seconds in zip(STEPS, middle, strict=True)))
    return sum(middle)


def slowest_query(settings: Settings) -> tuple[float, str]:
    """The slowest query of docs/queries.md and docs/more-queries.md: the median seconds of a few runs on an open copy, and its question."""
    found = []
    with duckdb.connect(str(settings.published), read_only=True) as connection:
        for question in questions():
            times = []
            for _ in range(REFRESHES):
                began = time.perf_counter()
                connection.execute(question.query).fetchall()
                times.append(time.perf_counter() - began)
            found.append((statistics.median(times), question.words))
    return max(found)


def of_a_child(*arguments: str) -> list[float]:
    """The numbers that a child process prints last; in a process of its own, its memory is its own too."""
    done = subprocess.run([sys.executable, "-m", *arguments], stdout=subprocess.PIPE, text=True, check=True)
    *sentence, last = done.stdout.strip().splitlines()
    print("\n".join(sentence), end="\n" if sentence else "")
    return [float(number) for number in last.split()]


def deployment_of(count: int, folder: Path) -> None:
    """Generate a deployment and build it completely."""
    settings = generate(folder, count)
    began = time.perf_counter()
    assert build(Warehouse(settings)).failures == []
    publish(Warehouse(settings), "bench")
    print(f"{count:,} announcements, built whole in {time.perf_counter() - began:.0f} s; one more costs:\n0")


def main() -> None:
    match sys.argv[1:]:
        case ["generate", count, folder]:
            deployment_of(int(count), Path(folder))
        case ["refresh", folder]:
            os.sync()  # what generating wrote is on the disk before anything is measured
            print(refreshes(Settings("sample", Path(folder), Path(folder))))
        case _:
            compare()


def compare() -> None:
    """Print all the figures, each next to its peer of the same run."""
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}")
    ours, our_memory = of_a_child("tests.bench.loading", "obmin", str(ROWS_TO_LOAD))
    theirs, their_memory = of_a_child("tests.bench.loading", "dlt", str(ROWS_TO_LOAD))
    print(
        f"loading {ROWS_TO_LOAD:,} announcements: {ours:,.0f} rows/s in {our_memory:.0f} MiB, dlt {theirs:,.0f} rows/s "
        f"in {their_memory:.0f} MiB: {ours / theirs:.1f} x its speed (at least 4), "
        f"{our_memory / their_memory:.2f} x its memory (at most 1)"
    )
    took = {}
    with tempfile.TemporaryDirectory() as folder:
        for count in (SMALL, LARGE):
            place = Path(folder) / str(count)
            of_a_child("tests.bench.warehouse", "generate", str(count), str(place))
            (took[count],) = of_a_child("tests.bench.warehouse", "refresh", str(place))
            print(f"  {took[count]:.2f} s a refresh")
        seconds, words = slowest_query(Settings("sample", place, place))
    print(f"one more at {LARGE:,}: {took[LARGE] / took[SMALL]:.2f} x the cost at {SMALL:,} (at most 2), under 5 s")
    print(f"slowest of twenty questions at {LARGE:,}: {seconds * 1000:.0f} ms (under 50): {words}")


if __name__ == "__main__":
    main()
