"""How much do a few numbers truly differ among each other, beyond the noise that each of them carries?

The standard deviation of noisy numbers is too large, as noise spreads them too. What all numbers share, a common shift
of every one when other people are drawn, spreads nothing and must not be taken off.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

TAIL = 0.025  # on either side


@dataclass(frozen=True)
class Spread:
    """A standard deviation without noise.

    Attributes:
        value: the square root of ``squared``, 0 where that is below 0.
        squared: the unbiased estimate of the square; may be below 0. To average, average this.
        low: the lower end of the 95 % interval of the standard deviation, at least 0.
        high: the upper end.
        p: that noise alone spreads the numbers as much as was seen, or more.
    """

    value: float
    squared: float
    low: float
    high: float
    p: float


def noise_of(covariance: Array) -> float:
    """What noise adds in the mean to the variance among E numbers: trace(C V) / (E - 1), with C = I - 1/E.

    = (mean of the variances) - (mean of the covariances): noise that all numbers share adds nothing.

    Args:
        covariance: (E, E) finite, of the numbers; E at least 2.

    Returns:
        At least 0 for a covariance, in the square of the numbers' unit.

    Raises:
        ValueError: another shape, or a number that is not finite.

    Example:
        >>> noise_of(np.array([[3.0, 2.0], [2.0, 3.0]]))
        1.0
    """
    size = len(covariance)
    if covariance.shape != (size, size) or size < 2 or not np.isfinite(covariance).all():
        raise ValueError(f"noise among numbers is of a finite (E, E) covariance, E at least 2, not {covariance.shape}")
    return float((np.trace(covariance) - covariance.sum() / size) / (size - 1))


def spread(values: Array, covariance: Array, freedom: int, draws: int = 4000, seed: int = 0) -> Spread:
    """Standard deviation among E numbers without their noise, and its interval.

    squared = var(x) - noise, with var over E - 1 and ``noise_of`` the covariance V; value = sqrt(max(0, squared)).
    Interval and p are of one test. With d = x - mean(x), u = d / |d|, and noise e that is multivariate t with df
    degrees of freedom and scale C V C, a true size s would have given T_s = |s u + e|^2 where |d|^2 was seen. low and
    high are the s at which T_s is in 2.5 % of the draws at least, and at most, |d|^2, over sqrt(E - 1); p is how often
    T_0, that of noise alone, is at least |d|^2: (1 + #) / (1 + draws).

    Args:
        values: (E,) finite numbers, E at least 2.
        covariance: (E, E) finite, their covariance, from ``jackknife_covariance``.
        freedom: df of the covariance, at least 1.
        draws: of the noise.
        seed: of the draws, by numpy's PCG64.

    Returns:
        The spread, in the unit of the values. low is 0 where noise alone reaches what was seen in more than 2.5 % of
        the draws; high is 0 too where noise alone would nearly always spread the numbers more than they are. With a
        covariance of 0 value, low and high are the plain standard deviation; all are 0 where all numbers are equal.

    Raises:
        ValueError: other shapes, a number that is not finite, or fewer than one degree of freedom or draw.

    Source:
        The variance component of DerSimonian and Laird 1986, https://doi.org/10.1016/0197-2456(86)90046-2, for
        correlated noise; its interval by inverting a test after Viechtbauer 2007, https://doi.org/10.1002/sim.2514

    Example:
        >>> found = spread(np.array([1.0, 2.0, 3.0]), 0.25 * np.eye(3) + 9, freedom=22)
        >>> round(found.squared, 6), round(found.value, 6)
        (0.75, 0.866025)
    """
    noise = noise_of(covariance)
    if values.shape != (len(covariance),) or not np.isfinite(values).all():
        raise ValueError(f"{values.shape} values do not go with a covariance of {covariance.shape}, or are not finite")
    if freedom < 1 or draws < 1:
        raise ValueError(f"neither degrees of freedom nor draws are below 1: {freedom}, {draws}")
    off = values - values.mean()
    squared = float(off @ off) / (len(values) - 1) - noise
    noises = _noise_draws(covariance, freedom, draws, seed)
    low, high = _ends(off, noises)
    scale = (len(values) - 1) ** 0.5
    p = (1 + int((np.square(noises).sum(1) >= off @ off).sum())) / (1 + draws)
    return Spread(max(0.0, squared) ** 0.5, squared, low / scale, high / scale, p)


def _noise_draws(covariance: Array, freedom: int, draws: int, seed: int) -> Array:
    """(draws, E) centred multivariate t with the covariance as its scale."""
    generator = np.random.Generator(np.random.PCG64(seed))
    values, vectors = np.linalg.eigh(covariance)
    normal = generator.standard_normal((draws, len(covariance)))
    noise = normal @ (vectors * np.sqrt(np.maximum(values, 0))).T
    noise /= np.sqrt(generator.chisquare(freedom, draws) / freedom)[:, None]
    centred: Array = noise - noise.mean(1, keepdims=True)
    return centred


def _ends(off: Array, noise: Array) -> tuple[float, float]:
    """The sizes between which |s u + noise|^2 falls on both sides of the size that was seen."""
    size = float(np.sqrt(off @ off))
    if size == 0:
        return 0.0, 0.0
    # For every draw T_s is a parabola in s, below what was seen between its two roots only.
    along = noise @ (off / size)
    inside = along**2 + size**2 - np.square(noise).sum(1)
    root = np.sqrt(np.maximum(inside, 0))
    reached = (inside >= 0) & (root >= along)
    enter = np.sort(np.maximum(-along - root, 0)[reached])
    leave = np.sort((root - along)[reached])
    entered = np.searchsorted(enter, leave, "right")
    at = (entered - np.searchsorted(leave, leave, "left")) / len(noise)
    beyond = (entered - np.searchsorted(leave, leave, "right")) / len(noise)
    high = float(leave[at >= TAIL].max(initial=0.0))
    if np.count_nonzero(enter == 0) <= (1 - TAIL) * len(noise):
        return 0.0, high
    return float(leave[beyond <= 1 - TAIL].min()), high
