"""Tables laid out for widths from narrow to none, with cells that would break a layout."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from rich.cells import cell_len

from orchestration.output.cells import cut, shortened
from orchestration.output.tables import Screen, Table, paragraph, table_text
from tests.support.pseudo_terminal import columns_of

WIDTHS = (60, 80, 100, 120)
FACTS = ("day", "released", "note", "announcement")
ROWS = [
    (date(2024, 12, 30), 189, "two of them civilians", "https://t.me/Koord_shtab/2392"),
    (date(2024, 10, 18), 95, None, "https://t.me/Koord_shtab/2373"),
]
HOSTILE: list[Any] = [
    "\x1b[31mred\x07\u202e",
    "x" * 300,
    "обмін полоненими " * 40,
    "漢字" * 150,
    "漢字 " * 90,
    "e\u0301" * 100,
    "first\nsecond\r\nthird\u2028fourth\tfifth",
    "",
    None,
    True,
    0,
    12345678901234567890123456789012345678,
    Decimal("123456789.123456789"),
    datetime.fromisoformat("2024-12-30 14:45:06.123456"),
    b"\x00\xff" * 60,
    ["a" * 60, "b"],
    {"key": ["value"] * 30},
    "https://example.org/" + "p" * 500,
    "/a/path/that/has/many/parts/" * 10,
]


def lines_of(table: Table, width: int | None, encoding: str = "utf-8") -> list[str]:
    return table_text(table, Screen(width, encoding)).splitlines()


def test_what_fits_is_shown_whole() -> None:
    assert lines_of(Table(FACTS, ROWS, "Exchanges"), 80) == [
        "Exchanges",
        "day         released  note                   announcement",
        "──────────  ────────  ─────────────────────  ─────────────────────────────",
        "2024-12-30       189  two of them civilians  https://t.me/Koord_shtab/2392",
        "2024-10-18        95                         https://t.me/Koord_shtab/2373",
    ]


def test_addresses_are_shortened_before_words_are_wrapped() -> None:
    assert lines_of(Table(FACTS, ROWS), 68)[2:] == [
        "2024-12-30       189  two of them civilians  t.me/Koord_shtab/2392",
        "2024-10-18        95                         t.me/Koord_shtab/2373",
    ]
    assert lines_of(Table(FACTS, ROWS), 65)[2:] == [
        "2024-12-30       189  two of them           t.me/Koord_shtab/2392",
        "                      civilians",
        "2024-10-18        95                        t.me/Koord_shtab/2373",
    ]


def test_what_does_not_fit_is_left_out_by_importance_and_named() -> None:
    table = Table(FACTS, ROWS, by_importance=("day", "released", "announcement"))
    assert lines_of(table, 45) == [
        "day         released  announcement",
        "──────────  ────────  ─────────────────────",
        "2024-12-30       189  t.me/Koord_shtab/2392",
        "2024-10-18        95  t.me/Koord_shtab/2373",
        "Left out: note; --wide shows all.",
    ]


def test_what_matters_less_than_a_column_that_is_left_out_is_left_out_too() -> None:
    table = Table(FACTS, ROWS, by_importance=("day", "announcement", "released", "note"))
    # The day and the number would fit 25 cells together.
    assert columns_of(lines_of(table, 25)) == ["day"]
    assert columns_of(lines_of(table, 35)) == ["day", "announcement"]


def test_a_column_without_any_value_makes_room_first() -> None:
    rows = [(date(2024, 12, 30), None, False, [], 0)]
    table = Table(("day", "stage", "is_open", "mediators", "civilians"), rows, by_importance=("day", "stage"))
    # A count of nought is a value.
    assert columns_of(lines_of(table, 22)) == ["day", "civilians"]


def test_columns_that_were_asked_for_are_printed_one_value_a_line() -> None:
    assert lines_of(Table(FACTS, ROWS), 40) == [
        "── 1 ───────────────────────────────────",
        "day           2024-12-30",
        "released      189",
        "note          two of them civilians",
        "announcement  t.me/Koord_shtab/2392",
        "── 2 ───────────────────────────────────",
        "day           2024-10-18",
        "released      95",
        "note",
        "announcement  t.me/Koord_shtab/2373",
    ]


def test_a_long_text_is_read_better_below_than_in_a_column() -> None:
    rows = [(1, "слово " * 200)]
    assert lines_of(Table(("id", "text"), rows), 80)[0] == "id    1"
    assert len(lines_of(Table(("id", "text"), [(1, "слово " * 30)]), 80)) == 2 + 3


def test_without_a_width_each_row_is_a_line_with_all_there_is() -> None:
    rows = [*ROWS, (date(2024, 9, 14), 103, "one\n two\tthree", "https://t.me/Koord_shtab/2361")]
    assert lines_of(Table(FACTS, rows, by_importance=("day",)), None) == [
        "day         released  note                   announcement",
        "2024-12-30       189  two of them civilians  https://t.me/Koord_shtab/2392",
        "2024-10-18        95                         https://t.me/Koord_shtab/2373",
        "2024-09-14       103  one two three          https://t.me/Koord_shtab/2361",
    ]


def test_no_rows_are_a_heading() -> None:
    assert lines_of(Table(("day", "released_total"), []), 80) == ["day  released_total", "───  ──────────────"]
    assert lines_of(Table(("day", "released_total"), []), None) == ["day  released_total"]


@pytest.mark.parametrize("width", [20, 33, *WIDTHS, 200])
@pytest.mark.parametrize("by_importance", [None, ("one",)])
def test_no_hostile_cell_breaks_the_layout(width: int, by_importance: Sequence[str] | None) -> None:
    names = ("one", "two\x1b[2J", "three " * 30, "漢字" * 40)
    tables = [Table(names, [(cell, 7, cell, "end")] * 2, "Title", by_importance) for cell in HOSTILE]
    tables.append(Table(names, [(one, 7, other, "end") for one in HOSTILE for other in HOSTILE], None, by_importance))
    for table in tables:
        for line in lines_of(table, width):
            assert cell_len(line) <= width, line
            assert not set("\x1b\x07\u202e\r\t") & set(line)
        text = "\n".join(lines_of(table, width))
        assert text.count("Left out: ") <= 1


def test_hostile_cells_in_a_pipe_are_one_line_each() -> None:
    lines = lines_of(Table(("cell", "end"), [(cell, "end") for cell in HOSTILE]), None)
    assert len(lines) == 1 + len(HOSTILE)
    assert [line.split()[-1] for line in lines] == ["end"] * len(lines)
    # A wide character takes two cells, a combining one none: the second column begins in one place.
    assert len({cell_len(line) for line in lines}) == 1


def test_numbers_dates_and_ids_are_never_broken() -> None:
    whole = (
        "exchange-2024-12-30b", "123456789012345678901234567890", "2024-12-30 14:45:06", "2 174",
        "0f8fad5b-d9cb-469f-a165-70867728950e", "4ffae6deebe4ae26f20bc671",
    )  # fmt: skip
    rows = [
        (word, datetime.fromisoformat("2024-12-30 14:45"), f"said of {word} at 2024-12-30 16:10 by 3 957 people")
        for word in whole
    ]
    for width in range(45, 121):
        for table in (Table(("a", "b", "c"), rows), Table(("a", "b", "c"), rows, by_importance=("a", "b", "c"))):
            lines = lines_of(table, width)
            for word in whole:
                assert any(word in line for line in lines), (width, word)
            # The text is in a column, or is left out; its dates and numbers are whole where it is.
            text = "\n".join(lines)
            assert text.count("2024-12-30 16:10") == text.count("3 957") in (0, len(rows)), (width, text)


def test_addresses_are_shortened_only_as_long_as_they_differ() -> None:
    long = "https://en.wikipedia.org/w/api.php?action=parse&format=json&page=List"
    assert shortened(
        [long, "https://t.me/a/1", "https://www.t.me/a/1", "t.me/b", "http://t.me/b", "no address"], "…"
    ) == {
        long: "en.wikipedia.org/w/…rmat=json&page=List",
        "https://t.me/a/1": "https://t.me/a/1",
        "https://www.t.me/a/1": "https://www.t.me/a/1",
        "http://t.me/b": "http://t.me/b",
    }
    alike = [f"https://a.example/{'x' * 30}{number}{'y' * 30}" for number in range(3)]
    assert len(set(shortened(alike, "…").values())) == 3


def test_a_cut_text_says_that_it_is_cut() -> None:
    assert cut("189 українців\nвдома", 40, "…") == "189 українців вдома"
    assert cut("189 українців\nвдома", 14, "…") == "189 українців…"
    assert cut("漢字漢字", 6, "…") == "漢字…"


def test_a_paragraph_keeps_its_indentation() -> None:
    text = "  koordshtab: its listing shows 0 items where 5 were expected on 2024-12-30 15:00."
    assert paragraph(text, Screen(40), "  ").splitlines() == [
        "  koordshtab: its listing shows 0 items",
        "    where 5 were expected on",
        "    2024-12-30 15:00.",
    ]
    assert paragraph(text, Screen()) == text


def test_a_terminal_that_knows_only_ascii_gets_only_that() -> None:
    rows = [(date(2024, 12, 30), "дві", f"https://a.example/{'x' * 60}")]
    lines = lines_of(Table(("day", "note", "address"), rows), 80, "ascii")
    assert lines == [
        "day         note                address",
        "----------  ------------------  ---------------------------------------",
        "2024-12-30  \\u0434\\u0432\\u0456  a.example/xxxxxxxx...xxxxxxxxxxxxxxxxxx",
    ]
