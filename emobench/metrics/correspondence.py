"""Do the rows of a matrix of distances go with the columns of the same name? Tested over all ways to match them."""

from dataclasses import dataclass
from itertools import permutations
from math import factorial

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

EXACT = 8  # names; 40,320 ways to match them
CHUNK = 2**20  # matched entries in memory at once, 8 MiB


@dataclass(frozen=True)
class Correspondence:
    """A statistic of how well equal names go together, and its p over all ways to match rows with columns."""

    value: float
    p: float


def correspondence(matrix: Array, resamples: int = 100_000, seed: int = 0) -> Correspondence:
    """Are equal names nearer to each other than when rows and columns are matched in any other way?

    value = mean_e M[e, e]; p = #{pi : mean_e M[e, pi(e)] <= value} / E! over all permutations pi, the identity among
    them. Beyond 8 names R = ``resamples`` random permutations are drawn, and p = (1 + #) / (1 + R). What a row or a
    column has in common is in every matching, and changes no p.

    Args:
        matrix: (E, E) finite distances, rows and columns in the same order of names.
        resamples: R, for more than 8 names.
        seed: of the random permutations, by numpy's PCG64.

    Returns:
        The mean of the diagonal, in the unit of the distances, and p in (0, 1]: at best 1 / E!.

    Raises:
        ValueError: a matrix that is not square, empty, or not finite.

    Source:
        Fisher 1935, The design of experiments, section 21; the + 1 after Phipson and Smyth 2010,
        https://doi.org/10.2202/1544-6115.1585

    Example:
        >>> correspondence(np.array([[1.0, 5.0, 6.0], [5.0, 1.0, 4.0], [2.0, 3.0, 1.0]]))
        Correspondence(value=1.0, p=0.16666666666666666)
    """
    _check(matrix)
    return Correspondence(float(np.diag(matrix).mean()), _share_as_low(matrix, resamples, seed))


def nearest(matrix: Array, resamples: int = 100_000, seed: int = 0) -> Correspondence:
    """Of how many rows is the column of the same name the nearest?

    With n(e) the column with the smallest M[e, .]: value = #{e : n(e) = e} / E; p = share of permutations pi with at
    least as many e that have n(e) = pi(e), counted or drawn as in ``correspondence``. Columns that are equally near
    share their row. Transpose to ask the columns.

    Args:
        matrix: (E, E) finite distances, rows and columns in the same order of names.
        resamples: R, for more than 8 names.
        seed: of the random permutations, by numpy's PCG64.

    Returns:
        The share in [0, 1], 1 / E by chance, and p in (0, 1].

    Raises:
        ValueError: a matrix that is not square, empty, or not finite.

    Source:
        as ``correspondence``

    Example:
        >>> nearest(np.array([[1.0, 5.0, 6.0], [5.0, 1.0, 4.0], [2.0, 3.0, 4.0]])).value.__round__(6)
        0.666667
    """
    _check(matrix)
    smallest = matrix <= matrix.min(1, keepdims=True)
    shares = smallest / smallest.sum(1, keepdims=True)
    return Correspondence(float(np.diag(shares).mean()), _share_as_low(-shares, resamples, seed))


def _check(matrix: Array) -> None:
    """Refuse what cannot be matched."""
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not matrix.size or not np.isfinite(matrix).all():
        raise ValueError(f"a correspondence is of a square matrix of finite distances, not of {matrix.shape}")


def _share_as_low(matrix: Array, resamples: int, seed: int) -> float:
    """Share of matchings whose sum is at most that of the diagonal; sums that differ by rounding only are ties."""
    size = len(matrix)
    limit = np.trace(matrix) + 1e-12 * size * np.abs(matrix).max()
    names = np.arange(size)
    if size <= EXACT:
        matchings = np.array(list(permutations(range(size))))
        return int((matrix[names, matchings].sum(1) <= limit).sum()) / factorial(size)
    generator = np.random.Generator(np.random.PCG64(seed))
    step = max(1, CHUNK // size)
    low = 0
    for start in range(0, resamples, step):
        matchings = generator.permuted(np.tile(names, (min(step, resamples - start), 1)), axis=1)
        low += int((matrix[names, matchings].sum(1) <= limit).sum())
    return (1 + low) / (1 + resamples)
