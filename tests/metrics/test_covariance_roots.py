"""Do covariances and squares stand in for rows and singular values only where rounding allows it?"""

import mpmath
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from emobench.metrics import covariance_roots
from emobench.metrics.covariance_roots import cholesky_root, shared_spread

Array = NDArray[np.float64]
SEEDS = st.integers(0, 2**32 - 1)


def exact_spread(first: Array, second: Array) -> float:
    """The sum of singular values, by singular values."""
    return float(np.linalg.svd(first @ second.T, compute_uv=False).sum())


def spreads_of(*roots: Array) -> float:
    """The sum of traces of the covariances."""
    return sum(float(np.square(root).sum()) for root in roots)


def triangle(seed: int, width: int, least: float, *, turned: bool = True) -> Array:
    """A triangle whose singular values fall from 1 to ``least`` as powers of their number."""
    generator = np.random.default_rng(seed)
    values = np.arange(1.0, width + 1) ** (np.log(least) / np.log(width)) * generator.uniform(0.7, 1.4, width)
    turn = np.linalg.qr(generator.normal(size=(width, width))).Q if turned else np.eye(width)
    root: Array = np.linalg.qr(values[:, None] * turn).R
    return root


def count_squares(monkeypatch: pytest.MonkeyPatch) -> list[float | None]:
    """A list that fills with what squares gave."""
    by_squares, found = covariance_roots._by_squares, []

    def counted(first: Array, second: Array, spreads: float) -> float | None:
        found.append(by_squares(first, second, spreads))
        return found[-1]

    monkeypatch.setattr(covariance_roots, "_by_squares", counted)
    return found


@given(SEEDS, st.integers(1, 20))
def test_a_root_squared_is_the_covariance(seed: int, width: int) -> None:
    """Where there is a root, it is an upper triangle, and its square is the covariance up to rounding."""
    rows = np.random.default_rng(seed).normal(size=(3 * width + 5, width))
    covariance = rows.T @ rows
    root = cholesky_root(covariance)
    assert root is not None
    assert not np.tril(root, -1).any()
    assert root.T @ root == pytest.approx(covariance, abs=1e-14 * covariance.trace())


@pytest.mark.parametrize("width", [2, 30, 300])
def test_badly_conditioned_covariances_have_none(width: int) -> None:
    """A root is given when |R| |R^-1| is well below 1e4, and none when it is well above, singular ones included."""
    for least, expected in ((0.1, True), (1e-6, False), (1e-30, False)):
        root = triangle(width, width, least)
        assert (cholesky_root(root.T @ root) is not None) == expected
    assert cholesky_root(np.ones((width, width))) is None
    assert cholesky_root(np.zeros((width, width))) is None
    assert cholesky_root(-np.eye(width)) is None


def test_the_covariance_is_left_alone() -> None:
    """The covariance that was given is the same afterwards, in either order of memory."""
    covariance = np.array([[4.0, 2.0], [2.0, 10.0]])
    for matrix in (covariance.copy(), np.asfortranarray(covariance)):
        cholesky_root(matrix)
        assert (matrix == covariance).all()


@pytest.mark.parametrize("turned", [True, False])
@pytest.mark.parametrize("least", [0.5, 1e-2, 1e-3, 1e-6, 1e-12])
def test_the_sum_is_that_of_singular_values(least: float, turned: bool) -> None:
    """The sum for wide triangles is that of singular values within 1e-12 of both traces, whatever their condition."""
    for seed in range(3):
        first, second = (triangle(2 * seed + one, 150, least, turned=turned) for one in (0, 1))
        spreads = spreads_of(first, second)
        found = shared_spread(first, second, spreads)
        assert found == pytest.approx(exact_spread(first, second), rel=0, abs=5e-13 * spreads)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SEEDS, st.integers(2, 12), st.floats(1e-6, 1), st.floats(1e-6, 1), st.booleans())
def test_it_holds_for_few_numbers_too(
    monkeypatch: pytest.MonkeyPatch, seed: int, width: int, least: float, other: float, turned: bool
) -> None:
    """Where squares are taken for small triangles, they hold to 1e-12 of both traces as well."""
    monkeypatch.setattr(covariance_roots, "FEW", 1)
    first, second = triangle(seed, width, least, turned=turned), triangle(seed + 1, width, other)
    spreads = spreads_of(first, second)
    found = shared_spread(first, second, spreads)
    assert found == pytest.approx(exact_spread(first, second), rel=0, abs=5e-13 * spreads)


@pytest.mark.parametrize("least", [0.5, 1e-2, 1e-5])
def test_it_holds_against_fifty_digits(monkeypatch: pytest.MonkeyPatch, least: float) -> None:
    """By squares or not, the sum is that of fifty digits within 1e-12 of both traces."""
    monkeypatch.setattr(covariance_roots, "FEW", 1)
    first, second = triangle(0, 12, least), triangle(1, 12, least)
    with mpmath.workdps(50):
        product = mpmath.matrix(first.tolist()) * mpmath.matrix(second.tolist()).T
        values = mpmath.eigsy(product * product.T, eigvals_only=True)
        expected = float(sum(mpmath.sqrt(value) for value in values))
    spreads = spreads_of(first, second)
    assert shared_spread(first, second, spreads) == pytest.approx(expected, rel=0, abs=5e-13 * spreads)


def test_squares_are_taken_where_they_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Well conditioned triangles are summed by squares; those that lost too many digits, by singular values."""
    found = count_squares(monkeypatch)
    good, bad = (triangle(0, 100, 1e-2), triangle(1, 100, 1e-2)), (triangle(0, 100, 1e-9), triangle(1, 100, 1e-9))
    shared_spread(*good, spreads_of(*good))
    assert found.pop() is not None
    assert shared_spread(*bad, spreads_of(*bad)) == exact_spread(*bad)
    assert found.pop() is None


def test_what_squares_lost_is_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """With one small singular value the product of all restores its digits, to 2e-15 of both traces."""
    first = np.linalg.qr(np.r_[np.ones(99), 3e-3][:, None] * triangle(0, 100, 0.9)).R
    spreads, found = 2 * spreads_of(first), count_squares(monkeypatch)
    assert shared_spread(first, first, spreads) == pytest.approx(spreads / 2, rel=0, abs=2e-15 * spreads)
    assert found.pop() is not None


def test_a_square_that_is_no_triangle_is_summed_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """Square roots that are no triangles, and roots of few rows, go by singular values."""
    found = count_squares(monkeypatch)
    generator = np.random.default_rng(0)
    square, few, good = generator.normal(size=(100, 100)), generator.normal(size=(70, 100)), triangle(0, 100, 0.5)
    for first, second in ((square, square[::-1]), (good, square), (square, good), (few, good), (few, few[::-1])):
        assert shared_spread(first, second, spreads_of(first, second)) == exact_spread(first, second)
    assert not found


@pytest.mark.parametrize("factor", [1e-120, 1e130])
def test_the_unit_does_not_matter(factor: float) -> None:
    """Numbers whose squares of squares leave float64 are summed like any others."""
    first, second = triangle(0, 100, 0.1), triangle(1, 100, 0.1)
    spreads = spreads_of(first, second)
    found = shared_spread(factor * first, factor * second, factor**2 * spreads)
    assert found == pytest.approx(factor**2 * exact_spread(first, second), rel=1e-12)
