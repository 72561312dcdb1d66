"""How far apart are two datasets in one layer, emotion by emotion? All that is measured of the features of clips."""

from dataclasses import dataclass

import numpy as np

from emobench.metrics.feature_sets import Array, Floats
from emobench.metrics.kernel_distance import median_distance
from emobench.tasks import bias_frechet, bias_kernel
from emobench.tasks.bias_scene import Numbers, Scene, permuted_emotions
from emobench.tasks.emotion_distances import GEOMETRIES
from emobench.tasks.geometries import placements
from emobench.tasks.half_splits import Mask, equal_draws, half_splits

PERMUTATIONS = 200  # of labels, to see what is found where emotions do not matter


@dataclass(frozen=True, eq=False)
class _Drawn:
    """What is drawn at random, the same for every layer.

    Attributes:
        halves: (K, 2, n) clips of both halves of the people.
        equal: (draws, n) equally many clips of every cell.
        permuted: (R, n) emotions.
    """

    halves: Mask
    equal: Mask
    permuted: Numbers


def measure(scene: Scene, features: Floats) -> dict[str, Array]:
    """The arrays of one layer, as ``emobench.tasks.emotion_distances`` lists them.

    Both geometries; the bandwidth of a geometry is the median distance of all clips, also where people are left out.
    Draws depend on the scene alone. Null distances keep the placement of the true labels.

    Args:
        scene: whose clips.
        features: (n, d) finite numbers, a row a clip; need not vary.

    Returns:
        ``<geometry>.<quantity>`` -> float64, nan where something is not defined: kernel distances of features that do
        not vary, and distances of a set that is too small, by itself or without a block.

    Raises:
        ValueError: features that are not finite, or not as many as clips.
    """
    if len(features) != len(scene.person):
        raise ValueError(f"{len(scene.person)} clips, but features of {len(features)}")
    drawn = _Drawn(half_splits(scene).sets(scene), equal_draws(scene), permuted_emotions(scene, PERMUTATIONS))
    return {
        f"{geometry}.{name}": array
        for geometry in GEOMETRIES
        for name, array in _measured(scene, features, geometry, drawn).items()
    }


def _measured(scene: Scene, features: Floats, geometry: str, drawn: _Drawn) -> dict[str, Array]:
    """The arrays of one geometry; of the features without each block one placement is in memory at a time."""
    arrays: dict[str, Array] = {}
    kernel, frechet = [], []
    bandwidth = 0.0
    for place, placed in enumerate(placements(scene, features, geometry)):
        if not place:
            bandwidth = median_distance(placed.features)
            arrays["bandwidth"] = np.array(bandwidth)
            arrays["null"] = bias_kernel.null_distances(scene, placed.features, bandwidth, drawn.permuted)
            for name, rows in (("fad", None), ("fad_equal", drawn.equal)):
                arrays[name] = bias_frechet.frechet_cells(placed.features, scene.cell, scene.emotions, rows)
        kernel.append(bias_kernel.kernel_part(scene, placed, bandwidth))
        frechet.append(bias_frechet.frechet_part(scene, placed, drawn.halves))
    return arrays | bias_kernel.joined(kernel) | bias_frechet.joined(frechet)
