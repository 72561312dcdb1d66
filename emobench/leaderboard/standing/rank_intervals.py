"""How sure is a rank? Ranks in every resample of the people, the same resamples for all entries."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from emobench.metrics.uncertainty import MINIMUM_GROUPS, UNDEFINED_SHARE

Array = np.ndarray[Any, Any]
TWO = 2
DECIMALS = 12  # scores that differ by rounding only are equal


@dataclass(frozen=True)
class Rank:
    """A place, 1 the best; entries with equal scores share the better one.

    Attributes:
        place: of the score of all people.
        low: the best place of the 95 % interval; None where there is none.
        high: the worst.
    """

    place: int
    low: int | None
    high: int | None


def ranks(values: Sequence[float], resampled: Array | None) -> tuple[Rank, ...]:
    """The rank of every entry, with its percentile interval over the resamples, widened to hold the rank itself.

    In a resample where entries are equal each has all places that they share: the best counts for the low end of its
    interval, the worst for the high one. A single entry has no interval.

    Args:
        values: score of every entry, the higher the better.
        resampled: (resamples, entries) scores, nan where undefined: a resample that leaves an entry without a score
            does not count for it, and puts it behind the others; None below eight people.
    """
    places = competition(np.array(values, dtype=np.float64)[None])[0].tolist()
    if resampled is None or len(places) < TWO:
        return tuple(Rank(place, None, None) for place in places)
    best, worst = competition(resampled), resampled.shape[1] + 1 - competition(-_behind(resampled))
    defined = ~np.isnan(resampled)
    return tuple(
        _rank(place, best[defined[:, e], e], worst[defined[:, e], e], len(best)) for e, place in enumerate(places)
    )


def _behind(scores: Array) -> Array:
    """Undefined scores below all others, as numbers."""
    found: Array = np.where(np.isnan(scores), -np.inf, scores)
    return found


def competition(scores: Array) -> Array:
    """(..., entries) to places: 1 plus the number of entries that are better; nan is behind all numbers."""
    rounded = np.where(np.isnan(scores), -np.inf, np.round(scores, DECIMALS))
    order = np.argsort(-rounded, axis=-1, kind="stable")
    falling = np.take_along_axis(rounded, order, axis=-1)
    steps = np.arange(falling.shape[-1])
    new = np.concatenate([np.ones((*falling.shape[:-1], 1), bool), falling[..., 1:] != falling[..., :-1]], axis=-1)
    places = np.maximum.accumulate(np.where(new, steps, 0), axis=-1) + 1
    found = np.empty_like(places)
    np.put_along_axis(found, order, places, axis=-1)
    return found


def _rank(place: int, best: Array, worst: Array, resamples: int) -> Rank:
    if resamples - len(best) > UNDEFINED_SHARE * resamples:
        return Rank(place, None, None)
    low = int(np.quantile(best, 0.025, method="lower"))
    high = int(np.quantile(worst, 0.975, method="higher"))
    return Rank(place, min(place, low), max(place, high))


def enough(people: int) -> bool:
    """Whether there are people enough for an interval."""
    return people >= MINIMUM_GROUPS
