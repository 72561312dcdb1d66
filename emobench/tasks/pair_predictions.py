"""What did two datasets teach each other? Everything that was predicted for a pair, as arrays."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from emobench.domain.cards import Attribute

Array = np.ndarray[Any, Any]
TARGET_ONLY, DIRECT, ALIGNED, TWO_STAGE = "target_only", "direct", "direct_aligned", "two_stage"
JOINT, SHUFFLED = "joint", "shuffled"
CONDITIONS = (DIRECT, ALIGNED, TARGET_ONLY, TWO_STAGE, JOINT, SHUFFLED)


@dataclass(frozen=True)
class Side:
    """One dataset of a pair, its clips sorted by id.

    Attributes:
        dataset: its name.
        clips: (n,) ids.
        groups: (n,) the person of every clip; people whom both datasets have bear one name.
        fold: (n,) int64.
        truth: (n,) index of the shared class (int64), or value (float32).
    """

    dataset: str
    clips: tuple[str, ...]
    groups: tuple[str, ...]
    fold: Array
    truth: Array


@dataclass(frozen=True)
class Course:
    """What one method said under one condition, with one seed.

    Attributes:
        method: ``frozen``, ``weighted_sum``, ``lora`` ...
        layer: the layer that a `frozen` head reads; None for all other methods.
        condition: one of `CONDITIONS`.
        source: the dataset that was learned from first; None for ``target_only``, which has none.
        target: the dataset that is tested on.
        seed: None where nothing is drawn (convex heads on all target clips).
        fraction: of the target's training clips.
        test: (clips of the target,) predictions, each by the learner that saw neither the clip's fold nor the next one;
            absent (-1, or nan for values) where a fold was not run.
        development: (strengths, clips of the target): for clips of fold f + 1 the prediction of the learner tested on
            fold f, at every strength; one row for trained methods. No rows for ``direct`` and ``direct_aligned``, whose
            strength was chosen on the source's people: it is that of ``target_only`` in the source.
        strength: (folds,) index into the strengths, of the one tested; -1 where a fold was not run, 0 for trained ones.
    """

    method: str
    layer: str | None
    condition: str
    source: str | None
    target: str
    seed: int | None
    fraction: float
    test: Array
    development: Array
    strength: Array


@dataclass(frozen=True)
class PairPredictions:
    """Everything that was predicted for one backbone on one pair.

    Attributes:
        attribute: the shared label space.
        sides: the two datasets; the first direction leads from the first to the second.
        folds: how many there are, the same number in both.
        strengths: of convex heads, rising.
        methods: in the order asked, with the number of weights that learn, the head's too.
        courses: in a fixed order.
    """

    attribute: Attribute
    sides: tuple[Side, Side]
    folds: int
    strengths: tuple[float, ...]
    methods: Mapping[str, int]
    courses: tuple[Course, ...]

    def side(self, dataset: str) -> Side:
        """The side of a dataset."""
        return self.sides[0] if self.sides[0].dataset == dataset else self.sides[1]
