"""Are distances between many subsets those of the subsets one by one?"""

import numpy as np
import pytest
from numpy.typing import NDArray

from emobench.metrics import frechet_subsets
from emobench.metrics.frechet import frechet_distance
from emobench.metrics.frechet_subsets import frechet_of_subsets

Array = NDArray[np.float64]
PEOPLE = 6


def two_sets(width: int, n1: int = 30, n2: int = 24) -> tuple[Array, Array]:
    """Features whose scales differ, far from zero and apart."""
    generator = np.random.default_rng(width)
    scale = generator.uniform(0.1, 3, width)
    return generator.normal(size=(n1, width)) * scale + 40, generator.normal(size=(n2, width)) - 25


def without_each(rows: int) -> NDArray[np.bool_]:
    """Masks of all rows but one person's, whose rows stand in turn."""
    return np.arange(rows) % PEOPLE != np.arange(PEOPLE)[:, None]


def one_by_one(first: Array, second: Array, first_rows: Array, second_rows: Array) -> list[float]:
    """The same distances in a loop."""
    pairs = zip(first_rows, second_rows, strict=True)
    return [frechet_distance(first[one], second[other]).value for one, other in pairs]


@pytest.mark.parametrize("width", [2, 22, 80])  # fewer, as many, and more numbers than rows of a subset
def test_a_jackknife_is_its_distances_one_by_one(width: int) -> None:
    """Distances without each person equal those computed from the rows that are left."""
    first, second = two_sets(width)
    masks = without_each(len(first)), without_each(len(second))
    found = frechet_of_subsets(first, second, *masks)
    assert found.shape == (PEOPLE,)
    assert found == pytest.approx(one_by_one(first, second, *masks), rel=1e-11)


def test_subsets_may_differ_in_size() -> None:
    """Subsets with more rows than numbers and with fewer stand beside each other in one call."""
    first, second = two_sets(9)
    masks = np.tril(np.ones((30, 30), bool))[3::4], np.tril(np.ones((24, 24), bool))[1::3][:7]
    found = frechet_of_subsets(first, second, *masks)
    assert found == pytest.approx(one_by_one(first, second, *masks), rel=1e-11)


@pytest.mark.parametrize("width", [3, 80])
def test_row_numbers_may_repeat(width: int) -> None:
    """Subsets given by row numbers are those rows, as often as they are named."""
    first, second = two_sets(width)
    generator = np.random.default_rng(0)
    rows = generator.integers(0, 30, (5, 20)), generator.integers(0, 24, (5, 10))
    assert frechet_of_subsets(first, second, *rows) == pytest.approx(one_by_one(first, second, *rows), rel=1e-11)


def test_sets_too_large_for_their_products_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without all inner products in memory the distances are the same."""
    first, second = two_sets(80)
    masks = without_each(len(first)), without_each(len(second))
    expected = frechet_of_subsets(first, second, *masks)
    monkeypatch.setattr(frechet_subsets, "PRODUCTS", len(first) * len(second) - 1)
    assert frechet_of_subsets(first, second, *masks) == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize("width", [3, 80])
def test_equal_subsets_are_exactly_nowhere_apart(width: int) -> None:
    """A subset and itself have distance 0.0, and no other order of its rows goes below."""
    first, _ = two_sets(width)
    rows = np.random.default_rng(0).permuted(np.tile(np.arange(30), (4, 1)), axis=1)[:, :20]
    assert frechet_of_subsets(first, first, rows, rows).tolist() == [0.0] * 4
    turned = frechet_of_subsets(first, first, rows, rows[:, ::-1])
    assert (turned >= 0).all()
    assert turned.max() < 1e-9


@pytest.mark.parametrize(
    ("first_rows", "second_rows", "reason"),
    [
        (np.ones((2, 30), bool), np.ones((3, 24), bool), "2 subsets of one set and 3"),
        (np.ones((2, 29), bool), np.ones((2, 24), bool), "subsets of 30 rows"),
        (np.ones(30, bool), np.ones(24, bool), "subsets of 30 rows"),
        (np.eye(30, dtype=bool), np.ones((30, 24), bool), "has 1 rows"),
        (np.array([[0, 30]]), np.array([[0, 1]]), "outside 0 to 29"),
        (np.array([[0, 1]]), np.array([[0, -1]]), "outside 0 to 23"),
    ],
)
def test_subsets_that_are_none_are_refused(first_rows: Array, second_rows: Array, reason: str) -> None:
    """Masks of another length, single rows, row numbers out of range and unequal numbers of subsets are errors."""
    with pytest.raises(ValueError, match=reason):
        frechet_of_subsets(*two_sets(4), first_rows, second_rows)
