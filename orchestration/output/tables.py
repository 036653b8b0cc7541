"""Tables for people: fitted to a terminal's width, or plain where there is none, as in a pipe.

The text of cells is in cells.py; which columns matter most stands next to each query.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import zip_longest
from typing import Any

import click

from orchestration.output.cells import (
    has_value,
    lines_of,
    narrowest,
    narrowest_name,
    narrowest_name_in,
    on_one_line,
    padded,
    shortened,
    shown,
    width_of,
    wrapped,
    wrapped_name,
)
from orchestration.output.sanitize import for_terminal

GAP = 2
NARROWEST_SCREEN = 60
NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?[+%]?")
Style = dict[str, Any]
# A row of more lines can't be told from its neighbours at a glance.
MOST_LINES_OF_A_ROW = 4


@dataclass(frozen=True, slots=True)
class Screen:
    """Where text is printed. ``width`` is None where there is none: in a pipe, in a file, when all is asked for."""

    width: int | None = None
    encoding: str = "utf-8"
    has_styles: bool = False

    @property
    def ellipsis(self) -> str:
        return self._or_ascii("…", "...")

    @property
    def quotes(self) -> tuple[str, str]:
        return self._or_ascii("“", '"'), self._or_ascii("”", '"')

    def rule(self, width: int) -> str:
        return self._or_ascii("─", "-") * width

    def styled(self, text: str, **style: Any) -> str:
        return click.style(text, **style) if self.has_styles and style and text else text

    def text(self, text: str) -> str:
        """The text with the characters that the encoding lacks escaped, as they will be printed."""
        return text.encode(self.encoding, "backslashreplace").decode(self.encoding)

    def _or_ascii(self, character: str, ascii_form: str) -> str:
        return character if "utf" in self.encoding.lower() else ascii_form


def standard_output(wide: bool = False) -> Screen:
    """The screen that standard output is; ``wide`` takes its width away, so that all is shown."""
    encoding = sys.stdout.encoding or "utf-8"
    if not sys.stdout.isatty():
        return Screen(encoding=encoding)
    width = None if wide else shutil.get_terminal_size().columns
    return Screen(width, encoding, has_styles=os.environ.get("TERM") != "dumb" and "NO_COLOR" not in os.environ)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under named columns. ``by_importance`` names the columns that stay when not all fit, the most important
    first; those that it does not name follow in their order. None says that all were asked for: rows that do not fit
    are then printed one value a line. ``colours`` are those of a column's values.
    """

    names: Sequence[str]
    rows: Sequence[Sequence[Any]]
    title: str | None = None
    by_importance: Sequence[str] | None = None
    colours: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    cells: list[str]
    least: int
    widest: int
    is_number: bool
    has_value: bool
    has_line_breaks: bool
    colours: Mapping[str, str]

    def lines(self, row: int, width: int) -> list[str]:
        return wrapped(self.cells[row], width)

    def style(self, row: int) -> Style:
        colour = self.colours.get(self.cells[row])
        return {"fg": colour} if colour else {}


def table_text(table: Table, screen: Screen) -> str:
    """A table as text, each line with its break. Columns that do not fit are left out, and named below it."""
    title = paragraph(table.title, screen).split("\n") if table.title else []
    lines = [*(screen.styled(line, bold=True) for line in title), *_body(table, screen)]
    return "".join(f"{line}\n" for line in lines)


def _body(table: Table, screen: Screen) -> list[str]:
    columns = _columns(table, screen, {})
    if screen.width is None:
        return _drawn(columns, [max(column.widest, width_of(column.name)) for column in columns], screen)
    short = _short_addresses(table, columns, screen)
    columns = _columns(table, screen, short) if short else columns
    kept = columns if _fitted(columns, screen.width) else []
    if not kept and table.by_importance is not None:
        kept = _most_important(columns, table.by_importance, screen.width)
    if not kept:
        return _records(table, screen, screen.width, short)
    left_out = [column.name for column in columns if column not in kept]
    lines = _drawn(kept, _fitted(kept, screen.width) or [], screen)
    return [*lines, *(left_out_line(left_out, screen) if left_out else [])]


def _short_addresses(table: Table, columns: Sequence[_Column], screen: Screen) -> Mapping[str, str]:
    """Short forms of the addresses in a table that is wider than the screen."""
    widest = sum(max(column.widest, column.least) for column in columns) + GAP * (len(columns) - 1)
    if screen.width is None or widest <= screen.width:
        return {}
    texts = (value for row in table.rows for value in row if isinstance(value, str))
    return shortened(texts, screen.ellipsis)


def left_out_line(names: Sequence[str], screen: Screen) -> list[str]:
    """The sentence that names what is left out, in lines that fit."""
    sentence = f"Left out: {', '.join(names)}; --wide shows all."
    return wrapped(sentence, screen.width) if screen.width else [sentence]


def paragraph(text: str, screen: Screen, hanging: str = "") -> str:
    """A text in lines that fit, without the last line break. All have the first one's indentation, the others
    ``hanging`` besides. Without a width its lines are the text's own.
    """
    own = screen.text(for_terminal(text))
    if screen.width is None:
        return own
    body = own.lstrip(" ")
    indent = " " * (len(own) - len(body))
    room = max(screen.width - len(indent), 1)
    first, *others = wrapped(body, max(room - len(hanging), 1), room)
    return "\n".join([indent + first, *(f"{indent}{hanging}{line}" for line in others)])


