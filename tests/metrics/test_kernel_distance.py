"""Is the kernel distance unbiased, and is it the mean over pairs that it says?"""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from emobench.metrics import kernel_distance
from emobench.metrics.kernel_distance import kernel_sums, median_distance, squared_mmd, squared_mmd_of_groups

Array = NDArray[np.float64]
SHAPES = st.tuples(st.integers(0, 2**32 - 1), st.integers(2, 7), st.integers(2, 7), st.integers(1, 5))


def two_sets(seed: int, n1: int, n2: int, width: int) -> tuple[Array, Array]:
    """Features of which the second set is elsewhere and wider."""
    generator = np.random.default_rng(seed)
    return generator.normal(size=(n1, width)), 1.5 * generator.normal(size=(n2, width)) + 0.5


def naive_mmd(first: Array, second: Array, bandwidth: float) -> float:
    """Pair by pair and number by number."""

    def mean(pairs: list[tuple[Array, Array]]) -> float:
        values = []
        for one, other in pairs:
            squared = 0.0
            for a, b in zip(one, other, strict=True):
                squared += (a - b) ** 2
            values.append(np.exp(-squared / (2 * bandwidth**2)))
        return float(np.mean(values))

    inner = [[(a, b) for i, a in enumerate(rows) for j, b in enumerate(rows) if i != j] for rows in (first, second)]
    return mean(inner[0]) + mean(inner[1]) - 2 * mean(list(product(first, second)))


def naive_median(rows: Array) -> float:
    """Median over all pairs."""
    return float(np.median([np.linalg.norm(a - b) for a, b in combinations(rows, 2)]))


@given(SHAPES, st.floats(0.2, 10))
def test_it_is_the_mean_over_pairs(shape: tuple[int, int, int, int], bandwidth: float) -> None:
    """The statistic is what three loops give, with a bandwidth and with the median of both sets together."""
    first, second = two_sets(*shape)
    assert squared_mmd(first, second, bandwidth) == pytest.approx(naive_mmd(first, second, bandwidth), abs=1e-12)
    both = np.concatenate([first, second])
    assert median_distance(both) == pytest.approx(naive_median(both), rel=1e-10)
    assert squared_mmd(first, second) == pytest.approx(naive_mmd(first, second, naive_median(both)), abs=1e-10)


def test_splits_of_one_set_are_nowhere_apart_on_average() -> None:
    """Over all ways to split a set in two, the mean is 0: neither side of 0 is favoured."""
    rows = np.random.default_rng(0).normal(size=(8, 3))
    splits = [list(chosen) for chosen in combinations(range(8), 3)]
    values = [squared_mmd(rows[split], np.delete(rows, split, axis=0), bandwidth=1.3) for split in splits]
    assert np.mean(values) == pytest.approx(0, abs=1e-14)
    assert min(values) < -0.01 < 0.01 < max(values)


@pytest.mark.parametrize(("n1", "n2"), [(2, 2), (3, 2)])
def test_the_mean_over_all_samples_is_the_truth(n1: int, n2: int) -> None:
    """Of two laws on a few points, the mean over every sample there is equals the distance of the laws themselves."""
    first, second = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]]), np.array([[0.5, 0.5], [0.0, 0.0]])

    def mean_kernel(one: Array, other: Array) -> float:
        return float(np.mean([np.exp(-np.sum((a - b) ** 2) / 2) for a in one for b in other]))

    truth = mean_kernel(first, first) + mean_kernel(second, second) - 2 * mean_kernel(first, second)
    samples = product(product(first, repeat=n1), product(second, repeat=n2))
    values = [squared_mmd(np.array(one), np.array(other), bandwidth=1.0) for one, other in samples]
    assert np.mean(values) == pytest.approx(truth, abs=1e-13)


@given(SHAPES, st.floats(0.01, 100))
def test_the_point_of_view_does_not_matter(shape: tuple[int, int, int, int], factor: float) -> None:
    """Order of the sets, a common shift and a rotation change nothing; without a bandwidth, neither does a factor."""
    first, second = two_sets(*shape)
    turn = np.linalg.qr(np.random.default_rng(shape[0]).normal(size=(shape[3], shape[3]))).Q
    expected, free = squared_mmd(first, second, 1.7), squared_mmd(first, second)
    assert squared_mmd(second, first, 1.7) == pytest.approx(expected, abs=1e-12)
    assert squared_mmd(first + 9, second + 9, 1.7) == pytest.approx(expected, abs=1e-12)
    assert squared_mmd(first + 1e6, second + 1e6, 1.7) == pytest.approx(expected, abs=1e-8)
    assert squared_mmd(first @ turn, second @ turn, 1.7) == pytest.approx(expected, abs=1e-12)
    assert squared_mmd(factor * first, factor * second) == pytest.approx(free, abs=1e-10)
    assert squared_mmd(factor * first, factor * second, 1.7 * factor) == pytest.approx(expected, abs=1e-12)


