"""Where may covariances and squares, which are cheap, stand in for QR and singular values, which are exact?

Both lose digits, and both can tell how many: a covariance by the condition of its root, squares of singular values by
their product. Where that is too many, the caller takes the other way.
"""

from typing import cast

import numpy as np
from scipy.linalg import blas, lapack

from emobench.metrics.feature_sets import Array

WELL_CONDITIONED = 1e4  # |R| |R^-1|, Frobenius: two such roots err by 5.5e-13 of both traces at most
PROBES = 16  # random vectors that show how large R^-1 is
FEW = 64  # numbers: the singular values of so small a matrix cost next to nothing
VANISHING = 1e-15  # of both traces: the square of such a singular value is nothing but rounding
LOST = 2.5e-13  # of both traces: more may squares not have lost, going by their product
LIKELY = 1e-12  # nor be expected to lose, going by their sizes


def cholesky_root(covariance: Array) -> Array | None:
    """A root of a covariance by Cholesky, if it is as good as one from the rows.

    Rounding changes C by u tr C (u = 1.1e-16), and a Frechet distance to any other Gaussian thereby at most by
    u |R| |R^-1| / 4 of both traces (Frobenius norms): the derivative by C is the map that carries one Gaussian to the
    other, whose trace is at most that of C^-1 times that of the other covariance, under the root.

    Args:
        covariance: (d, d), of which the triangle above the diagonal and the diagonal itself are looked at.

    Returns:
        (d, d) upper triangle R with R'R = C, or None where |R| |R^-1| is above 1e4 or C is not positive definite.
        |R^-1| is an estimate from 16 random vectors, always the same.

    Source:
        Higham 2002, Accuracy and stability of numerical algorithms, chapter 10; Hutchinson 1990,
        https://doi.org/10.1080/03610919008812866 (the estimate)

    Example:
        >>> cholesky_root(np.array([[4.0, 2.0], [2.0, 10.0]]))
        array([[2., 1.],
               [0., 3.]])
        >>> cholesky_root(np.ones((2, 2))) is None
        True
    """
    root, failed = lapack.dpotrf(covariance)
    if failed:
        return None
    probes = np.random.default_rng(0).choice([-1.0, 1.0], (len(root), PROBES))
    solved, failed = lapack.dtrtrs(root, probes, trans=1)
    inverse = np.square(solved).sum() / PROBES
    return root if not failed and covariance.trace() * inverse <= WELL_CONDITIONED**2 else None


def shared_spread(first: Array, second: Array, spreads: float) -> float:
    """Sum of the singular values of A B' for roots A, B of covariances: the trace of (C1 C2)^(1/2).

    Of two triangles of more than 64 numbers it is the sum of the roots of the eigenvalues of A B'B A', which cost a
    third. Small ones keep few digits; but the product of all is known from both diagonals, so what they lost together
    is known, too. It is taken for the same shift of every eigenvalue, and undone; where it was too much, singular
    values are computed after all.

    Args:
        first: (r1, d) root A of C1.
        second: (r2, d) root B of C2.
        spreads: tr C1 + tr C2, above 0: what rounding is measured against.

    Returns:
        At least 0. Rounding is 2.5e-13 of ``spreads`` or less, as far as the product of the eigenvalues tells.

    Source:
        Golub and Van Loan 2013, Matrix computations, sections 8.3 and 8.6

    Example:
        >>> round(shared_spread(np.diag([1.0, 2.0]), np.diag([3.0, 4.0]), 30.0), 12)
        11.0
    """
    many = min(len(first), len(second)) > FEW
    found = _by_squares(first, second, spreads) if many and _is_triangle(first) and _is_triangle(second) else None
    return float(np.linalg.svd(first @ second.T, compute_uv=False).sum()) if found is None else found


def _is_triangle(root: Array) -> bool:
    """Is a root square, with nothing below its diagonal?"""
    return root.shape[0] == root.shape[1] and not np.triu(root.T, 1).any()


def _by_squares(first: Array, second: Array, spreads: float) -> float | None:
    """The sum by eigenvalues for two triangles, or None where these have lost too many digits."""
    volumes = np.abs(np.diag(first) * np.diag(second)) / spreads
    if not volumes.min() > VANISHING:
        return None
    squares = _squares(first, second, 1 / spreads)
    if not squares[0] > VANISHING**2:
        return None
    values, inverse = np.sqrt(squares), 1 / squares
    shift = (np.log(squares).sum() - 2 * np.log(volumes).sum()) / inverse.sum()
    lost = shift * (1 / values).sum() / 2
    likely = np.finfo(np.float64).eps / 2 * np.sqrt(np.square(squares).sum() * inverse.mean())
    if 2 * abs(lost) > LOST or likely > LIKELY:
        return None
    return float(spreads * (values.sum() - lost))


def _squares(first: Array, second: Array, factor: float) -> Array:
    """Squared singular values of a factor times A B', upwards, for triangles A and B.

    LAPACK works from the first row down, which spares small eigenvalues: a triangle has its large rows on top.
    """
    product = blas.dtrmm(factor, second, first, side=1, trans_a=1)
    squared = blas.dsyrk(1.0, product, lower=1)
    room, _ = lapack.dsytrd_lwork(len(squared), lower=1)
    _, diagonal, beside, _, _ = lapack.dsytrd(squared, lower=1, lwork=int(room), overwrite_a=1)
    values, failed = lapack.dsterf(diagonal, beside)
    return cast("Array", np.zeros(1) if failed else values)
