"""Is the spread among noisy numbers that of the numbers without noise, and its interval worth its level?"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from emobench.metrics.spread import Spread, noise_of, spread

Array = NDArray[np.float64]
SEEDS = st.integers(0, 2**32 - 1)
TRUE = np.array([-1.0, -0.5, 0.0, 0.0, 0.5, 1.0])  # sd 0.71


def a_covariance(seed: int, size: int = 6, shared: float = 2.0) -> Array:
    """Noise of different sizes, correlated at random, with a part that all numbers share."""
    root = np.random.default_rng(seed).normal(size=(size, size)) / 2
    covariance: Array = root @ root.T + np.diag(np.linspace(0.5, 1.5, size)) + shared
    return covariance


def studies(true: Array, people: int, runs: int) -> list[Spread]:
    """Spreads of means over people that vary around the true numbers, with the covariance that the people show."""
    generator = np.random.default_rng(5)
    root = np.linalg.cholesky(a_covariance(4))
    found = []
    for run in range(runs):
        values = true + generator.normal(size=(people, len(true))) @ root.T
        found.append(spread(values.mean(0), np.cov(values.T) / people, people - 1, draws=500, seed=run))
    return found


@pytest.mark.parametrize("size", [0.0, 1.0])
def test_the_square_is_unbiased(size: float) -> None:
    """Over studies the squared spread is the true one on average; less the mean variance only, it is far too small."""
    generator = np.random.default_rng(0)
    true, covariance, runs = size * TRUE, a_covariance(1), 4000
    noisy = true + generator.normal(size=(runs, 6)) @ np.linalg.cholesky(covariance).T
    squares = [spread(values, covariance, 22, draws=1).squared for values in noisy]
    error = np.std(squares) / runs**0.5
    assert np.mean(squares) == pytest.approx(true.var(ddof=1), abs=3 * error)
    naive = noisy.var(1, ddof=1) - np.trace(covariance) / 6
    assert naive.mean() < true.var(ddof=1) - 20 * error


@given(SEEDS, st.integers(2, 7))
def test_noise_is_what_the_formula_says(seed: int, size: int) -> None:
    """Noise is the mean variance less the mean covariance of two numbers, and what all share adds none."""
    covariance = a_covariance(seed, size)
    variances = [covariance[i, i] for i in range(size)]
    covariances = [covariance[i, j] for i in range(size) for j in range(size) if i != j]
    expected = sum(variances) / size - sum(covariances) / len(covariances)
    assert noise_of(covariance) == pytest.approx(expected, abs=1e-12)
    assert noise_of(covariance + 7) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("people", [8, 24])
def test_the_interval_holds_nothing_where_there_is_nothing(people: int) -> None:
    """Where the numbers do not differ, low is above 0 in about 2.5 % of studies and p below 5 % in about 5 %."""
    found = studies(0 * TRUE, people, runs=300)
    assert np.mean([one.low > 0 for one in found]) < 0.05
    assert np.mean([one.p < 0.05 for one in found]) < 0.08
    assert np.mean([one.value > 0 for one in found]) > 0.2


@pytest.mark.parametrize(("size", "people"), [(1.0, 24), (3.0, 24), (1.0, 100)])
def test_the_interval_covers_a_clear_spread(size: float, people: int) -> None:
    """The true spread is between the ends in about 95 % of the studies, and on either side of them in a few."""
    true = float((size * TRUE).std(ddof=1))
    found = studies(size * TRUE, people, runs=400)
    below, above = np.mean([one.high < true for one in found]), np.mean([one.low > true for one in found])
    assert 0.92 < 1 - below - above < 0.985
    assert max(below, above) < 0.05


@pytest.mark.parametrize("freedom", [5, 22, 200])
def test_the_ends_invert_the_test(freedom: int) -> None:
    """At the low end noise spreads numbers as much as was seen in 2.5 % of draws, at the high end as little."""
    values, covariance = np.array([3.0, -2.0, 0.5, 1.0, -4.0, 2.0]), 0.1 * a_covariance(2)
    found = spread(values, covariance, freedom, draws=40_000)
    generator = np.random.default_rng(9)
    noise = generator.multivariate_normal(np.zeros(6), covariance, 200_000)
    noise /= np.sqrt(generator.chisquare(freedom, 200_000) / freedom)[:, None]
    off = values - values.mean()
    direction = off / np.linalg.norm(off)
    for end, side in ((found.low, 1), (found.high, -1)):
        seen = end * np.sqrt(5) * direction + noise
        squares = np.square(seen - seen.mean(1, keepdims=True)).sum(1)
        assert np.mean(side * squares >= side * off @ off) == pytest.approx(0.025, abs=0.003)
    assert 0 < found.low < found.value < found.high


@pytest.mark.parametrize("size", [0.5, 1.0, 2.0])
def test_p_is_how_often_noise_spreads_as_much(size: float) -> None:
    """The p is the share of draws of correlated noise, with heavy tails, that lie as far apart as the numbers do."""
    values, covariance, freedom = size * np.array([1.5, -1.0, 0.25, 0.5, -2.0, 1.0]), 0.5 * a_covariance(2), 7
    generator = np.random.default_rng(11)
    noise = generator.multivariate_normal(np.zeros(6), covariance, 200_000)
    noise /= np.sqrt(generator.chisquare(freedom, 200_000) / freedom)[:, None]
    expected = float(np.mean(noise.var(1) >= values.var()))
    assert 0.001 < expected < 0.9
    assert spread(values, covariance, freedom, draws=40_000).p == pytest.approx(expected, abs=0.01)


@given(SEEDS, st.floats(0.1, 4), st.integers(2, 30))
def test_p_and_interval_agree(seed: int, size: float, freedom: int) -> None:
    """They are of one test: low is above 0 just where p is at most 2.5 %, up to the draw that p counts more."""
    found = spread(size * np.random.default_rng(seed).normal(size=5), 0.3 * a_covariance(seed, 5), freedom, draws=400)
    assert 1 / 401 <= found.p <= 1
    if found.low > 0:
        assert found.p <= (1 + 0.025 * 400) / 401
    else:
        assert found.p > 0.025


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=8))
def test_without_noise_it_is_the_standard_deviation(numbers: list[float]) -> None:
    """A covariance of 0 gives the plain standard deviation, no doubt of it, and the least p of the draws."""
    values = np.array(numbers)
    found = spread(values, np.zeros((len(values), len(values))), 5, draws=10)
    plain = float(values.std(ddof=1))
    assert (found.value, found.low, found.high) == pytest.approx((plain, plain, plain), rel=1e-9, abs=1e-12)
    assert plain < 1e-9 or found.p == 1 / 11


def test_equal_numbers_do_not_spread() -> None:
    """Equal numbers have a spread of 0 with both ends at 0 and a p of 1, and a square below 0 if there is noise."""
    found = spread(np.full(4, 2.0), np.eye(4), 7)
    assert (found.value, found.squared, found.low, found.high, found.p) == (0.0, -1.0, 0.0, 0.0, 1.0)


def test_less_spread_than_noise_is_none() -> None:
    """Numbers nearer to each other than noise would leave them spread by 0; what it could hide is in the interval."""
    found = spread(np.array([1.0, 1.5, 2.0]), np.eye(3), 22)
    assert found.value == found.low == 0
    assert found.squared == pytest.approx(0.25 - 1)
    assert 0 < found.high < 3


@given(SEEDS, st.sampled_from([0.25, 2.0, 1024.0]))
def test_the_unit_and_a_shift_do_not_matter(seed: int, factor: float) -> None:
    """In another unit spread and ends are in that unit and p stays; a number added to all changes nothing."""
    values, covariance = np.random.default_rng(seed).normal(size=6), 0.2 * a_covariance(seed)
    plain = spread(values, covariance, 9, draws=200)
    found = spread(factor * values + 4 * factor, factor**2 * covariance, 9, draws=200)
    expected = (factor * plain.value, factor**2 * plain.squared, factor * plain.low, factor * plain.high)
    assert (found.value, found.squared, found.low, found.high) == pytest.approx(expected, rel=1e-9, abs=1e-6)
    assert found.p == pytest.approx(plain.p, abs=1.5 / 201)


def test_the_ends_belong_to_their_seed() -> None:
    """The same seed gives the same ends, another seed others near them, and the value has no part in it."""
    values, covariance = 2 * TRUE, 0.1 * a_covariance(0)
    one, again, other = (spread(values, covariance, 22, seed=seed) for seed in (0, 0, 1))
    assert one == again
    assert one.value == other.value
    assert 0 < abs(one.high - other.high) < 0.05


@pytest.mark.parametrize(("values", "covariance"), [
    (np.zeros(1), np.zeros((1, 1))), (np.zeros(3), np.zeros((2, 2))), (np.zeros(2), np.zeros((2, 3))),
    (np.array([0.0, np.nan]), np.eye(2)), (np.zeros(2), np.array([[1.0, np.nan], [0.0, 1.0]])),
])  # fmt: skip
def test_what_has_no_spread_is_refused(values: Array, covariance: Array) -> None:
    """One number, other shapes, and numbers that are not finite, are errors."""
    with pytest.raises(ValueError, match=r"covariance"):
        spread(values, covariance, 5)


@pytest.mark.parametrize(("freedom", "draws"), [(0, 10), (5, 0)])
def test_no_draws_are_refused(freedom: int, draws: int) -> None:
    """No degrees of freedom and no draws are errors."""
    with pytest.raises(ValueError, match="below 1"):
        spread(np.zeros(2), np.eye(2), freedom, draws)
