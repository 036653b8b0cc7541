"""Loading announcements as raw text, by Obmin or by dlt: `python -m tests.bench.loading obmin|dlt ROWS`.

Prints rows a second and the peak memory in MiB. Both get the same records and store one row a version.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from scrapers.records import Announcement

TEXT = "Координаційний штаб повідомляє: робота триває щодня. " * 23  # 2.4 kB, a long post
A_PAGE = 20


def announcements(count: int) -> Iterator[Announcement]:
    began = datetime(2022, 3, 1, tzinfo=UTC)
    for number in range(count):
        yield Announcement(
            "koordshtab_telegram", str(number), f"https://t.me/Koord_shtab/{number}", "uk",
            began + timedelta(minutes=number), None, f"{number} {TEXT}",
        )  # fmt: skip


def by_obmin(folder: Path, count: int) -> None:
    """With load_pages, like every page of a crawl: new versions, quarantine, marks of progress."""
    from orchestration.settings import Settings
    from orchestration.warehouse.database import Warehouse
    from orchestration.warehouse.load import ReadPage, load_pages
    from scrapers.records import Page, ParsedPage

    def pages() -> Iterator[ReadPage]:
        shown: list[Announcement] = []
        for announcement in announcements(count):
            shown.append(announcement)
            if len(shown) == A_PAGE:
                page = Page("koordshtab_telegram", announcement.url, announcement.published_at, 200, (), b"")
                yield ReadPage(announcement.announcement_id, page, ParsedPage(announcements=shown))
                shown = []

    with Warehouse(Settings("sample", folder, folder)).connection() as connection:
        assert load_pages(connection, pages()).announcements_new == count


def by_dlt(folder: Path, count: int) -> None:
    """As in dlt's manual: merge on a key, with DuckDB as destination."""
    os.environ.update(RUNTIME__DLTHUB_TELEMETRY="false", DLT_DATA_DIR=str(folder / "dlt"))
    import dlt

    def rows() -> Iterator[dict[str, Any]]:
        for a in announcements(count):
            yield {
                "version_id": a.version_id, "source_id": a.source_id, "announcement_id": a.announcement_id,
                "url": a.url, "language": a.language, "published_at": a.published_at, "title": a.title, "text": a.text,
                "is_edited": a.is_edited, "forwarded_from": a.forwarded_from,
            }  # fmt: skip

    pipeline = dlt.pipeline(
        "bench", destination=dlt.destinations.duckdb(str(folder / "dlt.duckdb")), dataset_name="raw",
        pipelines_dir=str(folder / "pipelines"),
    )  # fmt: skip
    texts = {name: {"data_type": "text"} for name in ("title", "forwarded_from")}
    resource_of_rows = dlt.resource(
        rows, name="announcements", write_disposition="merge", primary_key="version_id", columns=texts
    )
    pipeline.run(resource_of_rows)


def main() -> None:
    ways = {"obmin": by_obmin, "dlt": by_dlt}
    way, count = ways[sys.argv[1]], int(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        way(Path(folder), count)
        took = time.perf_counter() - began
    print(count / took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


if __name__ == "__main__":
    main()
