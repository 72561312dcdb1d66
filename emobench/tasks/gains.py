"""Is one condition better than another on the same clips? The gain, with its interval over people, p, and reach.

Or one gain than another: a contrast weighs as many conditions as there are.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from emobench.domain.cards import Attribute
from emobench.metrics.classification import recalls
from emobench.metrics.significance import holm, paired_sign_flip, smallest_detectable
from emobench.metrics.uncertainty import MINIMUM_GROUPS, people_interval, people_intervals
from emobench.tasks.people import Tested, people_of
from emobench.tasks.ruler import Ruler, ruler_for

Array = np.ndarray[Any, Any]
ROUNDING = 1e-9
SECOND_OVER_FIRST = (-1.0, 1.0)


@dataclass(frozen=True)
class Gain:
    """How much better the second condition is than the first, in the headline metric.

    Attributes:
        value: score of the second minus score of the first, each of all clips, averaged over seeds.
        low: end of the 95 % interval over people; None below eight people.
        high: its other end.
        p: of the sign-flip test over people, two-sided; adjusted where `adjusted` says so.
        detectable: the smallest true mean gain of a person that the test would find with probability 0.8; None below
            eight people.
        people: who has a score under both conditions, and so takes part in the test.
        classes: gain in recall of every class with its interval, (value, low, high); empty for dimensions.
        clips: that were predicted under both conditions.
    """

    value: float
    low: float | None
    high: float | None
    p: float
    detectable: float | None
    people: int
    classes: tuple[tuple[float, float | None, float | None], ...] = ()
    clips: int = 0


@dataclass(frozen=True)
class Compared:
    """Two conditions on the same clips of one target.

    Attributes:
        truth: (clips,).
        groups: (clips,) the person of every clip.
        first: (seeds, clips), absent where a fold was not run.
        second: (seeds, clips), absent in the same places; one seed stands beside all of the other condition.
    """

    truth: Array
    groups: Sequence[str]
    first: Array
    second: Array


@dataclass(frozen=True)
class Contrasted:
    """Several conditions on the same clips of one target.

    Attributes:
        truth: (clips,).
        groups: (clips,) the person of every clip.
        conditions: each (seeds, clips), absent where a fold was not run; one seed stands beside all of the others.
    """

    truth: Array
    groups: Sequence[str]
    conditions: Sequence[Array]


def gain(attribute: Attribute, truth: Array, groups: Sequence[str], first: Array, second: Array) -> Gain:
    """The gain of ``second`` over ``first``, both predictions (seeds, clips) for the same clips and seeds.

    Seeds are no replicates of people: scores are averaged over them before anything is tested.

    Args:
        attribute: what was predicted.
        truth: (clips,).
        groups: (clips,) the person of every clip.
        first: (seeds, clips), absent where a fold was not run.
        second: (seeds, clips), absent in the same places.
    """
    return mean_gain(attribute, [Compared(truth, groups, first, second)])


def mean_gain(attribute: Attribute, targets: Sequence[Compared]) -> Gain:
    """The gain averaged over targets.

    Somebody who is in several targets is one person, drawn with the clips of all. A person's difference is the mean of
    those in the targets that the person is in.

    Args:
        attribute: what was predicted.
        targets: with equally many seeds each, or one.
    """
    each = [Contrasted(target.truth, target.groups, (target.first, target.second)) for target in targets]
    return contrast(attribute, each, SECOND_OVER_FIRST)


def contrast(attribute: Attribute, targets: Sequence[Contrasted], weights: Sequence[float]) -> Gain:
    """The weighted sum of the scores of several conditions, averaged over targets, as a gain.

    With weights (-1, 1) it is the gain of the second condition; with (1, -1, -1, 1) how much larger the gain of the
    fourth over the third is than that of the second over the first. A person's contrast is the same sum of the person's
    own scores, so that who is tested is tested against himself in all conditions.

    Args:
        attribute: what was predicted.
        targets: with equally many seeds each, or one; people as in `mean_gain`.
        weights: of the conditions of every target; they sum to 0.
    """
    seeds = max(len(runs) for target in targets for runs in target.conditions)
    ruler, weigh = ruler_for(attribute), np.array(weights, dtype=np.float64)
    people = people_of(
        ruler,
        [
            Tested(target.truth, target.groups, np.stack([_each(runs, seeds) for runs in target.conditions]))
            for target in targets
        ],
    )
    # (people, targets, conditions, seeds, ...): resampling a person takes all conditions and seeds along.
    differences = _of_each_person(ruler, people.sums, weigh)
    interval = people_interval(people.sums, lambda drawn: _difference(ruler, drawn, weigh).mean(axis=-1))
    reach = smallest_detectable(differences)
    return Gain(
        value=float(_difference(ruler, people.sums.sum(axis=0), weigh).mean()),
        low=None if interval is None else _end(interval.low),
        high=None if interval is None else _end(interval.high),
        p=paired_sign_flip(differences),
        detectable=None if np.isnan(reach) or len(differences) < MINIMUM_GROUPS else reach,
        people=len(differences),
        classes=_recall_gains(people.sums, weigh) if attribute.classes else (),
        clips=people.clips,
    )


def _each(runs: Array, seeds: int) -> Array:
    return np.broadcast_to(runs, (seeds, runs.shape[-1]))


def adjusted(gains: Sequence[Gain], tests: int) -> list[Gain]:
    """The gains with Holm's p over a protocol's fixed set of ``tests``, of which some may not have been run.

    What was not run counts as p = 1: nobody gains by running less.

    Raises:
        ValueError: more gains than tests.
    """
    values = np.array([one.p for one in gains])
    return [replace(one, p=float(p)) for one, p in zip(gains, holm(values, tests), strict=True)]


def _difference(ruler: Ruler, sums: Array, weigh: Array) -> Array:
    """(..., targets, conditions, seeds, ...) -> (..., targets): weighted sum over conditions, mean over seeds."""
    difference: Array = (ruler.metrics[ruler.headline](sums).mean(axis=-1) * weigh).sum(axis=-1)
    return difference


def _of_each_person(ruler: Ruler, sums: Array, weigh: Array) -> Array:
    """One difference a person, of those who have a score under all conditions and every seed in some target."""
    differences = _difference(ruler, sums, weigh)
    known = np.isfinite(differences)
    told = known.any(axis=-1)
    totals: Array = np.where(known, differences, 0.0).sum(axis=-1)[told]
    found: Array = totals / known.sum(axis=-1)[told]
    return found


def _recall_gains(sums: Array, weigh: Array) -> tuple[tuple[float, float | None, float | None], ...]:
    """Gain in recall of every class, with its interval over people."""

    def of_rows(drawn: Array) -> Array:
        """(draws, classes, targets, conditions, seeds, classes) -> (draws, classes)."""
        means = recalls(np.moveaxis(drawn, 1, -2)).mean(axis=-2)  # over seeds: (draws, targets, conditions, classes)
        averaged: Array = (np.moveaxis(means, -1, 1) * weigh).sum(axis=-1).mean(axis=-1)
        return averaged

    by_class = np.moveaxis(sums, -2, 1)
    values = of_rows(by_class.sum(axis=0)[None])[0]
    return tuple(
        (float(value), None, None) if interval is None else (float(value), _end(interval.low), _end(interval.high))
        for value, interval in zip(values, people_intervals(by_class, of_rows), strict=True)
    )


def _end(value: float) -> float:
    """The end of an interval; what is 0 but for rounding is 0, and lies on neither side."""
    return 0.0 if abs(value) < ROUNDING else float(value)
