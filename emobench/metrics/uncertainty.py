"""How far can a score be trusted? Intervals over people, never over clips.

People, with all their clips, are what another study would draw anew; clips of one person are not independent, and
folds and seeds are no replicates of people. The same statistics and seed give the same intervals.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Statistics = NDArray[np.int64] | NDArray[np.float64]

MINIMUM_GROUPS = 8  # below, percentiles over resampled people are no interval
UNDEFINED_SHARE = 0.05  # of the resamples; beyond, the rest would be a selection
CHUNK = 2**22  # numbers in memory at once, 32 MiB


@dataclass(frozen=True)
class Interval:
    """The ends of a confidence interval."""

    low: float
    high: float


@lru_cache(maxsize=8)  # every score of a record asks for the same draws
def people_draws(groups: int, resamples: int = 2000, seed: int = 0) -> NDArray[np.int64]:
    """How often each person is drawn in each resample, with replacement: multinomial(G, 1/G), by numpy's PCG64.

    Equal arguments give equal draws, so that layers, backbones and methods are compared on the same resamples,
    provided that their rows are the same people in the same order (take the sorted group names).

    Args:
        groups: G, the number of people.
        resamples: R.
        seed: of the generator.

    Returns:
        (R, G) int64, not to be written to; every row sums to G.

    Source:
        Efron 1979, Bootstrap methods, https://doi.org/10.1214/aos/1176344552

    Example:
        >>> people_draws(groups=10, resamples=3).sum(axis=1).tolist()
        [10, 10, 10]
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    draws = generator.multinomial(groups, np.full(groups, 1 / groups), size=resamples).astype(np.int64)
    draws.flags.writeable = False
    return draws


def people_interval(
    statistics: Statistics, score: Callable[[Array], Array], resamples: int = 2000, seed: int = 0, level: float = 0.95
) -> Interval | None:
    """Interval of a score by the percentile bootstrap over people with all their clips.

    In each resample r the statistics are sum_g w[r, g] S[g] with w from ``people_draws``; the ends are the
    (1 - level) / 2 and (1 + level) / 2 quantiles of the scores over r. A score of several seeds or a difference of two
    conditions is one score: keep both in S and let ``score`` average or subtract.

    Args:
        statistics: (G, ...) finite sums over the clips of each person (confusions, moments); every person has clips.
        score: (R, ...) to (R,), nan where undefined.
        resamples: R.
        seed: of the draws.
        level: the coverage that is aimed at.

    Returns:
        The interval, or None below 8 people or when the score is undefined in more than 5 % of the resamples (the
        undefined ones are left out below that).

    Raises:
        ValueError: ``score`` does not give one number a resample.

    Source:
        Field and Welsh 2007, Bootstrapping clustered data, https://doi.org/10.1111/j.1467-9868.2007.00593.x

    Example:
        >>> hits_of_ten = np.array([[6], [7], [5], [8], [9], [6], [7], [8]])
        >>> people_interval(hits_of_ten, lambda hits: hits[:, 0] / 80)
        Interval(low=0.6125, high=0.7875)
    """
    return people_intervals(statistics[:, None], lambda sums: score(sums[:, 0])[:, None], resamples, seed, level)[0]


def people_intervals(
    statistics: Statistics, score: Callable[[Array], Array], resamples: int = 2000, seed: int = 0, level: float = 0.95
) -> tuple[Interval | None, ...]:
    """Intervals of many scores (layers, backbones) at once, all on the same resamples; see ``people_interval``.

    Args:
        statistics: (G, M, ...) finite sums over the clips of each person, for M scores.
        score: (R, M, ...) to (R, M), nan where undefined; it may get the resamples in several pieces.
        resamples: R.
        seed: of the draws.
        level: the coverage that is aimed at.

    Returns:
        M intervals, each None for its own reasons.

    Raises:
        ValueError: ``score`` does not give M numbers a resample.

    Example:
        >>> both = np.array([[6, 1], [7, 1], [5, 1], [8, 1], [9, 1], [6, 1], [7, 1], [8, 1]])
        >>> people_intervals(both[:, :, None], lambda hits: hits[..., 0] / 80)
        (Interval(low=0.6125, high=0.7875), Interval(low=0.1, high=0.1))
    """
    groups, items = len(statistics), int(statistics.shape[1])
    if groups < MINIMUM_GROUPS:
        return (None,) * items
    scores = _resampled(statistics, score, people_draws(groups, resamples, seed))
    if items > 1 and not np.isnan(scores).any():
        low, high = np.quantile(scores, [(1 - level) / 2, (1 + level) / 2], axis=0).tolist()
        return tuple(map(Interval, low, high))
    return tuple(_percentiles(scores[:, item], level) for item in range(items))


def _resampled(statistics: Statistics, score: Callable[[Array], Array], draws: NDArray[np.int64]) -> Array:
    """(R, M) scores of weighted sums over people, a bounded number of resamples at a time."""
    groups, items, *shape = statistics.shape
    flat = statistics.reshape(groups, -1).astype(np.float64)
    step = max(1, CHUNK // max(1, flat.shape[1]))
    parts = []
    for start in range(0, len(draws), step):
        weights = draws[start : start + step].astype(np.float64)
        part = score((weights @ flat).reshape(len(weights), items, *shape))
        if part.shape != (len(weights), items):
            raise ValueError(f"score gave {part.shape} for {len(weights)} resamples of {items} statistics")
        parts.append(part)
    return np.concatenate(parts)


def _percentiles(scores: Array, level: float) -> Interval | None:
    """The interval of (R,) scores, None when too many are undefined."""
    defined = scores[~np.isnan(scores)]
    if len(scores) - len(defined) > UNDEFINED_SHARE * len(scores):
        return None
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high))
