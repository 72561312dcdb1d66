"""How are values with their intervals drawn beside each other? A row a thing, in it a point and a line a series."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emobench.domain.record import Score
from emobench.pages.charts.series import (
    Level,
    Row,
    Series,
    between,
    few_ticks,
    legend,
    level_lines,
    reach,
    scales,
    spec_of,
)
from emobench.views.pair_cells import p_cell
from emobench.views.tables import number

ROW, LANE = 12, 15  # pixels of a row: around its lanes, and of each of them
LETTERS_ROOM = 0.3  # of the reach of numbers, on the right of the axis, where words stand behind the points


@dataclass(frozen=True)
class Dot:
    """One value with its interval: in which row, of which series, p in words, and the words behind it."""

    row: str
    series: str
    value: float | None
    low: float | None
    high: float | None
    p: str = ""
    words: str = ""


def dot_of(row: str, series: str, score: Score, words: str = "") -> Dot:
    """A dot for a row of scores."""
    return Dot(row, series, score.value, score.low, score.high, p_cell(score) or "", words)


@dataclass(frozen=True)
class Axis:
    """What the numbers are; the ends of their axis where they are given (else as wide as the numbers)."""

    title: str
    levels: tuple[Level, ...] = ()
    ends: tuple[float, float] | None = None


def intervals_spec(dots: Sequence[Dot], rows: Sequence[str], series: Sequence[Series], axis: Axis) -> Mapping[str, Any]:
    """A Vega-Lite spec; ``rows`` from the top, no two alike, and in each of them a lane for every series."""
    import altair as alt

    ranges, below = scales(series), legend(len(series))
    # Without a sort of its own an offset is ordered by the domain of colours, whose names Vega-Lite then writes into
    # an expression. Names are data: the order is a number.
    lanes = list(range(len(series)))
    places = {one.name: place for place, one in enumerate(series)}
    drawn = alt.Chart(
        alt.InlineData(values=[_value(dot, places[dot.series]) for dot in dots if dot.value is not None])
    ).encode(
        y=alt.Y(
            "row:N",
            title=None,
            sort=None,
            scale=alt.Scale(domain=list(rows), paddingInner=0.15),
            axis=alt.Axis(labelLimit=150, grid=True, tickBand="extent"),
        ),
        yOffset=alt.YOffset("lane:O", sort="ascending", scale=alt.Scale(domain=lanes)),
    )
    x = alt.X("value:Q", title=axis.title, scale=alt.Scale(domain=_ends(dots, axis), nice=False), axis=few_ticks())
    colour = alt.Color("series:N", scale=ranges["color"], legend=below)
    tooltip = [
        alt.Tooltip("series:N", title="of"),
        alt.Tooltip("row:N", title="row"),
        alt.Tooltip("value:Q", title=axis.title, format=".3f"),
        alt.Tooltip("interval:N", title="95 % over people"),
        *([alt.Tooltip("p:N", title="p")] if any(dot.p for dot in dots) else []),
    ]
    line = drawn.transform_filter("datum.low !== null").mark_rule(strokeWidth=2)
    line = line.encode(x=alt.X("low:Q", title=axis.title, axis=few_ticks()), x2="high:Q", color=colour, tooltip=tooltip)
    shape = alt.Shape("series:N", scale=ranges["shape"], legend=below)
    point = drawn.mark_point(filled=True, size=70, opacity=1).encode(x=x, color=colour, shape=shape, tooltip=tooltip)
    layers = [*level_lines(axis.levels, "x"), line, point]
    if any(dot.words for dot in dots):
        words = drawn.mark_text(align="left", dx=7, fontSize=11).encode(
            x=alt.X("end:Q", title=axis.title, axis=few_ticks()), text="words:N"
        )
        layers.append(words)
    return spec_of(layers, (ROW + LANE * len(series)) * max(len(rows), 1), series)


def _value(dot: Dot, lane: int) -> Row:
    return {
        "row": dot.row, "series": dot.series, "lane": lane, "value": dot.value, "low": dot.low, "high": dot.high,
        "end": dot.value if dot.high is None else dot.high, "interval": between(dot.low, dot.high),
        "words": dot.words, "p": dot.p or "none",
    }  # fmt: skip


def _ends(dots: Sequence[Dot], axis: Axis) -> list[float]:
    if axis.ends is not None:
        return list(axis.ends)
    values = [value for dot in dots for value in (dot.value, dot.low, dot.high)]
    more = LETTERS_ROOM if any(dot.words for dot in dots) else 0.06
    return [round(end, 6) for end in reach([*values, *(level.value for level in axis.levels)], more=more)]


def described(dots: Sequence[Dot], most: int = 8) -> str:
    """The numbers of a small chart in a sentence, for those who cannot see it; empty where there are many."""
    known = [dot for dot in dots if dot.value is not None]
    if not known or len(known) > most:
        return ""
    several = len({dot.series for dot in known}) > 1
    parts = [f"{dot.row}{f', {dot.series}' if several else ''} {number(dot.value)}" for dot in known]
    return " " + "; ".join(parts) + "."
