"""Who learns, who chooses, who is tested? The parts of one dataset of a pair, for a test fold."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from emobench.domain.cards import Attribute
from emobench.domain.plan import Split
from emobench.learning.fractions import kept
from emobench.learning.splits import check_classes

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Parts:
    """Positions of clips, rising: those learned from, those whose people choose, those tested."""

    training: Array
    development: Array
    test: Array


def development_fold(folds: int, fold: int) -> int:
    """The fold whose people choose for a test fold: the next one."""
    return (fold + 1) % folds


def parts_of(
    attribute: Attribute, truth: Array, fold_of_clip: Array, folds: int, fold: int, fraction: float = 1.0, seed: int = 0
) -> Parts:
    """The parts of a dataset for one test fold, of training and development clips a fraction, drawn with ``seed``.

    Args:
        attribute: the shared label space.
        truth: (clips,).
        fold_of_clip: (clips,).
        folds: how many there are.
        fold: the one tested.
        fraction: above 0, at most 1; every class keeps at least a clip.
        seed: equal seeds give nested parts for rising fractions.
    """
    choosing = fold_of_clip == development_fold(folds, fold)
    learning = (fold_of_clip != fold) & ~choosing
    classes = len(attribute.classes)
    training, development = (kept(truth, part, fraction, seed, classes) for part in (learning, choosing))
    return Parts(np.flatnonzero(training), np.flatnonzero(development), np.flatnonzero(fold_of_clip == fold))


def check_parts(attribute: Attribute, truth: Array, fold_of_clip: Array, split: Split, tests: list[int]) -> None:
    """Refuse a dataset from which not every class can be learned in every test fold.

    Raises:
        DataError: a class missing from a training part.
    """
    if not attribute.classes:
        return
    masks = np.zeros((len(tests), len(truth)), dtype=bool)
    for row, fold in enumerate(tests):
        masks[row, parts_of(attribute, truth, fold_of_clip, split.count, fold).training] = True
    names = [f"training without folds {fold} and {development_fold(split.count, fold)}" for fold in tests]
    check_classes(truth, masks, attribute.classes, names)
