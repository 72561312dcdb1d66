"""How does the gain of two stages look? An SVG: gains over target only above, the scores behind them below."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from emobench.domain.record import Record, Score
from emobench.tasks.pair_predictions import TWO_STAGE
from emobench.views.drawing import bare, drawing, ends, written
from emobench.views.pair_cells import p_cell
from emobench.views.pair_rows import (
    detectable_of,
    directions,
    first_look,
    gain_mark,
    gain_of,
    methods,
    score_of,
    shown_name,
)
from emobench.views.pair_style import COLOURS, LIGHT, MARKERS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GAIN_ROW, SCORE_ROW = 0.25, 0.34  # inches a method
AROUND = 1.9  # inches for titles, axes and the legend


def gain_plot(record: Record) -> bytes:
    """Draw a record's gains and scores, a column a direction and a row a method; the same record, the same bytes."""
    with drawing(record):
        return written(gain_figure(record))


def gain_figure(record: Record) -> "Figure":
    """The picture itself. `gain_plot` gives its bytes."""
    from matplotlib.figure import Figure

    names = methods(record)
    heights = (GAIN_ROW * len(names), SCORE_ROW * len(names))
    figure = Figure(figsize=(8.6, AROUND + sum(heights)), layout="constrained")
    grid = figure.subplots(2, 2, sharex="row", sharey="row", height_ratios=heights)
    for column, (source, target) in enumerate(directions(record)):
        _draw_gains(grid[0, column], record, target, names)
        _draw_scores(grid[1, column], record, target, names)
        grid[0, column].set_title(f"{source} to {target}", fontsize=9)
    look = first_look(record)
    title = f"{shown_name(record)}: {record.asked['attribute']}" + (f", a first look ({look})" if look else "")
    figure.suptitle(title, fontsize=10)
    _legend(figure, [axes for row in grid for axes in row])
    return figure


def _legend(figure: "Figure", panels: Sequence["Axes"]) -> None:
    """Every label once, those of the gains first, the two of a column beside each other."""
    found = dict(
        pair for axes in panels for pair in zip(*reversed(axes.get_legend_handles_labels()), strict=True)
    )  # label -> handle
    found = {**{label: found[label] for label in sorted(found) if label.startswith("gain")}, **found}
    figure.legend(found.values(), found.keys(), loc="outside lower center", ncols=4, frameon=False, fontsize=8)


def _rows(axes: "Axes", names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), list(names))
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.locator_params(axis="x", nbins=6)
    bare(axes)


def _draw_gains(axes: "Axes", record: Record, target: str, names: Sequence[str]) -> None:
    _rows(axes, names)
    axes.use_sticky_edges = False  # a band may be wider than all intervals: leave a margin beside it too
    axes.axvline(0, color="black", linewidth=0.8)
    axes.text(1.015, 1.0, "Holm p", transform=axes.transAxes, va="bottom", fontsize=7.5)
    for place, name in enumerate(names):
        reach = detectable_of(record, name, target)
        if reach is not None:
            axes.barh(place, 2 * reach, left=-reach, height=0.72, color=LIGHT, label="smaller than detectable")
        row = gain_of(record, name, target)
        if row is None or row.value is None:
            continue
        label = "gain" if row.low is None else "gain, 95 % over people"
        _point(axes, row, place, color=COLOURS[TWO_STAGE], marker="D", markersize=4, linewidth=1.4, label=label)
        if row.p is not None:
            axes.text(
                1.015, place, f"{p_cell(row)} {gain_mark(row)}".rstrip(), transform=axes.get_yaxis_transform(),
                va="center", fontsize=7.5, fontweight="bold" if gain_mark(row) else "normal",
            )  # fmt: skip
    axes.set_xlabel(f"gain of two stage over target only ({record.found.headline.metric.upper()})")


def _point(axes: "Axes", row: Score, place: float, **style: Any) -> None:
    span = ends(row)
    axes.errorbar(
        float(row.value or 0), place, xerr=None if span is None else [[span[0]], [span[1]]], linestyle="", **style
    )


def _draw_scores(axes: "Axes", record: Record, target: str, names: Sequence[str]) -> None:
    _rows(axes, names)
    headline = record.found.headline
    axes.axvline(headline.chance, color="black", linewidth=0.8, linestyle=":", label="chance")
    for place, name in enumerate(names):
        if place % 2:
            axes.axhspan(place - 0.5, place + 0.5, color="#f6f6f6", linewidth=0)
        for step, condition in enumerate(COLOURS):
            row = score_of(record, condition, name, target)
            if row is None or row.value is None:
                continue
            style = {"color": COLOURS[condition], "marker": MARKERS[condition], "label": condition.replace("_", " ")}
            _point(axes, row, place + 0.19 * (step - 1.5), markersize=3, linewidth=0.9, **style)
    axes.set_xlabel(headline.metric.upper())
