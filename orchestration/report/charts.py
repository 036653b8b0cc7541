"""What the charts and the tables below them show: values from the rows of sql/*.sql. Drawing is in drawing.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from orchestration.report.publication import Publication, Rows
from orchestration.report.rendering import link
from orchestration.report.words import Words

LOWER_BOUNDS = ("at_least", "at_least_about")


@dataclass(frozen=True, slots=True)
class Cell:
    """A table's cell. ``href`` is a link to a page of ours, or an address of outside. ``is_number`` aligns right."""

    text: str
    href: str | None = None
    is_number: bool = False
    is_ours: bool = True  # the text is in the page's language


@dataclass(frozen=True, slots=True)
class Table:
    """Headings and rows of cells; each row begins with its own heading."""

    headings: list[str]
    rows: list[list[Cell]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart in one language: the values to draw, and the same as a table. No values, no chart."""

    name: str
    title: str
    caption: str
    values: Rows
    table: Table


def number(value: int | None, words: Words) -> Cell:
    """A number; empty when there is none."""
    return Cell("" if value is None else words.number(value), is_number=True)


def people(value: int | None, bound: str | None, words: Words) -> Cell:
    """A number of people with its bound; empty without one."""
    return Cell("" if value is None else words.bounded(value, bound), is_number=True)


def _by_year(publication: Publication, words: Words) -> tuple[Rows, Table]:
    values, rows = [], []
    highest = max((row["released"] or 0 for row in publication.rows["by_year"]), default=0)
    for row in publication.rows["by_year"]:
        year, bound = str(row["year"]), row["bound"]
        shown = words.bounded(row["released"], bound)
        official = people(row["official"], row["official_bound"], words)
        # A sum of exchanges that all have no number is nothing, and a lower bound of 0.
        label = "" if row["released"] is None else words.bounded(row["released"], bound, is_short=True)
        values.append(
            {
                "year": year, "released": row["released"], "bound": bound, "label": label,
                "shown": shown, "told": f"{year}: {shown}",
                "official": row["official"],
                "official_shown": official.text,
                # A bar too short for its number.
                "is_short": (row["released"] or 0) < highest / 8,
            }
        )  # fmt: skip
        rows.append(
            [
                Cell(year),
                number(row["exchanges"], words),
                number(row["without_number"], words),
                people(row["released_in_exchanges"], row["in_exchanges_bound"], words),
                people(row["released_outside"], row["outside_bound"], words),
                people(row["released"], bound, words),
                official,
            ]
        )
    headings = ("year", "exchanges", "without_number", "released_in_exchanges", "released_outside", "released")
    return values, Table([*(words(f"column.{name}") for name in headings), words("column.officials_last")], rows)


def _by_month(publication: Publication, words: Words) -> tuple[Rows, Table]:
    values, rows = [], []
    for row in publication.rows["by_month"]:
        bound, name = row["bound"], words.month(row["month"])
        shown = words.bounded(row["released"], bound)
        values.append(
            {
                "month": row["month"].isoformat(), "released": row["released"], "bound": bound,
                "name": name, "shown": shown, "told": f"{name}: {shown}", "exchanges": row["exchanges"],
            }
        )  # fmt: skip
        rows.append(
            [
                Cell(name),
                number(row["exchanges"], words),
                number(row["without_number"], words),
                people(row["released"], bound, words),
            ]
        )
    headings = ("month", "exchanges", "without_number", "released")
    return values, Table([words(f"column.{name}") for name in headings], rows)


def _cumulative(publication: Publication, words: Words) -> tuple[Rows, Table]:
    values: Rows = []
    known = [row for row in publication.rows["cumulative"] if row["released"] is not None]
    for row in known:
        bound = row["bound"]
        if values and bound != "exact" and values[-1]["bound"] == "exact":
            # The dashed line begins where the solid one ends.
            values.append({**values[-1], "bound": bound})
        values.append(
            {
                "kind": "ours", "day": row["day"].isoformat(), "persons": row["released"], "bound": bound,
                "name": words.day(row["day"]), "shown": words.bounded(row["released"], bound),
                "publisher": words("chart.ours"), "series": words("chart.ours"),
            }
        )  # fmt: skip
    for row in publication.rows["official_totals"]:
        bound = row["bound"]
        values.append(
            {
                "kind": "officials", "day": row["day"].isoformat(), "persons": row["official"],
                "bound": bound, "name": words.day(row["day"]),
                "shown": words.bounded(row["official"], bound), "publisher": words.publisher(row["publisher"]),
                "series": words("chart.officials_at_least" if bound in LOWER_BOUNDS else "chart.officials"),
            }
        )  # fmt: skip
    return values, _sums_and_claims(known, publication.rows["official_totals"], words)


def _sums_and_claims(known: Rows, claims: Rows, words: Words) -> Table:
    """Our sum of each day on which it grew, and officials' totals, with ours of the claim's time beside them."""
    rows = []
    for row in claims:
        ours = people(row["ours"], row["ours_bound"], words)
        claimed = people(row["official"], row["bound"], words)
        rows.append((row["day"], [ours, claimed, Cell(words.publisher(row["publisher"]), link(row["url"]))]))
    # A claim of the day that came after its exchange has the day's sum beside it.
    told = {(row["day"], row["ours"], row["ours_bound"]) for row in claims}
    rows += [
        (row["day"], [people(row["released"], row["bound"], words), Cell(""), Cell("")])
        for row in known
        if (row["day"], row["released"], row["bound"]) not in told
    ]
    headings = [words("column.day"), words("chart.ours"), words("column.official"), words("column.publisher")]
    rows.sort(key=lambda row: row[0])
    return Table(headings, [[Cell(words.short_day(day)), *cells] for day, cells in rows])


def _both_sides(publication: Publication, words: Words) -> tuple[Rows, Table]:
    values, rows = [], []
    for row in publication.rows["both_sides"]:
        told = words("value.of", n=row["told_in"], all=words.number(row["of"]))
        for side in ("released", "returned"):
            values.append(
                {
                    "year": f"{row['year']}|{told}", "side": words(f"column.{side}"), "persons": row[side],
                    "shown": words.number(row[side]), "told": told,
                }
            )  # fmt: skip
        rows.append(
            [Cell(str(row["year"])), number(row["released"], words), number(row["returned"], words), Cell(told)]
        )
    return values, Table([words(f"column.{name}") for name in ("year", "released", "returned", "told_in")], rows)


def _by_service(publication: Publication, words: Words) -> tuple[Rows, Table]:
    names = publication.names(words.language)
    values, rows = [], []
    for row in publication.rows["by_service"]:
        name = words("column.civilians") if row["branch"] is None else names[row["branch"]]
        told = words("value.of", n=row["told_in"], all=words.number(row["of"]))
        shown = words.bounded(row["persons"], row["bound"])
        label = words.bounded(row["persons"], row["bound"], is_short=True)
        values.append({"name": name, "persons": row["persons"], "label": label, "shown": shown, "told": told})
        rows.append([Cell(name), people(row["persons"], row["bound"], words), Cell(told)])
    return values, Table([words(f"column.{name}") for name in ("branch", "persons", "told_in")], rows)


def _women_and_civilians(publication: Publication, words: Words) -> tuple[Rows, Table]:
    values, rows = [], []
    for row in sorted(
        publication.rows["women_and_civilians"], key=lambda row: (row["measure"] != "women", row["year"])
    ):
        group, bound = words(f"column.{row['measure']}"), row["bound"]
        told = words("value.of", n=row["told_in"], all=words.number(row["of"]))
        label = words.bounded(row["persons"], bound, is_short=True)
        values.append(
            {
                "group": group, "year": str(row["year"]), "persons": row["persons"], "lines": f"{label}\n({told})",
                "label": f"{label} ({told})",
            }
        )  # fmt: skip
        rows.append([Cell(group), Cell(str(row["year"])), people(row["persons"], bound, words), Cell(told)])
    return values, Table([words(f"column.{name}") for name in ("measure", "year", "persons", "told_in")], rows)


VALUES: dict[str, Callable[[Publication, Words], tuple[Rows, Table]]] = {
    "by_year": _by_year,
    "by_month": _by_month,
    "cumulative": _cumulative,
    "both_sides": _both_sides,
    "by_service": _by_service,
    "women_and_civilians": _women_and_civilians,
}


def charts_of(publication: Publication, words: Words) -> list[Chart]:
    """Every chart that has something to show, in the front page's order."""
    charts = []
    for name, make in VALUES.items():
        values, table = make(publication, words)
        if values:
            charts.append(Chart(name, words(f"chart.{name}.title"), words(f"chart.{name}.caption"), values, table))
    return charts
