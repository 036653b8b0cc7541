"""The charts, drawn with Altair and rendered to SVG by vl-convert. What they show comes as values from charts.py.

Importing this takes half a second, so report.py imports it only when a chart changed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import altair as alt
import vl_convert

from orchestration.report.charts import LOWER_BOUNDS
from orchestration.report.words import Words

Values = list[dict[str, Any]]
# Pixels. A narrow chart is for screens of up to 600 pixels.
WIDE, NARROW, HEIGHT = 660, 310, 260
OURS, THEIRS, INK, SOFT, GRID = "var(--ours)", "var(--theirs)", "var(--ink)", "var(--soft)", "var(--grid)"
ON_BAR = "var(--on-bar)"
NUMBERS: dict[str, Any] = {"en": "en-US", "uk": "uk-UA"}
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
# A file of its own has no style sheet of the page. The values are those of assets/style.css.
STYLE = (
    "<style>:root{--ours:#1f5fbf;--theirs:#b45309;--ink:#1b1f24;--soft:#4b5563;--grid:#e2e5ea;--on-bar:#fff}"
    "@media(prefers-color-scheme:dark){"
    ":root{--ours:#7db0ff;--theirs:#f2a65a;--ink:#eceff4;--soft:#b6bfcc;--grid:#333b47;--on-bar:#10151c}}</style>"
)
CONFIG: dict[str, Any] = {
    "background": None,
    "font": FONT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": SOFT, "titleColor": SOFT, "domainColor": SOFT, "tickColor": SOFT, "gridColor": GRID,
        "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal", "labelLimit": 240,
    },
    "legend": {
        "labelColor": INK, "labelFontSize": 12, "orient": "top", "title": None, "labelLimit": 0, "symbolSize": 90,
    },
    "header": {"labelColor": INK, "labelFontSize": 13, "labelFontWeight": "bold", "title": None},
    "text": {"color": INK, "fontSize": 11},
}  # fmt: skip
BOUND = {"shape": "triangle-up", "filled": True, "size": 60, "color": INK, "opacity": 1}
SINCE_2022 = alt.Scale(type="utc", domainMin=alt.DateTime(year=2022, month=1, date=1, utc=True), nice="year")
IS_LOWER_BOUND = alt.FieldOneOfPredicate(field="bound", oneOf=LOWER_BOUNDS)
# The cumulative chart's series, in the order of its legend: their colours and marks.
SERIES = {
    "ours": (OURS, "stroke"), "officials": (THEIRS, "circle"), "officials_at_least": (THEIRS, "triangle-up"),
}  # fmt: skip
# What screen readers say of a mark, instead of its fields.
TOLD = alt.Description("told:N")


def _data(values: Values) -> alt.Data:
    return alt.Data(values=values)


def _tooltips(words: Words, **titles: str) -> list[alt.Tooltip]:
    """A tooltip's lines: the title of each field is a text's key."""
    return [alt.Tooltip(f"{field}:N", title=words(key)) for field, key in titles.items()]


def _people(words: Words, field: str = "released", title: bool = True) -> alt.Y:
    return alt.Y(f"{field}:Q", title=words("value.people") if title else None, axis=alt.Axis(tickCount=5))


def _time(field: str, unit: str, **more: Any) -> alt.X:
    """An axis of days or months, with a label a year."""
    axis = alt.Axis(format="%Y", tickCount="year", grid=False)
    return alt.X(f"{field}:T", timeUnit=unit, scale=SINCE_2022, title=None, axis=axis, **more)


def _bounds(base: alt.Chart, values: Values, y_offset: int, **encodings: Any) -> list[alt.Chart]:
    """The marks of lower bounds, ``y_offset`` pixels from their values; none where there are none, because a layer
    without values would have an infinite scale.
    """
    if not any(value["bound"] in LOWER_BOUNDS for value in values):
        return []
    # Where no number is known the mark stands on the axis; what it says is in its description.
    placed = base.transform_filter(IS_LOWER_BOUND).transform_calculate(at="datum.released || 0")
    return [placed.mark_point(**BOUND, yOffset=y_offset).encode(y="at:Q", **encodings)]


def _by_year(values: Values, words: Words, width: int) -> alt.LayerChart:
    base = alt.Chart(_data(values)).encode(
        x=alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0)), description=TOLD
    )
    tooltip = _tooltips(words, year="column.year", shown="column.released", official_shown="column.officials_last")
    layers = [base.mark_bar().encode(y=_people(words), color=_legend(words, "ours"), tooltip=tooltip)]
    if any(value["official"] is not None for value in values):
        claims = base.transform_filter("datum.official != null").mark_tick(
            thickness=3, width=44 if width == WIDE else 26
        )
        layers.append(claims.encode(y="official:Q", color=_legend(words, "officials"), tooltip=tooltip))
    size = 13 if width == WIDE else 11
    for is_short, style in ((False, {"dy": 14, "color": ON_BAR}), (True, {"dy": -18})):
        if any(value["is_short"] == is_short for value in values):
            labels = base.transform_filter(alt.datum.is_short == is_short).mark_text(**style, fontSize=size)
            layers.append(labels.encode(y="released:Q", text="label:N"))
    return alt.layer(*layers, *_bounds(base, values, -6)).properties(width=width, height=HEIGHT)


def _legend(words: Words, side: str) -> alt.Color:
    names = [words("chart.ours"), words("chart.officials")]
    scale = alt.Scale(domain=names, range=[OURS, THEIRS])
    return alt.Color(datum=names[side == "officials"], type="nominal", scale=scale)


def _by_month(values: Values, words: Words, width: int) -> alt.LayerChart:
    base = alt.Chart(_data(values)).encode(x=_time("month", "utcyearmonth"), description=TOLD)
    tooltip = _tooltips(words, name="column.month", shown="column.released", exchanges="column.exchanges")
    bars = base.mark_bar(color=OURS).encode(y=_people(words), tooltip=tooltip)
    # In the middle of their months, as the bars are.
    bounds = _bounds(base, values, -7, x=_time("month", "utcyearmonth", bandPosition=0.5), tooltip=tooltip)
    return alt.layer(bars, *bounds).properties(width=width, height=HEIGHT)


def _cumulative(values: Values, words: Words, width: int) -> alt.LayerChart:
    base = alt.Chart(_data(values)).encode(x=_time("day", "utcyearmonthdate"))
    tooltip = _tooltips(words, name="column.day", shown="column.persons", publisher="column.publisher")
    marks = {words(f"chart.{name}"): mark for name, mark in SERIES.items()}
    series = [name for name in marks if any(value["series"] == name for value in values)]
    colors, shapes = zip(*(marks[name] for name in series), strict=True)
    color = alt.Color("series:N", scale=alt.Scale(domain=series, range=colors))
    shape = alt.Shape("series:N", scale=alt.Scale(domain=series, range=shapes))
    line = (
        base.transform_filter("datum.kind == 'ours'")
        .transform_calculate(is_exact="datum.bound == 'exact'")
        .mark_line(interpolate="step-after", strokeWidth=2.5)
        .encode(
            y=_people(words, "persons"), color=color, tooltip=tooltip,
            strokeDash=alt.StrokeDash(
                "is_exact:N", scale=alt.Scale(domain=[True, False], range=[[1, 0], [5, 4]]), legend=None
            ),
        )
    )  # fmt: skip
    claims = (
        base.transform_filter("datum.kind == 'officials'")
        .mark_point(size=55, strokeWidth=2)
        .encode(y=_people(words, "persons"), color=color, shape=shape, tooltip=tooltip)
    )
    # A layer without values would have an infinite scale.
    kinds = {value["kind"] for value in values}
    layers = [layer for kind, layer in (("ours", line), ("officials", claims)) if kind in kinds]
    return alt.layer(*layers).properties(width=width, height=HEIGHT + 40)


def _both_sides(values: Values, words: Words, width: int) -> alt.LayerChart:
    names = [words("column.released"), words("column.returned")]
    base = alt.Chart(_data(values)).encode(
        x=alt.X(
            "year:O", title=None, axis=alt.Axis(labelAngle=0, labelExpr="split(datum.label, '|')", labelLineHeight=14)
        ),
        xOffset=alt.XOffset("side:N", sort=names),
    )
    tooltip = _tooltips(words, side="column.figure", shown="column.persons", told="column.told_in")
    bars = base.mark_bar().encode(
        y=_people(words, "persons"),
        color=alt.Color("side:N", scale=alt.Scale(domain=names, range=[OURS, THEIRS])),
        tooltip=tooltip,
    )
    labels = base.mark_text(dy=-7, fontSize=11 if width == WIDE else 8).encode(y="persons:Q", text="shown:N")
    return (bars + labels).properties(width=width, height=HEIGHT)


def _by_service(values: Values, words: Words, width: int) -> alt.LayerChart:
    # The names stand above the bars: beside them they would take half of a narrow chart.
    base = alt.Chart(_data(values)).encode(y=alt.Y("name:N", sort=None, title=None, axis=None))
    tooltip = _tooltips(words, name="column.branch", shown="column.persons", told="column.told_in")
    bars = base.mark_bar(color=OURS, height=13, yOffset=8).encode(
        x=alt.X("persons:Q", title=words("value.people"), axis=alt.Axis(tickCount=4)), tooltip=tooltip
    )
    names = base.mark_text(align="left", fontSize=12, dy=-7).encode(x=alt.value(0), text="name:N")
    labels = base.mark_text(align="left", dx=5, dy=8).encode(x="persons:Q", text="label:N")
    return (bars + names + labels).properties(
        width=width - 50,
        height=alt.Step(37),
    )


def _women_and_civilians(values: Values, words: Words, width: int) -> alt.ConcatChart:
    charts = []
    # The same scales, so that bars of the two can be compared, with room for the labels of the highest.
    years = sorted({value["year"] for value in values})
    highest = max(value["persons"] for value in values)
    for group in dict.fromkeys(value["group"] for value in values):
        base = alt.Chart(_data([value for value in values if value["group"] == group])).encode(
            x=alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0), scale=alt.Scale(domain=years))
        )
        tooltip = _tooltips(words, group="column.measure", year="column.year", label="column.persons")
        people = _people(words, "persons", title=False).scale(domain=[0, highest * 1.2])
        bars = base.mark_bar(color=OURS).encode(y=people, tooltip=tooltip)
        # Two short lines, so that neighbours do not meet.
        labels = base.mark_text(dy=-20, lineBreak="\n").encode(y="persons:Q", text="lines:N")
        heading = alt.TitleParams(str(group), fontSize=13, color=INK, anchor="start")
        columns = 2 if width == WIDE else 1
        charts.append((bars + labels).properties(width=width // columns - 60, height=200, title=heading))
    return alt.concat(*charts, columns=2 if width == WIDE else 1)


CHARTS: dict[str, Callable[[Values, Words, int], Any]] = {
    "by_year": _by_year,
    "by_month": _by_month,
    "cumulative": _cumulative,
    "both_sides": _both_sides,
    "by_service": _by_service,
    "women_and_civilians": _women_and_civilians,
}


def draw(name: str, values: Values, words: Words) -> dict[str, str]:
    """A chart's files by their ending: two SVG pictures, and its Vega-Lite specification as a script."""
    specification = _specification(name, values, words, WIDE)
    return {
        "wide.svg": _svg(specification),
        "narrow.svg": _svg(_specification(name, values, words, NARROW)),
        "js": f"obminCharts[{json.dumps(name)}] = {_as_script(specification)};\n",
    }


def _specification(name: str, values: Values, words: Words, width: int) -> dict[str, Any]:
    chart = CHARTS[name](values, words, width)
    # Altair's own check of the schema takes longer than the rendering, and Vega-Lite's errors are as clear.
    locale = {"number": vl_convert.get_format_locale(NUMBERS[words.language])}
    return {**chart.to_dict(validate=False), "config": {**CONFIG, "locale": locale}}


def _svg(specification: dict[str, Any]) -> str:
    svg: str = vl_convert.vegalite_to_svg(specification)
    end_of_root = svg.index(">") + 1
    return svg[:end_of_root] + STYLE + svg[end_of_root:]


def _as_script(specification: dict[str, Any]) -> str:
    """JSON that no text in it can end: neither the script nor a string."""
    text = json.dumps(specification, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
