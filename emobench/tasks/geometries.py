"""From where are the features of two datasets looked at? As they are, or each dataset from its own middle and scale."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emobench.metrics.feature_sets import Array, Floats
from emobench.tasks.bias_scene import Scene
from emobench.tasks.emotion_distances import RAW

Integers = NDArray[np.integer[Any]]
Mask = NDArray[np.bool_]

CONSTANT = 1e-6  # a standard deviation this small beside the mean is that of rounding; float32 keeps 6e-8


@dataclass(frozen=True, eq=False)
class Placed:
    """Features in a geometry, and whom they can be looked at without.

    Attributes:
        features: (n, d) of all clips, also of those who are left out; raw ones may be the array that was given.
        without: the blocks of people that are left out in turn, None being nobody.
    """

    features: Array
    without: tuple[int | None, ...]


def placements(scene: Scene, features: Floats, geometry: str) -> Iterator[Placed]:
    """The features as they are without anybody, and then without each block of people in turn.

    Raw features do not depend on who is left out, and come once for all. Aligned ones are standardised again by those
    who are left, so that what is known of the middle and scale of a dataset is not taken for certain.

    Args:
        scene: whose clips.
        features: (n, d).
        geometry: "raw" or "aligned".
    """
    nobody_and_each: tuple[int | None, ...] = (None, *range(len(scene.stratum)))
    if geometry == RAW:
        yield Placed(features.astype(np.float64, copy=False), nobody_and_each)
        return
    for block in nobody_and_each:
        rest = None if block is None else scene.block_of[scene.person] != block
        yield Placed(aligned(features, scene.domain, scene.emotion, rest), (block,))


def aligned(features: Floats, domain: Integers, emotion: Integers, known: Mask | None = None) -> Array:
    """Standardise each dataset by its own balanced mean and scale: every emotion has the same weight.

    The mean of a feature is the mean of its means in the emotions; its variance is the mean over the emotions of the
    mean squared deviation from that. A feature is constant in a dataset if its standard deviation is at most 1e-6 times
    the size of its mean, as that of float32 rounding is; there it is 0. One that varies in the other dataset only is
    standardised in that one, so that it still holds the datasets apart.

    Args:
        features: (n, d) finite numbers.
        domain: (n,) 0 or 1, the dataset of each row.
        emotion: (n,) index of the emotion.
        known: (n,) bool, the rows that statistics are taken of; all without it. Emotions without one have no weight,
            and a dataset without one is 0.

    Returns:
        (n, d) float64, the same after a shift and a change of scale of any feature in one dataset, up to rounding, and
        as long as the shift does not make a feature constant beside its mean.

    Example:
        >>> features = np.array([[1.0], [3.0], [10.0], [30.0]])
        >>> aligned(features, np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])).tolist()
        [[-1.0], [1.0], [-1.0], [1.0]]
    """
    placed = np.zeros(features.shape)
    for side in (0, 1):
        inside = domain == side
        used = None if known is None else known[inside]
        if (inside if used is None else used).any():
            placed[inside] = _standardised(features[inside].astype(np.float64, copy=False), emotion[inside], used)
    return placed


def _standardised(rows: Array, emotion: Integers, known: Mask | None) -> Array:
    """Write one dataset's rows (n, d) over with their standardised ones."""
    mean, scale = _balanced(rows, emotion) if known is None else _balanced(rows[known], emotion[known])
    constant = scale <= CONSTANT * np.abs(mean)
    rows -= mean
    rows /= np.where(constant, 1.0, scale)
    rows[:, constant] = 0.0
    return rows


def _balanced(rows: Array, emotion: Integers) -> tuple[Array, Array]:
    """Mean and standard deviation (d,) in which every emotion has the same weight."""
    weight = 1.0 / np.bincount(emotion)[emotion]
    weight /= weight.sum()
    mean: Array = weight @ rows
    squares = rows - mean
    np.square(squares, out=squares)
    scale: Array = np.sqrt(weight @ squares)
    return mean, scale
