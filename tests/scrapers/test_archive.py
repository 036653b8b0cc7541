"""The page archive: what is written is read back, and other tools can read it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from scrapers.announcement import Page
from scrapers.archive import PageArchive


def page(number: int, body: bytes = b"body") -> Page:
    moment = datetime(2026, 3, 1, 12, 0, number, tzinfo=UTC)
    headers = (("Content-Type", "text/html; charset=utf-8"), ("Content-Encoding", "gzip"))
    return Page("koordshtab_telegram", f"https://t.me/s/Koord_shtab?before={number}", moment, 200, headers, body)


def test_pages_come_back_as_they_were(tmp_path: Path) -> None:
    archive = PageArchive(tmp_path)
    places = [archive.append(page(n, f"сторінка {n}".encode())) for n in range(1, 4)]
    assert [place.file for place in places] == ["2026-03.warc.gz"] * 3
    second = archive.read(places[1])
    assert (second.url, second.body, second.status) == (
        "https://t.me/s/Koord_shtab?before=2",
        "сторінка 2".encode(),
        200,
    )
    assert second.fetched_at == datetime(2026, 3, 1, 12, 0, 2, tzinfo=UTC)
    assert second.source_id == "koordshtab_telegram"


def test_another_reader_finds_every_record_whole(tmp_path: Path) -> None:
    archive = PageArchive(tmp_path)
    for number in range(1, 4):
        archive.append(page(number))
    with (tmp_path / "2026-03.warc.gz").open("rb") as stream:
        records = [(r.rec_type, r.rec_headers.get_header("WARC-Target-URI")) for r in ArchiveIterator(stream)]
    assert records == [("response", f"https://t.me/s/Koord_shtab?before={n}") for n in range(1, 4)]
    command = type("Command", (), {"verbose": False, "inputs": [str(tmp_path / "2026-03.warc.gz")]})
    checker = Checker(command)
    checker.process_all()
    assert checker.exit_value == 0
