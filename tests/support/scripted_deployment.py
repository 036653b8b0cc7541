"""A deployment filled with announcements one by one, without a crawl; extractor, dbt and files are real.

Running services are in running_deployment.py.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import duckdb

from orchestration.review.decisions import decide, review_of
from orchestration.review.queue import StoredVersion
from orchestration.settings import KYIV, Settings
from orchestration.warehouse.build import build
from orchestration.warehouse.database import NEXT_CHANGE, Warehouse
from orchestration.warehouse.extract import extract
from orchestration.warehouse.load import insert, load_pages
from orchestration.warehouse.page_index import naive
from orchestration.warehouse.publish import Published, publish
from orchestration.warehouse.reviews import read_reviews, write_reviews
from orchestration.warehouse.versions import new_versions
from scrapers.records import Announcement
from scrapers.registry import get_source


def kyiv(written: str) -> datetime:
    """Parse "2024-03-05 15:00" as a Kyiv time."""
    return datetime.strptime(written, "%Y-%m-%d %H:%M").replace(tzinfo=KYIV)


def utc(written: str) -> datetime:
    """A timestamp as the warehouse returns it: UTC, without a zone."""
    return datetime.fromisoformat(written)


VERSIONS = """
select version_id, url, title, text, timezone('UTC', published_at) as published_at, language from raw.announcements
"""


class ScriptedDeployment:
    """``announce`` and ``delete`` change raw.*; ``refresh`` extracts, builds and publishes."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._ids = 0
        self._connection: duckdb.DuckDBPyConnection | None = None
        if not settings.reviews.exists():
            # Without the file the sample's own decisions would be read and written each time.
            write_reviews(settings.reviews, ())

    def copied(self, settings: Settings) -> ScriptedDeployment:
        """A copy of this deployment: a first build takes seconds, a copy takes none."""
        shutil.copytree(self.settings.data, settings.data, dirs_exist_ok=True)
        copy = ScriptedDeployment(settings)
        copy._ids = self._ids
        return copy

    @contextmanager
    def together(self) -> Iterator[None]:
        """In this block the working file stays open for ``announce`` and ``delete``: opening it costs four times as
        much as an announcement.
        """
        with Warehouse(self.settings).connection() as connection:
            self._connection = connection
            try:
                yield
            finally:
                self._connection = None

    @contextmanager
    def _opened(self) -> Iterator[duckdb.DuckDBPyConnection]:
        if self._connection is not None:
            yield self._connection
            return
        with Warehouse(self.settings).connection() as connection:
            yield connection

    def announce(self, source_id: str, at: str, text: str, item: str | None = None, seen: str | None = None) -> str:
        """Add an announcement, or with ``item`` a new version of one, first seen at ``seen``; return its id."""
        self._ids += 1
        item = item or str(self._ids)
        source = get_source(source_id)
        scripted = Announcement(
            source_id, item, f"{source.url.rstrip('/')}/{item}", source.language, kyiv(at).astimezone(UTC), None, text
        )
        with self._opened() as connection:
            load_pages(connection, ())
            insert(
                connection, "announcements", new_versions(connection, [(scripted, "page", naive(kyiv(seen or at)))])
            )
        return item

    def versions(self) -> list[StoredVersion]:
        """Every version of every announcement, for a reviewer to decide."""
        with Warehouse(self.settings).connection() as connection:
            return [StoredVersion(*row, doubts=[]) for row in connection.execute(VERSIONS).fetchall()]

    def version_of(self, item: str) -> StoredVersion:
        """The only version of an announcement, for a reviewer to decide."""
        (version,) = (version for version in self.versions() if version.url.endswith(f"/{item}"))
        return version

    def delete(self, source_id: str, item: str, noticed: str) -> None:
        with self._opened() as connection:
            connection.execute(
                f"insert into raw.absent_items values (?, ?, '', true, ?, {NEXT_CHANGE})",
                [source_id, item, naive(kyiv(noticed))],
            )

    def correct(self, item: str, *figures: str) -> None:
        """Let a reviewer replace what was extracted from an announcement by figures such as "released_total=58"."""
        with Warehouse(self.settings).connection() as connection:
            (row,) = connection.execute(f"{VERSIONS} where announcement_id = ?", [item]).fetchall()
        decide(Warehouse(self.settings), StoredVersion(*row, doubts=[]), "corrected", "anna", figures)

    def reject(self, item: str) -> None:
        """Let a reviewer decide that an announcement announces no exchange."""
        decide(Warehouse(self.settings), self.version_of(item), "not_an_exchange", "anna")

    def refresh(self) -> None:
        self.read()
        self.build()

    def build(self) -> None:
        self.build_facts()
        self.publish()

    def build_facts(self) -> None:
        report = build(Warehouse(self.settings))
        if report.failures:
            raise AssertionError("\n".join(report.failures))

    def publish(self) -> Published:
        return publish(Warehouse(self.settings), "test")

    def read(self) -> None:
        """Extract new announcements and accept every reading, however doubtful: the tests check facts, not
        extraction. An edited version is part of the history too.
        """
        decided = read_reviews(self.settings.reviews)
        known = {review.version_id for review in decided}
        with Warehouse(self.settings).connection() as connection:
            versions = [StoredVersion(*row, doubts=[]) for row in connection.execute(VERSIONS).fetchall()]
            # Facts hold the time of a decision: here that of the text, the same in every build.
            accepted = [
                review_of(one, "accepted", "test").model_copy(update={"decided_at": one.published_at})
                for one in versions
                if one.version_id not in known
            ]
            if accepted:
                write_reviews(self.settings.reviews, [*decided, *accepted])
            extract(connection, [*decided, *accepted])

    def extract(self) -> None:
        with Warehouse(self.settings).connection() as connection:
            extract(connection, read_reviews(self.settings.reviews))

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """The rows of a query on the published copy."""
        with duckdb.connect(str(self.settings.published), read_only=True) as connection:
            return connection.execute(query, list(parameters)).fetchall()

    def exchange(self, columns: str, day: str) -> tuple[Any, ...]:
        """Columns of the only exchange of a day, such as "2024-03-05"."""
        (row,) = self.rows(
            f"select {columns} from marts.fct_exchanges where exchanged_on = ?", date.fromisoformat(day)
        )
        return row

    def facts(self) -> dict[str, list[tuple[Any, ...]]]:
        """All rows of all marts, by table."""
        names = self.rows("select table_name from information_schema.tables where table_schema = 'marts' order by 1")
        return {name: self.rows(f'from marts."{name}" order by all') for (name,) in names}
