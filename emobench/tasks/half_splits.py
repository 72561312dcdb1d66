"""Which clips stand for each emotion where all have to be equally many? Draws that are balanced over people.

Equally many clips make distances comparable, not true: between two datasets and between two halves of one they are too
large by the same in the mean only where the datasets do not differ, see ``emobench.tasks.bias_frechet``.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emobench.tasks.bias_scene import Numbers, Scene

Mask = NDArray[np.bool_]

SPLITS = 10  # of the people into halves
CANDIDATES = 20  # splits that each of those taken is the best of


@dataclass(frozen=True, eq=False)
class HalfSplits:
    """People dealt into two halves, several times.

    Attributes:
        second_half: (K, P) is a person in the second half? In the same one in both datasets.
        drawn: (K, n) the clips that are taken: equally many in every half of every cell.
        clips: how many those are.
    """

    second_half: Mask
    drawn: Mask
    clips: int

    def sets(self, scene: Scene) -> Mask:
        """(K, 2, n) the clips that are taken of the first and of the second half."""
        second = self.second_half[:, scene.person]
        both: Mask = np.stack([self.drawn & ~second, self.drawn & second], axis=1)
        return both


def half_splits(scene: Scene, splits: int = SPLITS, seed: int = 0) -> HalfSplits:
    """Deal people into halves, and take equally many clips of every half, emotion and dataset.

    People who are in both datasets, only in the first and only in the second are each halved, an odd one going
    to either half. Of 20 times as many random splits those are taken whose smallest half of a cell has most clips, the
    earlier ones first: where people have equal clips, the first ones.

    Args:
        scene: whose clips and people.
        splits: K.
        seed: of numpy's PCG64.

    Returns:
        The splits. Clips are balanced over the people of a half, see ``equal_draws``; there are as many as the smallest
        half of a cell has, 0 where a half has nobody.

    Example:
        >>> from emobench.tasks.bias_scene import scene_of
        >>> scene, *_ = scene_of(1, (np.zeros(6, int), np.zeros(4, int)), (list("aabbcc"), list("abcc")))
        >>> found = half_splits(scene, splits=1)
        >>> found.clips, found.sets(scene).sum(axis=2).tolist()
        (2, [[4, 4]])
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    candidates = np.stack([_second_half(scene, generator) for _ in range(CANDIDATES * splits)])
    counts = scene.counts
    smallest = np.minimum(candidates @ counts, ~candidates @ counts).min(axis=1)
    best = np.sort(np.argsort(-smallest, kind="stable")[:splits])
    clips = int(smallest[best].min())
    cells = 2 * scene.emotions
    drawn = [_taken(scene, scene.cell + cells * half[scene.person], clips, generator) for half in candidates[best]]
    return HalfSplits(candidates[best], np.stack(drawn), clips)


def equal_draws(scene: Scene, draws: int = 5, seed: int = 0) -> Mask:
    """Take as many clips of every emotion and dataset as the smallest cell has, several times.

    People give equally many, up to one; those who have too few give all, and the others give more.

    Args:
        scene: whose clips.
        draws: how many times.
        seed: of numpy's PCG64.

    Returns:
        (draws, n) bool.

    Example:
        >>> from emobench.tasks.bias_scene import scene_of
        >>> scene, *_ = scene_of(1, (np.zeros(5, int), np.zeros(3, int)), (list("aaaab"), list("abb")))
        >>> equal_draws(scene, draws=1).sum(), scene.person[equal_draws(scene, draws=1)[0]].tolist()
        (np.int64(6), [0, 0, 1, 0, 1, 1])
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    smallest = int(np.bincount(scene.cell, minlength=2 * scene.emotions).min())
    return np.stack([_taken(scene, scene.cell, smallest, generator) for _ in range(draws)])


def _second_half(scene: Scene, generator: np.random.Generator) -> Mask:
    """(P,) is a person in the second half? At random."""
    kind = scene.stratum[scene.block_of]
    order = generator.permutation(len(kind))
    half = np.empty(len(kind), np.bool_)
    for stratum in range(3):
        people = order[kind[order] == stratum]
        half[people] = np.arange(len(people)) % 2 == generator.integers(2)
    return half


def _taken(scene: Scene, part: Numbers, clips: int, generator: np.random.Generator) -> Mask:
    """(n,) so many clips of every part, balanced over the people in it.

    Everybody puts their clips into a random order; a part takes all the first ones, in a random order of people, then
    the second ones, and so on.
    """
    order = generator.permutation(len(part))
    turn = _place(part[order] * len(scene.block_of) + scene.person[order])
    queue = order[np.argsort(turn, kind="stable")]
    taken = np.zeros(len(part), np.bool_)
    taken[queue[_place(part[queue]) < clips]] = True
    return taken


def _place(group: Numbers) -> Numbers:
    """(n,) how many earlier ones are of the same group."""
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    place = np.empty(len(group), np.int64)
    place[order] = np.arange(len(group)) - np.repeat(starts, np.diff(starts, append=len(group)))
    return place
