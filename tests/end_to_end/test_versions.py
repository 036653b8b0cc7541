"""Posts that change at their source: an edit is a new version, a deletion loses nothing."""

from __future__ import annotations

from datetime import datetime

from orchestration.settings import INVASION, Settings
from orchestration.warehouse.database import Warehouse
from orchestration.warehouse.fetch import fetch
from orchestration.warehouse.load import load
from scrapers.archive import PageArchive
from scrapers.http.client import HttpClient
from scrapers.registry import get_source
from scrapers.sample.archive import KYIV
from scrapers.sample.server import serve

SOURCE = get_source("koordshtab_telegram").as_excerpt()


def refresh_at(settings: Settings, moment: datetime) -> int:
    """Crawl and load the channel as it was at a time; return the number of new versions."""
    archive = PageArchive(settings.pages)
    with serve(settings.sample_archive, as_of=moment) as address, Warehouse(settings).connection() as connection:
        with HttpClient(replay=address) as client:
            report = fetch(connection, archive, client, SOURCE, INVASION, lambda _: None)
        assert report.error is None
        return load(connection, archive).announcements_new


def versions(settings: Settings, like: str) -> list[tuple[bool, str]]:
    with Warehouse(settings).connection() as connection:
        rows = connection.execute(
            "select is_edited, text from raw.announcements where announcement_id in "
            "(select announcement_id from raw.announcements where text like ?) order by first_seen_at",
            [like],
        ).fetchall()
    return [(edited, text.splitlines()[0]) for edited, text in rows]


def test_an_edited_post_is_a_new_version_beside_the_old(settings: Settings) -> None:
    refresh_at(settings, datetime(2024, 12, 30, 17, 0, tzinfo=KYIV))
    assert refresh_at(settings, datetime(2024, 12, 30, 17, 30, tzinfo=KYIV)) == 1
    assert refresh_at(settings, datetime(2024, 12, 30, 17, 40, tzinfo=KYIV)) == 0
    assert versions(settings, "%189 українців%Подробиці складу%") == [
        (False, "Одинадцятий у 2024 році обмін! 189 українців повернулися додому. Подробиці складу — незабаром."),
        (True, "Один із найбільших обмінів: 189 українців повернулися додому напередодні Нового року."),
    ]


def test_a_deleted_post_stays_and_breaks_nothing(settings: Settings) -> None:
    refresh_at(settings, datetime(2025, 1, 29, 12, 0, tzinfo=KYIV))
    assert refresh_at(settings, datetime(2025, 1, 29, 14, 0, tzinfo=KYIV)) == 0
    assert versions(settings, "Завтра відбудеться обмін 300 на 300%") == [
        (False, "Завтра відбудеться обмін 300 на 300. Чекайте новин!")
    ]
    with Warehouse(settings).connection() as connection:
        marked = connection.execute(
            "select text like 'Завтра відбудеться обмін 300%', is_deleted from raw.absent_items "
            "inner join raw.announcements on item_id = announcement_id"
        ).fetchall()
    assert marked == [(True, True)]


def test_only_what_is_new_is_archived(settings: Settings) -> None:
    refresh_at(settings, datetime(2025, 1, 29, 12, 0, tzinfo=KYIV))
    size = PageArchive(settings.pages).size()
    refresh_at(settings, datetime(2025, 1, 29, 12, 30, tzinfo=KYIV))  # only the view counters changed
    assert PageArchive(settings.pages).size() == size
