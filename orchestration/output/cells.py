"""The text of a table's cell: values as text, addresses shortened, words wrapped. Laying out tables is in tables.py.

Widths are in terminal cells: a Chinese character takes two, a combining one none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.cells import cell_len, chop_cells, set_cell_size

from orchestration.output.sanitize import for_terminal
from orchestration.output.strict_json import json_text, plain

# A word up to this width is never broken: the longest number of DuckDB has 39 digits, a UUID 36 characters.
UNBROKEN = 40
# A text up to this width is never wrapped, and a longer one never into a narrower column.
NARROWEST_TEXT = 20
ADDRESS = re.compile(r"https?://\S+")
SCHEME = re.compile(r"https?://(www\.)?")
LINE_BREAKS = re.compile(r"\r\n|[\n\u2028\u2029]")
# What no line break may fall into: a word, or digits with a space between them, such as "2024-12-30 15:05".
WORD = re.compile(r"(?:[^ ]|(?<=\d) (?=\d))+")
PATH = re.compile(r"/[^/]*")
NAME_PART = re.compile(r"( *)([^ _]*_+|[^ _]+)")


def shown(value: Any) -> str:
    """A value as the text of a cell."""
    if value is None:
        return ""
    if isinstance(value, list) and not any(isinstance(held, list | dict | tuple) for held in value):
        return for_terminal(", ".join(map(shown, value)))
    if isinstance(value, list | dict):
        return for_terminal(json_text(value))
    return for_terminal(str(plain(value) if isinstance(value, bytes | tuple) else value))


def has_value(value: Any) -> bool:
    """False for what says nothing: no value, no text, an empty list, and a statement that is not true."""
    return value is not None and value is not False and value not in ("", [])


def lines_of(text: str) -> list[str]:
    """The lines of a text, without tabs."""
    return [line.expandtabs(4) for line in LINE_BREAKS.split(text)]


def on_one_line(text: str) -> str:
    """A text without line breaks and tabs; a space stands for each run of them."""
    return re.sub(r"\s*[\n\t\u2028\u2029]\s*", " ", text).strip()


def width_of(text: str) -> int:
    """The width of a text's widest line."""
    return max(map(cell_len, lines_of(text)))


def narrowest(value: Any, text: str) -> int:
    """The narrowest column in which a value, whose text is given, can be read: nothing but prose is wrapped."""
    width = width_of(text)
    if width <= NARROWEST_TEXT:
        return width
    if not isinstance(value, str | list | dict):
        return _unbroken(width)
    pieces = [piece for line in lines_of(text) for _, piece in _pieces(line)]
    return max(NARROWEST_TEXT, *(_unbroken(cell_len(piece)) for piece in pieces))


def narrowest_name(name: str) -> int:
    """The narrowest column for a column's name, which may be broken at spaces and after underscores."""
    return max((_unbroken(cell_len(part)) for _, part in NAME_PART.findall(name)), default=0)


def narrowest_name_in(name: str, lines: int) -> int:
    """The narrowest column for a column's name in so many lines, or in as few as it can have."""
    widths = range(max(narrowest_name(name), 1), width_of(name) + 1)
    return next((width for width in widths if len(wrapped_name(name, width)) <= lines), width_of(name))


def _unbroken(width: int) -> int:
    return width if width <= UNBROKEN else NARROWEST_TEXT


def wrapped(text: str, width: int, first: int | None = None) -> list[str]:
    """A text in lines of at most ``width``, the first of at most ``first``, broken at spaces; only what is wider than
    a line is broken anywhere.
    """
    rows: list[str] = []
    for line in lines_of(text):
        rows += _filled(line, _pieces(line), width, width if rows or first is None else first)
    return rows


def wrapped_name(name: str, width: int) -> list[str]:
    """A column's name in lines of at most ``width``, broken at spaces and after underscores."""
    return list(_filled(name, [(part[1], part[2]) for part in NAME_PART.finditer(name)], width, width))


def _pieces(line: str) -> Iterator[tuple[str, str]]:
    """What must not be broken, after the spaces before it; the path of a file can be broken at slashes."""
    end = 0
    for found in WORD.finditer(line):
        spaces = line[end : found.start()]
        end = found.end()
        for part in PATH.findall(found[0]) if found[0].startswith("/") else [found[0]]:
            yield spaces, part
            spaces = ""


def _filled(line: str, pieces: Iterable[tuple[str, str]], width: int, first: int) -> Iterator[str]:
    room = first
    if cell_len(line) <= room:
        yield line
        return
    filled = ""
    for spaces, piece in pieces:
        if cell_len(filled + spaces + piece) <= room:
            filled += spaces + piece
            continue
        if filled.strip():
            yield filled
            room = width
        *whole, filled = chop_cells(piece, max(room, 2)) or [""]
        if whole:
            yield from whole
            room = width
    yield filled


def padded(text: str, width: int, to_the_right: bool = False) -> str:
    """A text with spaces up to a width."""
    spaces = " " * (width - cell_len(text))
    return spaces + text if to_the_right else text + spaces


def cut(text: str, width: int, mark: str) -> str:
    """A text on one line, cut to a width; ``mark`` is then its end."""
    line = on_one_line(text)
    return line if cell_len(line) <= width else set_cell_size(line, max(width - cell_len(mark), 0)).rstrip() + mark


def shortened(values: Iterable[str], mark: str) -> Mapping[str, str]:
    """Each web address among the values, and a shorter form of it that no other value has: without the scheme, and
    with ``mark`` for the middle of a long one.
    """
    forms = {value: _forms(value, mark) for value in set(values)}
    times = Counter(form for held in forms.values() for form in set(held))
    return {
        value: next((form for form in held if times[form] == 1), value)
        for value, held in forms.items()
        if ADDRESS.fullmatch(value)
    }


def _forms(value: str, mark: str) -> list[str]:
    """The forms that may stand for a value, the shortest first."""
    if not ADDRESS.fullmatch(value):
        return [value]
    bare = SCHEME.sub("", value, count=1)
    if cell_len(bare) <= UNBROKEN:
        return [bare, value]
    half = (UNBROKEN - cell_len(mark)) // 2
    return [f"{chop_cells(bare, half)[0]}{mark}{chop_cells(bare[::-1], half)[0][::-1]}", bare, value]
