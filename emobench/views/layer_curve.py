"""How does a layer curve look? An SVG with its interval, the weighted sum, the controls and chance."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from emobench.domain.record import Record, Score
from emobench.views.drawing import bare, drawing, written

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CURVE, SUM, CONTROL = "#0072b2", "#d55e00", "#5c5c5c"  # Okabe & Ito (2008): told apart by colour-blind readers
STYLES = ("--", "-.", (0, (1, 1)))


def summary_rows(record: Record) -> list[Score]:
    """The headline metric on all test clips: one row a layer, one for the choice per fold, one for the weighted sum."""
    metric = record.found.headline.metric
    return [row for row in record.found.scores if row.metric == metric and row.view == "all" and row.fold is None]


def curve(record: Record) -> list[Score]:
    """The rows of the layers, in order."""
    return [row for row in summary_rows(record) if row.layer is not None]


def _draw_curve(axes: "Axes", rows: Sequence[Score]) -> None:
    places = range(len(rows))
    values = [float("nan") if row.value is None else row.value for row in rows]
    single = len(rows) == 1
    if all(row.low is not None and row.high is not None for row in rows):
        low, high = [float(row.low or 0) for row in rows], [float(row.high or 0) for row in rows]
        if single:
            axes.vlines([0], low, high, color=CURVE, alpha=0.5, linewidth=4)
        else:
            axes.fill_between(places, low, high, color=CURVE, alpha=0.18, linewidth=0, label="95 % over people")
    axes.plot(
        places, values, color=CURVE, marker="o", markersize=4, linestyle="" if single else "-", label="single layer"
    )
    axes.set_xticks(list(places), [str(row.layer) for row in rows])


def _draw_lines(axes: "Axes", record: Record, controls: Sequence[Record]) -> None:
    headline = record.found.headline
    chosen = next(row for row in summary_rows(record) if row.layer is None and row.method == "frozen")
    axes.axhline(
        float(chosen.value or 0), color=CURVE, linewidth=1, linestyle=":", label="layer chosen per fold (headline)"
    )
    for row in summary_rows(record):
        if row.method == "weighted_sum":
            axes.axhline(float(row.value or 0), color=SUM, linewidth=1.2, label="learned weighted sum")
    for style, control in zip(STYLES, controls, strict=False):
        name, value = str(control.asked["backbone"]), control.found.headline.value
        if value is not None:
            axes.axhline(value, color=CONTROL, linewidth=1, linestyle=style, label=name)
    axes.axhline(headline.chance, color="black", linewidth=0.8, label="chance")


def layer_curve(record: Record, controls: Sequence[Record]) -> bytes:
    """Draw a record's layer curve; the same record gives the same bytes."""
    from matplotlib.figure import Figure

    with drawing(record):
        rows = curve(record)
        figure = Figure(figsize=(max(6.4, 4.6 + 0.3 * len(rows)), 3.2), layout="constrained")
        axes = figure.add_subplot()
        _draw_curve(axes, rows)
        _draw_lines(axes, record, controls)
        axes.set_xlabel("layer")
        axes.set_ylabel(record.found.headline.metric.upper())
        asked = record.asked
        figure.suptitle(f"{asked['backbone']} on {asked['dataset']}: {asked['attribute']}", fontsize=10)
        bare(axes)
        figure.legend(loc="outside right center", frameon=False, fontsize=8)
        return written(figure)
