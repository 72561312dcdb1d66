"""How are curves over layers drawn? Bands over people, controls dashed, one axis for models of any depth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emobench.domain.record import Score
from emobench.pages.charts.series import (
    SHOWN,
    Level,
    Row,
    Series,
    between,
    few_ticks,
    legend,
    level_lines,
    scales,
    short_names,
    spec_of,
    toggled,
)

HEIGHT = 320
LETTERS = 14  # of a layer below the axis


@dataclass(frozen=True)
class Curve:
    """A series with its rows, one a layer, from the lowest to the highest."""

    series: Series
    rows: Sequence[Score]


def curves_spec(curves: Sequence[Curve], title: str, levels: Sequence[Level]) -> Mapping[str, Any]:
    """A Vega-Lite spec of curves.

    The layers stand below the axis by name where all curves have the same; otherwise curves share the axis by relative
    depth, 0 for the first layer and 1 for the last. A model with one layer is a line across.
    """
    import altair as alt

    named = _common_layers(curves)
    values = [row for curve in curves for row in _values(curve, named)]
    ranges, shown, below = scales([curve.series for curve in curves]), toggled(), legend(len(curves))
    if named:
        scale = alt.Scale(domain=list(named))
        x: Any = alt.X("layer:O", title="layer", sort=None, scale=scale, axis=alt.Axis(labelAngle=0, labelOverlap=True))
    else:
        scale = alt.Scale(domain=[0, 1], nice=False)
        x = alt.X("depth:Q", title="relative depth (0 first layer, 1 last layer)", scale=scale, axis=few_ticks())
    colour = alt.Color("series:N", scale=ranges["color"], legend=below)
    faint = {"opacity": alt.condition(SHOWN, alt.value(1), alt.value(0.06))}
    drawn = alt.Chart(alt.InlineData(values=values))
    whole = drawn.transform_filter("!datum.alone")
    y = alt.Y("value:Q", title=title, scale=alt.Scale(zero=False))
    area = whole.mark_area().encode(
        x=x,
        y=alt.Y("low:Q", title=title),
        y2="high:Q",
        color=colour,
        opacity=alt.condition(SHOWN, alt.value(0.16), alt.value(0)),
    )
    line = whole.mark_line(strokeWidth=2).encode(
        x=x, y=y, color=colour, strokeDash=alt.StrokeDash("series:N", scale=ranges["strokeDash"], legend=below), **faint
    )
    tooltip = [
        alt.Tooltip("series:N", title="model"),
        alt.Tooltip("name:N", title="layer"),
        alt.Tooltip("value:Q", title=title, format=".3f"),
        alt.Tooltip("interval:N", title="95 % over people"),
    ]
    point = whole.mark_point(filled=True, size=60, opacity=1).encode(
        x=x,
        y=y,
        color=colour,
        shape=alt.Shape("series:N", scale=ranges["shape"], legend=below),
        tooltip=tooltip,
        **faint,
    )
    across = (
        drawn.transform_filter("datum.alone")
        .mark_rule(strokeWidth=2)
        .encode(
            y=y,
            color=colour,
            strokeDash=alt.StrokeDash("series:N", scale=ranges["strokeDash"], legend=below),
            tooltip=tooltip,
            **faint,
        )
    )
    alone, banded = (any(row[key] is not None and row[key] is not False for row in values) for key in ("alone", "low"))
    several = any(not row["alone"] for row in values)
    drawn_layers = [
        *([area] if banded and several else []), *level_lines(levels, "y"), *([line, point] if several else []),
        *([across] if alone else []),
    ]  # fmt: skip
    return spec_of(drawn_layers, HEIGHT, selection=shown)


def _common_layers(curves: Sequence[Curve]) -> tuple[str, ...]:
    """The layers of all curves that have several, where they are the same; else none."""
    known = {tuple(str(row.layer) for row in curve.rows) for curve in curves if len(curve.rows) > 1}
    if len(known) > 1:
        return ()
    single = {tuple(str(row.layer) for row in curve.rows) for curve in curves}
    return tuple(short_names((known or single or {()}).pop(), LETTERS))


def _values(curve: Curve, named: Sequence[str]) -> list[Row]:
    alone, last = len(curve.rows) == 1, max(len(curve.rows) - 1, 1)
    return [
        {
            "series": curve.series.name, "alone": alone, "name": str(row.layer)[:60], "depth": round(place / last, 4),
            "layer": named[place] if place < len(named) else "", "value": row.value, "low": row.low, "high": row.high,
            "interval": between(row.low, row.high),
        }
        for place, row in enumerate(curve.rows)
        if row.value is not None
    ]  # fmt: skip
