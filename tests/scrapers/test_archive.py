"""The page archive: what is written is read back, other tools can read it, and a crash loses no whole record.

Damaged files are tested in test_archive_damage.py.
"""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import pytest
from fastwarc import ArchiveIterator as FastIterator
from fastwarc import WarcRecordType
from warcio.checker import Checker

from scrapers.archive import BrokenRecord, Location, Original, PageArchive, payload_digest
from tests.support.archived_pages import FILE, page

PACKED = gzip.compress(b"packed")  # once: it contains the second of its creation


def test_pages_come_back_as_they_were(tmp_path: Path) -> None:
    archive = PageArchive(tmp_path)
    places = [archive.append(page(n, f"сторінка {n}".encode())) for n in range(1, 4)]
    assert [place.file for place in places] == [FILE] * 3
    second = archive.read(places[1])
    assert (second.url, second.body, second.status) == (page(2).url, "сторінка 2".encode(), 200)
    assert second.fetched_at == page(2).fetched_at
    assert second.source_id == "koordshtab_telegram"
    assert [(place, found.body) for place, found in archive.pages({FILE: places[1].offset})] == [
        (places[2], "сторінка 3".encode())
    ]
    assert [(place, found.url) for place, found in archive.pages()] == [
        (place, page(n).url) for n, place in enumerate(places, 1)
    ]


def test_a_compressed_payload_is_kept_as_it_was_sent(tmp_path: Path) -> None:
    sent = gzip.compress("обмін".encode())
    archive = PageArchive(tmp_path)
    found = archive.read(archive.append(page(1, sent, "gzip")))
    assert found.payload == sent
    assert found.body == "обмін".encode()


def test_other_tools_read_every_record(tmp_path: Path) -> None:
    archive = PageArchive(tmp_path)
    archive.append(page(1))
    archive.append(page(2, PACKED, "gzip"))
    archive.revisit(page(3, status=304), Original(page(1).url, page(1).fetched_at, payload_digest(b"body")))
    command = type("Command", (), {"verbose": False, "inputs": [str(tmp_path / FILE)]})
    checker = Checker(command)
    checker.process_all()
    assert checker.exit_value == 0
    # An independent reader, in another language.
    records = []
    with (tmp_path / FILE).open("rb") as stream:
        for record in FastIterator(stream, verify_digests=True):
            body = record.reader.read() if record.record_type == WarcRecordType.response else None
            records.append((record.record_type, record.headers["WARC-Target-URI"][-1], body))
    assert records == [
        (WarcRecordType.request, "1", None),
        (WarcRecordType.response, "1", b"body"),
        (WarcRecordType.request, "2", None),
        (WarcRecordType.response, "2", PACKED),
        (WarcRecordType.revisit, "3", None),
    ]


def test_a_page_found_unchanged_is_noted_once_a_day(tmp_path: Path) -> None:
    original = Original(page(1).url, page(1).fetched_at, payload_digest(b"body"))

    def visit(number: int, day: int) -> None:
        visited = page(number, status=304)
        # A new instance, as in each run's process.
        PageArchive(tmp_path).revisit(replace(visited, fetched_at=visited.fetched_at.replace(day=day)), original)

    for number, day in ((1, 1), (1, 1), (2, 1), (1, 1), (1, 2), (2, 2), (1, 2)):
        visit(number, day)
    (tmp_path / "revisited.txt").write_bytes(b"\xff no day")  # a hint: broken, it costs one revisit record
    visit(1, 2)
    visit(1, 2)
    with (tmp_path / FILE).open("rb") as stream:
        noted = [(r.headers["WARC-Date"][8:10], r.headers["WARC-Target-URI"][-1]) for r in FastIterator(stream)]
    assert noted == [("01", "1"), ("01", "2"), ("02", "1"), ("02", "2"), ("02", "1")]


@pytest.mark.parametrize("lost", [1, 200, 420])
@pytest.mark.parametrize("is_noted", [True, False])
def test_a_torn_record_is_cut_off_and_nothing_else_is_lost(tmp_path: Path, lost: int, is_noted: bool) -> None:
    archive = PageArchive(tmp_path)
    archive.append(page(1))
    whole = (tmp_path / FILE).read_bytes()
    archive.append(page(2))
    torn = (tmp_path / FILE).read_bytes()[:-lost]
    assert len(torn) > len(whole)
    (tmp_path / FILE).write_bytes(torn)
    (tmp_path / "2026-03.warc.size").write_text(str(len(whole))) if is_noted else (
        tmp_path / "2026-03.warc.size"
    ).unlink()
    after = PageArchive(tmp_path)
    assert [found.url for _, found in after.pages()] == [page(1).url]
    assert (tmp_path / FILE).read_bytes() == torn  # a reader changes nothing
    after.recover()
    kept = (tmp_path / FILE).read_bytes()
    assert kept[: len(whole)] == whole
    assert len(kept) < len(torn)
    place = after.append(page(3))
    assert after.read(place).url == page(3).url
    assert [found.url for _, found in after.pages()] == [page(1).url, page(3).url]


def test_what_a_crash_left_staged_is_in_the_archive_after_the_next_start(tmp_path: Path) -> None:
    archive = PageArchive(tmp_path)
    archive.append(page(1))
    archive.stage(page(2))
    after = PageArchive(tmp_path)
    after.recover()
    assert [found.url for _, found in after.pages()] == [page(1).url, page(2).url]
    assert list((tmp_path / "incoming").iterdir()) == []


def test_a_dropped_page_leaves_no_trace(tmp_path: Path) -> None:
    archive = PageArchive(tmp_path)
    archive.append(page(1))
    before = archive.size()
    archive.drop(archive.stage(page(2)))
    assert archive.size() == before
    assert len(list(PageArchive(tmp_path).pages())) == 1


def test_a_record_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    archive = PageArchive(tmp_path)
    archive.append(page(1))
    with pytest.raises(BrokenRecord, match=r"holds no page at byte 9000 of .*2026-03\.warc\.gz"):
        archive.read(Location(FILE, 9000))


def test_a_reader_beside_a_writer_sees_whole_records_and_disturbs_nothing(tmp_path: Path) -> None:
    """Another process opens the archive between writing a record and writing its length."""
    writer, reader = PageArchive(tmp_path), PageArchive(tmp_path)
    writer.append(page(1))
    staged = writer.stage(page(2))
    with (tmp_path / FILE).open("ab") as stream:
        stream.write(staged.path.read_bytes()[:100])
    assert [found.url for _, found in reader.pages()] == [page(1).url]
    assert staged.path.exists()
