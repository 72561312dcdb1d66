"""Are sums over different people those of all pairs but a person's own, however little is in memory?"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from emobench.metrics import different_people
from emobench.metrics.different_people import gaussian_kernel, sums_by_draw, sums_by_row

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
SHAPES = st.tuples(st.integers(0, 2**32 - 1), st.integers(1, 9), st.integers(1, 4), st.integers(1, 3))


def weighted_rows(seed: int, size: int, people: int, sums: int) -> tuple[Array, Integers, Array]:
    """Rows, their people in any order, and weights in three draws."""
    generator = np.random.default_rng(seed)
    return generator.normal(size=(size, 2)), generator.integers(0, people, size), generator.random((size, 3, sums))


@given(SHAPES, st.integers(1, 40))
def test_every_pair_of_different_people_counts_once(shape: tuple[int, int, int, int], pairs: int) -> None:
    """Both sums are those of a loop over all pairs of rows of different people, whatever is in memory at once."""
    rows, person, member = weighted_rows(*shape)
    reached, total = np.zeros_like(member), np.zeros((3, shape[3], shape[3]))
    for i in range(len(rows)):
        for j in range(len(rows)):
            if person[i] != person[j]:
                kernel = np.exp(-np.sum((rows[i] - rows[j]) ** 2) / 2)
                reached[i] += kernel * member[j]
                for draw in range(3):
                    total[draw] += kernel * np.outer(member[i, draw], member[j, draw])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(different_people, "PAIRS", pairs)
        for draw in range(3):
            assert sums_by_row(rows, person, member[:, draw]) == pytest.approx(reached[:, draw], abs=1e-12)
        assert sums_by_draw(rows, person, member) == pytest.approx(total, abs=1e-12)


@pytest.mark.parametrize("pairs", [1, 50, 333, 10**6])
def test_little_of_the_kernel_is_in_memory(monkeypatch: pytest.MonkeyPatch, pairs: int) -> None:
    """No piece of the kernel has more than the pairs allowed, or one row where a row is more than that."""
    sizes: list[int] = []

    def recorded(some: Array, rows: Array) -> Array:
        kernel = gaussian_kernel(some, rows)
        sizes.append(kernel.size)
        return kernel

    monkeypatch.setattr(different_people, "PAIRS", pairs)
    monkeypatch.setattr(different_people, "gaussian_kernel", recorded)
    rows, person, member = weighted_rows(0, 60, 5, 2)
    sums_by_row(rows, person, member[:, 0])
    assert max(sizes) <= max(pairs, 60)
    assert sum(sizes) >= 60 * 61 / 2
