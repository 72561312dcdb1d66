"""Is the jackknife's covariance that of other people, and its t the textbook's?"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from emobench.metrics.jackknife import degrees_of_freedom, jackknife_bias, jackknife_covariance, t_interval, t_p

Array = NDArray[np.float64]
SEEDS = st.integers(0, 2**32 - 1)


def without_each(people: Array) -> Array:
    """The means of all people but one."""
    return np.array([np.delete(people, one, axis=0).mean(0) for one in range(len(people))])


@given(SEEDS, st.integers(1, 9), st.integers(1, 4))
def test_it_is_the_formula(seed: int, blocks: int, estimates: int) -> None:
    """The covariance is what loops over strata, blocks and pairs of estimates give."""
    generator = np.random.default_rng(seed)
    left_out, stratum = generator.normal(size=(blocks, estimates)), generator.integers(0, 3, blocks)
    expected = np.zeros((estimates, estimates))
    for one in range(3):
        members = [left_out[block] for block in range(blocks) if stratum[block] == one]
        for i, j in np.ndindex(estimates, estimates):
            mean_i, mean_j = (sum(member[k] for member in members) / max(1, len(members)) for k in (i, j))
            products = sum((member[i] - mean_i) * (member[j] - mean_j) for member in members)
            expected[i, j] += products * (len(members) - 1) / max(1, len(members))
    assert jackknife_covariance(left_out, stratum) == pytest.approx(expected, abs=1e-12)


@given(SEEDS, st.integers(2, 30))
def test_of_means_it_is_the_squared_standard_error(seed: int, people: int) -> None:
    """For means over people it is their sample covariance over the number of people, exactly."""
    values = np.random.default_rng(seed).normal(size=(people, 3))
    expected = np.cov(values.T) / people
    assert jackknife_covariance(without_each(values), np.zeros(people, int)) == pytest.approx(expected, abs=1e-12)


def test_strata_add() -> None:
    """A difference of two groups of people has the sum of their squared standard errors, whoever comes first."""
    generator = np.random.default_rng(1)
    first, second = generator.normal(size=6), 2 * generator.normal(size=9)
    left_out = np.concatenate([without_each(first) - second.mean(), first.mean() - without_each(second)])
    stratum = np.repeat([2, 1], [6, 9])
    order = generator.permutation(15)
    found = jackknife_covariance(left_out[order][:, None], stratum[order])
    assert found == pytest.approx(np.array([[first.var(ddof=1) / 6 + second.var(ddof=1) / 9]]), abs=1e-12)
    assert degrees_of_freedom(stratum) == 5 + 8


def test_a_block_alone_adds_nothing() -> None:
    """A stratum of one block adds neither covariance nor degrees of freedom."""
    left_out, stratum = np.array([[1.0], [2.0], [99.0]]), np.array([0, 0, 1])
    assert jackknife_covariance(left_out, stratum) == pytest.approx(np.array([[0.25]]))
    assert degrees_of_freedom(stratum) == 1


@pytest.mark.parametrize("undefined", [np.nan, np.inf])
def test_what_is_undefined_once_is_undefined(undefined: float) -> None:
    """An estimate that some people's absence leaves undefined has nan in its row and column, the others keep theirs."""
    left_out = np.random.default_rng(0).normal(size=(5, 3))
    expected = jackknife_covariance(left_out, np.zeros(5, int))
    left_out[2, 1] = undefined
    found = jackknife_covariance(left_out, np.zeros(5, int))
    assert np.isnan(found).tolist() == [[False, True, False], [True, True, True], [False, True, False]]
    assert found[::2, ::2] == pytest.approx(expected[::2, ::2])


@given(SEEDS, st.integers(2, 30), st.floats(0.5, 0.999))
def test_intervals_and_p_are_those_of_the_t_test(seed: int, people: int, level: float) -> None:
    """For a mean over people they are those of Student's test of one sample."""
    values = np.random.default_rng(seed).normal(size=people) + 0.3
    test = stats.ttest_1samp(values, 0.0)
    variance = float(values.var(ddof=1)) / people
    found = t_interval(float(values.mean()), variance, people - 1, level)
    expected = test.confidence_interval(level)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), rel=1e-7, abs=1e-9)
    assert t_p(float(values.mean()), variance, people - 1) == pytest.approx(test.pvalue, rel=1e-7)


