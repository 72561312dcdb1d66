"""Which clips are a part of the training clips? Nested parts, of every class or stretch of values alike."""

from fractions import Fraction
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emobench.learning.seeds import seed_of

Array = NDArray[Any]
Mask = NDArray[np.bool_]
Integers = NDArray[np.integer[Any]]

MOST_BINS = 8
CLIPS_A_BIN = 8  # fewer bins where there are fewer clips: each is rounded up, by less than one clip
SLACK = Fraction(1, 10**6)  # of all clips; fractions are stored with six digits, and 0.666667 of 3 clips are 2


def kept(truth: Array, inside: Array, fraction: float, seed: int, classes: int) -> Mask:
    """Choose a part of the clips inside: of every stratum of n clips the first ceil(fraction * n), in a seeded order.

    Strata are the classes; for a dimension up to eight bins between quantiles of the truth inside, where equal values
    share a bin. With one seed, the part of a smaller fraction lies in that of a larger one, whatever else was asked.

    Args:
        truth: (clips,) classes from 0, or values; read where ``inside`` only.
        inside: (clips,) bool, the clips to choose from.
        fraction: above 0, at most 1.
        seed: of the unit.
        classes: how many there are; 0 for a dimension.

    Returns:
        (clips,) bool, within ``inside``.

    Raises:
        ValueError: a fraction outside its range, shapes that differ, or a clip inside without a class or value.
    """
    if not 0 < fraction <= 1:
        raise ValueError(f"a fraction lies above 0 and at most at 1, not at {fraction}")
    if truth.shape != inside.shape or truth.ndim != 1:
        raise ValueError(f"one truth a clip: shapes {truth.shape} and {inside.shape}")
    places = np.flatnonzero(inside)
    strata = _classes(truth[places], classes) if classes else _bins(truth[places])
    chosen = np.zeros(len(truth), dtype=np.bool_)
    for stratum in np.unique(strata):
        members: list[int] = places[strata == stratum].tolist()
        members.sort(key=lambda place: (seed_of(seed, "fraction", place), place))
        chosen[members[: part_of(len(members), fraction)]] = True
    return chosen


def part_of(clips: int, fraction: float) -> int:
    """ceil(fraction * clips) of the decimal number that ``fraction`` is written as, at least 1, at most ``clips``.

    What exceeds a whole number by less than a millionth of all clips is rounding of the fraction, and not counted.
    """
    exact = Fraction(repr(float(fraction))) * clips
    nearest = round(exact)
    return min(clips, max(1, nearest if abs(exact - nearest) <= SLACK * clips else ceil(exact)))


def _classes(truth: Array, classes: int) -> Integers:
    if not np.isin(truth, np.arange(classes)).all():
        raise ValueError(f"a clip inside is of none of the {classes} classes")
    return truth.astype(np.int64)


def _bins(truth: Array) -> Integers:
    """Which bin each value is in: between quantiles, so that bins are about equally full."""
    if not np.isfinite(truth).all():
        raise ValueError("a clip inside has no value")
    count = min(MOST_BINS, max(1, len(truth) // CLIPS_A_BIN))
    order = np.sort(truth)
    edges = [order[len(order) * number // count] for number in range(1, count)]
    return np.searchsorted(np.asarray(edges, dtype=truth.dtype), truth, side="right")