@given(SHAPES)
def test_it_stays_in_its_range(shape: tuple[int, int, int, int]) -> None:
    """A set and its copy are at 0 or below, nothing is below - (1 / n1 + 1 / n2), and clumps far apart are at 2."""
    first, second = two_sets(*shape)
    n1, n2 = len(first), len(second)
    assert squared_mmd(first, first.copy(), 1.0) <= 1e-15
    assert squared_mmd(first, second, 1.0) >= -(1 / n1 + 1 / n2)
    assert squared_mmd(np.full((n1, 2), 0.1), np.full((n2, 2), 1e6), 1.0) == pytest.approx(2, abs=1e-15)


@pytest.mark.parametrize("rows_at_once", [1, 3, 100])
def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch, rows_at_once: int) -> None:
    """However few pairs are in memory at once, sums and median are those of all pairs."""
    first, second = two_sets(5, 9, 8, 4)
    both = np.concatenate([first, second])
    median, distance = median_distance(both), squared_mmd(first, second)
    monkeypatch.setattr(kernel_distance, "CHUNK", rows_at_once * len(both))
    assert median_distance(both) == pytest.approx(median, rel=1e-12)
    assert squared_mmd(first, second) == pytest.approx(distance, abs=1e-13)


def test_sums_by_group_give_every_union() -> None:
    """From one set of sums come the distances of any unions of groups, those that share groups too, in any shape."""
    generator = np.random.default_rng(3)
    rows, group = generator.normal(size=(40, 5)), generator.integers(0, 6, 40)
    sums, counts = kernel_sums(rows, group, 6, bandwidth=2.0), np.bincount(group, minlength=6)
    unions = generator.random((2, 3, 4, 6)) < 0.5
    unions[..., 0] = True  # none is empty, and all pairs share a group
    found = squared_mmd_of_groups(sums, counts, unions[0], unions[1])
    assert found.shape == (3, 4)
    for place in np.ndindex(3, 4):
        one, other = (rows[union[place][group]] for union in unions)
        assert found[place] == pytest.approx(naive_mmd(one, other, 2.0), abs=1e-12)


def test_unions_of_one_row_have_no_distance() -> None:
    """A union of fewer than two rows gives nan without a warning, beside others that have a value."""
    sums = kernel_sums(np.arange(5.0)[:, None], np.array([0, 1, 1, 2, 2]), 3, bandwidth=1.0)
    counts, first = np.array([1, 2, 2]), np.array([[True, False, False], [False, False, False], [False, True, False]])
    found = squared_mmd_of_groups(sums, counts, first, np.array([False, False, True]))
    assert np.isnan(found).tolist() == [True, True, False]


@given(st.integers(0, 2**32 - 1), st.integers(1, 800))
def test_equal_rows_are_exactly_nowhere_apart(seed: int, width: int) -> None:
    """Copies of a row have distance 0, not rounding noise that would pass for a bandwidth."""
    generator = np.random.default_rng(seed)
    once = generator.normal(size=(1, width)) + 3
    assert median_distance(np.repeat(once, 5, axis=0)) == 0.0
    assert median_distance(np.concatenate([np.repeat(once, 9, axis=0), generator.normal(size=(2, width))])) == 0.0


def test_sets_that_are_all_equal_have_a_distance_under_a_bandwidth_only() -> None:
    """Where all rows are equal the distance is 0 under any bandwidth, and without one it is an error that says so."""
    first, second = np.full((4, 30), 0.1), np.full((5, 30), 0.1)
    assert squared_mmd(first, second, bandwidth=1e-3) == 0.0
    with pytest.raises(ValueError, match="the median of equal rows is 0"):
        squared_mmd(first, second)


@pytest.mark.parametrize("bandwidth", [0.0, -1.0, np.nan, np.inf, 1e-200])
def test_a_bandwidth_is_above_zero(bandwidth: float) -> None:
    """A bandwidth that makes no kernel, or too small a one for float64, is refused."""
    with pytest.raises(ValueError, match=r"above 0 and finite|must be finite and below"):
        squared_mmd(*two_sets(0, 3, 3, 2), bandwidth=bandwidth)


@pytest.mark.parametrize("group", [[0, 1], [0, 1, 2], [0, -1, 1]])
def test_groups_out_of_range_are_refused(group: list[int]) -> None:
    """A group index outside 0 to G - 1, or one too few, is an error."""
    with pytest.raises(ValueError, match="groups from 0 to 1"):
        kernel_sums(np.zeros((3, 2)), np.array(group), groups=2, bandwidth=1.0)


def test_the_median_of_many_rows_is_that_of_a_seeded_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit the median is over some of the rows: the same for a seed, near the median of all pairs."""
    rows = np.random.default_rng(0).normal(size=(300, 4))
    everything = median_distance(rows)
    monkeypatch.setattr(kernel_distance, "MOST_ROWS", 100)
    drawn = [median_distance(rows, seed) for seed in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert drawn == pytest.approx([everything] * 3, rel=0.1)
    monkeypatch.setattr(kernel_distance, "MOST_ROWS", 2)
    assert min(median_distance(rows[:3], seed) for seed in range(20)) > 0  # no row is drawn twice
