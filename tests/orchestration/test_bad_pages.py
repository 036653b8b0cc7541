"""A page that no parser can read, or an item that the database refuses, affects only itself: the rest is loaded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from orchestration.warehouse import page_store
from orchestration.warehouse.database import Warehouse
from orchestration.warehouse.load import ReadPage, load, load_pages
from orchestration.warehouse.page_index import take_in
from orchestration.warehouse.reparse import reparse
from scrapers.archive import PageArchive
from scrapers.records import Announcement, Page, ParsedPage, Problem
from scrapers.registry import Source
from tests.conftest import deployment

FETCHED = datetime(2026, 1, 10, tzinfo=UTC)
POST = (
    '<div class="tgme_widget_message" data-post="{name}/{number}">'
    '<div class="tgme_widget_message_text js-message_text">Допис {number}</div>'
    '<a class="tgme_widget_message_date"><time datetime="2026-01-02T10:00:00+02:00"></time></a></div>'
)


def page(source_id: str, name: str, body: str | bytes, hours: int = 0) -> Page:
    content = body.encode() if isinstance(body, str) else body
    return Page(source_id, f"https://t.me/s/{name}", FETCHED + timedelta(hours=hours), 200, (), content)


def test_pages_of_an_older_version_that_make_parsers_raise_stop_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are in the archive and in no table, as a crash or an older Obmin leaves them."""
    settings = deployment(tmp_path)
    archive = PageArchive(settings.pages)
    archive.append(page("diukraine_telegram", "DIUkraine", "whatever"))
    archive.append(page("president_telegram", "V_Zelenskiy_official", b"\x81\x8d\x8f\x98" * 99))
    archive.append(page("no_such_source", "nobody", "whatever"))
    archive.append(page("koordshtab_telegram", "Koord_shtab", POST.format(name="Koord_shtab", number=1)))
    true_parse = page_store.parse

    def parse(source: Source, page: Page) -> ParsedPage:
        if source.id == "diukraine_telegram" and page.body == b"whatever":
            raise RecursionError("too deep")
        return true_parse(source, page)

    monkeypatch.setattr(page_store, "parse", parse)
    aside = "select source_id, item_id, message, excerpt from raw.quarantined_items order by 1"
    for step in ("load", "reparse"):
        if step == "reparse":
            reparse(Warehouse(settings), lambda _: None)
        with Warehouse(settings).connection() as connection:
            if step == "load":
                assert take_in(connection, archive).pages == 4
                load(connection, archive)
            assert connection.execute("select announcement_id from raw.announcements").fetchall() == [("1",)]
            rows = connection.execute(aside).fetchall()
            assert [(source, item) for source, item, _, _ in rows] == [
                ("diukraine_telegram", "https://t.me/s/DIUkraine"),
                ("no_such_source", "https://t.me/s/nobody"),
                ("president_telegram", "https://t.me/s/V_Zelenskiy_official"),
            ]
            for (_, _, message, excerpt), sentence in zip(
                rows, ("RecursionError: too deep", "registry.yaml does not know", "fit no charset"), strict=True
            ):
                assert message == "the page can't be read"
                assert sentence in excerpt
    with Warehouse(settings).connection() as connection:
        whole = page("diukraine_telegram", "DIUkraine", POST.format(name="DIUkraine", number=7), hours=1)
        archive.append(whole)
        take_in(connection, archive)
        load(connection, archive)
        # Its page is readable now, so it has left the quarantine.
        assert [row[0] for row in connection.execute(aside).fetchall()] == ["no_such_source", "president_telegram"]


def announcement(item_id: str, **fields: Any) -> Announcement:
    values: dict[str, Any] = {
        "source_id": "koordshtab_telegram", "announcement_id": item_id, "url": f"https://t.me/Koord_shtab/{item_id}",
        "language": "uk", "published_at": FETCHED, "title": None, "text": f"Допис {item_id}", **fields,
    }  # fmt: skip
    return Announcement(**values)


def test_an_item_that_the_file_refuses_is_set_aside_alone(tmp_path: Path) -> None:
    bad = [
        announcement("2", text="половина \ud83d"),
        announcement("3", published_at=datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=3)))),
        announcement("4\udfff"),
    ]
    problem = Problem("koordshtab_telegram", "9", "the post's date can't be read", "\ud83d")
    reads = [
        ReadPage("a", page("koordshtab_telegram", "Koord_shtab", ""), ParsedPage([announcement("1"), *bad])),
        ReadPage(
            "b",
            page("koordshtab_telegram", "Koord_shtab", "", hours=1),
            ParsedPage([announcement("5")], problems=[problem]),
        ),
    ]
    with Warehouse(deployment(tmp_path)).connection() as connection:
        for expected in (2, 0):
            assert load_pages(connection, reads).announcements_new == expected
            found = connection.execute("select announcement_id from raw.announcements order by 1").fetchall()
            assert found == [("1",), ("5",)]
            aside = connection.execute("select item_id, message from raw.quarantined_items order by 1").fetchall()
            assert [item for item, _ in aside] == ["2", "3", "4?", "9"]
            assert {message.partition(" (")[0] for _, message in aside} == {"it can't be stored"}


def test_a_problem_that_is_no_items_passes_with_its_page(tmp_path: Path) -> None:
    """A stranger's post that a channel's page showed once does not stay in the quarantine."""
    settings = deployment(tmp_path)
    archive = PageArchive(settings.pages)
    own, strange = POST.format(name="Koord_shtab", number=1), POST.format(name="an_advertiser", number=7)
    found = []
    with Warehouse(settings).connection() as connection:
        for hour, body in enumerate([own + strange, own]):
            archive.append(page("koordshtab_telegram", "Koord_shtab", body, hour))
            take_in(connection, archive)
            load(connection, archive)
            found.append(connection.execute("select item_id from raw.quarantined_items").fetchall())
        assert connection.execute("select announcement_id from raw.announcements").fetchall() == [("1",)]
    assert found == [[("https://t.me/s/Koord_shtab#an_advertiser/7",)], []]
