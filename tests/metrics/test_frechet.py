"""Is the Frechet distance its formula, in every regime, to the last digits that it promises?"""

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.linalg import sqrtm

from emobench.metrics.frechet import (
    frechet_between,
    frechet_distance,
    frechet_from_moments,
    gaussian_from_moments,
    gaussian_of,
)

Array = NDArray[np.float64]
SHAPES = st.tuples(st.integers(0, 2**32 - 1), st.integers(2, 9), st.integers(2, 9), st.integers(1, 6))
REGIMES = [(9, 11, 5), (4, 3, 6), (4, 11, 6), (11, 4, 6)]  # n1, n2, d


def two_sets(seed: int, n1: int, n2: int, width: int) -> tuple[Array, Array]:
    """Correlated features of uneven scales, the second set elsewhere."""
    generator = np.random.default_rng(seed)
    mix = generator.normal(size=(width, width))
    first = generator.normal(size=(n1, width)) @ mix
    return first, generator.normal(size=(n2, width)) * generator.uniform(0.1, 3, width) + generator.normal(size=width)


def turned(seed: int, width: int) -> Array:
    """A rotation."""
    turn: Array = np.linalg.qr(np.random.default_rng(seed).normal(size=(width, width))).Q
    return turn


def scale_of(*sets: Array) -> float:
    """Sum of traces and squared means: what rounding is measured against."""
    return sum(float(np.cov(one, rowvar=False).trace() if one.shape[1] > 1 else one.var(ddof=1)) for one in sets) + sum(
        float(np.square(one.mean(0)).sum()) for one in sets
    )


def textbook(first: Array, second: Array) -> float:
    """The formula as it is printed, with scipy's matrix square root."""
    mean1, mean2 = first.mean(0), second.mean(0)
    cov1, cov2 = np.cov(first, rowvar=False), np.cov(second, rowvar=False)
    root = np.asarray(sqrtm(cov1 @ cov2)).real
    return float(np.sum((mean1 - mean2) ** 2) + np.trace(cov1 + cov2 - 2 * root))


def in_fifty_digits(first: Array, second: Array) -> float:
    """The formula by eigenvalues of C1^(1/2) C2 C1^(1/2), from the moments on in fifty digits."""
    with mpmath.workdps(50):
        moments = []
        for rows in (mpmath.matrix(first.tolist()), mpmath.matrix(second.tolist())):
            ones = mpmath.ones(rows.rows, 1)
            mean = rows.T * ones / rows.rows
            centred = rows - ones * mean.T
            moments.append((mean, centred.T * centred / (rows.rows - 1)))
        (mean1, cov1), (mean2, cov2) = moments
        values, vectors = mpmath.eigsy(cov1)
        root = vectors * mpmath.diag([mpmath.sqrt(max(value, 0)) for value in values]) * vectors.T
        inner = mpmath.eigsy(root * cov2 * root, eigvals_only=True)
        traces = sum(cov1[i, i] + cov2[i, i] for i in range(cov1.rows))
        gap = mean1 - mean2
        return float((gap.T * gap)[0] + traces - 2 * sum(mpmath.sqrt(max(value, 0)) for value in inner))


def known(n1: int, n2: int, width: int, seed: int) -> tuple[Array, Array, float]:
    """Sets whose covariances share their axes, and the distance that their variances and means were given."""
    generator = np.random.default_rng(seed)
    turn, gap = turned(seed, width), generator.normal(size=width)
    sets, deviations = [], []
    for rows in (n1, n2):
        rank = min(rows - 1, width)
        deviation = np.zeros(width)
        deviation[generator.permutation(width)[:rank]] = generator.uniform(0.5, 2, rank)
        centred = generator.normal(size=(rows, rank))
        flat = np.linalg.qr(centred - centred.mean(0)).Q  # orthonormal columns that sum to 0
        scatter = np.zeros((rows, width))
        scatter[:, deviation > 0] = flat * deviation[deviation > 0] * np.sqrt(rows - 1)
        sets.append(scatter @ turn.T)
        deviations.append(deviation)
    return sets[0], sets[1] + gap, float(np.sum(gap**2) + np.sum((deviations[0] - deviations[1]) ** 2))


