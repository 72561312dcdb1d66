"""How far is every emotion of speech from every emotion of music? An SVG: four matrices, the nearest cells framed."""

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from emobench.domain.record import Record
from emobench.tasks.emotion_distances import GEOMETRIES
from emobench.views.bias_rows import cells, emotions, layers, mean_over, picture_title, sides, told_apart
from emobench.views.drawing import drawing, written
from emobench.views.tables import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap, Normalize
    from matplotlib.figure import Figure

Matrix = NDArray[np.float64]
Colour = tuple[float, float, float, float]

KINDS = (("relative_mmd", "kernel distance"), ("relative_fad", "Frechet distance"))
NEAR, SAME, FAR = "#0072b2", "#ffffff", "#d55e00"  # Okabe & Ito (2008): told apart by colour-blind readers
NOTHING = "#e4e4e4"
CELL, LINE, LETTER = 0.46, 0.18, 0.075  # inches of a cell, of a line of the title, of a letter of an axis
BESIDE, BELOW = 1.6, 1.7  # inches of colour bars and gaps
NARROWEST = 1.9  # inches of a matrix
LETTERS, SLANTED = 16, 8  # of an emotion on an axis, and of one that need not stand upright
EXPLAINED = (
    "In units of the mean distance of different emotions: 0 the same, 1 (white) as far as they are. "
    "Framed: the nearest emotion across for every emotion down. Colours of each matrix have a scale of their own."
)


def heat_map(record: Record) -> bytes:
    """Draw a record's distances, raw and aligned, by kernel and by Frechet; the same record, the same bytes."""
    with drawing(record):
        return written(heat_figure(record))


def heat_figure(record: Record) -> "Figure":
    """The picture itself. `heat_map` gives its bytes."""
    from matplotlib.figure import Figure

    names = told_apart(emotions(record), LETTERS)
    side, written_around = max(NARROWEST, CELL * len(names)), LETTER * max(map(len, names))
    width = 2 * side + BESIDE + written_around
    title = picture_title(record, width, f", {mean_over(record)}" if len(layers(record)) > 1 else "")
    height = 2 * side + BELOW + written_around + LINE * title.count("\n")
    figure = Figure(figsize=(width, height), layout="compressed")
    grid = figure.subplots(2, 2, squeeze=False)
    for row, (metric, kind) in enumerate(KINDS):
        for column, geometry in enumerate(GEOMETRIES):
            axes = grid[row, column]
            _draw(axes, cells(record, metric, geometry))
            _name(axes, names, sides(record)[0] if column == 0 else "", sides(record)[1] if row == 1 else "")
            axes.set_title(f"{geometry}, {kind}", fontsize=9)
    figure.suptitle(title, fontsize=10)
    figure.supxlabel(textwrap.fill(EXPLAINED, int(14 * width)), fontsize=8)
    return figure


def _draw(axes: "Axes", matrix: Matrix) -> None:
    from matplotlib.colors import to_rgba

    norm, colours = _scale(matrix), _colours()
    image = axes.imshow(np.ma.masked_invalid(matrix), norm=norm, cmap=colours)
    for (down, across), value in np.ndenumerate(matrix):
        ink = readable_on(colours(float(norm(value))) if np.isfinite(value) else to_rgba(NOTHING))
        text = number(value) if np.isfinite(value) else "none"
        axes.text(across, down, text, ha="center", va="center", fontsize=7.5, color=ink)
    for down, across in enumerate(nearest(matrix)):
        if across is not None:
            _frame(axes, down, across)
    bar = axes.figure.colorbar(image, ax=axes, fraction=0.046, pad=0.03)
    known = matrix[np.isfinite(matrix)]
    low, high = (known.min(), known.max()) if known.size and known.min() < known.max() else (norm.vmin, norm.vmax)
    bar.set_ticks([tick for tick in bar.get_ticks() if low <= tick <= high])
    bar.ax.set_ylim(low, high)  # no colour for distances that nothing has, those below 0 of Frechet among them
    bar.ax.tick_params(labelsize=7)
    bar.outline.set_visible(False)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _name(axes: "Axes", names: Sequence[str], down: str, across: str) -> None:
    """Emotions of what stands down and across; where an empty name stands, they are written at another matrix."""
    places = range(len(names))
    axes.set_yticks(places, names if down else [])
    axes.set_xticks(places, names if across else [])
    slanted = max(map(len, names)) <= SLANTED
    axes.tick_params(axis="x", rotation=45 if slanted else 90)
    if slanted:
        for label in axes.get_xticklabels():
            label.set(ha="right", rotation_mode="anchor")
    axes.tick_params(length=0)
    axes.set_ylabel(down)
    axes.set_xlabel(across)


def _scale(matrix: Matrix) -> "Normalize":
    """Colours that are white at 1 and reach as far below as above."""
    from matplotlib.colors import Normalize

    reach = float(np.max(np.abs(matrix[np.isfinite(matrix)] - 1), initial=0.0)) or 1.0
    return Normalize(1 - reach, 1 + reach)


def _colours() -> "Colormap":
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("distance", [NEAR, SAME, FAR]).with_extremes(bad=NOTHING)


def nearest(matrix: Matrix) -> list[int | None]:
    """The place of the smallest number of every row, the first of equals; None where a row has no numbers."""
    return [int(np.nanargmin(row)) if np.isfinite(row).any() else None for row in matrix]


def readable_on(colour: Colour) -> str:
    """Black or white, whichever stands out more from a colour (WCAG 2.1): at least 4.5 to 1."""
    light = luminance(colour)
    return "black" if (light + 0.05) / 0.05 >= 1.05 / (light + 0.05) else "white"


def luminance(colour: Colour) -> float:
    """The relative luminance of a colour, 0 to 1 (WCAG 2.1, https://www.w3.org/TR/WCAG21/#dfn-relative-luminance)."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour[:3]]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


def _frame(axes: "Axes", down: int, across: int) -> None:
    from matplotlib.patches import Rectangle

    axes.add_patch(Rectangle((across - 0.46, down - 0.46), 0.92, 0.92, fill=False, edgecolor="black", linewidth=1.8))
