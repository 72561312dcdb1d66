"""How much would numbers change with other people? By leaving out one block of people at a time.

Where the bootstrap needs sums over people, the jackknife takes any statistic: everything is estimated again without
each block. People of different kinds, as those who are in one of two datasets only, are strata of their own.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from emobench.metrics.uncertainty import Interval

Array = NDArray[np.float64]
Integers = NDArray[np.integer[Any]]


def jackknife_covariance(left_out: Array, stratum: Integers) -> Array:
    """Covariance of k estimates, from their values without each block of people.

    V = sum over strata s of (B_s - 1) / B_s * sum over b in s of (theta_b - mean_s)(theta_b - mean_s)', with mean_s the
    mean of the theta_b of the stratum's B_s blocks. For a mean over B people, each a block, it is s^2 / B.

    Args:
        left_out: (B, k) estimates, row b without block b.
        stratum: (B,) the stratum of each block. A stratum of one block adds nothing: its people are taken as fixed.

    Returns:
        (k, k) float64, symmetric, no eigenvalue below 0 but for rounding. An estimate with a left-out value that is
        not finite has nan in its row and column.

    Raises:
        ValueError: another shape, no blocks, or as many strata as there are not blocks.

    Source:
        Efron and Stein 1981, The jackknife estimate of variance, https://doi.org/10.1214/aos/1176345462; strata after
        Shao and Tu 1995, The jackknife and bootstrap, https://doi.org/10.1007/978-1-4612-0795-5

    Example:
        >>> people = np.array([1.0, 2.0, 3.0, 6.0])
        >>> without_each = (people.sum() - people) / 3
        >>> jackknife_covariance(without_each[:, None], np.zeros(4, int)).round(6).tolist()
        [[1.166667]]
        >>> round(float(people.var(ddof=1)) / 4, 6)
        1.166667
    """
    if left_out.ndim != 2 or not len(left_out) or stratum.shape != (len(left_out),):
        raise ValueError(f"left-out values are (blocks, k) with a stratum per block: {left_out.shape}, {stratum.shape}")
    values = np.where(np.isfinite(left_out), left_out, np.nan)
    covariance = np.zeros((values.shape[1], values.shape[1]))
    for one in np.unique(stratum):
        blocks = values[stratum == one]
        off = blocks - blocks.mean(0)
        covariance += (len(blocks) - 1) / len(blocks) * (off.T @ off)
    return covariance


def jackknife_bias(value: Array, left_out: Array, stratum: Integers) -> Array:
    """How far are estimates off in the mean, as far as that shrinks in proportion to the number of people?

    bias = sum over strata s of (B_s - 1) (mean_s - theta), with mean_s the mean of the theta_b of the stratum's B_s
    blocks. Take it away from theta: what is left is of the order of 1 / B^2. 0 for means and U-statistics over people.

    Args:
        value: (...) theta, the estimates with everybody.
        left_out: (B, ...) those without each block.
        stratum: (B,) the stratum of each block.

    Returns:
        (...) float64; nan where a left-out value is.

    Raises:
        ValueError: as many strata as there are not blocks.

    Source:
        Quenouille 1956, Notes on bias in estimation, https://doi.org/10.1093/biomet/43.3-4.353

    Example:
        >>> people = np.array([1.0, 2.0, 3.0, 6.0])
        >>> without_each = np.array([np.delete(people, one).var() for one in range(4)])
        >>> bias = jackknife_bias(np.array(people.var()), without_each, np.zeros(4, int))
        >>> round(float(people.var() - bias), 6), round(float(people.var(ddof=1)), 6)
        (4.666667, 4.666667)
    """
    if not len(left_out) or stratum.shape != (len(left_out),):
        raise ValueError(
            f"left-out values are (blocks, ...) with a stratum per block: {left_out.shape}, {stratum.shape}"
        )
    bias = np.zeros(np.shape(value))
    for one in np.unique(stratum):
        blocks = left_out[stratum == one]
        bias += (len(blocks) - 1) * (blocks.mean(0) - value)
    return bias


def degrees_of_freedom(stratum: Integers) -> int:
    """How many free deviations ``jackknife_covariance`` has: the blocks less one per stratum.

    Args:
        stratum: (B,) the stratum of each block.

    Returns:
        At least 0; B - 1 for a single stratum.

    Example:
        >>> degrees_of_freedom(np.array([0, 0, 0, 1, 1]))
        3
    """
    return len(stratum) - len(np.unique(stratum))


def t_interval(value: float, variance: float, freedom: int, level: float = 0.95) -> Interval:
    """Interval of an estimate by Student's t: value -+ t_{(1 + level) / 2, df} sqrt(variance).

    Args:
        value: the estimate with everybody.
        variance: of the estimate, at least 0.
        freedom: df of the variance, at least 1.
        level: the coverage that is aimed at, between 0 and 1.

    Returns:
        The interval, around the value; a point for a variance of 0.

    Raises:
        ValueError: a number that is not finite or out of its range.

    Source:
        Student 1908, https://doi.org/10.1093/biomet/6.1.1

    Example:
        >>> interval = t_interval(1.0, variance=0.04, freedom=22)
        >>> round(interval.low, 4), round(interval.high, 4)
        (0.5852, 1.4148)
    """
    _check(value, variance, freedom)
    if not 0 < level < 1:
        raise ValueError(f"a level is between 0 and 1, not {level}")
    reach = float(stdtrit(freedom, (1 + level) / 2)) * variance**0.5
    return Interval(value - reach, value + reach)


def t_p(value: float, variance: float, freedom: int) -> float:
    """Two-sided p of an estimate that would be 0 in the mean if there were nothing: P(|t_df| >= |value| / se).

    Args:
        value: the estimate with everybody.
        variance: of the estimate, at least 0.
        freedom: df of the variance, at least 1.

    Returns:
        p in [0, 1]. For a variance of 0 it is 1 if the value is 0, else 0.

    Raises:
        ValueError: a number that is not finite or out of its range.

    Source:
        Student 1908, https://doi.org/10.1093/biomet/6.1.1

    Example:
        >>> round(t_p(0.5, variance=0.04, freedom=22), 4)
        0.0204
    """
    _check(value, variance, freedom)
    if variance == 0 or value == 0:
        return float(value == 0)
    return float(2 * stdtr(freedom, -abs(value) / variance**0.5))


def _check(value: float, variance: float, freedom: int) -> None:
    """Refuse what has no t."""
    if not (np.isfinite(value) and 0 <= variance < np.inf and freedom >= 1):
        raise ValueError(f"no t of value {value} with variance {variance} and {freedom} degrees of freedom")
