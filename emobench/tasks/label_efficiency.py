"""How many labelled clips of the target is the other domain worth?

`target_only` with more and more clips makes a curve: the score over the number of training clips, made rising (running
maximum) and read in between on straight lines over log clips. Two stages with n clips score as `target_only` does with
m: the source was worth m - n clips, less than 0 where it hurt. Beyond the ends of the curve nobody knows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from emobench.domain.cards import Attribute
from emobench.metrics.uncertainty import MINIMUM_GROUPS, UNDEFINED_SHARE, people_draws
from emobench.tasks.pair_parts import parts_of
from emobench.tasks.pair_predictions import Side
from emobench.tasks.people import People
from emobench.tasks.ruler import Ruler

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Worth:
    """What stage 1 replaces.

    Attributes:
        value: target training clips; None beyond the curve.
        low: end of the 95 % interval over people; None beyond the curve, and below eight people.
        high: its other end.
        beyond: what is known of a value beyond the curve, else an empty string.
    """

    value: float | None
    low: float | None
    high: float | None
    beyond: str = ""


def training_clips(attribute: Attribute, side: Side, folds: int, tested: Sequence[int], fraction: float) -> float:
    """Clips of the target that are learned from, mean over the folds tested: those of neither f nor f + 1, in part."""
    counts = [len(parts_of(attribute, side.truth, side.fold, folds, fold, fraction).training) for fold in tested]
    return float(np.mean(counts))


def extra_clips(clips: Array, alone: Array, helped: Array) -> Array:
    """How many more clips `target_only` needs to score as two stages do, for every number of clips.

    Args:
        clips: (fractions,) training clips, rising.
        alone: (..., fractions) scores of `target_only`.
        helped: (..., fractions) scores of two stages.

    Returns:
        (..., fractions) clips; inf above the curve's top, -inf below its first point, nan where a score is not defined.

    Example:
        >>> extra_clips(np.array([10.0, 40.0]), np.array([0.5, 0.7]), np.array([0.6, 0.7])).tolist()
        [10.0, 0.0]
    """
    alone, helped = np.round(alone, 9), np.round(helped, 9)  # equal but for rounding is equal
    curve = np.maximum.accumulate(alone, axis=-1)
    reached = curve[..., None, :] >= helped[..., :, None]  # (..., those helped, points of the curve)
    last = reached.argmax(axis=-1)
    before = np.maximum(last - 1, 0)
    upper, lower = np.take_along_axis(curve, last, -1), np.take_along_axis(curve, before, -1)
    rise = upper - lower
    share = np.divide(helped - lower, rise, out=np.ones_like(rise), where=rise > 0)
    # Whole steps need no powers, which would round.
    needed = np.where(share == 1, clips[last], clips[before] * (clips[last] / clips[before]) ** np.clip(share, 0, 1))
    extra = np.where((last == 0) & (curve[..., :1] > helped), -np.inf, needed - clips)
    extra = np.where(reached.any(axis=-1), extra, np.inf)
    undefined = np.isnan(alone).any(axis=-1, keepdims=True) | np.isnan(helped)
    return np.where(undefined, np.nan, extra)


def worth(ruler: Ruler, people: People, clips: Array, resamples: int = 2000, level: float = 0.95) -> list[Worth]:
    """What stage 1 is worth at every fraction, with intervals over people that draw both curves anew.

    Args:
        ruler: of the attribute.
        people: sums (people, 1, fractions, 2, seeds, ...), of `target_only` and of two stages.
        clips: (fractions,) training clips, rising.
        resamples: of people.
        level: of the interval.
    """

    def of(sums: Array) -> Array:
        """(..., fractions, 2, seeds, ...) -> (..., fractions)."""
        scores = ruler.metrics[ruler.headline](sums).mean(axis=-1)
        return extra_clips(clips, scores[..., 0], scores[..., 1])

    sums = people.sums[:, 0]
    values = of(sums.sum(axis=0))
    drawn = None
    if len(sums) >= MINIMUM_GROUPS:
        draws = people_draws(len(sums), resamples)
        flat = sums.reshape(len(sums), -1).astype(np.float64)
        drawn = of((draws @ flat).reshape(resamples, *sums.shape[1:]))
    found = []
    for place, value in enumerate(values):
        low, high = (None, None) if drawn is None else _ends(drawn[:, place], level)
        known = float(value) if np.isfinite(value) else None
        found.append(Worth(known, low, high, _beyond(float(value), clips, place)))
    return found


def _ends(values: Array, level: float) -> tuple[float | None, float | None]:
    """Quantiles of values that may lie beyond the curve (infinite); None where the quantile does."""
    defined = values[~np.isnan(values)]
    if len(values) - len(defined) > UNDEFINED_SHARE * len(values):
        return None, None
    with np.errstate(invalid="ignore"):  # between a number and infinity lies nothing that could be told
        low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return (float(low) if np.isfinite(low) else None), (float(high) if np.isfinite(high) else None)


def _beyond(value: float, clips: Array, place: int) -> str:
    if not np.isinf(value):
        return ""
    if value > 0:
        return f"more than {clips[-1] - clips[place]:.0f} clips"
    return f"less than {clips[0] - clips[place]:.0f} clips"
