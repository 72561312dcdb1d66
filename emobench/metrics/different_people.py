"""How is the Gaussian kernel summed over the rows of different people, with little of it in memory?

Pairs of rows of one person never count. Every other pair is looked at once: the kernel is symmetric.
"""

from collections.abc import Iterator

import numpy as np

from emobench.metrics.feature_sets import Array
from emobench.metrics.kernel_distance import Integers, squared_distances

PAIRS = 2**19  # of rows in memory at once: 4 MiB of kernel, and a few copies while it is computed


def gaussian_kernel(some: Array, rows: Array) -> Array:
    """k(a, b) = exp(-|a - b|^2 / 2).

    Args:
        some: (m, d), with ``rows`` from ``scaled_rows``, which puts the bandwidth in.
        rows: (n, d).

    Returns:
        (m, n) float64 in [0, 1].

    Example:
        >>> gaussian_kernel(np.array([[0.0]]), np.array([[0.0], [1.0]])).round(6).tolist()
        [[1.0, 0.606531]]
    """
    kernel = squared_distances(some, rows)
    kernel *= -0.5
    return np.exp(kernel, out=kernel)


def sums_by_row(rows: Array, person: Integers, member: Array) -> Array:
    """What every row has in common with the rows of other people, by weight.

    Y[i, c] = sum of k(row i, row j) member[j, c] over rows j of other people.

    Args:
        rows: (n, d) from ``scaled_rows``.
        person: (n,) person of each row.
        member: (n, C) how much a row counts in each of C sums.

    Returns:
        (n, C) float64, at least 0 where no weight is below 0.

    Example:
        >>> sums_by_row(np.array([[0.0], [0.0], [1.0]]), np.array([0, 0, 1]), np.ones((3, 1))).round(6).tolist()
        [[0.606531], [0.606531], [1.213061]]
    """
    reached = np.zeros_like(member)
    for start, end, kernel in _between_people(rows, person):
        reached[start:end] += kernel @ member[start:]
        reached[start:] += kernel.T @ member[start:end]
    return reached


def sums_by_draw(rows: Array, person: Integers, member: Array) -> Array:
    """Sums over pairs of rows of different people under many weightings, all of them under each piece of the kernel.

    T[r, a, c] = sum of member[i, r, a] k(row i, row j) member[j, r, c] over rows i and j of different people.

    Args:
        rows: (n, d) from ``scaled_rows``.
        person: (n,) person of each row.
        member: (n, R, C) how much a row counts in each of C sums in each of R draws.

    Returns:
        (R, C, C) float64, symmetric.

    Example:
        >>> sums_by_draw(np.array([[0.0], [0.0], [1.0]]), np.array([0, 0, 1]), np.ones((3, 1, 1))).round(6).tolist()
        [[[2.426123]]]
    """
    size, draws, sums = member.shape
    total = np.zeros((draws, sums, sums))
    for start, end, kernel in _between_people(rows, person):
        reached = (kernel @ member[start:].reshape(size - start, -1)).reshape(end - start, draws, sums)
        total += member[start:end].transpose(1, 2, 0) @ reached.transpose(1, 0, 2)
    return total + total.transpose(0, 2, 1)


def _between_people(rows: Array, person: Integers) -> Iterator[tuple[int, int, Array]]:
    """Kernel of rows start to end with all from start on, 0 within a person, until every pair has been there.

    The square on the diagonal is halved: a sum over these pieces and its transpose make the sum over all pairs.
    """
    start = 0
    while start < len(rows):
        end = min(len(rows), start + max(1, PAIRS // (len(rows) - start)))
        kernel = gaussian_kernel(rows[start:end], rows[start:])
        kernel[person[start:end, None] == person[start:]] = 0
        kernel[:, : end - start] *= 0.5
        yield start, end, kernel
        start = end
