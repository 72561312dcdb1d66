"""How alike are clips of DIFFERENT people, cell by cell, when people and not clips are the units?

A cell is what clips are compared by, an emotion in a domain, say. Clips of one person resemble each other whatever the
cell, so that pairs of clips of one person do not count, and each person counts the same however many clips there are.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emobench.metrics.different_people import gaussian_kernel, sums_by_draw, sums_by_row
from emobench.metrics.feature_sets import Array, Floats
from emobench.metrics.kernel_distance import Integers, kernel_sums, mean_over, scaled_rows

WEIGHTS = 2**23  # of relabelled rows in memory at once, 64 MiB


@dataclass(frozen=True, eq=False)
class PeoplePairs:
    """Kernels between people, in sums from which any block of people can be left out.

    k(g, a; h, c) stands for the mean kernel between the rows of person g in cell a and those of person h in cell c.

    Attributes:
        sums: (B, C, C) float64, [b, a, c] the sum of k(g, a; h, c) over people g of block b and all people h != g.
        within: (B, C, C) float64, the part of it in which h is in block b too.
        present: (P, C) bool, whether a person has rows in a cell.
        block_of: (P,) the block of each person, from 0.
        same: (P, C) float64, the mean kernel between two different rows of a person in a cell; nan below two rows.
    """

    sums: Array
    within: Array
    present: NDArray[np.bool_]
    block_of: Integers
    same: Array


def kernel_matrix(some: Floats, rows: Floats, bandwidth: float) -> Array:
    """The Gaussian kernel between each of some rows and each of others.

    k(a, b) = exp(-|a - b|^2 / (2 s^2)).

    Args:
        some: (m, d) finite numbers.
        rows: (n, d) finite numbers; m + n is at least 2.
        bandwidth: s, above 0.

    Returns:
        (m, n) float64 in [0, 1]; 1 for equal rows. All of it is held in memory.

    Raises:
        ValueError: what ``feature_set`` raises of all rows together and of them over the bandwidth, rows of different
            widths, or a bandwidth that is not above 0 and finite.

    Example:
        >>> kernel_matrix(np.array([[0.0]]), np.array([[0.0], [1.0]]), bandwidth=1.0).round(6).tolist()
        [[1.0, 0.606531]]
    """
    if some.ndim != 2 or rows.ndim != 2 or some.shape[1] != rows.shape[1]:
        raise ValueError(f"rows are matrices of one width, not arrays of {some.shape} and {rows.shape}")
    both = scaled_rows(np.concatenate([some, rows]), bandwidth)
    return gaussian_kernel(both[: len(some)], both[len(some) :])


def people_pairs(
    features: Floats, person: Integers, cell: Integers, block_of: Integers, cells: int, bandwidth: float
) -> PeoplePairs:
    """Sum the kernel between different people for every two cells, a bounded number of pairs at a time.

    Args:
        features: (n, d) finite numbers.
        person: (n,) person of each row, 0 to P - 1; a person may have no rows.
        cell: (n,) cell of each row, 0 to C - 1.
        block_of: (P,) block of each person, from 0: the people who are left out together in a jackknife. B is the
            largest plus 1.
        cells: C.
        bandwidth: s of the kernel, above 0.

    Returns:
        The sums, each in [0, number of its pairs]; ``sums.sum(0)`` is symmetric up to rounding.

    Raises:
        ValueError: what ``feature_set`` raises of the features and of the features over the bandwidth, a person, cell
            or block out of range, or a bandwidth that is not above 0 and finite.

    Example:
        >>> clips, person = np.array([[0.0], [1.0], [0.0]]), np.array([0, 0, 1])
        >>> pairs = people_pairs(clips, person, np.zeros(3, int), np.arange(2), cells=1, bandwidth=1.0)
        >>> pairs.sums.round(6).tolist()  # the mean of 1 and exp(-1/2), from either side
        [[[0.803265]], [[0.803265]]]
        >>> pairs.same.round(6).tolist()
        [[0.606531], [nan]]
    """
    rows = scaled_rows(features, bandwidth)
    people = len(block_of)
    _check("persons", person, (len(rows),), people)
    _check("cells", cell, (len(rows),), cells)
    if block_of.min() < 0:
        raise ValueError(f"blocks are numbered from 0, not from {block_of.min()}")
    counts = _counts(person * cells + cell, people, cells)
    member = np.zeros((len(rows), cells))
    member[np.arange(len(rows)), cell] = 1 / counts[person, cell]
    reached = sums_by_row(rows, person, member)
    sums = np.zeros((int(block_of.max()) + 1, cells, cells))
    within = np.zeros_like(sums)
    several = _counts(block_of[counts.any(1)], len(sums)) > 1
    for block in range(len(sums)):
        own = block_of[person] == block
        sums[block] = member[own].T @ reached[own]
        if several[block]:
            within[block] = member[own].T @ sums_by_row(rows[own], person[own], member[own])
    return PeoplePairs(sums, within, counts > 0, block_of, _same(rows, person, cell, counts))


def mean_kernels(pairs: PeoplePairs, without: int | None = None) -> Array:
    """Mean kernel between different people, for every two cells.

    C[a, c] = mean of k(g, a; h, c) over ordered pairs of people g != h of whom g has rows in a and h in c. For two
    cells, C[a, a] + C[c, c] - 2 C[a, c] is their squared MMD, unbiased over people even when the same people are in
    both; it may be below 0.

    Args:
        pairs: from ``people_pairs``.
        without: a block whose people are left out.

    Returns:
        (C, C) float64 in [0, 1], symmetric up to rounding; nan where there are no two different people.

    Raises:
        ValueError: a block that is not there.

    Source:
        Gretton et al. 2012, https://jmlr.org/papers/v13/gretton12a.html (lemma 6), with people as the units

    Example:
        >>> clips, person = np.array([[0.0], [1.0], [0.0]]), np.array([0, 0, 1])
        >>> pairs = people_pairs(clips, person, np.array([0, 1, 1]), np.arange(2), cells=2, bandwidth=1.0)
        >>> mean_kernels(pairs).round(6).tolist()
        [[nan, 1.0], [1.0, 0.606531]]
    """
    kept, total = _kept(pairs, without), pairs.sums.sum(0)
    if without is not None:
        total = total - pairs.sums[without] - pairs.sums[without].T + pairs.within[without]
    return _over_pairs(total, pairs.present[kept])


def same_person(pairs: PeoplePairs, without: int | None = None) -> Array:
    """Mean kernel between two different rows of the same person, for every cell: how alike a person's own clips are.

    S[a] = mean over the people with at least two rows in a.

    Args:
        pairs: from ``people_pairs``.
        without: a block whose people are left out.

    Returns:
        (C,) float64 in [0, 1]; nan where nobody has two rows.

    Raises:
        ValueError: a block that is not there.

    Example:
        >>> clips, person = np.array([[0.0], [1.0], [0.0]]), np.array([0, 0, 1])
        >>> pairs = people_pairs(clips, person, np.zeros(3, int), np.arange(2), cells=1, bandwidth=1.0)
        >>> same_person(pairs).round(6).tolist(), same_person(pairs, without=0).tolist()
        ([0.606531], [nan])
    """
    same = pairs.same[_kept(pairs, without)]
    defined = ~np.isnan(same)
    return mean_over(np.where(defined, same, 0.0).sum(0), defined.sum(0))


def mean_kernels_of_labels(features: Floats, person: Integers, labels: Integers, cells: int, bandwidth: float) -> Array:
    """The mean kernels of many relabellings of the same rows, as a permutation test asks for.

    Args:
        features: (n, d) finite numbers.
        person: (n,) person of each row, from 0.
        labels: (R, n) cell of each row in each relabelling, 0 to C - 1.
        cells: C.
        bandwidth: s of the kernel, above 0.

    Returns:
        (R, C, C) float64 in [0, 1], each as from ``mean_kernels``.

    Raises:
        ValueError: as ``people_pairs``.

    Example:
        >>> clips, person = np.array([[0.0], [1.0], [0.0]]), np.array([0, 0, 1])
        >>> mean_kernels_of_labels(clips, person, np.array([[0, 1, 1], [1, 0, 1]]), 2, 1.0)[:, 0, 1].round(6).tolist()
        [1.0, 0.606531]
    """
    rows = scaled_rows(features, bandwidth)
    people = int(person.max()) + 1 if person.size else 0
    _check("persons", person, (len(rows),), people)
    _check("cells", labels, (len(labels), len(rows)), cells)
    step = max(1, WEIGHTS // (len(rows) * cells))
    chunks = [labels[start : start + step] for start in range(0, len(labels), step)]
    return np.concatenate([_of_labels(rows, person, chunk, people, cells) for chunk in chunks])


def _check(what: str, numbers: Integers, shape: tuple[int, ...], end: int) -> None:
    """Refuse numbers of another shape or out of range."""
    if numbers.shape != shape or not (numbers.size and numbers.min() >= 0 and numbers.max() < end):
        raise ValueError(f"{shape[-1]} rows need as many {what} from 0 to {end - 1}")


def _of_labels(rows: Array, person: Integers, labels: Integers, people: int, cells: int) -> Array:
    """(R, C, C) mean kernels of relabellings, all of them under each block of the kernel."""
    draws, size = labels.shape
    counts = _counts((np.arange(draws)[:, None] * people + person) * cells + labels, draws, people, cells)
    member = np.zeros((size, draws, cells))
    draw = np.arange(draws)[:, None]
    member[np.arange(size), draw, labels] = 1 / counts[draw, person, labels]
    return _over_pairs(sums_by_draw(rows, person, member), counts > 0)


def _counts(numbers: Integers, *shape: int) -> NDArray[np.intp]:
    """How often each number occurs, in a shape."""
    return np.bincount(numbers.ravel(), minlength=int(np.prod(shape))).reshape(shape)


def _same(rows: Array, person: Integers, cell: Integers, counts: NDArray[np.intp]) -> Array:
    """(P, C) mean kernel between two different rows of a person in a cell."""
    same = np.full(counts.shape, np.nan)
    for one in np.flatnonzero((counts > 1).any(1)):
        own = person == one
        sums = np.diag(kernel_sums(rows[own], cell[own], counts.shape[1], 1.0))
        same[one] = mean_over(sums, counts[one] * (counts[one] - 1))
    return same


def _kept(pairs: PeoplePairs, without: int | None) -> NDArray[np.bool_]:
    """(P,) who is not left out."""
    if without is not None and not 0 <= without < len(pairs.sums):
        raise ValueError(f"there are blocks 0 to {len(pairs.sums) - 1}, not {without}")
    kept: NDArray[np.bool_] = pairs.block_of != (-1 if without is None else without)
    return kept


def _over_pairs(total: Array, present: NDArray[np.bool_]) -> Array:
    """(..., C, C) sums over the ordered pairs of different people of (..., P, C) that there are."""
    there = present.astype(np.float64)
    people = there.sum(-2)
    return mean_over(total, people[..., :, None] * people[..., None, :] - np.swapaxes(there, -1, -2) @ there)
