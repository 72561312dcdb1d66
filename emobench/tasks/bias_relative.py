"""How far is an emotion of one dataset from the same one of the other, in units of how far emotions are apart?

Distances of different layers, geometries and models have units of their own; these have one. Leading axes are kept: a
matrix for everybody and one without each block of people go through together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from emobench.metrics.jackknife import jackknife_bias, t_interval
from emobench.tasks.bias_intervals import Jackknife, covariance
from emobench.tasks.emotion_distances import RAW, Array, Counts


@dataclass(frozen=True, eq=False)
class Compared:
    """What is said of one layer, or of the mean over layers.

    Attributes:
        layer: None for the mean over layers.
        mmd: (1+B, E, E) squared MMD without the bias of alignment, index 0 with everybody.
        found: (E,) that of equal emotions as it was measured, to be held against ``null``.
        null: (R, E) the same under permuted labels.
        relative: (1+B, E, E) ``mmd`` over its mean between different emotions; nan where these are not surely apart.
        retrieved: (layers, 2, P, E).
        fad: (E, E) from ``fad``, relative.
        fad_equal: (E, E) from ``fad_equal``, relative.
    """

    layer: str | None
    mmd: Array
    found: Array
    null: Array
    relative: Array
    retrieved: Array
    fad: Array
    fad_equal: Array


def between_emotions(distances: Array) -> Array:
    """Mean distance between different emotions: (..., E, E) to (...), nan where it is not above 0.

    Example:
        >>> between_emotions(np.array([[1.0, 4.0], [2.0, 1.0]])).item()
        3.0
    """
    emotions = distances.shape[-1]
    mean = distances[..., ~np.eye(emotions, dtype=bool)].mean(axis=-1)
    unit: Array = np.where(mean > 0, mean, np.nan)
    return unit


def relative(distances: Array) -> Array:
    """r[e, f] = D[e, f] / mean over different emotions of D, of the same shape (..., E, E).

    0 is one distribution in both datasets, 1 as far apart as different emotions are; unbiased D may make it negative.

    Example:
        >>> relative(np.array([[1.5, 4.0], [2.0, 0.0]])).round(3).tolist()
        [[0.5, 1.333], [0.667, 0.0]]
    """
    return distances / between_emotions(distances)[..., None, None]


def own(matrix: Array) -> Array:
    """The distance of every emotion from itself in the other dataset: (..., E, E) to (..., E)."""
    return np.diagonal(matrix, axis1=-2, axis2=-1)


def nearer(matrix: Array) -> Array:
    """How much nearer is an emotion to itself in the other dataset than to other emotions? (..., E, E) to (..., E).

    (mean over f != e of r[e, f] + mean over f != e of r[f, e]) / 2 - r[e, e]: above 0 where it is shared.

    Example:
        >>> nearer(np.array([[0.5, 1.4], [0.6, 0.0]])).tolist()
        [0.5, 1.0]
    """
    others = matrix.shape[-1] - 1
    both = matrix.sum(axis=-1) + matrix.sum(axis=-2) - 2 * own(matrix)
    ahead: Array = both / (2 * others) - own(matrix)
    return ahead


def deviation(matrix: Array) -> Array:
    """How much farther is an emotion from itself than emotions are in the mean? (..., E, E) to (..., E).

    r[e, e] - mean over e of r[e, e]: below 0 near, above 0 far.

    Example:
        >>> deviation(np.array([[0.5, 1.4], [0.6, 0.0]])).tolist()
        [0.25, -0.25]
    """
    beyond: Array = own(matrix) - own(matrix).mean(axis=-1, keepdims=True)
    return beyond


def without_bias(values: Array, geometry: str, stratum: Counts) -> Array:
    """Estimates (1+B, ...) less the bias of alignment, as the jackknife tells it; all of them shifted alike.

    Aligned distances are too small by something like 1 / people: people stand in the mean that is taken away from them.
    Raw ones have no such bias and stay. Where a left-out value is undefined nothing is known, and nothing taken away.

    Example:
        >>> values = np.array([[2.0], [1.5], [1.7]])
        >>> without_bias(values, "aligned", np.array([0, 0])).round(6).tolist()
        [[2.4], [1.9], [2.1]]
        >>> without_bias(values, "raw", np.array([0, 0])).tolist()
        [[2.0], [1.5], [1.7]]
    """
    if geometry == RAW:
        return values
    bias = jackknife_bias(values[0], values[1:], stratum)
    return values - np.where(np.isfinite(bias), bias, 0.0)


def surely_relative(distances: Array, jackknife: Jackknife) -> Array:
    """`relative` of (1+B, E, E); nan where different emotions are not surely apart: anything may come of dividing then.

    Surely: the 95 % interval of their mean distance lies above 0, or there is none.
    """
    apart = distances[:, ~np.eye(distances.shape[-1], dtype=bool)].mean(axis=-1)
    known = covariance(jackknife, apart[:, None])
    sure = known is None or t_interval(float(apart[0]), float(known[0, 0]), jackknife.freedom).low > 0
    return relative(distances) if sure else np.full(distances.shape, np.nan)


def compared(layer: str, geometry: str, arrays: Mapping[str, Array], jackknife: Jackknife) -> Compared:
    """One layer in one geometry."""
    found = arrays[f"{geometry}.mmd"]
    true = without_bias(found, geometry, jackknife.stratum)
    return Compared(
        layer=layer,
        mmd=true,
        found=own(found[0]),
        null=arrays[f"{geometry}.null"],
        relative=surely_relative(true, jackknife),
        retrieved=arrays[f"{geometry}.retrieved"][None],
        fad=relative(arrays[f"{geometry}.fad"]),
        fad_equal=relative(arrays[f"{geometry}.fad_equal"]),
    )


def in_the_mean(layers: Sequence[Compared]) -> list[Compared]:
    """The layers that the mean is over: those whose kernel distances are defined, whoever is left out."""
    return [one for one in layers if np.isfinite(one.mmd).all()]


def mean_over_layers(layers: Sequence[Compared], jackknife: Jackknife) -> Compared:
    """The mean of the distances of all layers, relative to that between emotions: no layer rules by a quotient.

    Frechet distances have units of their own in every layer, and are relative first.
    """
    used = in_the_mean(layers) or list(layers)
    true = np.mean([one.mmd for one in used], axis=0)
    return Compared(
        layer=None,
        mmd=true,
        found=np.mean([one.found for one in used], axis=0),
        null=np.mean([one.null for one in used], axis=0),
        relative=surely_relative(true, jackknife),
        retrieved=np.concatenate([one.retrieved for one in used]),
        fad=mean_of_finite([one.fad for one in layers]),
        fad_equal=mean_of_finite([one.fad_equal for one in layers]),
    )


def mean_of_finite(matrices: Sequence[Array]) -> Array:
    """The mean of the matrices without nan; nan if there are none."""
    used = [one for one in matrices if np.isfinite(one).all()] or list(matrices)
    mean: Array = np.mean(used, axis=0)
    return mean
