"""How far apart are two sets of feature vectors, if each is taken for a Gaussian?

The matrix square root of the textbook formula is never taken. For roots A, B of the covariances (C1 = A'A, C2 = B'B)

    tr (C1 C2)^(1/2) = sum of the singular values of A B',

and centred rows over sqrt(n - 1) are such a root. So a few rows of many numbers are cheap, singular covariances are no
special case, nothing turns complex, and no epsilon is added to any diagonal. Where rounding allows it, roots and sums
are had from covariances and squares, see ``covariance_roots``: for many rows that is several times cheaper.
"""

from dataclasses import dataclass
from typing import cast

import numpy as np
from scipy.linalg import blas

from emobench.metrics.covariance_roots import cholesky_root, shared_spread
from emobench.metrics.feature_sets import Array, Floats, feature_pair, feature_set

NOT_A_COVARIANCE = 1e-6  # of the largest entry or eigenvalue: more asymmetry, or less than minus this, is no rounding


@dataclass(frozen=True)
class Frechet:
    """A distance, and whether it rests on a covariance that is singular."""

    value: float
    singular: bool


@dataclass(frozen=True, eq=False)
class Gaussian:
    """Mean (d,) and root (r, d) of a covariance root' root, r at most d; is the covariance singular?"""

    mean: Array
    root: Array
    singular: bool


def frechet_distance(first: Floats, second: Floats) -> Frechet:
    """Squared Frechet (2-Wasserstein) distance between the Gaussians that fit two sets of feature vectors.

    F = |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)), covariances with n - 1, as fadtk has it.

    Biased upwards by about 1/n, more so the wider the vectors and the fewer the rows, and the more so after resampling
    with replacement: compare distances at equal n only. The same whichever set is first, after a shift or rotation of
    both, and for other orders of the rows, all up to rounding; grows with the square of a common factor.

    Args:
        first: (n1, d) finite numbers, n1 at least 2.
        second: (n2, d).

    Returns:
        value: at least 0, and exactly 0 for equal arrays. Rounding is less than 1e-12 of the sum of both traces and
        both squared means; what it puts below 0 is 0. Features that do not vary have covariance 0, and count by their
        means. singular: a set has no more rows than the vectors have numbers (n <= d), so that its covariance has no
        full rank. Features that depend on each other for another reason are not looked for.

    Raises:
        ValueError: fewer than two rows, sets of different widths, or a number that is not finite.

    Source:
        Dowson and Landau 1982, https://doi.org/10.1016/0047-259X(82)90077-X; for audio Kilgour et al. 2019,
        https://arxiv.org/abs/1812.08466; the sum of singular values after Mathiasen and Hvilshoj 2020,
        https://arxiv.org/abs/2009.14075

    Example:
        >>> frechet_distance(np.array([[0.0], [2.0]]), np.array([[3.0], [3.0], [3.0]]))
        Frechet(value=6.0, singular=False)
    """
    one, other = feature_pair(first, second)
    fitted = _fit(one)
    # Few sets begin alike: comparing all of both is seldom needed.
    equal = np.array_equal(one[0], other[0]) and np.array_equal(one, other)
    return frechet_between(fitted, fitted if equal else _fit(other))


def frechet_from_moments(mean1: Floats, covariance1: Floats, mean2: Floats, covariance2: Floats) -> Frechet:
    """Squared Frechet distance between two Gaussians that are given by mean and covariance.

    For sets of vectors take ``frechet_distance``: a covariance that is singular has lost half of its digits already (a
    change of 1e-16 in C is one of 1e-8 in its root).

    Args:
        mean1: (d,) finite.
        covariance1: (d, d) symmetric, without negative eigenvalues, see ``gaussian_from_moments``.
        mean2: (d,).
        covariance2: (d, d).

    Returns:
        value: at least 0, exactly 0 for equal moments; within 1e-12 of the sum of traces and squared means for
        covariances of full rank, 1e-6 for others. singular: a covariance has eigenvalues that count as 0.

    Raises:
        ValueError: shapes that do not fit, a number that is not finite, or a matrix that is no covariance.

    Source:
        Dowson and Landau 1982, https://doi.org/10.1016/0047-259X(82)90077-X

    Example:
        >>> frechet_from_moments(np.zeros(2), np.eye(2), np.array([3.0, 0.0]), 4 * np.eye(2))
        Frechet(value=11.0, singular=False)
    """
    one = gaussian_from_moments(mean1, covariance1)
    if np.array_equal(mean1, mean2) and np.array_equal(covariance1, covariance2):
        return frechet_between(one, one)
    return frechet_between(one, gaussian_from_moments(mean2, covariance2))