@pytest.mark.parametrize("seed", range(5))
def test_it_is_the_textbook_formula(seed: int) -> None:
    """With more rows than numbers the distance is fadtk's formula with a matrix square root."""
    first, second = two_sets(seed, 60, 80, 7)
    assert frechet_distance(first, second).value == pytest.approx(textbook(first, second), rel=1e-6)


@pytest.mark.parametrize(("n1", "n2", "width"), REGIMES)
def test_it_holds_to_twelve_digits(n1: int, n2: int, width: int) -> None:
    """With few rows or many, the distance is that of fifty digits within 1e-12 of traces and squared means."""
    first, second = two_sets(n1, n1, n2, width)
    first = first * 10.0 ** np.linspace(-3, 3, width)
    found = frechet_distance(first, second).value
    assert found == pytest.approx(in_fifty_digits(first, second), rel=0, abs=1e-12 * scale_of(first, second))


@pytest.mark.parametrize(("n1", "n2", "width"), [(200, 150, 60), (40, 30, 60), (40, 150, 60), (30, 400, 128)])
def test_a_distance_that_was_built_is_found(n1: int, n2: int, width: int) -> None:
    """Sets built to have covariances with common axes are as far apart as their variances and means say."""
    first, second, expected = known(n1, n2, width, seed=n1)
    assert frechet_distance(first, second).value == pytest.approx(expected, rel=1e-11)


@given(SHAPES)
def test_one_number_has_a_closed_form(shape: tuple[int, int, int, int]) -> None:
    """Of single numbers the distance is the squared gaps of means and of standard deviations (n - 1)."""
    first, second = two_sets(*shape[:3], 1)
    expected = (first.mean() - second.mean()) ** 2 + (first.std(ddof=1) - second.std(ddof=1)) ** 2
    assert frechet_distance(first, second).value == pytest.approx(expected, abs=1e-12 * scale_of(first, second))


@given(SHAPES)
def test_equal_sets_are_exactly_nowhere_apart(shape: tuple[int, int, int, int]) -> None:
    """A set and its copy have distance 0.0, not rounding noise, from rows, moments and fitted Gaussians."""
    first, _ = two_sets(*shape)
    mean, covariance = first.mean(0), np.atleast_2d(np.cov(first, rowvar=False))
    assert frechet_distance(first, np.asfortranarray(first)).value == 0.0  # sums run in another order
    assert frechet_distance(first.astype(np.float32), first.astype(np.float32)).value == 0.0
    assert frechet_from_moments(mean, covariance, mean.copy(), covariance.copy()).value == 0.0
    assert frechet_between(gaussian_of(first), gaussian_of(first)).value == 0.0


@given(SHAPES)
def test_it_is_never_negative(shape: tuple[int, int, int, int]) -> None:
    """Sets that differ in the order of their rows only are at 0 or above it by no more than rounding."""
    first, _ = two_sets(*shape)
    found = frechet_distance(first, first[::-1]).value
    assert 0.0 <= found <= 1e-12 * scale_of(first)


@given(SHAPES, st.floats(0.01, 100))
def test_the_point_of_view_does_not_matter(shape: tuple[int, int, int, int], factor: float) -> None:
    """Order of the sets, a common shift and a rotation change nothing; a factor enters by its square."""
    first, second = two_sets(*shape)
    turn, shift = turned(shape[0], shape[3]), np.linspace(-2, 2, shape[3])
    expected, slack = frechet_distance(first, second).value, 1e-11 * (scale_of(first, second) + 8 * shape[3])
    assert frechet_distance(second, first).value == pytest.approx(expected, rel=0, abs=slack)
    assert frechet_distance(first + shift, second + shift).value == pytest.approx(expected, rel=0, abs=slack)
    assert frechet_distance(first @ turn, second @ turn).value == pytest.approx(expected, rel=0, abs=slack)
    scaled = frechet_distance(factor * first, factor * second).value
    assert scaled == pytest.approx(factor**2 * expected, rel=0, abs=factor**2 * slack)


def test_few_rows_are_said_to_be_few() -> None:
    """A distance is marked singular exactly when a set has no more rows than its vectors have numbers."""
    generator = np.random.default_rng(0)
    enough, short = generator.normal(size=(5, 4)), generator.normal(size=(4, 4))
    assert not frechet_distance(enough, enough + 1).singular
    assert frechet_distance(enough, short).singular
    assert frechet_distance(short, enough).singular
    assert frechet_distance(short, short).singular


