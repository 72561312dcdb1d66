"""What would a Frechet distance be with endlessly many rows, judging by how it falls as rows are added?"""

from dataclasses import dataclass

import numpy as np

from emobench.metrics.feature_sets import Array, Floats, feature_set
from emobench.metrics.frechet import Gaussian, frechet_between, gaussian_of


@dataclass(frozen=True)
class FadInfinity:
    """The line through (1 / size, distance): its intercept, slope and R2, and the points."""

    value: float
    slope: float
    r2: float
    sizes: tuple[int, ...]
    distances: tuple[float, ...]


def fad_infinity(
    reference: Gaussian, sample: Floats, smallest: int = 500, sizes: int = 25, seed: int = 0, replace: bool = True
) -> FadInfinity | None:
    """FAD-inf: Frechet distances of growing draws from a sample, extrapolated to 1 / size = 0.

    Draws of ``sizes`` sizes, evenly spaced from ``smallest`` to n (rounded down), each independent of the others; the
    distances of the reference to them are regressed on 1 / size by least squares, and the intercept is the value.

    fadtk draws with replacement (``replace=True``). Such draws know the sample only: the intercept tends to the
    distance of the sample itself, with the bias of its n rows still in it. Chong and Forsyth draw without replacement,
    which takes most of the sample's bias away; the largest draws share most of their rows, though, so the points are
    not independent and R2 flatters. Neither takes away the bias of the reference. Frames of one clip are not
    independent rows: n is then less than it looks.

    Args:
        reference: of another set (``gaussian_of``), which is not drawn from.
        sample: (n, d) finite numbers.
        smallest: the least size, at least 2; fadtk takes 500.
        sizes: how many, at least 3.
        seed: of numpy's PCG64, which draws the sizes upwards.
        replace: may a draw hold a row twice?

    Returns:
        value: may be below 0, being an extrapolation; r2: at most 1, and 1 when all distances are equal. None where a
        line has no sense: n < 2 ``smallest``, n <= d, or a singular reference.

    Raises:
        ValueError: fewer than two rows, widths that differ, a number that is not finite, or sizes out of range.

    Source:
        Chong and Forsyth 2020, https://arxiv.org/abs/1911.07023; for audio Gui et al. 2024,
        https://arxiv.org/abs/2311.01616 (fadtk)

    Example:
        >>> rows = np.random.default_rng(0).normal(size=(400, 3))
        >>> found = fad_infinity(gaussian_of(rows[:200]), rows[200:], smallest=50)
        >>> found is not None and found.sizes[:3] + found.sizes[-1:]
        (50, 56, 62, 200)
        >>> fad_infinity(gaussian_of(rows[:200]), rows[200:]) is None
        True
    """
    rows = feature_set(sample)
    if smallest < 2 or sizes < 3:
        raise ValueError(f"a line needs three sizes of at least two rows, not {sizes} from {smallest}")
    if rows.shape[1] != len(reference.mean):
        raise ValueError(f"feature vectors of {rows.shape[1]} and of {len(reference.mean)} numbers cannot be compared")
    if len(rows) < 2 * smallest or len(rows) <= rows.shape[1] or reference.singular:
        return None
    generator = np.random.Generator(np.random.PCG64(seed))
    steps = np.linspace(smallest, len(rows), sizes).astype(np.int64)
    drawn = (rows[generator.choice(len(rows), size, replace=replace)] for size in steps)
    distances = np.array([frechet_between(reference, gaussian_of(one)).value for one in drawn])
    value, slope, r2 = _line(1 / steps, distances)
    return FadInfinity(value, slope, r2, tuple(steps.tolist()), tuple(distances.tolist()))


def _line(x: Array, y: Array) -> tuple[float, float, float]:
    """Intercept, slope and R2 by least squares."""
    away, high = x - x.mean(), y - y.mean()
    slope = float(away @ high) / float(away @ away)
    total = float(high @ high)
    r2 = 1 - float(np.square(high - slope * away).sum()) / total if total else 1.0
    return float(y.mean() - slope * x.mean()), slope, r2
