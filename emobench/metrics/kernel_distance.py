"""How far apart are two sets of feature vectors, whatever their distributions? By a kernel, and without bias.

Everything is computed from sums of the kernel over pairs of rows. These add up: with sums by group (person, emotion and
domain), the distances between any unions of groups, a jackknife over people among them, need no kernel again.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emobench.metrics.feature_sets import Array, Floats, feature_pair, feature_set

Integers = NDArray[np.integer[Any]]

CHUNK = 2**22  # numbers in memory at once, 32 MiB
MOST_ROWS = 4096  # of which all pairs are looked at for their median


def squared_mmd(first: Floats, second: Floats, bandwidth: float | None = None) -> float:
    """Squared maximum mean discrepancy under a Gaussian kernel, as a U-statistic: unbiased at every size.

    MMD^2 = mean of k(a, a') over pairs i != j of the first set + the same of the second - 2 mean of k(a, b), with
    k(a, b) = exp(-|a - b|^2 / (2 s^2)). 0 in the mean for sets of one distribution, and above 0 for any two others.
    KAD is 100 times this, with the median distance of one set alone as s.

    Args:
        first: (n1, d) finite numbers, n1 at least 2.
        second: (n2, d).
        bandwidth: s, above 0; without one the ``median_distance`` of both sets together. Distances are compared under
            one bandwidth only.

    Returns:
        In [-1, 2]; lower is nearer. **May be below 0**: having no bias, it falls on both sides of 0 where the sets do
        not differ; equal arrays give at most 0. Do not clip it before averaging. The same whichever set is first and
        after a shift or rotation of both, up to rounding (1e-12); the default bandwidth takes out a common factor too.
        0 when all rows of both sets are equal and a bandwidth is given.

    Raises:
        ValueError: fewer than two rows, sets of different widths, a number that is not finite, a bandwidth that is not
            above 0, or none where the median distance is 0.

    Source:
        Gretton et al. 2012, A kernel two-sample test, https://jmlr.org/papers/v13/gretton12a.html (lemma 6); for audio
        Chung et al. 2025 (KAD), https://arxiv.org/abs/2502.15602

    Example:
        >>> round(squared_mmd(np.array([[0.0], [1.0]]), np.array([[3.0], [4.0]]), bandwidth=1.0), 6)
        1.134117
    """
    one, other = feature_pair(first, second)
    both = np.concatenate([one, other])
    width = median_distance(both) if bandwidth is None else bandwidth
    sums = kernel_sums(both, np.repeat([0, 1], [len(one), len(other)]), groups=2, bandwidth=width)
    counts = np.array([len(one), len(other)])
    return float(squared_mmd_of_groups(sums, counts, np.array([True, False]), np.array([False, True])))


def median_distance(features: Floats, seed: int = 0) -> float:
    """The median Euclidean distance between two rows of a set: the bandwidth of the median heuristic.

    Args:
        features: (n, d) finite numbers: all rows that are to be compared under one bandwidth.
        seed: beyond 4,096 rows the median is over the pairs of so many, drawn without replacement by numpy's PCG64.

    Returns:
        At least 0, in the unit of the features; 0 when more than half of the pairs are of equal rows.

    Raises:
        ValueError: fewer than two rows, or a number that is not finite.

    Source:
        Gretton et al. 2012, https://jmlr.org/papers/v13/gretton12a.html (section 8)

    Example:
        >>> median_distance(np.array([[0.0], [1.0], [3.0]]))
        2.0
    """
    rows = feature_set(features)
    if len(rows) > MOST_ROWS:
        rows = rows[np.random.Generator(np.random.PCG64(seed)).choice(len(rows), MOST_ROWS, replace=False)]
    rows = rows - rows.mean(0)
    upper = [
        row[start + place + 1 :]
        for start, end in _blocks(len(rows))
        for place, row in enumerate(squared_distances(rows[start:end], rows))
    ]
    return float(np.median(np.sqrt(np.concatenate(upper))))


def kernel_sums(features: Floats, group: Integers, groups: int, bandwidth: float) -> Array:
    """Sum the Gaussian kernel over the pairs of rows of every two groups, a bounded number of pairs at a time.

    S[g, h] = sum of exp(-|a - b|^2 / (2 s^2)) over rows a of g and b of h; no row is paired with itself.

    Args:
        features: (n, d) finite numbers.
        group: (n,) group indices, 0 to ``groups`` - 1.
        groups: G, the number of groups.
        bandwidth: s, above 0.

    Returns:
        (G, G) float64, symmetric up to rounding, every entry at least 0.

    Raises:
        ValueError: what ``feature_set`` raises of the features and of the features over the bandwidth, a group out of
            range or missing, or a bandwidth that is not above 0.

    Example:
        >>> kernel_sums(np.array([[0.0], [0.0], [9.0]]), np.array([0, 0, 1]), groups=2, bandwidth=0.1).tolist()
        [[2.0, 0.0], [0.0, 0.0]]
    """
    rows = feature_set(features)
    if len(group) != len(rows) or not (group.min() >= 0 and group.max() < groups):
        raise ValueError(f"{len(rows)} rows need as many groups from 0 to {groups - 1}")
    rows = scaled_rows(rows, bandwidth)
    member = np.zeros((len(rows), groups))
    member[np.arange(len(rows)), group] = 1
    sums = np.zeros((groups, groups))
    for start, end in _blocks(len(rows)):
        kernel = np.exp(-squared_distances(rows[start:end], rows) / 2)
        kernel[np.arange(end - start), np.arange(start, end)] = 0
        sums += member[start:end].T @ (kernel @ member)
    return sums


def squared_mmd_of_groups(sums: Array, counts: Integers, first: NDArray[np.bool_], second: NDArray[np.bool_]) -> Array:
    """Squared MMD, as ``squared_mmd`` has it, between unions of groups.

    With n = sum of the counts in a union: MMD^2 = S_11 / (n1 (n1 - 1)) + S_22 / (n2 (n2 - 1)) - 2 S_12 / (n1 n2), S_uv
    being the sum of S[g, h] over g in union u and h in union v. A group that is in both unions also pairs its rows with
    themselves, as equal rows of two sets do.

    Args:
        sums: (G, G) from ``kernel_sums``.
        counts: (G,) rows of each group.
        first: (..., G) bool, the groups of the one union: in a jackknife all but one person's, say.
        second: (..., G) bool, those of the other.

    Returns:
        (...,) float64 in [-1, 2], see ``squared_mmd``; nan where a union has fewer than two rows.

    Source:
        Gretton et al. 2012, https://jmlr.org/papers/v13/gretton12a.html (lemma 6)

    Example:
        >>> sums = kernel_sums(np.array([[0.0], [1.0], [3.0], [4.0]]), np.array([0, 0, 1, 1]), 2, bandwidth=1.0)
        >>> first = np.array([True, False])
        >>> round(float(squared_mmd_of_groups(sums, np.array([2, 2]), first, ~first)), 6)
        1.134117
    """
    one, other = first.astype(np.float64), second.astype(np.float64)
    n1, n2 = one @ counts, other @ counts
    within_one = mean_over(((one @ sums) * one).sum(-1), n1 * (n1 - 1))
    within_other = mean_over(((other @ sums) * other).sum(-1), n2 * (n2 - 1))
    across = ((one @ sums) * other).sum(-1) + (one * other) @ counts
    difference: Array = within_one + within_other - 2 * mean_over(across, n1 * n2)
    return difference


def scaled_rows(features: Floats, bandwidth: float) -> Array:
    """Rows less their mean, in units of the bandwidth: k(a, b) = exp(-|a - b|^2 / 2) for them, and digits are kept.

    Args:
        features: (n, d) finite numbers: all rows that are to be compared.
        bandwidth: s, above 0.

    Returns:
        (n, d) float64.

    Raises:
        ValueError: what ``feature_set`` raises of the features and of the features over the bandwidth, or a bandwidth
            that is not above 0 and finite.

    Example:
        >>> scaled_rows(np.array([[1.0], [5.0]]), bandwidth=2.0).tolist()
        [[-1.0], [1.0]]
    """
    rows = feature_set(features)
    if not 0 < bandwidth < np.inf:
        raise ValueError(f"a bandwidth is above 0 and finite, not {bandwidth} (the median of equal rows is 0)")
    return feature_set((rows - rows.mean(0)) / bandwidth)


def squared_distances(some: Array, rows: Array) -> Array:
    """Squared Euclidean distances of rows that were centred together, by one product of matrices.

    |a - b|^2 = |a|^2 + |b|^2 - 2 a.b. Rows far from the origin would lose their digits in it: centre them before.

    Args:
        some: (m, d) finite numbers.
        rows: (n, d) finite numbers.

    Returns:
        (m, n) float64, at least 0; 0 where they are nothing but rounding, as for equal rows.

    Example:
        >>> squared_distances(np.array([[0.0], [3.0]]), np.array([[1.0]])).tolist()
        [[1.0], [4.0]]
    """
    lengths: Array = np.square(some).sum(1)[:, None] + np.square(rows).sum(1)
    squares = lengths - 2 * (some @ rows.T)
    rounding = (rows.shape[1] + 4) * np.finfo(np.float64).eps
    squares[squares <= rounding * lengths] = 0.0
    return squares


def mean_over(total: Array, pairs: NDArray[Any]) -> Array:
    """``total / pairs``, nan where there are no pairs.

    Args:
        total: (...) sums.
        pairs: (...) how many terms each sum has.

    Returns:
        (...) float64.

    Example:
        >>> mean_over(np.array([3.0, 0.0]), np.array([2, 0])).tolist()
        [1.5, nan]
    """
    mean: Array = np.divide(total, pairs, out=np.full(np.shape(pairs), np.nan), where=pairs > 0)
    return mean


def _blocks(rows: int) -> Iterator[tuple[int, int]]:
    """Starts and ends of as many rows as have CHUNK pairs with all rows."""
    step = max(1, CHUNK // rows)
    return ((start, min(start + step, rows)) for start in range(0, rows, step))
