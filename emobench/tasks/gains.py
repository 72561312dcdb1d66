"""Is one condition better than another on the same clips? The gain, with its interval over people, p, and reach."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from emobench.domain.cards import Attribute
from emobench.metrics.classification import recalls
from emobench.metrics.significance import holm, paired_sign_flip, smallest_detectable
from emobench.metrics.uncertainty import people_interval
from emobench.tasks.ruler import Ruler, ruler_for

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Gain:
    """How much better the second condition is than the first, in the headline metric.

    Attributes:
        value: score of the second minus score of the first, each of all clips, averaged over seeds.
        low: end of the 95 % interval over people; None below eight people.
        high: its other end.
        p: of the sign-flip test over people, two-sided; adjusted where `adjusted` says so.
        detectable: the smallest true mean gain of a person that the test would find with probability 0.8; None below
            two people.
        people: who has a score under both conditions, and so takes part in the test.
        classes: gain in recall of every class with its interval, (value, low, high); empty for dimensions.
    """

    value: float
    low: float | None
    high: float | None
    p: float
    detectable: float | None
    people: int
    classes: tuple[tuple[float, float | None, float | None], ...] = ()


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
    ruler = ruler_for(attribute)
    inside = np.asarray(ruler.present(first).all(axis=0) & ruler.present(second).all(axis=0))
    names = sorted({group for group, present in zip(groups, inside, strict=True) if present})
    place = {name: index for index, name in enumerate(names)}
    clips = np.flatnonzero(inside)
    person = np.array([place[groups[clip]] for clip in clips.tolist()])
    # (people, conditions, seeds, ...): resampling a person takes both conditions and all seeds along.
    sums = np.stack(
        [
            np.stack([ruler.statistics(truth[clips], run[clips], person, len(names)) for run in runs], axis=1)
            for runs in (first, second)
        ],
        axis=1,
    )
    differences = _of_each_person(ruler, sums)
    interval = people_interval(sums, lambda drawn: _difference(ruler, drawn))
    reach = smallest_detectable(differences)
    return Gain(
        value=float(_difference(ruler, sums.sum(axis=0)[None])[0]),
        low=None if interval is None else float(interval.low),
        high=None if interval is None else float(interval.high),
        p=paired_sign_flip(differences),
        detectable=None if np.isnan(reach) else reach,
        people=len(differences),
        classes=_recall_gains(sums) if attribute.classes else (),
    )


def adjusted(gains: Sequence[Gain], tests: int) -> list[Gain]:
    """The gains with Holm's p over a protocol's fixed set of ``tests``, of which some may not have been run.

    What was not run counts as p = 1: nobody gains by running less.

    Raises:
        ValueError: more gains than tests.
    """
    if len(gains) > tests:
        raise ValueError("the fixed set holds every test that is reported")
    values = np.array([one.p for one in gains] + [1.0] * (tests - len(gains)))
    return [replace(one, p=float(p)) for one, p in zip(gains, holm(values), strict=False)]


def _difference(ruler: Ruler, sums: Array) -> Array:
    """(..., conditions, seeds, ...) -> (...,): the second's mean score over seeds minus the first's."""
    scores = ruler.metrics[ruler.headline](sums)
    means: Array = scores.mean(axis=-1)
    return means[..., 1] - means[..., 0]


def _of_each_person(ruler: Ruler, sums: Array) -> Array:
    """One difference a person, of those who have a score under both conditions and every seed."""
    differences = _difference(ruler, sums)
    return differences[np.isfinite(differences)]


def _recall_gains(sums: Array) -> tuple[tuple[float, float | None, float | None], ...]:
    """Gain in recall of every class, with its interval over people."""
    return tuple(_recall_gain(sums, place) for place in range(sums.shape[-1]))


def _recall_gain(sums: Array, place: int) -> tuple[float, float | None, float | None]:
    def of_class(drawn: Array) -> Array:
        means = recalls(drawn)[..., place].mean(axis=-1)  # over seeds: (..., conditions)
        difference: Array = means[..., 1] - means[..., 0]
        return difference

    interval = people_interval(sums, of_class)
    value = float(of_class(sums.sum(axis=0)[None])[0])
    return (value, None, None) if interval is None else (value, float(interval.low), float(interval.high))
