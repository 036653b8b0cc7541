"""Damaged and foreign files: every whole record is read, and every byte that is not is in the report."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from scrapers.mining.mined_file import ForeignFile
from tests.mining.conftest import Mined
from tests.support.generated_warcs import EXCHANGE, Written, article, members, unpacked

PARTS = members(
    Written(f"https://visnyk.example/{number}", article(EXCHANGE, f"Обмін {number}").encode()) for number in range(9)
)
WHOLE, PLAIN = b"".join(PARTS), unpacked(PARTS)
OFFSETS = [sum(map(len, PARTS[:number])) for number in range(10)]
PLAIN_OFFSETS = [len(unpacked(PARTS[:number])) for number in range(10)]


def numbers(rows: list[dict]) -> list[int]:
    return [int(row["url"].rpartition("/")[2]) for row in rows]


def flipped(data: bytes, position: int) -> bytes:
    return data[:position] + bytes([data[position] ^ 0x55]) + data[position + 1 :]


def with_length(record: bytes, change: int) -> bytes:
    """A record whose WARC header states another length; the header's own length stays."""
    found = re.search(rb"Content-Length: (\d+)", record)
    assert found is not None
    stated = str(int(found[1]) + change).encode().rjust(len(found[1]), b"0")
    return record[: found.start(1)] + stated + record[found.end(1) :]


def test_the_three_forms_of_a_whole_file_give_the_same_texts(mined: Mined) -> None:
    by_record, plain, as_one = mined(WHOLE), mined(PLAIN), mined(gzip.compress(PLAIN))
    several = mined(gzip.compress(PLAIN[:3000]) + gzip.compress(PLAIN[3000:]))
    assert [numbers(result.rows) for result in (by_record, plain, as_one, several)] == [list(range(9))] * 4
    assert [result.lost for result in (by_record, plain, as_one, several)] == [[]] * 4
    assert [row["record_offset"] for row in by_record.rows] == OFFSETS[:9]
    assert [row["record_offset"] for row in plain.rows] == PLAIN_OFFSETS[:9]
    assert [row["record"] for row in as_one.rows] == list(range(9))
    # In the first there is an offset; the others can be read from the beginning only.
    assert {row["record_offset"] for row in as_one.rows[1:]} == {None}


def test_a_plain_file_of_an_older_form_is_whole(mined: Mined) -> None:
    """Heritrix wrote WARC/0.18 before the standard."""
    assert b"WARC/1.0\r\n" in PLAIN
    result = mined(PLAIN.replace(b"WARC/1.0\r\n", b"WARC/0.18\r\n"))
    assert (numbers(result.rows), result.lost) == (list(range(9)), [])


@pytest.mark.parametrize("cut", [1, 4, 8, 200])
def test_a_torn_gzip_is_noticed_and_its_last_record_left_out(mined: Mined, cut: int) -> None:
    result = mined(WHOLE[:-cut])
    assert numbers(result.rows) == list(range(8))
    assert result.lost == [(OFFSETS[8], len(PARTS[8]) - cut)]


def test_a_file_torn_between_two_records_can_not_be_told_from_a_whole_one(mined: Mined) -> None:
    assert mined(WHOLE[: OFFSETS[5]]).lost == []


@pytest.mark.parametrize("cut", [3, 200])
def test_a_torn_plain_file_and_a_torn_single_member_are_noticed(mined: Mined, cut: int) -> None:
    result = mined(PLAIN[:-cut])
    assert (numbers(result.rows), result.lost) == (
        list(range(8)),
        [(PLAIN_OFFSETS[8], len(PLAIN) - cut - PLAIN_OFFSETS[8])],
    )
    as_one = mined(gzip.compress(PLAIN)[:-cut])
    assert len(as_one.lost) == 1
    assert numbers(as_one.rows) == list(range(len(as_one.rows)))


@pytest.mark.parametrize("number", [0, 4, 8])
@pytest.mark.parametrize("place", [20, 300, -6])  # in the header's member, in the text, in the checksum
def test_a_flipped_byte_costs_its_own_record_only(mined: Mined, number: int, place: int) -> None:
    position = OFFSETS[number + 1] + place if place < 0 else OFFSETS[number] + place
    result = mined(flipped(WHOLE, position))
    assert numbers(result.rows) == [other for other in range(9) if other != number]
    assert result.lost == [(OFFSETS[number], len(PARTS[number]))]


@pytest.mark.parametrize(
    ("before", "bytes_between"), [(0, b"no record" * 40), (5, b"no record" * 40), (5, bytes(700)), (9, bytes(512))]
)
def test_foreign_bytes_between_records_are_passed_over(mined: Mined, before: int, bytes_between: bytes) -> None:
    result = mined(WHOLE[: OFFSETS[before]] + bytes_between + WHOLE[OFFSETS[before] :])
    assert numbers(result.rows) == list(range(9))
    assert result.lost == [(OFFSETS[before], len(bytes_between))]


@pytest.mark.parametrize("change", [-40, 40, 100_000])
def test_a_record_of_another_length_than_it_states_is_left_out(mined: Mined, change: int) -> None:
    record = gzip.compress(with_length(gzip.decompress(PARTS[4]), change))
    result = mined(WHOLE[: OFFSETS[4]] + record + WHOLE[OFFSETS[5] :])
    assert numbers(result.rows) == [0, 1, 2, 3, 5, 6, 7, 8]
    assert result.lost == [(OFFSETS[4], len(record))]


@pytest.mark.parametrize("change", [-40, 40])
def test_the_same_in_a_plain_file(mined: Mined, change: int) -> None:
    start, end = PLAIN_OFFSETS[4], PLAIN_OFFSETS[5]
    result = mined(PLAIN[:start] + with_length(PLAIN[start:end], change) + PLAIN[end:])
    assert 4 not in numbers(result.rows)
    assert {0, 1, 2, 3, 6, 7, 8} <= set(numbers(result.rows))
    assert result.lost[0][0] == start
    # In one gzip member nothing behind the fault can be found.
    as_one = mined(gzip.compress(PLAIN[:start] + with_length(PLAIN[start:end], change) + PLAIN[end:]))
    assert set(numbers(as_one.rows)) <= {0, 1, 2, 3}
    assert len(as_one.lost) == 1


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04" + bytes(200), "is a zip file"),
        (b"some words\n" * 30, "has no WARC record"),
        (gzip.compress(b"some words\n" * 30, mtime=0), "is a gzip file without a whole WARC record"),
        (b"\x28\xb5\x2f\xfd" + bytes(200), "is compressed by zstd"),
        (gzip.compress(b"WARC/1.0\r\n" + b"A" * 20_000_000, mtime=0), "is a gzip file without a whole WARC record"),
    ],
)
def test_a_foreign_file_is_one_sentence(mined: Mined, data: bytes, said: str, tmp_path: Path) -> None:
    with pytest.raises(ForeignFile, match=said) as raised:
        mined(data)
    assert str(tmp_path / "a.warc.gz") in str(raised.value)
