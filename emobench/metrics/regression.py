"""How good are predicted dimensions (arousal, valence, dominance)?

Everything is computed from six sums over clips. These add up: the sums of all clips are the sum of the sums of all
people, and a bootstrap over people only weighs them. Leading axes (resamples, layers, seeds) stay as they are.

Decided for all scores here: no clips give nan, and a standard deviation below a millionth of the root mean square
counts as none, because sums of squares cannot tell it from rounding.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Floats = NDArray[np.floating[Any]]
Integers = NDArray[np.integer[Any]]

NO_SPREAD = 1e-12  # of the mean square


class _Population(NamedTuple):
    """Population variances and covariance, squared gap of the means, and mean square of truth and prediction."""

    variance_truth: Array
    variance_prediction: Array
    covariance: Array
    gap_squared: Array
    mean_square: Array


def moments(truth: Floats, prediction: Floats, centre: float = 0.0) -> Array:
    """Sum up truth t and prediction p: [n, sum t, sum p, sum tt, sum pp, sum tp].

    ``centre`` is subtracted from both first. No score here changes with it; choose it near the mean when the mean is
    many times the standard deviation. Moments may only be added when they share their centre.

    Args:
        truth: (n,) finite numbers.
        prediction: (n,) finite numbers.
        centre: a constant near the mean of truth.

    Returns:
        (6,) float64.

    Raises:
        ValueError: arrays of different lengths, or a number that is not finite.

    Example:
        >>> moments(np.array([1.0, 2.0]), np.array([2.0, 4.0])).tolist()
        [2.0, 3.0, 6.0, 5.0, 20.0, 10.0]
    """
    sums: Array = moments_by_group(truth, prediction, np.zeros(len(truth), np.int64), groups=1, centre=centre)[0]
    return sums


def moments_by_group(truth: Floats, prediction: Floats, group: Integers, groups: int, centre: float = 0.0) -> Array:
    """Sum up as ``moments`` does, for every group (person) on its own.

    Args:
        truth: (n,) finite numbers.
        prediction: (n,) finite numbers.
        group: (n,) group indices, 0 to ``groups`` - 1.
        groups: G, the number of groups.
        centre: a constant near the mean of truth, the same for all groups.

    Returns:
        (G, 6) float64; their sum over groups is ``moments(truth, prediction, centre)``.

    Raises:
        ValueError: arrays of different lengths, a number that is not finite, or a group out of range.

    Example:
        >>> moments_by_group(np.array([1.0, 2.0]), np.array([2.0, 4.0]), np.array([1, 1]), groups=2)[:, 0].tolist()
        [0.0, 2.0]
    """
    if not len(truth) == len(prediction) == len(group):
        raise ValueError(f"{len(truth)} true values, {len(prediction)} predictions and {len(group)} groups")
    if len(group) and not (group.min() >= 0 and group.max() < groups):
        raise ValueError(f"group goes from {group.min()} to {group.max()}, outside 0 to {groups - 1}")
    t, p = truth.astype(np.float64) - centre, prediction.astype(np.float64) - centre
    if not (np.isfinite(t).all() and np.isfinite(p).all()):
        raise ValueError("truth and prediction must be finite")
    terms = (np.ones_like(t), t, p, t * t, p * p, t * p)
    return np.stack([np.bincount(group, weights=term, minlength=groups) for term in terms], axis=-1)


def ccc(moments: Array) -> Array:
    """Concordance correlation coefficient: correlation that is lost by a wrong mean or a wrong spread.

    CCC = 2 s_tp / (s_tt + s_pp + (m_t - m_p)^2), with means m and *population* variances s (divided by n, not n - 1).

    Args:
        moments: (..., 6) from ``moments`` or ``moments_by_group``.

    Returns:
        (...,) float64 in [-1, 1]. Constant truth or constant prediction: 0; both constant and equal: 1. No clips: nan.

    Source:
        Lin 1989, A concordance correlation coefficient to evaluate reproducibility, https://doi.org/10.2307/2532051

    Example:
        >>> truth = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
        >>> round(float(ccc(moments(truth, truth + 1))), 12)
        0.8
    """
    data = _population(moments)
    whole = data.variance_truth + data.variance_prediction + data.gap_squared
    constant = (data.variance_truth == 0) & (data.variance_prediction == 0)
    identical = constant & (data.gap_squared <= NO_SPREAD * data.mean_square)
    return np.where(identical, 1.0, np.clip(_ratio(2 * data.covariance, whole), -1.0, 1.0))


def pearson(moments: Array) -> Array:
    """Pearson's correlation: how well a straight line through the predictions gives the truth.

    r = s_tp / sqrt(s_tt s_pp).

    Args:
        moments: (..., 6) from ``moments`` or ``moments_by_group``.

    Returns:
        (...,) float64 in [-1, 1]. Constant truth or constant prediction: 0. No clips: nan.

    Source:
        Pearson 1896, Regression, heredity, and panmixia, https://doi.org/10.1098/rsta.1896.0007

    Example:
        >>> truth = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
        >>> round(float(pearson(moments(truth, truth + 1))), 12)
        1.0
    """
    data = _population(moments)
    scale = np.sqrt(data.variance_truth) * np.sqrt(data.variance_prediction)
    return np.where(scale == 0, 0.0, np.clip(_ratio(data.covariance, scale), -1.0, 1.0))


def rmse(moments: Array) -> Array:
    """Root mean squared error, in the unit of the labels.

    RMSE = sqrt(mean of (t - p)^2). From sums it is exact to about 1e-7 of the root mean square of the labels.

    Args:
        moments: (..., 6) from ``moments`` or ``moments_by_group``.

    Returns:
        (...,) float64, at least 0; lower is better. No clips: nan.

    Example:
        >>> truth = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
        >>> float(rmse(moments(truth, truth + 1)))
        1.0
    """
    return np.sqrt(_squared_error(_population(moments)))


def r2(moments: Array) -> Array:
    """Explained variance: what is gained over predicting the mean of the truth for every clip.

    R2 = 1 - sum (t - p)^2 / sum (t - m_t)^2, as scikit-learn's ``r2_score``; not the square of Pearson's r.

    Args:
        moments: (..., 6) from ``moments`` or ``moments_by_group``.

    Returns:
        (...,) float64, at most 1 and without a lower bound. Constant truth: 1 when predicted exactly, else 0. No
        clips: nan.

    Source:
        Wright 1921, Correlation and causation, Journal of Agricultural Research 20, 557-585

    Example:
        >>> truth = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
        >>> float(r2(moments(truth, truth + 1)))
        0.5
    """
    data = _population(moments)
    error = _squared_error(data)
    exact = np.where(error <= NO_SPREAD * data.mean_square, 1.0, 0.0)
    return np.where(data.variance_truth == 0, exact, 1 - _ratio(error, data.variance_truth))


def _population(moments: Array) -> _Population:
    """What all scores are made of, each (...,); nan without clips."""
    clips = np.where(moments[..., 0] > 0, moments[..., 0], np.nan)
    mean_t, mean_p, tt, pp, tp = np.moveaxis(moments[..., 1:] / clips[..., None], -1, 0)
    variance_truth, variance_prediction = _spread(tt, mean_t), _spread(pp, mean_p)
    constant = (variance_truth == 0) | (variance_prediction == 0)
    covariance = np.where(constant, 0.0, tp - mean_t * mean_p)
    return _Population(variance_truth, variance_prediction, covariance, (mean_t - mean_p) ** 2, tt + pp)


def _spread(mean_square: Array, mean: Array) -> Array:
    """Population variance; 0 where it is nothing but rounding."""
    variance = mean_square - mean**2
    return np.where(variance <= NO_SPREAD * mean_square, 0.0, variance)


def _squared_error(data: _Population) -> Array:
    """Mean of (t - p)^2."""
    spread = data.variance_truth + data.variance_prediction - 2 * data.covariance
    return np.maximum(spread, 0.0) + data.gap_squared


def _ratio(part: Array, whole: Array) -> Array:
    """``part / whole``, nan where the whole is 0 or nan."""
    quotient: Array = np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=whole > 0)
    return quotient