def frechet_between(first: Gaussian, second: Gaussian) -> Frechet:
    """Squared Frechet distance of two Gaussians that are there already: one of them, say, against many.

    Args:
        first: from ``gaussian_of`` or ``gaussian_from_moments``.
        second: likewise, of the same width.

    Returns:
        As ``frechet_distance``; exactly 0 for a Gaussian and itself.

    Raises:
        ValueError: different widths.

    Example:
        >>> one = gaussian_of(np.array([[0.0], [2.0]]))
        >>> frechet_between(one, one)
        Frechet(value=0.0, singular=False)
    """
    if len(first.mean) != len(second.mean):
        raise ValueError(f"Gaussians over {len(first.mean)} and {len(second.mean)} numbers cannot be compared")
    singular = first.singular or second.singular
    if np.array_equal(first.mean, second.mean) and np.array_equal(first.root, second.root):
        return Frechet(0.0, singular)
    gap = float(np.square(first.mean - second.mean).sum())
    spreads = sum(float(np.einsum("ij,ij", root, root)) for root in (first.root, second.root))
    shared = shared_spread(first.root, second.root, spreads) if spreads else 0.0
    return Frechet(max(0.0, gap + (spreads - 2 * shared)), singular)


def gaussian_of(features: Floats) -> Gaussian:
    """Fit a Gaussian to a set of feature vectors: its mean, and a root of its covariance (with n - 1).

    The root is the centred rows over sqrt(n - 1), or their triangle R when there are more rows than numbers: from their
    covariance (Cholesky) where that is well conditioned, otherwise from the rows themselves (QR).

    Args:
        features: (n, d) finite numbers, n at least 2.

    Returns:
        The Gaussian; singular when n <= d.

    Raises:
        ValueError: fewer than two rows, or a number that is not finite.

    Source:
        Golub and Van Loan 2013, Matrix computations, sections 4.2 (Cholesky) and 5.2 (QR)

    Example:
        >>> gaussian_of(np.array([[0.0, 1.0], [2.0, 1.0]]))
        Gaussian(mean=array([1., 1.]), root=array([[-1.,  0.],
               [ 1.,  0.]]), singular=True)
    """
    return _fit(feature_set(features))


def _fit(rows: Array) -> Gaussian:
    """The Gaussian of rows that are checked already."""
    mean = rows.mean(0)
    centred: Array = rows - mean
    if len(rows) <= len(mean):
        return Gaussian(mean, centred / np.sqrt(len(rows) - 1), singular=True)
    root = cholesky_root(blas.dsyrk(1 / (len(rows) - 1), centred.T))
    if root is None:
        # numpy's stubs know no other result than Q and R.
        root = cast("Array", np.linalg.qr(centred / np.sqrt(len(rows) - 1), mode="r"))
    return Gaussian(mean, root, singular=False)


def gaussian_from_moments(mean: Floats, covariance: Floats) -> Gaussian:
    """A Gaussian from its mean and covariance: the root is by Cholesky, or by eigenvalues if C is badly conditioned.

    Eigenvalues up to 2.2e-16 d of the largest are rounding, and count as 0.

    Args:
        mean: (d,) finite.
        covariance: (d, d) finite, symmetric within 1e-6 of its largest entry, and no eigenvalue below minus 1e-6 of
            the largest.

    Returns:
        The Gaussian; singular when an eigenvalue counts as 0.

    Raises:
        ValueError: shapes that do not fit, a number that is not finite, or a matrix that is no covariance.

    Example:
        >>> gaussian_from_moments(np.zeros(2), np.diag([4.0, 0.0])).singular
        True
    """
    if np.ndim(mean) != 1 or np.shape(covariance) != 2 * np.shape(mean):
        raise ValueError(f"a mean of {np.shape(mean)} and a covariance of {np.shape(covariance)} do not fit")
    middle, matrix = np.asarray(mean, np.float64), np.asarray(covariance, np.float64)
    if not (np.isfinite(middle).all() and np.isfinite(matrix).all()):
        raise ValueError("mean and covariance must be finite")
    if not np.array_equal(matrix, matrix.T):
        if np.abs(matrix - matrix.T).max() > NOT_A_COVARIANCE * np.abs(matrix).max():
            raise ValueError("a covariance is symmetric")
        matrix = (matrix + matrix.T) / 2
    # Being symmetric, the transpose is the same matrix, in the order of memory that LAPACK need not copy.
    root = cholesky_root(matrix.T)
    if root is not None:
        return Gaussian(middle, root, singular=False)
    values, vectors = np.linalg.eigh(matrix)
    largest = max(float(values[-1]), 0.0)
    if values[0] < -NOT_A_COVARIANCE * largest:
        raise ValueError(f"a covariance has no negative eigenvalue; this one has {values[0]:g}")
    kept = values > len(middle) * np.finfo(np.float64).eps * largest
    return Gaussian(middle, np.sqrt(values[kept])[:, None] * vectors[:, kept].T, singular=not kept.all())
