"""The text of `obmin exchange`: to be read on a terminal, and plain tables with all columns where there is no width.

The queries are in exchange_details.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, zip_longest
from typing import Any

from orchestration.output.cells import cut, has_value, on_one_line, padded, shortened, shown, width_of
from orchestration.output.tables import Screen, Table, left_out_line, paragraph, table_text

TITLES = {
    "figures": "Figures, each with the quote it comes from",
    "conflicts": "Sources that say otherwise",
    "revisions": "Changes since the first announcement (UTC)",
    "sources": "Who announced it, and how many minutes after the first (UTC)",
}
# What the first two lines say, so that the block of facts need not.
IN_THE_HEADING = ("exchange_id", "exchanged_on", "announcement_url")
# The columns of figures that only the tables have.
LEFT_OUT = ("each figure's rule", "confidence", "first_said_at", "last_said_at", "said_at")
INDENT = "    "
NARROWEST_QUOTE = 20

Row = Mapping[str, Any]


def as_text(found: dict[str, Any], screen: Screen) -> str:
    """The details as text that ends with a line break."""
    if screen.width is None:
        return _tables(found, screen)
    rows = [found["exchange"], *(row for part in TITLES for row in found[part])]
    addresses = [row.get("url") or row.get("announcement_url") for row in rows]
    return _Reading(found, screen, screen.width, shortened(filter(None, addresses), screen.ellipsis)).text()


def _tables(found: dict[str, Any], screen: Screen) -> str:
    exchange = found["exchange"]
    bounds = _bounds_of(found)
    facts = [
        (name, shown(_bounded(value, bounds.get(name, "exact"))))
        for name, value in exchange.items()
        if value is not None and value != []
    ]
    tables = [Table(("fact", "value"), facts, f"Exchange of {exchange['exchanged_on']}")]
    for part, title in TITLES.items():
        if found[part]:
            names = [name for name in found[part][0] if any(row[name] is not None for row in found[part])]
            tables.append(Table(names, [[row[name] for name in names] for row in found[part]], title))
    return "\n".join(table_text(table, screen) for table in tables)


@dataclass(frozen=True, slots=True)
class _Reading:
    """The text for a terminal of a width: a block of facts, each figure on one or two lines, changes by occasion."""

    found: dict[str, Any]
    screen: Screen
    width: int
    short_addresses: Mapping[str, str]

    def text(self) -> str:
        parts = {
            "figures": self._figures,
            "conflicts": self._conflicts,
            "revisions": self._revisions,
            "sources": self._sources,
        }
        blocks = [list(self._facts(self.found["exchange"]))]
        for part, lines in parts.items():
            if self.found[part]:
                blocks.append([*self._title(TITLES[part]), *lines(self.found[part])])
        if self.found["figures"]:
            blocks.append(left_out_line(LEFT_OUT, self.screen))
        return "\n".join("".join(f"{line}\n" for line in block) for block in blocks)

    def _title(self, title: str) -> list[str]:
        return [self.screen.styled(line, bold=True) for line in self._wrapped(title)]

    def _facts(self, exchange: Row) -> Iterator[str]:
        yield from self._title(f"Exchange of {exchange['exchanged_on']}")
        address = exchange["announcement_url"]
        announced = f", announced at {self._address(address)}" if address else ""
        yield from self._wrapped(f"{exchange['exchange_id']}{announced}")
        told = {name: value for name, value in exchange.items() if name not in IN_THE_HEADING}
        bounds = _bounds_of(self.found)
        facts = [(name, value, bounds.get(name, "exact")) for name, value in told.items() if has_value(value)]
        yield from self._in_pairs([(name, self._shown(_bounded(value, bound))) for name, value, bound in facts])
        if refuted := [name for name, value in told.items() if value is False]:
            yield from self._wrapped(f"False: {', '.join(refuted)}")

    def _in_pairs(self, facts: Sequence[tuple[str, str]]) -> Iterator[str]:
        """Names and values, two to a line where that fits."""
        half = (len(facts) + 1) // 2
        left, right = _aligned(facts[:half]), _aligned(facts[half:])
        lines = [f"{one}{INDENT}{other}".rstrip() for one, other in zip_longest(_padded(left), right, fillvalue="")]
        if max(map(width_of, lines), default=0) > self.width:
            lines = [line for fact in _aligned(facts) for line in self._wrapped(fact)]
        yield from lines

    def _figures(self, figures: Sequence[Row]) -> Iterator[str]:
        names = _padded([_name_of(row["measure"], row["category"], row["parent_branch"]) for row in figures])
        values = _padded([_bounded(row["value"], row["bound"]) for row in figures], to_the_right=True)
        publishers = [_publishers_of(row) for row in figures]
        heads = [f"{name}  {value}" for name, value in zip(names, values, strict=True)]
        told = [
            f"{head}  {publisher}  {self._words(row, None)}"
            for head, publisher, row in zip(heads, _padded(publishers), figures, strict=True)
        ]
        if max(map(width_of, told)) <= self.width:
            yield from told
            return
        for head, publisher, row in zip(heads, publishers, figures, strict=True):
            yield from self._wrapped(f"{head}  {publisher}")
            yield from self._wrapped(INDENT + self._words(row, self.width))

    def _conflicts(self, conflicts: Sequence[Row]) -> Iterator[str]:
        for row in conflicts:
            name = _name_of(row["measure"], row["category"], None)
            standing = _bounded(row["standing_value"], row["standing_bound"])
            instead = f"not {standing}" if standing else "and no figure stands"
            figure = f"{name}  {_bounded(row['value'], row['bound'])}, {instead}"
            yield from self._wrapped(f"{figure}: {row['source_id']} ({row['verdict_rule']})")
            yield from self._wrapped(INDENT + self._words(row, self.width))

    def _revisions(self, revisions: Sequence[Row]) -> Iterator[str]:
        """What changed at one time for one reason stands together."""
        for (moment, cause, source_id, url), rows in groupby(revisions, _occasion):
            told_by = ", ".join(filter(None, (source_id, url and self._address(url))))
            yield from self._wrapped(f"{moment:%Y-%m-%d %H:%M}  {cause}{': ' if told_by else ''}{told_by}")
            yield from self._wrapped(INDENT + ", ".join(map(_change_of, rows)))

    def _sources(self, sources: Sequence[Row]) -> Iterator[str]:
        minutes = _padded([shown(row["minutes_after_first"]) for row in sources], to_the_right=True)
        for row, later in zip(sources, minutes, strict=True):
            total = _bounded(row["released_total"], row["released_bound"])
            released = f": {total} released" if total else ""
            yield from self._wrapped(f"{row['announced_at']:%Y-%m-%d %H:%M}  {later}  {row['publisher']}{released}")
            of_total = (
                f", the number at {self._address(row['total_url'])}"
                if row["total_url"] not in (None, row["url"])
                else ""
            )
            yield from self._wrapped(f"{INDENT}{row['source_id']}  {self._address(row['url'])}{of_total}")

    def _words(self, row: Row, width: int | None) -> str:
        """The quote and the address; the quote is cut so that both fit an indented line of the width."""
        left, right = self.screen.quotes
        quote, address = on_one_line(self._shown(row["quote"])), self._address(row["url"])
        if width is not None:
            room = width - width_of(f"{INDENT}{left}{right}  {address}")
            quote = cut(quote, max(room, NARROWEST_QUOTE), self.screen.ellipsis)
        return f"{left}{quote}{right}  {address}"

    def _address(self, url: str) -> str:
        return self._shown(self.short_addresses.get(url, url))

    def _shown(self, value: Any) -> str:
        return self.screen.text(shown(value))

    def _wrapped(self, text: str) -> list[str]:
        """The lines of a text; those after the first are indented, deeper than the first."""
        return paragraph(text, self.screen, INDENT).split("\n")


def _padded(texts: Sequence[str], to_the_right: bool = False) -> list[str]:
    width = max(map(width_of, texts), default=0)
    return [padded(text, width, to_the_right) for text in texts]


def _aligned(facts: Sequence[tuple[str, str]]) -> list[str]:
    names = _padded([name for name, _ in facts])
    return [f"{name}  {value}" for name, (_, value) in zip(names, facts, strict=True)]


def _name_of(measure: str, category: str | None, parent: str | None) -> str:
    """A figure's name: its branch or group where it has one, and the branch that contains it."""
    return f"{category or measure}{f' of {parent}' if parent else ''}"


