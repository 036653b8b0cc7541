"""Damage to the archive's files: whole records before and after it are read, it is named, and nothing is deleted.

`pytest tests/scrapers/test_archive_damage.py tests/orchestration/test_archive_damage.py --collect-only -q | tail -1`
prints the number of cases.
"""

from __future__ import annotations

import gzip
import itertools
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from fastwarc import ArchiveIterator as FastIterator

from scrapers.archive import BrokenRecord, Damage, Location, PageArchive, UnwritableArchive, verify_file
from scrapers.archive.members import scan
from tests.support import archive_damage as damage
from tests.support.archive_damage import DAMAGED_IN_PLACE, Span, spans_of_responses
from tests.support.archived_pages import FILE, page

Harm = Callable[[bytes, Span], bytes]
NOTE = "2026-03.warc.size"


@pytest.fixture(autouse=True)
def small_records(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scrapers.archive.members.LARGEST_RECORD", 2**20)


@pytest.fixture
def archive(tmp_path: Path) -> PageArchive:
    """Five pages, long enough to damage a record in its middle."""
    archive = PageArchive(tmp_path)
    for number in range(1, 6):
        archive.append(page(number, os.urandom(400).hex().encode()))
    return archive


def numbers(archive: PageArchive, found: list[Damage] | None = None) -> list[int]:
    """Which of the five pages are read; ``found`` collects the damage."""
    return [int(read.url[-1]) for _, read in archive.pages(on_damage=(found if found is not None else []).append)]


@pytest.mark.parametrize("place", [1, 3, 5])
@pytest.mark.parametrize("harm", DAMAGED_IN_PLACE)
def test_a_damaged_record_is_named_and_all_others_are_read(
    archive: PageArchive, tmp_path: Path, harm: Harm, place: int
) -> None:
    file = tmp_path / FILE
    span = spans_of_responses(file)[place - 1]
    file.write_bytes(harm(file.read_bytes(), span))
    before, found = file.read_bytes(), list[Damage]()
    others = [number for number in range(1, 6) if number != place]
    if harm is damage.first_half_only and place == 5:
        # At the end of the file this is an interrupted record, which readers do not report as damage.
        assert (numbers(archive, found), found) == (others, [])
        assert verify_file(file).unfinished is not None
    else:
        assert numbers(archive, found) == others
        assert [(spot.file, spot.offset) for spot in found] == [(FILE, span.begin)]
        assert found[0].length > 0
        assert found[0].reason in found[0].sentence
        assert f"{FILE}: {found[0].length:,} bytes from byte {span.begin:,} on" in found[0].sentence
        report = verify_file(file)
        assert (report.damaged, report.records, len(report.responses)) == (found, 9, 4)
    with pytest.raises(BrokenRecord, match=rf"holds no page at byte {span.begin} of .*archive verify"):
        archive.read(Location(FILE, span.begin))
    assert file.read_bytes() == before  # reading changes nothing
    # A later start preserves every byte that a crash can't explain, appends, and reads all again.
    after = PageArchive(tmp_path)
    place_of_new = after.append(page(9))
    assert after.read(place_of_new).url == page(9).url
    assert numbers(after) == [*others, 9]
    kept = file.read_bytes() + b"".join(path.read_bytes() for path in after.set_aside())
    assert all(part in kept for part in (before[: span.begin], before[span.begin :]))


@pytest.mark.parametrize("note", ["", "0", "17", "-5", "9" * 30, "97284", "١٢٣", "\x00\x00", None, "half"])
@pytest.mark.parametrize("is_torn", [False, True])
def test_a_wrong_note_of_the_length_loses_nothing(
    archive: PageArchive, tmp_path: Path, note: str | None, is_torn: bool
) -> None:
    file = tmp_path / FILE
    spans = spans_of_responses(file)
    written = {"half": str(spans[2].begin)[:2]}.get(note or "", note)
    (tmp_path / NOTE).unlink() if written is None else (tmp_path / NOTE).write_text(written, "utf-8")
    if is_torn:
        file.write_bytes(file.read_bytes()[: spans[4].end - 20])
    before = file.read_bytes()
    after = PageArchive(tmp_path)
    after.append(page(9))
    assert numbers(after) == ([1, 2, 3, 4, 9] if is_torn else [1, 2, 3, 4, 5, 9])
    aside = [path.read_bytes() for path in after.set_aside()]
    assert aside == ([before[spans[4].begin :]] if is_torn else [])
    assert int((tmp_path / NOTE).read_text()) == file.stat().st_size


def test_damage_in_the_middle_and_no_note_costs_one_record(archive: PageArchive, tmp_path: Path) -> None:
    """Recovery once cut off half of the file here, with status 0."""
    file = tmp_path / FILE
    before = damage.flipped_byte(file.read_bytes(), spans_of_responses(file)[2])
    file.write_bytes(before)
    (tmp_path / NOTE).unlink()
    after = PageArchive(tmp_path)
    after.recover()
    assert file.read_bytes() == before
    assert numbers(after) == [1, 2, 4, 5]


def test_several_damaged_spots_are_each_named(archive: PageArchive, tmp_path: Path) -> None:
    file = tmp_path / FILE
    spans = spans_of_responses(file)
    file.write_bytes(damage.wrong_checksum(damage.zeroed_inside(file.read_bytes(), spans[1]), spans[3]))
    found: list[Damage] = []
    assert numbers(archive, found) == [1, 3, 5]
    assert [spot.offset for spot in found] == [spans[1].begin, spans[3].begin]
    assert found[1].reason == "its gzip is damaged: Error -3 while decompressing data: incorrect data check"


@pytest.mark.parametrize(
    "content", [b"", b"\x1f", b"\x1f\x8b\x08", b"plain text", b"\x00" * 4096, gzip.compress(b"x", mtime=0)]
)
def test_a_file_that_is_no_archive_is_read_as_damage_and_written_on(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / FILE
    file.write_bytes(content)
    archive = PageArchive(tmp_path)
    assert numbers(archive) == []
    archive.append(page(3))
    assert numbers(archive) == [3]
    assert content in file.read_bytes() + b"".join(path.read_bytes() for path in archive.set_aside())


def test_a_payload_that_looks_like_a_record_is_not_taken_for_one(tmp_path: Path) -> None:
    """Gzip stores incompressible bytes unchanged, so a page that is a gzip member is in the archive in full."""
    packed = gzip.compress(b"page" * 10)
    inner = os.urandom(200_000) + packed + os.urandom(20_000)
    archive = PageArchive(tmp_path)
    for number in (1, 2, 3):
        archive.append(page(number, inner))
    file = tmp_path / FILE
    span = spans_of_responses(file)[1]
    assert file.read_bytes().count(packed[:24]) == 3
    file.write_bytes(damage.wrong_checksum(file.read_bytes(), span))
    found: list[Damage] = []
    assert numbers(archive, found) == [1, 3]
    assert [(spot.offset, spot.length) for spot in found] == [(span.begin, span.end - span.begin)]


def test_a_large_damaged_part_is_passed_quickly(archive: PageArchive, tmp_path: Path) -> None:
    """Hundreds of thousands of false gzip signatures, and the next record's signature across a buffer's edge."""
    file = tmp_path / FILE
    whole = file.read_bytes()
    span = spans_of_responses(file)[2]
    for size in (2**20, 2**20 - 1, 2**20 - 2):
        file.write_bytes(whole[: span.end] + (b"\x1f\x8b\x08" * 2**20)[:size] + whole[span.end :])
        began, found = time.process_time(), list[Damage]()
        assert numbers(archive, found) == [1, 2, 3, 4, 5]
        assert [spot.length for spot in found] == [size]
        assert time.process_time() - began < 20


def test_parts_lie_side_by_side_without_gaps(archive: PageArchive, tmp_path: Path) -> None:
    file = tmp_path / FILE
    for harm in (*DAMAGED_IN_PLACE, damage.truncated_here, damage.foreign_bytes_before):
        whole = file.read_bytes()
        file.write_bytes(harm(whole, spans_of_responses(file)[2]))
        parts = [(part.offset, part.offset + part.length) for part in scan(file)]
        assert parts[0][0] == 0
        assert all(left[1] == right[0] for left, right in itertools.pairwise(parts))
        assert parts[-1][1] == file.stat().st_size
        file.write_bytes(whole)


def test_after_a_torn_end_other_tools_read_the_whole_file(archive: PageArchive, tmp_path: Path) -> None:
    file = tmp_path / FILE
    file.write_bytes(file.read_bytes()[:-30])
    (tmp_path / NOTE).unlink()
    PageArchive(tmp_path).append(page(9))
    with file.open("rb") as stream:
        urls = [record.headers["WARC-Target-URI"][-1] for record in FastIterator(stream)]
    assert urls == ["1", "1", "2", "2", "3", "3", "4", "4", "5", "9", "9"]


@pytest.mark.parametrize(
    "harm", [damage.flipped_byte, damage.truncated_here, damage.zeroed_block, damage.garbage_header]
)
def test_a_damaged_staged_page_is_set_aside(tmp_path: Path, harm: Harm) -> None:
    archive = PageArchive(tmp_path)
    archive.append(page(1))
    staged = archive.stage(page(2, os.urandom(300).hex().encode()))
    whole = staged.path.read_bytes()
    broken = harm(whole, Span(staged.offset_of_response, len(whole)))
    staged.path.write_bytes(broken)
    after = PageArchive(tmp_path)
    after.recover()
    assert numbers(after) == [1]
    assert [path.read_bytes() for path in after.set_aside()] == [broken]
    assert list((tmp_path / "incoming").iterdir()) == []


def test_a_page_that_was_being_staged_when_killed_is_no_page(tmp_path: Path) -> None:
    archive = PageArchive(tmp_path)
    staged = archive.stage(page(2))
    staged.path.rename(staged.path.with_name(f"{staged.path.name}.part"))
    after = PageArchive(tmp_path)
    after.recover()
    assert (numbers(after), after.set_aside(), list((tmp_path / "incoming").iterdir())) == ([], [], [])


def test_a_second_page_of_a_source_does_not_take_the_first_ones_place(tmp_path: Path) -> None:
    archive = PageArchive(tmp_path)
    archive.stage(page(1))
    archive.stage(page(2))
    after = PageArchive(tmp_path)
    after.recover()
    assert sorted(numbers(after)) == [1, 2]


class FullDisk:
    """Writes part of the data, then fails as on a full disk."""

    def __init__(self, stream: object, room: int) -> None:
        self._stream, self._room = stream, room

    def write(self, data: bytes) -> int:
        if not self._room:
            raise OSError(28, "No space left on device")
        written: int = self._stream.write(data[: self._room])  # type: ignore[attr-defined]
        self._room = 0
        return written

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

    def __enter__(self) -> FullDisk:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("room", [0, 1, 100, 700])
def test_a_full_disk_while_committing_is_a_sentence_and_leaves_no_half_record(
    archive: PageArchive, tmp_path: Path, room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / FILE
    before = file.read_bytes()
    staged = archive.stage(page(9, b"x" * 2000))
    usual = Path.open

    def full(path: Path, mode: str = "r", *rest: int, **more: int) -> object:
        stream = usual(path, mode, *rest, **more)
        return FullDisk(stream, room) if mode == "ab" else stream

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", full)
        with pytest.raises(UnwritableArchive, match=r"can't be written \(No space left on device\); make room"):
            archive.commit(staged)
    assert file.read_bytes() == before
    after = PageArchive(tmp_path)
    after.recover()
    assert numbers(after) == [1, 2, 3, 4, 5, 9]


def test_a_full_disk_while_staging_leaves_nothing(
    archive: PageArchive, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(path: Path, data: bytes) -> int:
        with path.open("wb") as stream:
            stream.write(data[:10])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        with pytest.raises(UnwritableArchive, match="No space left on device"):
            archive.stage(page(9))
    assert list((tmp_path / "incoming").iterdir()) == []
    assert numbers(PageArchive(tmp_path)) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("what", ["a file in the folder's place", "a folder in the file's place"])
def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path: Path, what: str) -> None:
    folder = tmp_path / "pages"
    if what.startswith("a file"):
        folder.write_text("mine")
    else:
        (folder / FILE).mkdir(parents=True)
    with pytest.raises(UnwritableArchive, match=r"The archive at .*pages can't be written"):
        PageArchive(folder).append(page(1))


def test_a_record_is_not_read_while_it_is_being_written(archive: PageArchive, tmp_path: Path) -> None:
    """At every length of a growing file, a reader gets the whole records and no damage."""
    file = tmp_path / FILE
    whole, spans = file.read_bytes(), spans_of_responses(file)
    for length in range(spans[3].end, len(whole), 37):
        file.write_bytes(whole[:length])
        found: list[Damage] = []
        assert (numbers(archive, found), found) == ([1, 2, 3, 4], [])
