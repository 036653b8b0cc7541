"""An asset's metadata in Dagster: a table and a chart. Formatting only; the assets supply the values."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import dagster as dg

from orchestration.warehouse.backfill import months_between

# Grey lines are visible in the light and the dark theme of Dagster's UI.
INK, BAR = "#7a7a7a", "#3b6fb6"
WIDTH, HEIGHT = 800, 260  # pixels


def table(rows: Iterable[Mapping[str, str | int | bool | None]]) -> dg.MetadataValue[Any]:
    """Rows of one shape as a table; without rows, the text "none"."""
    records = [dg.TableRecord({name: "" if value is None else value for name, value in row.items()}) for row in rows]
    return dg.MetadataValue.table(records) if records else dg.MetadataValue.text("none")


def chart_of_months(people: Mapping[date, int | None], title: str) -> dg.MetadataValue[Any]:
    """A bar chart by month, from the first to the last (``people`` by the month's first day; None has no bar), as an
    SVG image in Markdown.
    """
    # Imported only when a chart is drawn: a run with nothing new draws none.
    import pygal
    from pygal.style import Style

    months = months_between(min(people), max(people))[::-1]
    clear = Style(
        background="transparent", plot_background="transparent", foreground=INK, foreground_strong=INK,
        foreground_subtle=INK, colors=[BAR], font_family="sans-serif", title_font_size=20, label_font_size=18,
        major_label_font_size=18,
    )  # fmt: skip
    chart = pygal.Bar(
        width=WIDTH,
        height=HEIGHT,
        title=title,
        style=clear,
        js=[],
        show_legend=False,
        show_minor_x_labels=False,
        y_labels_major_count=4,
        show_minor_y_labels=False,
        truncate_label=-1,
    )
    chart.x_labels = [f"{month:%Y-%m}" for month in months]
    chart.x_labels_major = [label for label in chart.x_labels if label.endswith("-01")]
    chart.add("people", [people.get(month, 0) for month in months])
    picture = base64.b64encode(chart.render()).decode()
    return dg.MetadataValue.md(f"![{title}](data:image/svg+xml;base64,{picture})")
