"""Is the p of a correspondence the share of all matchings that go together as well?"""

from itertools import permutations
from math import factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from emobench.metrics import correspondence as module
from emobench.metrics.correspondence import Correspondence, correspondence, nearest

Array = NDArray[np.float64]
SEEDS = st.integers(0, 2**32 - 1)
SIZES = st.integers(1, 5)


def a_matrix(seed: int, size: int, ties: bool = False) -> Array:
    """Distances at random; with ties they are of a few values only."""
    generator = np.random.default_rng(seed)
    return generator.integers(0, 3, (size, size)).astype(np.float64) if ties else generator.random((size, size))


def naive_correspondence(matrix: Array) -> tuple[float, float]:
    """Matching by matching."""
    size = len(matrix)
    means = [sum(matrix[e, pi[e]] for e in range(size)) / size for pi in permutations(range(size))]
    return means[0], sum(mean <= means[0] + 1e-12 for mean in means) / len(means)


def naive_nearest(matrix: Array) -> tuple[float, float]:
    """Matching by matching, for a matrix without ties."""
    size = len(matrix)
    column = [min(range(size), key=lambda f: matrix[e, f]) for e in range(size)]
    hits = [sum(column[e] == pi[e] for e in range(size)) for pi in permutations(range(size))]
    return hits[0] / size, sum(count >= hits[0] for count in hits) / len(hits)


@given(SEEDS, SIZES, st.booleans())
def test_p_is_counted_over_all_matchings(seed: int, size: int, ties: bool) -> None:
    """Value and p are those of a loop over all permutations; matchings as good as the diagonal count."""
    matrix = a_matrix(seed, size, ties)
    found = correspondence(matrix)
    assert (found.value, found.p) == pytest.approx(naive_correspondence(matrix), abs=1e-12)


@given(SEEDS, SIZES)
def test_nearest_is_counted_over_all_matchings(seed: int, size: int) -> None:
    """The share of right columns and its p are those of a loop over all permutations."""
    matrix = a_matrix(seed, size)
    found = nearest(matrix)
    assert (found.value, found.p) == pytest.approx(naive_nearest(matrix), abs=1e-12)


@pytest.mark.parametrize("size", [2, 3, 6, 8])
def test_nothing_is_better_than_the_best(size: int) -> None:
    """Where every name is nearest to its own, p is one in E!, for both questions."""
    matrix = 1 - np.eye(size) + 0.1 * a_matrix(0, size)
    assert correspondence(matrix).p == pytest.approx(1 / factorial(size))
    assert (nearest(matrix).value, nearest(matrix).p) == pytest.approx((1, 1 / factorial(size)))


@given(SEEDS, st.integers(2, 5), st.booleans())
def test_what_a_row_or_column_shares_does_not_matter(seed: int, size: int, ties: bool) -> None:
    """A number added to a row or a column leaves the correspondence's p; one added to a row leaves all of nearest."""
    generator = np.random.default_rng(seed)
    matrix = a_matrix(seed, size, ties)
    row, column = generator.normal(size=(size, 1)), generator.normal(size=(1, size))
    assert correspondence(matrix + row + column).p == correspondence(matrix).p
    assert correspondence(3 * matrix).p == correspondence(matrix).p
    assert nearest(matrix + generator.integers(-3, 4, (size, 1))) == nearest(matrix)


@given(SEEDS, st.integers(2, 5))
def test_names_have_no_order(seed: int, size: int) -> None:
    """With rows and columns in another common order both give the same, ties included."""
    matrix = a_matrix(seed, size, ties=True)
    order = np.random.default_rng(seed).permutation(size)
    for question in (correspondence, nearest):
        found, expected = question(matrix[np.ix_(order, order)]), question(matrix)
        assert (found.value, found.p) == pytest.approx((expected.value, expected.p), abs=1e-12)


@pytest.mark.parametrize("ties", [True, False])
def test_chance_is_called_no_more_often_than_it_should(ties: bool) -> None:
    """Over all ways to name the columns, p is at most alpha in at most alpha of them, for every alpha."""
    matrix = a_matrix(3, 5, ties)
    for question in (correspondence, nearest):
        values = np.array([question(matrix[:, list(pi)]).p for pi in permutations(range(5))])
        for alpha in np.unique(values):
            assert np.mean(values <= alpha) <= alpha + 1e-12


def test_equally_near_columns_share_their_row() -> None:
    """Where all distances are equal nothing is told: nearest is right by chance only, and p is 1."""
    assert nearest(np.full((4, 4), 0.3)) == Correspondence(0.25, 1.0)
    assert correspondence(np.full((4, 4), 0.3)).p == 1.0


def test_many_names_are_matched_at_random(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit p comes from random matchings: near the exact one, the same for a seed, in whatever pieces."""
    matrix = a_matrix(5, 6)
    exact = correspondence(matrix).p, nearest(matrix).p
    monkeypatch.setattr(module, "EXACT", 5)
    assert (correspondence(matrix).p, nearest(matrix).p) == pytest.approx(exact, abs=0.01)
    few = [correspondence(matrix, resamples=500, seed=seed).p for seed in (0, 0, 1, 2)]
    assert few[0] == few[1]
    assert len(set(few)) > 1
    monkeypatch.setattr(module, "CHUNK", 7)
    assert correspondence(matrix, resamples=500).p == few[0]


def test_a_random_p_is_never_zero() -> None:
    """Of nine names in the best order p is one in 1 + R: the matching that was seen counts."""
    matrix = 1 - np.eye(9)
    assert correspondence(matrix, resamples=99).p == nearest(matrix, resamples=99).p == 0.01


@pytest.mark.parametrize("matrix", [
    np.zeros((2, 3)), np.zeros(4), np.zeros((0, 0)), np.array([[0.0, np.nan], [0.0, 0.0]]), np.full((2, 2), np.inf),
])  # fmt: skip
def test_what_cannot_be_matched_is_refused(matrix: Array) -> None:
    """A matrix that is not square, is empty, or is not finite, is an error for both."""
    for question in (correspondence, nearest):
        with pytest.raises(ValueError, match="square matrix of finite distances"):
            question(matrix)
