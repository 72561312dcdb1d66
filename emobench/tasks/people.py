"""What does each person's share of a score look like? Sums over the clips of one person, over one target or two."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from emobench.tasks.ruler import Ruler

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Tested:
    """Predictions for the clips of one target.

    Attributes:
        truth: (clips,).
        groups: (clips,) the person of every clip.
        values: (..., clips) predictions, absent where a fold was not run.
    """

    truth: Array
    groups: Sequence[str]
    values: Array


@dataclass(frozen=True)
class People:
    """Sums of everybody who was tested.

    Attributes:
        names: sorted.
        sums: (people, targets, ..., statistics): who has no clip in a target has sums of 0 there.
        clips: how many were tested, in all targets.
    """

    names: tuple[str, ...]
    sums: Array
    clips: int


def people_of(ruler: Ruler, targets: Sequence[Tested]) -> People:
    """Sums per person; somebody who is in two targets is one person, drawn with the clips of both.

    Args:
        ruler: of the attribute.
        targets: whose values have the same leading shape; only clips with all predictions count.
    """
    inside = [np.flatnonzero(_present(ruler, target)) for target in targets]
    who = [[target.groups[clip] for clip in clips.tolist()] for target, clips in zip(targets, inside, strict=True)]
    names = sorted({name for names in who for name in names})
    place = {name: index for index, name in enumerate(names)}
    each = []
    for target, clips, groups in zip(targets, inside, who, strict=True):
        person = np.array([place[name] for name in groups], dtype=np.int64)
        lead, flat = target.values.shape[:-1], target.values.reshape(-1, target.values.shape[-1])
        sums = np.stack([ruler.statistics(target.truth[clips], run[clips], person, len(names)) for run in flat], axis=1)
        each.append(sums.reshape(len(names), *lead, *sums.shape[2:]))
    return People(tuple(names), np.stack(each, axis=1), sum(map(len, inside)))


def _present(ruler: Ruler, target: Tested) -> Array:
    """Mask of the clips that have all predictions."""
    return np.asarray(ruler.present(target.values).reshape(-1, target.values.shape[-1]).all(axis=0))
