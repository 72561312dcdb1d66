"""How is a matrix drawn? A coloured cell a number, with ink that can be read on its colour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emobench.pages.charts.inks import NOTHING, ink_on
from emobench.pages.charts.series import Row, short_names, spec_of

CELL = 40  # pixels
MOST_WITH_NUMBERS = 12  # emotions beside each other; numbers of more would overlap on a phone
LETTERS = 16  # of an emotion on an axis


@dataclass(frozen=True)
class Cell:
    """One cell: its places down and across, its number, what is written in it, and what is told besides."""

    down: int
    across: int
    value: float | None
    text: str
    told: str = ""


@dataclass(frozen=True)
class Shades:
    """A colour scale: rising numbers, the colour of each, and what the numbers are."""

    domain: tuple[float, ...]
    colours: tuple[str, ...]
    title: str


def cells_spec(
    cells: Sequence[Cell], names: Sequence[str], axes: tuple[str, str], shades: Shades, told: str
) -> Mapping[str, Any]:
    """A Vega-Lite spec of a square matrix; ``axes`` says what stands down and across, ``told`` what a cell tells."""
    import altair as alt

    labels = short_names(names, LETTERS)
    drawn = alt.Chart(alt.InlineData(values=[_value(cell, labels, shades) for cell in cells])).encode(
        x=alt.X(
            "across:N",
            title=axes[1],
            sort=None,
            scale=alt.Scale(domain=labels),
            axis=alt.Axis(labelAngle=-45, labelLimit=90),
        ),
        y=alt.Y("down:N", title=axes[0], sort=None, scale=alt.Scale(domain=labels), axis=alt.Axis(labelLimit=90)),
    )
    colour = alt.Color(
        "value:Q", title=shades.title,
        scale=alt.Scale(domain=list(shades.domain), range=list(shades.colours), interpolate="rgb", clamp=True),
        legend=alt.Legend(
            orient="bottom", gradientLength=180, titleLimit=280, format=".2~f", values=list(shades.domain)
        ),
    )  # fmt: skip
    tooltip = [
        alt.Tooltip("down:N", title=axes[0]), alt.Tooltip("across:N", title=axes[1]),
        alt.Tooltip("text:N", title=shades.title), alt.Tooltip("told:N", title=told),
    ]  # fmt: skip
    known = drawn.transform_filter("datum.value !== null").mark_rect(stroke=NOTHING, strokeWidth=0.5)
    empty = drawn.transform_filter("datum.value === null").mark_rect(color=NOTHING)
    layers = [known.encode(color=colour, tooltip=tooltip), empty.encode(tooltip=tooltip)]
    if len(names) <= MOST_WITH_NUMBERS:
        for ink in ("black", "white"):
            written = drawn.transform_filter(f"datum.ink === '{ink}'").mark_text(fontSize=11, color=ink)
            layers.append(written.encode(text="text:N", tooltip=tooltip))
    return spec_of(layers, CELL * max(len(names), 2))


def _value(cell: Cell, names: Sequence[str], shades: Shades) -> Row:
    return {
        "down": names[cell.down], "across": names[cell.across], "value": cell.value, "text": cell.text,
        "told": cell.told, "ink": ink_on(cell.value, shades.domain, shades.colours),
    }  # fmt: skip
