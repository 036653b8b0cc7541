"""What publishing to a lake costs beside publishing here: the whole record, one announcement more, and nothing new.

Run by `make bench-lake`, with a PostgreSQL and an S3 server of its own on this machine: no network is measured.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from orchestration.lake.deployment import catch_up_lake, lake_of, publish_to_lake
from orchestration.lake.pull import pull
from orchestration.lake.restoring import restore_from_lake
from orchestration.lake.tidying import tidy
from orchestration.warehouse.build import build
from orchestration.warehouse.database import Warehouse
from orchestration.warehouse.extract import extract
from orchestration.warehouse.publish import publish
from tests.bench.generated_warehouse import generate
from tests.bench.size import sized
from tests.support.lake_servers import lake_servers
from tests.support.scripted_deployment import ScriptedDeployment

# Announcements: as many rows as the largest table is to have.
COUNT = sized(300_000, 500)
TIMES = sized(5, 1)


def seconds_of(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, DuckDB {duckdb.__version__}")
    with (
        tempfile.TemporaryDirectory() as folder,
        pytest.MonkeyPatch.context() as environment,
        lake_servers(Path(folder) / "pg", environment) as servers,
    ):
        settings = replace(generate(Path(folder) / "first", COUNT), lake=servers.new_lake("bench"))
        assert build(Warehouse(settings)).failures == []
        here = seconds_of(lambda: publish(Warehouse(settings), "bench"))
        there = seconds_of(lambda: publish_to_lake(Warehouse(settings)))
        print(f"{COUNT:,} announcements, all new: {here:.2f} s here, {there:.2f} s to the lake")
        one_more(ScriptedDeployment(settings))
        print(f"nothing new: {seconds_of(lambda: catch_up_lake(Warehouse(settings))):.2f} s to the lake")
        elsewhere = replace(settings, data=Path(folder) / "second")
        copied = seconds_of(lambda: pull(settings, Path(folder) / "pulled.duckdb"))
        restored = seconds_of(lambda: restore_from_lake(elsewhere))
        print(f"another machine: {copied:.2f} s to pull the copy, {restored:.2f} s to restore the working file")
        lake = lake_of(settings)
        files = len(servers.files(lake))
        took = seconds_of(lambda: tidy(lake, days=0))
        print(f"tidying: {took:.2f} s, {files} files before; those merged are removed an hour later")


def one_more(scripted: ScriptedDeployment) -> None:
    """Print what one announcement more costs here and in the lake, the medians of a few."""
    here, there, rows = [], [], 0
    for number in range(TIMES):
        day, hour = divmod(number, 2)
        text = f"Сьогодні відбувся обмін: додому повернулися {100 + number} захисників."
        scripted.announce("koordshtab_telegram", f"2026-11-{1 + day:02} {10 + hour}:00", text)
        with Warehouse(scripted.settings).connection() as connection:
            extract(connection, ())
        scripted.build_facts()
        here.append(seconds_of(scripted.publish))
        began = time.perf_counter()
        rows = sum(publish_to_lake(Warehouse(scripted.settings)).rows.values())
        there.append(time.perf_counter() - began)
    ours, lake = statistics.median(here), statistics.median(there)
    print(
        f"one announcement more: {ours:.2f} s here, {lake:.2f} s more to the lake (at most 1.5 s), which then had "
        f"{rows:,} rows in the tables that changed"
    )


if __name__ == "__main__":
    main()
