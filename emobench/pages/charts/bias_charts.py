"""How far is every emotion of one domain from every emotion of the other? Two matrices on one scale, and distances."""

from collections.abc import Mapping, Sequence

import numpy as np

from emobench.domain.record import Record
from emobench.pages.chart import Chart
from emobench.pages.charts.cell_chart import Cell, Shades, cells_spec
from emobench.pages.charts.inks import hexadecimal, mixed
from emobench.pages.charts.interval_chart import Axis, described, dot_of, intervals_spec
from emobench.pages.charts.series import Level, series_of, short, short_names
from emobench.tasks.emotion_distances import ALIGNED, GEOMETRIES, RAW
from emobench.views.bias_rows import cells, emotions, find, layers, mean_over, sides, verdict
from emobench.views.heat_map import FAR, NEAR, SAME, nearest
from emobench.views.pair_cells import two_digits
from emobench.views.pair_rows import shown_name
from emobench.views.tables import number

LETTERS = 18
GEOMETRY: Mapping[str, str] = {
    ALIGNED: "each domain standardised by its own mean and scale, so that an offset that all emotions share is gone",
    RAW: "the features as they are, ruled by what all clips of a domain share",
}


def heat_maps(record: Record, id_: str) -> list[Chart]:
    """The relative kernel distances in both geometries, coloured by one scale."""
    matrices = {geometry: cells(record, "relative_mmd", geometry) for geometry in GEOMETRIES}
    known = np.concatenate([matrix[np.isfinite(matrix)] for matrix in matrices.values()])
    shades = _shades([float(value) for value in known])
    names, (down, across) = emotions(record), sides(record)
    mean = f", {mean_over(record)}" if len(layers(record)) > 1 else ""
    return [
        Chart(
            id=f"{id_}-{geometry}",
            title=f"{short(shown_name(record))}: distances between emotions, {geometry}{mean}",
            description=f"In units of the mean distance of different emotions: 0 the same, 1 as far as they are. "
            f"{geometry.capitalize()}: {GEOMETRY[geometry]}. Both geometries share one colour scale. The nearest of "
            f"each row is marked with a star.{_told(matrices[geometry], names)}",
            spec=cells_spec(
                _cells(matrices[geometry]), names, (short(down), short(across)), shades, "nearest of its row"
            ),
        )
        for geometry in (ALIGNED, RAW)
    ]


def _shades(known: Sequence[float]) -> Shades:
    """White at 1, as strong below as above, and no further than the numbers go."""
    most = max((abs(value - 1) for value in known), default=0.0) or 1.0
    ends, colours = (1 - most, 1.0, 1 + most), (NEAR, SAME, FAR)
    domain = tuple(round(end, 4) for end in (min([*known, 1.0]), 1.0, max([*known, 1.0])))
    return Shades(domain, tuple(hexadecimal(mixed(end, ends, colours)) for end in domain), "relative distance")


def _cells(matrix: "np.ndarray[tuple[int, int], np.dtype[np.float64]]") -> list[Cell]:
    first = nearest(matrix)
    found = []
    for (down, across), value in np.ndenumerate(matrix):
        star = first[down] == across
        text = two_digits(float(value)) if np.isfinite(value) else "none"
        shown = float(round(value, 4)) if np.isfinite(value) else None
        found.append(Cell(down, across, shown, f"{text}*" if star else text, "yes" if star else "no"))
    return found


def _told(matrix: "np.ndarray[tuple[int, int], np.dtype[np.float64]]", names: Sequence[str]) -> str:
    own = [value for value in np.diagonal(matrix) if np.isfinite(value)]
    right = sum(place == across for place, across in enumerate(nearest(matrix)))
    span = f" The same emotion is {number(min(own))} to {number(max(own))} apart;" if own else ""
    return f"{span} for {right} of {len(names)} emotions the nearest is the same one."


def same_emotion(records: Sequence[Record], id_: str, geometry: str = ALIGNED) -> Chart:
    """How far the same emotion is apart in both domains, with intervals; records side by side."""
    names, series = emotions(records[0]), series_of(records)
    labels = dict(zip(names, short_names(names, LETTERS), strict=True))
    dots = [
        dot_of(labels[name], one.name, row, verdict(find(record, "nearer", geometry=geometry, class_=name)))
        for one, record in zip(series, records, strict=True)
        for name in emotions(record)
        if name in labels and (row := find(record, "relative_mmd", geometry=geometry, class_=name)) is not None
    ]
    levels = (Level(0.0, "same"), Level(1.0, "different"))
    return Chart(
        id=id_,
        title=f"The same emotion apart ({geometry})",
        description="The distance of an emotion in one domain from the same emotion in the other: 0 is one "
        "distribution, 1 is as far as different emotions are. Lines: 95 % over people. Words: whether the emotion is "
        "nearer to itself than to the others (shared), farther (apart), or neither is shown, after Holm."
        f"{described(dots)}",
        spec=intervals_spec(dots, list(labels.values()), series, Axis("relative distance", levels)),
    )
