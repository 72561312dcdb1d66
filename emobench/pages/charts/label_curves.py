"""How many labels does the other domain replace? The score over the target's training clips, one direction a chart."""

from typing import Any

from emobench.domain.record import Record
from emobench.pages.chart import Chart
from emobench.pages.charts.inks import SOLID, Ink, inks
from emobench.pages.charts.series import (
    Level,
    Row,
    Series,
    between,
    legend,
    level_lines,
    metric_of,
    scales,
    short,
    short_names,
    spec_of,
)
from emobench.tasks.pair_predictions import TARGET_ONLY, TWO_STAGE
from emobench.views.label_curve import points
from emobench.views.pair_rows import CHOSEN, fractions, methods, shown_name

HEIGHT, LETTERS = 320, 22
CONDITIONS = (TARGET_ONLY, TWO_STAGE)


def label_curves(record: Record, source: str, target: str, id_: str) -> Chart | None:
    """Target only (dashed) and two stage (solid) of every method; None where nothing was learned from fewer clips."""
    if not fractions(record):
        return None
    names = [name for name in methods(record) if name != CHOSEN]
    labels = short_names(names, LETTERS)
    series, rows = [], list[Row]()
    for name, label, ink in zip(names, labels, inks([False] * len(names)), strict=True):
        for condition in CONDITIONS:
            one = _series(label, condition, ink)
            series.append(one)
            rows += [
                {
                    "series": one.name,
                    "clips": clips,
                    "value": value,
                    "low": low,
                    "high": high,
                    "interval": between(low, high),
                }
                for clips, value, low, high in points(record, condition, name, target)
            ]
    metric = metric_of(record)
    return Chart(
        id=id_,
        title=f"{short(shown_name(record))}: fewer labels, {short(source)} to {short(target)}",
        description=f"{metric} on {short(target)} over the number of its clips that are learned from; solid: "
        "with the other domain first, dashed: without. How far the dashed curve lies to the right of the solid one is "
        "how many labels the other domain replaces. Bands: 95 % over people.",
        spec=_spec(series, rows, metric, record.found.headline.chance),
    )


def _series(label: str, condition: str, ink: Ink) -> Series:
    shape, dash = ("circle", SOLID) if condition == TWO_STAGE else ("square", (6, 4))
    return Series(f"{label}, {condition.replace('_', ' ')}", Ink(ink.colour, shape, dash))


def _spec(series: list[Series], rows: list[Row], metric: str, chance: float) -> Any:
    import altair as alt

    ranges, below = scales(series), legend(len(series))
    ticks = sorted({round(row["clips"]) for row in rows})
    x = alt.X(
        "clips:Q", title="training clips of the target (log scale)",
        scale=alt.Scale(type="log", nice=False, padding=12), axis=alt.Axis(values=ticks, format="d", grid=False),
    )  # fmt: skip
    y = alt.Y("value:Q", title=metric, scale=alt.Scale(zero=False))
    colour = alt.Color("series:N", scale=ranges["color"], legend=below)
    drawn = alt.Chart(alt.InlineData(values=rows)).encode(x=x, color=colour)
    band = drawn.mark_area(opacity=0.12).encode(y=alt.Y("low:Q", title=metric), y2="high:Q")
    dash = alt.StrokeDash("series:N", scale=ranges["strokeDash"], legend=below)
    line = drawn.mark_line(strokeWidth=2).encode(y=y, strokeDash=dash)
    tooltip = [
        alt.Tooltip("series:N", title="of"), alt.Tooltip("clips:Q", title="training clips", format=".0f"),
        alt.Tooltip("value:Q", title=metric, format=".3f"), alt.Tooltip("interval:N", title="95 % over people"),
    ]  # fmt: skip
    shape = alt.Shape("series:N", scale=ranges["shape"], legend=below)
    point = drawn.mark_point(filled=True, size=60, opacity=1).encode(y=y, shape=shape, tooltip=tooltip)
    return spec_of([band, *level_lines([Level(chance, "chance")], "y"), line, point], HEIGHT, series)
