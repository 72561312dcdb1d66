"""How sure are distances between emotions? Intervals and p by leaving out blocks of people, if there are enough."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from emobench.metrics.jackknife import degrees_of_freedom, jackknife_covariance, t_interval, t_p
from emobench.metrics.significance import holm
from emobench.metrics.uncertainty import MINIMUM_GROUPS, Interval
from emobench.tasks.emotion_distances import Array, Counts, EmotionDistances

STRATA = BOTH, *ONE_ONLY = (0, 1, 2)  # people of both datasets, of the first only, of the second only


@dataclass(frozen=True, eq=False)
class Jackknife:
    """Whom leaving out can tell about.

    Attributes:
        stratum: (B,) of every block. A few people who are in one dataset only stand with those who are in both, if
            these are enough for intervals.
        people: how many people each stratum has, by stratum.
    """

    stratum: Counts
    people: tuple[int, ...]

    @property
    def few(self) -> tuple[int, ...]:
        """Strata with people, but fewer than an interval needs."""
        return tuple(stratum for stratum in STRATA if 0 < self.people[stratum] < MINIMUM_GROUPS)

    @cached_property
    def freedom(self) -> int:
        """Degrees of freedom."""
        return degrees_of_freedom(self.stratum)


def jackknife_of(distances: EmotionDistances) -> Jackknife:
    """Blocks and strata of what was measured."""
    counts = np.bincount(distances.stratum[distances.block_of], minlength=len(STRATA))
    stratum = distances.stratum.copy()
    if counts[BOTH] >= MINIMUM_GROUPS:
        stratum[np.isin(stratum, [one for one in ONE_ONLY if counts[one] < MINIMUM_GROUPS])] = BOTH
        counts = np.bincount(stratum[distances.block_of], minlength=len(STRATA))
    return Jackknife(stratum, tuple(counts.tolist()))


def covariance(jackknife: Jackknife, values: Array) -> Array | None:
    """(k, k) of the estimates (1+B, k); None where one is undefined, or where every stratum is a single block."""
    if not np.isfinite(values).all() or jackknife.freedom < 1:
        return None
    return jackknife_covariance(values[1:], jackknife.stratum)


def intervals(jackknife: Jackknife, values: Array) -> list[Interval | None]:
    """One for each of the estimates (1+B, k), those without any left-out value undefined."""
    return [None if one is None else t_interval(*one) for one in _tested(jackknife, values)]


def p_after_holm(jackknife: Jackknife, values: Array) -> list[float | None]:
    """Two-sided p that estimates (1+B, k) are 0, adjusted to all k; None where one of them has none."""
    tested = _tested(jackknife, values)
    raw = [t_p(*one) for one in tested if one is not None]
    return [None] * len(tested) if len(raw) < len(tested) else [float(p) for p in holm(np.array(raw))]


def _tested(jackknife: Jackknife, values: Array) -> list[tuple[float, float, int] | None]:
    """Value, variance and degrees of freedom of each estimate, None where nothing can be said."""
    if jackknife.few:
        return [None] * values.shape[1]
    found: list[tuple[float, float, int] | None] = []
    freedom = jackknife.freedom
    for one in values.T:
        matrix = covariance(jackknife, one[:, None])
        found.append(None if matrix is None else (float(one[0]), float(matrix[0, 0]), freedom))
    return found
