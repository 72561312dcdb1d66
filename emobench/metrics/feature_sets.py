"""What is a set of feature vectors that distances can be taken of?

A matrix of at least two rows, one a clip or a frame, of finite numbers; distances are computed in float64.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Floats = NDArray[np.floating[Any]]

LARGEST = 1e140  # sums of squares of larger numbers leave float64


def feature_set(features: Floats) -> Array:
    """Check a set of feature vectors and give it in float64.

    Args:
        features: (n, d) finite numbers below 1e140 in size, n at least 2 and d at least 1.

    Returns:
        (n, d) float64; the array itself if it was float64.

    Raises:
        ValueError: another shape, fewer than two rows, or a number that is not finite or too large.

    Example:
        >>> feature_set(np.array([[1.0, 2.0], [3.0, 4.0]], np.float32)).dtype
        dtype('float64')
    """
    rows: Array = np.asarray(features, np.float64)
    if rows.ndim != 2 or len(rows) < 2 or not rows.shape[1]:
        raise ValueError(f"a set of feature vectors is a matrix of at least two rows, not an array of {rows.shape}")
    if not np.abs(rows).max() < LARGEST:  # nan compares false
        raise ValueError(f"feature vectors must be finite and below {LARGEST:g} in size")
    return rows


def feature_pair(first: Floats, second: Floats) -> tuple[Array, Array]:
    """Check two sets of feature vectors of one width.

    Args:
        first: (n1, d), see ``feature_set``.
        second: (n2, d).

    Returns:
        Both in float64.

    Raises:
        ValueError: what ``feature_set`` raises, or sets of different widths.

    Example:
        >>> [rows.shape for rows in feature_pair(np.ones((2, 3)), np.ones((5, 3)))]
        [(2, 3), (5, 3)]
    """
    one, other = feature_set(first), feature_set(second)
    if one.shape[1] != other.shape[1]:
        raise ValueError(f"feature vectors of {one.shape[1]} and of {other.shape[1]} numbers cannot be compared")
    return one, other
