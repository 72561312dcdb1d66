"""How far apart are many pairs of subsets of the same two sets of feature vectors, as a jackknife over people asks?"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emobench.metrics.feature_sets import Array, Floats, feature_pair
from emobench.metrics.frechet import frechet_distance

Rows = NDArray[np.bool_] | NDArray[np.integer[Any]]
Numbers = NDArray[np.intp]

PRODUCTS = 2**22  # inner products in memory at once, 32 MiB


def frechet_of_subsets(first: Floats, second: Floats, first_rows: Rows, second_rows: Rows) -> Array:
    """Squared Frechet distance of each of k pairs of subsets, from inner products that are taken once.

    Distance i is ``frechet_distance(first[first_rows[i]], second[second_rows[i]]).value`` up to rounding. The root of a
    subset's covariance is the rows less their mean, so the matrix whose singular values are summed is a part of all
    inner products with its row and column means taken away. Pairs in which both subsets have more rows than the vectors
    have numbers, or sets whose inner products would take more than 32 MiB, are computed one by one instead.

    Args:
        first: (n1, d) finite numbers.
        second: (n2, d).
        first_rows: (k, n1) bool, or (k, m) row numbers, which may repeat; every subset has at least two rows.
        second_rows: (k, n2) bool, or (k, m) row numbers.

    Returns:
        (k,) float64, at least 0, and exactly 0 for equal subsets. Subsets of at most d rows are singular, as in
        ``frechet_distance``.

    Raises:
        ValueError: what ``frechet_distance`` raises, a row number out of range, or different numbers of subsets.

    Source:
        Dowson and Landau 1982, https://doi.org/10.1016/0047-259X(82)90077-X

    Example:
        >>> clips = np.array([[0.0], [2.0], [8.0]])
        >>> without_each = ~np.eye(3, dtype=bool)
        >>> frechet_of_subsets(clips, np.array([[3.0], [3.0], [3.0]]), without_each, without_each).round(6).tolist()
        [22.0, 33.0, 6.0]
    """
    one, other = feature_pair(first, second)
    firsts, seconds = _indices(first_rows, len(one)), _indices(second_rows, len(other))
    if len(firsts) != len(seconds):
        raise ValueError(f"{len(firsts)} subsets of one set and {len(seconds)} of the other make no pairs")
    distances = np.empty(len(firsts))
    small = [min(len(i), len(j)) <= one.shape[1] for i, j in zip(firsts, seconds, strict=True)]
    shared = any(small) and len(one) * len(other) <= PRODUCTS
    left, right = _centred(one), _centred(other)
    products = left.rows @ right.rows.T if shared else None
    for place, (i, j) in enumerate(zip(firsts, seconds, strict=True)):
        if len(i) == len(j) and np.array_equal(one[i], other[j]):
            distances[place] = 0.0
        elif products is None or not small[place]:
            distances[place] = frechet_distance(one[i], other[j]).value
        else:
            distances[place] = _distance(left, right, products, i, j)
    return distances


@dataclass(frozen=True, eq=False)
class _Centred:
    """Rows (n, d) less the mean (d,) of all, and their squared lengths (n,)."""

    rows: Array
    mean: Array
    squares: Array


def _centred(rows: Array) -> _Centred:
    """Take the mean away, so that sums of squares keep their digits."""
    mean = rows.mean(0)
    centred = rows - mean
    return _Centred(centred, mean, np.square(centred).sum(1))


def _distance(left: _Centred, right: _Centred, products: Array, i: Numbers, j: Numbers) -> float:
    """The distance of two subsets from the inner products (n1, n2) of all centred rows."""
    mean, spread = _mean_and_spread(left, i)
    other_mean, other_spread = _mean_and_spread(right, j)
    block = products[np.ix_(i, j)]
    block -= block.mean(1, keepdims=True)
    block -= block.mean(0)
    shared = np.linalg.svd(block, compute_uv=False).sum() / np.sqrt((len(i) - 1) * (len(j) - 1))
    gap = (mean - other_mean) + (left.mean - right.mean)
    return max(0.0, float(np.square(gap).sum() + (spread + other_spread - 2 * shared)))


def _mean_and_spread(centred: _Centred, rows: Numbers) -> tuple[Array, float]:
    """Mean of some rows relative to the mean of all, and the trace of their covariance."""
    mean = centred.rows[rows].mean(0)
    spread = centred.squares[rows].sum() - len(rows) * np.square(mean).sum()
    return mean, max(0.0, float(spread) / (len(rows) - 1))


def _indices(rows: Rows, size: int) -> list[Numbers]:
    """The row numbers of each subset."""
    if rows.ndim != 2 or (rows.dtype == np.bool_ and rows.shape[1] != size):
        raise ValueError(f"subsets of {size} rows are (k, {size}) booleans or (k, m) row numbers, not {rows.shape}")
    numbers = [np.flatnonzero(row) if rows.dtype == np.bool_ else row.astype(np.intp) for row in rows]
    for place, subset in enumerate(numbers):
        if len(subset) < 2:
            raise ValueError(f"subset {place} has {len(subset)} rows; a covariance needs two")
        if not (subset.min() >= 0 and subset.max() < size):
            raise ValueError(f"row numbers go from {subset.min()} to {subset.max()}, outside 0 to {size - 1}")
    return numbers