@given(st.floats(-5, 5), st.floats(1e-6, 9), st.integers(1, 60))
def test_they_are_the_written_out_formulas(value: float, variance: float, freedom: int) -> None:
    """The ends are value -+ the 97.5 % point of t times the standard error, p is both tails; an end at 0 has p 5 %."""
    reach = stats.t.ppf(0.975, freedom) * np.sqrt(variance)
    found = t_interval(value, variance, freedom)
    assert (found.low, found.high) == pytest.approx((value - reach, value + reach), rel=1e-9, abs=1e-12)
    assert t_p(value, variance, freedom) == pytest.approx(2 * stats.t.sf(abs(value) / np.sqrt(variance), freedom))
    assert t_p(reach, variance, freedom) == pytest.approx(0.05)


def test_without_variance_there_is_no_doubt() -> None:
    """A variance of 0 makes the interval a point, and p 1 at 0 and 0 elsewhere."""
    assert t_interval(0.4, 0.0, 5) == t_interval(0.4, 0.0, 9)
    assert (t_interval(0.4, 0.0, 5).low, t_interval(0.4, 0.0, 5).high) == (0.4, 0.4)
    assert (t_p(0.0, 0.0, 5), t_p(0.4, 0.0, 5), t_p(0.0, 1.0, 5)) == (1.0, 0.0, 1.0)


@pytest.mark.parametrize(("value", "variance", "freedom"), [
    (np.nan, 1.0, 5), (np.inf, 1.0, 5), (0.0, -1.0, 5), (0.0, np.nan, 5), (0.0, np.inf, 5), (0.0, 1.0, 0),
])  # fmt: skip
def test_what_has_no_t_is_refused(value: float, variance: float, freedom: int) -> None:
    """A value or variance that is not finite, a variance below 0, and no degrees of freedom, are errors."""
    with pytest.raises(ValueError, match="no t of"):
        t_interval(value, variance, freedom)
    with pytest.raises(ValueError, match="no t of"):
        t_p(value, variance, freedom)


def test_other_shapes_and_levels_are_refused() -> None:
    """Left-out values without a stratum each, no blocks, and a level outside 0 to 1, are errors."""
    for left_out, stratum in ((np.zeros(3), np.zeros(3, int)), (np.zeros((3, 1)), np.zeros(2, int))):
        with pytest.raises(ValueError, match="a stratum per block"):
            jackknife_covariance(left_out, stratum)
    with pytest.raises(ValueError, match="a stratum per block"):
        jackknife_covariance(np.zeros((0, 1)), np.zeros(0, int))
    for level in (0.0, 1.0):
        with pytest.raises(ValueError, match="a level"):
            t_interval(0.0, 1.0, 5, level)


def test_the_bias_of_a_variance_is_known_exactly() -> None:
    """A variance with n is too small by s^2 / n; a mean has no bias; strata add."""
    generator = np.random.default_rng(4)
    first, second = generator.normal(size=7), generator.normal(size=5)

    def both(one: Array, other: Array) -> Array:
        return np.array([one.var() + other.var(), one.mean() - other.mean()])

    left_out = [both(np.delete(first, place), second) for place in range(7)]
    left_out += [both(first, np.delete(second, place)) for place in range(5)]
    bias = jackknife_bias(both(first, second), np.array(left_out), np.repeat([0, 1], [7, 5]))
    assert bias == pytest.approx([-first.var(ddof=1) / 7 - second.var(ddof=1) / 5, 0.0], abs=1e-12)


def test_bias_needs_a_stratum_for_each_block() -> None:
    """Left-out values without as many strata are refused."""
    with pytest.raises(ValueError, match="stratum"):
        jackknife_bias(np.array(1.0), np.ones(3), np.zeros(2, int))