def _bounds_of(found: dict[str, Any]) -> dict[str, str]:
    """The bound of each figure without a category, by its measure."""
    return {row["measure"]: row["bound"] for row in found["figures"] if row["category"] is None}


def _bounded(value: Any, bound: str | None) -> str:
    """A figure with its bound: 189, 189+ for "at least", about 189."""
    told = shown(value)
    return {"at_least": f"{told}+", "about": f"about {told}"}.get(bound or "exact", told)


def _publishers_of(figure: Row) -> str:
    agreeing, differing = figure["publishers_agreeing"], figure["publishers_differing"]
    agree = f" and {agreeing - 1} more" if agreeing > 1 else ""
    differ = f", {differing} {'differs' if differing == 1 else 'differ'}" if differing else ""
    corrected = ", corrected by a reviewer" if figure["review_decision"] == "corrected" else ""
    return f"{figure['source_id']}{agree}{differ}{corrected}"


def _occasion(revision: Row) -> tuple[Any, ...]:
    return revision["revised_at"], revision["cause"], revision["source_id"], revision["url"]


def _change_of(revision: Row) -> str:
    name = _name_of(revision["measure"], revision["service_branch"], None)
    old, new = (_bounded(revision[f"{side}_value"], revision[f"{side}_bound"]) for side in ("old", "new"))
    before = "" if revision["old_value"] is None else f", before {old}"
    now = "withdrawn" if revision["new_value"] is None else new
    return f"{name} {now}{before}"
