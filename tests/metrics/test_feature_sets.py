"""Is what cannot be compared refused before anything is computed?"""

import numpy as np
import pytest
from numpy.typing import NDArray

from emobench.metrics.feature_sets import feature_pair, feature_set

Array = NDArray[np.float64]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e141])
def test_numbers_that_cannot_be_squared_are_refused(value: float) -> None:
    """A single number that is not finite, or whose square would overflow, is an error instead of a nan further on."""
    features = np.zeros((3, 2))
    features[2, 1] = value
    with pytest.raises(ValueError, match="must be finite"):
        feature_set(features)


@pytest.mark.parametrize("shape", [(0, 4), (1, 4), (4,), (4, 0), (2, 2, 2)])
def test_only_matrices_of_two_rows_are_sets(shape: tuple[int, ...]) -> None:
    """A set is a matrix of two rows or more, and nothing else."""
    with pytest.raises(ValueError, match="at least two rows"):
        feature_set(np.zeros(shape))


def test_sets_of_different_widths_are_refused() -> None:
    """Two sets are only compared when their vectors are of one width."""
    with pytest.raises(ValueError, match="of 3 and of 4 numbers"):
        feature_pair(np.zeros((2, 3)), np.zeros((2, 4)))


def test_sets_are_taken_in_double_precision_and_left_alone() -> None:
    """Single precision becomes double without a change of value, and the caller's array is not written to."""
    features = np.random.default_rng(0).normal(size=(3, 2)).astype(np.float32)
    features.flags.writeable = False
    found = feature_set(features)
    assert found.dtype == np.float64
    assert np.array_equal(found, features)