def test_features_that_do_not_vary_count_by_their_means() -> None:
    """Constant features add the squared gap of their values, and a set of equal rows is a point."""
    first, second = two_sets(3, 9, 8, 3)
    wider = [np.column_stack([one, np.full(len(one), value)]) for one, value in ((first, 0.1), (second, 2.1))]
    expected = frechet_distance(first, second).value + 4
    assert frechet_distance(wider[0], wider[1]).value == pytest.approx(expected, rel=1e-12)
    points = frechet_distance(np.full((3, 2), 0.1), np.full((5, 2), 0.4))
    assert points.value == pytest.approx(0.18, rel=1e-12)


@pytest.mark.parametrize(("n1", "n2", "width"), REGIMES)
def test_moments_say_what_rows_say(n1: int, n2: int, width: int) -> None:
    """From mean and covariance the distance is that from rows: to 1e-12 of full rank, to 1e-6 of less."""
    first, second = two_sets(n1, n1, n2, width)
    moments = [part for one in (first, second) for part in (one.mean(0), np.cov(one, rowvar=False))]
    found, expected = frechet_from_moments(*moments), frechet_distance(first, second)
    assert found.singular == expected.singular
    slack = (1e-6 if expected.singular else 1e-12) * scale_of(first, second)
    assert found.value == pytest.approx(expected.value, rel=0, abs=slack)


def test_eigenvalues_that_are_rounding_count_as_zero() -> None:
    """A Gaussian is singular when an eigenvalue is 2.2e-16 d of the largest or less, and not when it is above that."""
    assert gaussian_from_moments(np.zeros(2), np.diag([4.0, 1e-15])).singular
    assert not gaussian_from_moments(np.zeros(2), np.diag([4.0, 1e-14])).singular


def test_both_halves_of_a_covariance_count() -> None:
    """Where rounding left a covariance a little asymmetric, it and its transpose give the same."""
    first, second = (np.cov(one, rowvar=False) for one in two_sets(2, 9, 8, 3))
    uneven = first + 1e-8 * np.triu(np.ones((3, 3)), 1)
    found = [frechet_from_moments(np.zeros(3), one, np.zeros(3), second).value for one in (uneven, uneven.T)]
    assert found[0] == found[1] != frechet_from_moments(np.zeros(3), first, np.zeros(3), second).value


def test_rows_and_moments_can_be_compared() -> None:
    """A Gaussian fitted to rows and one given by moments are as far apart as two of a kind."""
    first, second = two_sets(1, 9, 8, 3)
    given_moments = gaussian_from_moments(second.mean(0), np.cov(second, rowvar=False))
    found = frechet_between(gaussian_of(first), given_moments).value
    assert found == pytest.approx(frechet_distance(first, second).value, rel=1e-11)


@pytest.mark.parametrize(
    ("mean", "covariance", "reason"),
    [
        (np.zeros(2), np.eye(3), "do not fit"),
        (np.zeros((2, 1)), np.eye(2), "do not fit"),
        (np.array([0.0, np.nan]), np.eye(2), "must be finite"),
        (np.zeros(2), np.diag([1.0, np.inf]), "must be finite"),
        (np.zeros(2), np.array([[1.0, 0.5], [0.4, 1.0]]), "symmetric"),
        (np.zeros(2), np.diag([1.0, -0.1]), "no negative eigenvalue"),
        (np.zeros(2), np.diag([0.0, -0.1]), "no negative eigenvalue"),
    ],
)
def test_moments_of_nothing_are_refused(mean: Array, covariance: Array, reason: str) -> None:
    """What cannot be the mean and covariance of anything is an error."""
    with pytest.raises(ValueError, match=reason):
        gaussian_from_moments(mean, covariance)


def test_gaussians_of_different_widths_are_refused() -> None:
    """Gaussians over different numbers of features are not compared."""
    with pytest.raises(ValueError, match="cannot be compared"):
        frechet_between(gaussian_of(np.zeros((2, 2))), gaussian_of(np.zeros((2, 3))))
