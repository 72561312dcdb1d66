"""What is the same for every chart? Names of records, numbers for people, legends, lines of reference, the spec."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emobench.domain.names import on_one_line
from emobench.domain.record import Record
from emobench.pages.charts.inks import Ink, inks
from emobench.views.bias_rows import shortened, told_apart
from emobench.views.pair_facts import is_control
from emobench.views.pair_rows import shown_name
from emobench.views.tables import number

if TYPE_CHECKING:
    import altair as alt

LETTERS, NAME = 36, 60  # of a name in a legend, and in a title
PADDING = 0.06  # of the reach of numbers, left free at both ends of an axis
Row = dict[str, Any]


@dataclass(frozen=True)
class Series:
    """One record, or one part of one, in a chart.

    Attributes:
        name: in the legend; no two of a chart are alike.
        ink: how it is drawn.
        control: whether it shows what needs no model of emotion.
    """

    name: str
    ink: Ink
    control: bool = False


@dataclass(frozen=True)
class Level:
    """A line of reference, as chance or zero, and what it is called."""

    value: float
    name: str


def short(name: object, most: int = NAME) -> str:
    """A name as a title has room for it, what cannot be seen spelled out."""
    return shortened(on_one_line(name), most)


def short_names(names: Sequence[str], most: int) -> list[str]:
    """Names as an axis or legend has room for them, no two alike."""
    return told_apart([on_one_line(name) for name in names], most)


def metric_of(record: Record) -> str:
    """The headline metric as titles and axes name it."""
    return short(record.found.headline.metric.upper(), LETTERS)


def series_of(records: Sequence[Record]) -> list[Series]:
    """One series a record, named after its backbone; those of one backbone bear their numbers."""
    controls = [is_control(record) for record in records]
    names = short_names([shown_name(record) for record in records], LETTERS)
    found = zip(names, inks(controls), controls, strict=True)
    return [Series(name, ink, control) for name, ink, control in found]


def between(low: float | None, high: float | None) -> str:
    """The ends of an interval in words."""
    return "none" if low is None or high is None else f"{number(low)} to {number(high)}"


def reach(values: Sequence[float | None], *, more: float = PADDING) -> list[float]:
    """The ends of an axis: a little wider than all numbers; ``more`` is how much, as a share, on the right."""
    known = [value for value in values if value is not None]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    wide = (high - low) or 1.0
    return [low - PADDING * wide, high + more * wide]


def legend(count: int) -> "alt.Legend | None":
    """Below the chart, in two columns that fit a phone; none for a single series."""
    import altair as alt

    if count < 2:
        return None
    return alt.Legend(title=None, orient="bottom", columns=2, labelLimit=190, symbolSize=90, symbolOpacity=1)


def few_ticks() -> "alt.Axis":
    """So few numbers below an axis that they stand apart on a phone."""
    import altair as alt

    return alt.Axis(tickCount=6, labelOverlap=True)


def scales(series: Sequence[Series]) -> dict[str, "alt.Scale"]:
    """What the name of a series becomes: a colour, a shape, a dash."""
    import altair as alt

    names = [one.name for one in series]
    return {
        "color": alt.Scale(domain=names, range=[one.ink.colour for one in series]),
        "shape": alt.Scale(domain=names, range=[one.ink.shape for one in series]),
        "strokeDash": alt.Scale(domain=names, range=[list(one.ink.dash) for one in series]),
    }


def level_lines(levels: Sequence[Level], axis: str, dash: Sequence[int] = (3, 3)) -> "list[alt.Chart]":
    """Lines of reference across a chart (``axis`` is the one their values lie on), each with its name at the end."""
    import altair as alt

    drawn = []
    for place, level in enumerate(levels):
        data = alt.Chart(alt.InlineData(values=[{"value": level.value, "name": level.name}]))
        line = data.mark_rule(strokeDash=list(dash), strokeWidth=1.2)
        line = line.encode(tooltip=[alt.Tooltip("name:N", title="line"), alt.Tooltip("value:Q", format=".3f")])
        if axis == "y":
            end = data.mark_text(align="right", baseline="bottom", dy=-2, fontSize=11)
            drawn += [line.encode(y="value:Q"), end.encode(y="value:Q", x=alt.value("width"), text="name:N")]
        else:
            end = data.mark_text(align="right" if place else "left", baseline="bottom", dy=-3, fontSize=11)
            drawn += [line.encode(x="value:Q"), end.encode(x="value:Q", y=alt.value(0), text="name:N")]
    return drawn


def spec_of(layers: "Sequence[alt.Chart]", height: int, series: Sequence[Series] = ()) -> Mapping[str, Any]:
    """The layers as one Vega-Lite spec, as wide as its place; the same layers give the same spec.

    Where there are several ``series``, the page has a checkbox for each that shows and hides it.
    """
    import altair as alt

    chart = alt.layer(*layers).properties(width="container", height=height)
    if len(series) > 1:
        chart = chart.properties(usermeta={"series": [one.name for one in series]})
    return {key: value for key, value in chart.to_dict(validate=False).items() if key != "config"}
