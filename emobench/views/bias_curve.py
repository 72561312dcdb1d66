"""How does the emotion bias change from layer to layer? An SVG: the distance of each emotion above, the bias below."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from emobench.domain.record import Record, Score
from emobench.tasks.emotion_distances import ALIGNED, RAW
from emobench.views.bias_rows import LONGEST, emotions, find, layers, picture_title, shortened, told_apart
from emobench.views.drawing import bare, drawing, ends, written
from emobench.views.layer_curve import CONTROL, STYLES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe & Ito (2008) without the yellow, which is pale on white; shapes differ as well, and repeat at another pace.
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
GEOMETRY_COLOURS = {ALIGNED: "#0072b2", RAW: "#d55e00"}
GEOMETRY_MARKERS = {ALIGNED: "o", RAW: "s"}
SPREAD = 0.6  # of the room between two layers, over which the points of the emotions lie beside each other
HALF = 0.4  # of the room between two layers, that one geometry has
LETTERS = 8  # of a layer below the axis


def bias_curve(record: Record, controls: Sequence[Record]) -> bytes:
    """Draw distances and bias over layers, beside the bias of controls; the same record gives the same bytes."""
    with drawing(record):
        return written(bias_figure(record, controls))


def bias_figure(record: Record, controls: Sequence[Record]) -> "Figure":
    """The picture itself. `bias_curve` gives its bytes."""
    from matplotlib.figure import Figure

    room = 0.22 + 0.04 * len(emotions(record))
    width = max(7.6, 4.4 + room * len(places(record)))
    figure = Figure(figsize=(width, 6.4), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(1.25, 1))
    _draw_emotions(above, record)
    _draw_bias(below, record, controls)
    _mark_layers(above, record)
    _mark_layers(below, record)
    names = told_apart(["mean" if layer is None else layer for layer in places(record)], LETTERS)
    below.set_xticks(range(len(names)), names, rotation=90 if max(map(len, names)) > 4 else 0)
    below.set_xlabel("layer")
    figure.suptitle(picture_title(record, width), fontsize=10)
    return figure


def places(record: Record) -> list[str | None]:
    """What stands along the axis: every layer, then None, their mean, where there are several."""
    measured = layers(record)
    return [*measured, *([None] if len(measured) > 1 else [])]


def _mark_layers(axes: "Axes", record: Record) -> None:
    """A line before the mean, and the legend at the right: first the points, then the lines."""
    from matplotlib.container import ErrorbarContainer

    last = len(places(record))
    if last > 1:
        axes.axvline(last - 1.5, color="#bbbbbb", linewidth=0.8)
    axes.set_xlim(-0.5, last - 0.5)
    handles, labels = axes.get_legend_handles_labels()
    shown = sorted(zip(handles, labels, strict=True), key=lambda entry: not isinstance(entry[0], ErrorbarContainer))
    if shown:
        axes.legend(*zip(*shown, strict=True), loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False, fontsize=8)
    bare(axes)


def _draw_emotions(axes: "Axes", record: Record) -> None:
    names = emotions(record)
    for place, (emotion, label) in enumerate(zip(names, told_apart(names, LONGEST), strict=True)):
        rows = [find(record, "relative_mmd", layer=layer, class_=emotion) for layer in places(record)]
        step = SPREAD * ((place + 0.5) / len(names) - 0.5)
        _points(axes, rows, step, COLOURS[place % len(COLOURS)], MARKERS[place % len(MARKERS)], label)
    axes.axhline(1, color="black", linewidth=0.8, linestyle=":", label="different emotions")
    axes.axhline(0, color="black", linewidth=0.8, label="no distance")
    axes.set_ylabel("same emotion apart\n(aligned, relative MMD)")


def _draw_bias(axes: "Axes", record: Record, controls: Sequence[Record]) -> None:
    for place, (geometry, colour) in enumerate(GEOMETRY_COLOURS.items()):
        rows = [find(record, "emotion_bias", geometry=geometry, layer=layer) for layer in places(record)]
        step = HALF * (place - 0.5)
        _points(axes, rows, step, colour, GEOMETRY_MARKERS[geometry], geometry)
        null = [find(record, "emotion_bias_null", geometry=geometry, layer=layer) for layer in places(record)]
        _steps(axes, null, step, colour, f"{geometry}: spread, labels permuted")
    for style, control in zip(STYLES, controls, strict=False):
        name = shortened(str(control.asked["backbone"]))
        value = control.found.headline.value
        if value is not None:
            axes.axhline(value, color=CONTROL, linewidth=1, linestyle=style, label=f"{name}, aligned")
    axes.set_ylim(bottom=-0.04 * axes.get_ylim()[1])  # so that a bias of 0 is a whole point
    axes.set_ylabel("emotion bias")


def _points(axes: "Axes", rows: Sequence[Score | None], step: float, colour: str, marker: str, label: str) -> None:
    """Values with their intervals, each beside its layer; those of layers are joined, the mean stands alone."""
    found = list(_measured(rows))
    if not found:
        return
    joined = [(place + step, value) for place, value, _ in found if len(rows) == 1 or place < len(rows) - 1]
    axes.plot(*zip(*joined, strict=True), color=colour, linewidth=0.7)
    spans = [ends(row) for _, _, row in found]
    reach = np.array([span or (np.nan, np.nan) for span in spans]).T if any(spans) else None
    axes.errorbar(
        [place + step for place, _, _ in found], [value for _, value, _ in found], yerr=reach, color=colour,
        marker=marker, markersize=4, linewidth=0.9, linestyle="", label=label,
    )  # fmt: skip


def _steps(axes: "Axes", rows: Sequence[Score | None], step: float, colour: str, label: str) -> None:
    """A short line across half the room of every layer: what a point there is to be held against."""
    found = list(_measured(rows))
    if found:
        axes.hlines(
            [value for _, value, _ in found], [place + step - HALF / 2 for place, _, _ in found],
            [place + step + HALF / 2 for place, _, _ in found], color=colour, linewidth=1.2, linestyle=(0, (1, 1)),
            label=label,
        )  # fmt: skip


def _measured(rows: Sequence[Score | None]) -> Iterator[tuple[int, float, Score]]:
    """Place, value and row of what was measured."""
    for place, row in enumerate(rows):
        if row is not None and row.value is not None:
            yield place, row.value, row
