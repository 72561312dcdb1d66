"""Is FAD-inf the line that it says, and does it know when it has nothing to say?"""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.linalg import sqrtm

from emobench.metrics.fad_infinity import fad_infinity
from emobench.metrics.frechet import frechet_between, gaussian_from_moments, gaussian_of

Array = NDArray[np.float64]


def normals(seed: int, rows: int, width: int = 3) -> Array:
    """Independent standard normals."""
    return np.random.default_rng(seed).normal(size=(rows, width))


def naive(reference: Array, sample: Array, smallest: int, seed: int) -> tuple[list[int], list[float]]:
    """Sizes and distances as fadtk takes them, from the same draws."""
    generator, mean, cov = np.random.default_rng(seed), reference.mean(0), np.cov(reference, rowvar=False)
    sizes = [int(size) for size in np.linspace(smallest, len(sample), 25)]
    distances = []
    for size in sizes:
        rows = sample[generator.choice(len(sample), size, replace=True)]
        other = np.cov(rows, rowvar=False)
        root = np.asarray(sqrtm(cov @ other)).real
        distances.append(float(np.sum((mean - rows.mean(0)) ** 2) + np.trace(cov + other - 2 * root)))
    return sizes, distances


def test_it_is_the_line_of_fadtk() -> None:
    """Sizes, distances, intercept, slope and R2 are those of a plain loop with numpy's polyfit."""
    reference, sample = normals(0, 200), 1.5 * normals(1, 300) + 0.2
    sizes, distances = naive(reference, sample, smallest=50, seed=7)
    found = fad_infinity(gaussian_of(reference), sample, smallest=50, seed=7)
    assert found is not None
    assert list(found.sizes) == sizes
    assert found.distances == pytest.approx(distances, rel=1e-6)
    slope, value = np.polyfit(1 / np.array(sizes), distances, 1)
    fitted = value + slope / np.array(sizes)
    r2 = 1 - np.sum((distances - fitted) ** 2) / np.sum((distances - np.mean(distances)) ** 2)
    assert (found.value, found.slope, found.r2) == pytest.approx((value, slope, r2), rel=1e-5)


def test_draws_belong_to_their_seed() -> None:
    """The same seed gives the same line, another seed another."""
    reference, sample = gaussian_of(normals(0, 50)), normals(1, 100)
    found = [fad_infinity(reference, sample, smallest=20, seed=seed) for seed in (1, 1, 2)]
    assert found[0] == found[1]
    assert found[0] != found[2]


@pytest.mark.parametrize(
    ("reference", "rows", "width", "expected"),
    [(200, 100, 3, True), (200, 99, 3, False), (200, 100, 99, True), (200, 100, 100, False), (99, 100, 99, False)],
)
def test_nothing_is_extrapolated_from_nothing(reference: int, rows: int, width: int, expected: bool) -> None:
    """Fewer rows than twice the smallest size, or no more than numbers, on either side, give None and no line."""
    found = fad_infinity(gaussian_of(normals(0, reference, width)), normals(1, rows, width), smallest=50, sizes=3)
    assert (found is not None) == expected


def test_only_draws_without_replacement_take_the_bias_away() -> None:
    """Of samples of the reference's own law, draws with replacement leave the bias of n rows, draws without do not."""
    reference = gaussian_from_moments(np.zeros(8), np.eye(8))
    plain, fadtk, without = [], [], []
    for seed in range(6):
        sample = normals(seed, 400, 8)
        plain.append(frechet_between(reference, gaussian_of(sample)).value)
        for values, replace in ((fadtk, True), (without, False)):
            line = fad_infinity(reference, sample, smallest=50, seed=seed, replace=replace)
            assert line is not None
            values.append(line.value)
    assert abs(np.mean(fadtk) - np.mean(plain)) < 0.5 * np.mean(plain)
    assert abs(np.mean(without)) < 0.25 * np.mean(plain)


def test_the_largest_draw_without_replacement_is_the_sample() -> None:
    """Without replacement the last of the distances is that of all rows."""
    reference, sample = gaussian_of(normals(0, 50)), normals(1, 100)
    found = fad_infinity(reference, sample, smallest=20, replace=False)
    assert found is not None
    assert found.distances[-1] == pytest.approx(frechet_between(reference, gaussian_of(sample)).value, rel=1e-11)


def test_distances_that_do_not_fall_are_a_perfect_line() -> None:
    """A sample of equal rows is as far at every size: slope 0, and R2 1 instead of 0 / 0."""
    reference = gaussian_of(normals(0, 50))
    found = fad_infinity(reference, np.zeros((40, 3)), smallest=20)
    assert found is not None
    assert (found.slope, found.r2) == (0.0, 1.0)
    assert found.value == pytest.approx(frechet_between(reference, gaussian_of(np.zeros((2, 3)))).value)


@pytest.mark.parametrize(
    ("width", "smallest", "sizes", "reason"),
    [(3, 1, 25, "a line needs"), (3, 20, 2, "a line needs"), (4, 20, 25, "cannot be compared")],
)
def test_lines_that_cannot_be_drawn_are_refused(width: int, smallest: int, sizes: int, reason: str) -> None:
    """Sizes of one row, two points, or a reference of another width are errors, however small the sample."""
    with pytest.raises(ValueError, match=reason):
        fad_infinity(gaussian_of(normals(0, 50)), normals(1, 10, width), smallest=smallest, sizes=sizes)