def _columns(table: Table, screen: Screen, short: Mapping[str, str]) -> list[_Column]:
    return [
        _column(
            screen.text(for_terminal(on_one_line(name))),
            [row[position] for row in table.rows],
            screen,
            short,
            table.colours.get(name, {}),
        )
        for position, name in enumerate(table.names)
    ]


def _column(
    name: str, values: list[Any], screen: Screen, short: Mapping[str, str], colours: Mapping[str, str]
) -> _Column:
    texts = [screen.text(shown(short.get(value, value) if isinstance(value, str) else value)) for value in values]
    if screen.width is None:
        texts = [on_one_line(text) for text in texts]
    least = max(map(narrowest, values, texts), default=0)
    has_values = any(map(has_value, values))
    return _Column(
        name,
        texts,
        max(1, least, narrowest_name(name)),
        max(map(width_of, texts), default=0),
        has_values and all(_is_number(value) for value in values if value is not None),
        has_values,
        any(len(lines_of(text)) > 1 for text in texts),
        colours,
    )


def _is_number(value: Any) -> bool:
    """True for a number, also in text, such as "2090+" or "98.5%"."""
    if isinstance(value, str):
        return NUMBER.fullmatch(value) is not None
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _fitted(columns: Sequence[_Column], width: int) -> list[int] | None:
    """The columns' widths, or None when they do not fit: as wide as the cells want to be, then the names in as few
    lines as can be.
    """
    widths = [column.least for column in columns]
    spare = width - sum(widths) - GAP * (len(columns) - 1)
    if spare < 0:
        return None
    _spread(widths, [column.widest for column in columns], spare)
    for lines in range(1, MOST_LINES_OF_A_ROW):
        named = [max(own, narrowest_name_in(column.name, lines)) for own, column in zip(widths, columns, strict=True)]
        if sum(named) + GAP * (len(columns) - 1) <= width:
            widths = named
            break
    if any(
        len(column.lines(row, column_width)) > MOST_LINES_OF_A_ROW
        for column, column_width in zip(columns, widths, strict=True)
        if column.has_line_breaks or column.widest > column_width
        for row in range(len(column.cells))
    ):
        return None
    return widths


def _spread(widths: list[int], wanted: list[int], spare: int) -> None:
    """Widen the columns towards what they want, those first that want least."""
    order = sorted(range(len(widths)), key=lambda position: wanted[position] - widths[position])
    for number, position in enumerate(order):
        more = min(max(wanted[position] - widths[position], 0), spare // (len(order) - number))
        widths[position] += more
        spare -= more


def _most_important(columns: list[_Column], by_importance: Sequence[str], width: int) -> list[_Column]:
    """The first by importance that fit together, in the table's order. A column without any value matters least."""
    rank = {name: number for number, name in enumerate(by_importance)}
    order = sorted(columns, key=lambda column: (not column.has_value, rank.get(column.name, len(rank))))
    kept: list[_Column] = []
    for column in order:
        tried = [one for one in columns if one in kept or one is column]
        if _fitted(tried, width) is None:
            break  # a less important one would take the room that those before it are read in
        kept = tried
    return kept


def _drawn(columns: Sequence[_Column], widths: Sequence[int], screen: Screen) -> list[str]:
    """The names, a rule on a terminal, and the rows."""
    names = [wrapped_name(column.name, width) for column, width in zip(columns, widths, strict=True)]
    height = max(map(len, names))
    on_top = [[""] * (height - len(name)) + name for name in names]
    bold = [{"bold": True}] * len(columns)
    lines = [_line(columns, widths, texts, screen, bold) for texts in zip(*on_top, strict=True)]
    if screen.width is not None or screen.has_styles:
        lines.append((" " * GAP).join(map(screen.rule, widths)))
    for row in range(len(columns[0].cells)):
        cells = [column.lines(row, width) for column, width in zip(columns, widths, strict=True)]
        styles = [column.style(row) for column in columns]
        lines += [_line(columns, widths, texts, screen, styles) for texts in zip_longest(*cells, fillvalue="")]
    return lines


def _line(
    columns: Sequence[_Column], widths: Sequence[int], texts: Sequence[str], screen: Screen, styles: Sequence[Style]
) -> str:
    """A line of cells; what follows the last one's text is left off."""
    last = max((position for position, text in enumerate(texts) if text), default=0)
    cells = [
        screen.styled(padded(text, width if position < last or column.is_number else 0, column.is_number), **style)
        for position, (column, width, text, style) in enumerate(zip(columns, widths, texts, styles, strict=True))
    ]
    return (" " * GAP).join(cells[: last + 1])


def _records(table: Table, screen: Screen, width: int, short: Mapping[str, str]) -> list[str]:
    """Each row as lines of a column's name and its value; a rule with its number before each of several rows. An
    address that does not fit a line is shortened, so that it is not broken.
    """
    names = [screen.text(for_terminal(on_one_line(name))) for name in table.names]
    name_width = min(max(map(width_of, names)), max(width // 2, 1))
    lines: list[str] = []
    for number, row in enumerate(table.rows, start=1):
        if len(table.rows) > 1:
            heading = f"{screen.rule(2)} {number} "
            lines.append(heading + screen.rule(max(min(width, NARROWEST_SCREEN) - len(heading), 0)))
        for name, value in zip(names, row, strict=True):
            text, room = screen.text(shown(value)), max(width - name_width - GAP, 1)
            if isinstance(value, str) and width_of(text) > room:
                text = screen.text(shown(short.get(value, value)))
            values = wrapped(text, room)
            for left, right in zip_longest(wrapped_name(name, name_width), values, fillvalue=""):
                lines.append((screen.styled(padded(left, name_width), bold=True) + " " * GAP + right).rstrip())
    return lines
