"""How far apart are the frames of two datasets in one layer? Frechet distances as they are usual, and FAD-inf.

Frames of a clip are not independent rows, so nothing here has an interval; but there are enough of them for FAD-inf.
"""

import numpy as np

from emobench.metrics.fad_infinity import fad_infinity
from emobench.metrics.feature_sets import Array, Floats
from emobench.tasks.bias_frechet import fitted_or_none, frechet_cells
from emobench.tasks.bias_scene import Numbers, Scene
from emobench.tasks.emotion_distances import ALIGNED, RAW
from emobench.tasks.geometries import aligned

SMALLEST = 500  # rows of the smallest draw for FAD-inf


def measure_frames(scene: Scene, frames: Floats) -> dict[str, Array]:
    """The arrays of one layer, as ``emobench.tasks.emotion_distances`` lists them for frames.

    The frames of all clips of an emotion in a dataset are pooled. In the aligned geometry frames are the rows that mean
    and scale are taken of, every emotion with the same weight.

    Args:
        scene: whose clips.
        frames: (n, F, d); a frame that a clip does not have is nan throughout.

    Returns:
        ``<geometry>.<quantity>`` -> float64. FAD-inf draws from the second dataset, against the Gaussian of the first;
        it is nan where it has no sense, see ``fad_infinity``, and distances are where a cell has fewer than two frames.

    Raises:
        ValueError: frames that are nan in part or infinite, or not as many clips as the scene has.
    """
    if len(frames) != len(scene.person):
        raise ValueError(f"{len(scene.person)} clips, but frames of {len(frames)}")
    there = ~np.isnan(frames).all(axis=2)
    rows, clip = frames[there], np.nonzero(there)[0]
    if not np.isfinite(rows).all():
        raise ValueError("a frame is finite, or nan throughout")
    cell = scene.cell[clip]
    found = {RAW: _of_rows(rows.astype(np.float64, copy=False), cell, scene.emotions)}
    placed = aligned(rows, scene.domain[clip], scene.emotion[clip])
    del rows  # there are many frames: one copy of them at a time is enough
    found[ALIGNED] = _of_rows(placed, cell, scene.emotions)
    return {f"{geometry}.{name}": array for geometry, arrays in found.items() for name, array in arrays.items()}


def _of_rows(rows: Array, cell: Numbers, emotions: int) -> dict[str, Array]:
    """The arrays of one geometry."""
    found = {"fad": frechet_cells(rows, cell, emotions)}
    for name, replace in (("fad_inf", True), ("fad_inf_unreplaced", False)):
        each = [_infinity(rows[cell == e], rows[cell == emotions + e], replace) for e in range(emotions)]
        found[name], found[f"{name}_r2"] = np.array(each).T.copy()
    return found


def _infinity(reference: Array, sample: Array, replace: bool) -> tuple[float, float]:
    """FAD-inf and its R2."""
    fitted = fitted_or_none(reference)
    if fitted is None or len(sample) < 2:
        return np.nan, np.nan
    found = fad_infinity(fitted, sample, smallest=SMALLEST, replace=replace)
    return (np.nan, np.nan) if found is None else (found.value, found.r2)
