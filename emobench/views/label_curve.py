"""How many labels does the other domain replace? An SVG: the score over the target's training clips."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from emobench.domain.record import Record
from emobench.tasks.pair_predictions import TARGET_ONLY, TWO_STAGE
from emobench.views.drawing import bare, drawing, written
from emobench.views.pair_rows import CHOSEN, directions, find, first_look, fractions, methods, score_of, shown_name
from emobench.views.pair_style import COLOURS, METHOD_COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Point = tuple[float, float, float | None, float | None]  # clips, value, low, high
FEW = 2  # methods that can share a panel: two curves with their intervals each


def label_curve(record: Record) -> bytes | None:
    """Draw the scores over the number of training clips; None for a record that learned from all of them only."""
    if not fractions(record):
        return None
    with drawing(record):
        return written(label_figure(record))


def label_figure(record: Record) -> "Figure":
    """The picture itself: few methods share a panel a direction, of many each has panels of its own."""
    from matplotlib.figure import Figure

    asked = [name for name in methods(record) if name != CHOSEN]
    together = len(asked) <= FEW
    rows = [asked] if together else [[name] for name in (*asked, CHOSEN)]
    figure = Figure(figsize=(7.6, 3.4 if together else 1.1 + 1.3 * len(rows)), layout="constrained")
    grid = figure.subplots(len(rows), 2, sharex="col", sharey=True, squeeze=False)
    for column, (source, target) in enumerate(directions(record)):
        for axes, names in zip(grid[:, column], rows, strict=True):
            _panel(axes, record, target, names, together=together)
        grid[0, column].set_title(f"{source} to {target}", fontsize=9)
        grid[-1, column].set_xlabel(f"training clips of {target}")
    for axes, names in zip(grid[:, 0], rows, strict=True):
        metric = record.found.headline.metric.upper()
        axes.set_ylabel(metric if together else "\n".join([names[0].replace("+", "\n+"), metric]))
    look = first_look(record)
    title = f"{shown_name(record)}: {record.asked['attribute']}, fewer labels" + (
        f", a first look ({look})" if look else ""
    )
    figure.suptitle(title, fontsize=10)
    handles, labels = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False, fontsize=8)
    return figure


def _panel(axes: "Axes", record: Record, target: str, names: Sequence[str], *, together: bool) -> None:
    for place, name in enumerate(names):
        for condition in (TARGET_ONLY, TWO_STAGE):
            colour = METHOD_COLOURS[place] if len(names) > 1 else COLOURS[condition]
            label = condition.replace("_", " ")
            _curve(axes, points(record, condition, name, target), colour, f"{name}, {label}" if together else label,
                   solid=condition == TWO_STAGE)  # fmt: skip
    axes.axhline(record.found.headline.chance, color="black", linewidth=0.8, linestyle=":", label="chance")
    ticks = sorted({round(point[0]) for name in names for point in points(record, TARGET_ONLY, name, target)})
    axes.set_xscale("log")
    axes.set_xticks(ticks, [str(clips) for clips in ticks])
    axes.minorticks_off()
    bare(axes)


def points(record: Record, condition: str, method: str, target: str) -> list[Point]:
    """The points of a curve, by rising number of clips: (clips, value, low, high)."""
    found: list[Point] = []
    for part in fractions(record):
        row = score_of(record, condition, method, target, part)
        clips = find(
            record, "training_clips", condition=TWO_STAGE, method=method, target=target, fraction=part
        )  # of both conditions: they learn from the same clips
        if row is not None and row.value is not None and clips is not None and clips.value is not None:
            found.append((clips.value, row.value, row.low, row.high))
    return found


def _curve(axes: "Axes", found: Sequence[Point], colour: str, label: str, *, solid: bool) -> None:
    clips, values = [point[0] for point in found], [point[1] for point in found]
    axes.plot(
        clips, values, color=colour, linewidth=1.3, linestyle="-" if solid else "--", marker="o" if solid else "s",
        markersize=4, markerfacecolor=colour if solid else "white", label=label,
    )  # fmt: skip
    ends = [(low, high) for _, _, low, high in found if low is not None and high is not None]
    if found and len(ends) == len(found):
        axes.fill_between(
            clips, [low for low, _ in ends], [high for _, high in ends], color=colour, alpha=0.15, linewidth=0
        )
