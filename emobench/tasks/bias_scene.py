"""Who says and sings what? The clips of two datasets as rows, with the people to leave out and the labels to permute.

Everything random in a measurement depends on the scene alone, so that all layers and models are asked the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.integer[Any]]
Numbers = NDArray[np.int64]

MOST_BLOCKS = 40  # of people left out in turn; beyond so many people, several make a block
LEAST_BLOCKS = 8  # of a kind of people, if there are so many: fewer people give no interval


@dataclass(frozen=True, eq=False)
class Scene:
    """The clips of a pair of datasets: all of the first, then all of the second.

    Attributes:
        emotion: (n,) index of every clip's emotion.
        domain: (n,) 0 for the first dataset (speech), 1 for the second (music).
        person: (n,) index of the person.
        block_of: (P,) the block of every person; a block is left out as one.
        stratum: (B,) whose people a block holds: 0 found in both datasets, 1 only in the first, 2 only in the second.
        emotions: E, how many there are.
    """

    emotion: Numbers
    domain: Numbers
    person: Numbers
    block_of: Numbers
    stratum: Numbers
    emotions: int

    @property
    def cell(self) -> Numbers:
        """(n,) cell of every clip: its emotion in the first dataset, E + its emotion in the second."""
        return self.domain * self.emotions + self.emotion

    @property
    def counts(self) -> Numbers:
        """(P, 2E) clips of every person in every cell."""
        return _counts(self.person, self.cell, len(self.block_of), 2 * self.emotions)


def scene_of(
    emotions: int, emotion: tuple[Integers, Integers], people: tuple[Sequence[str], Sequence[str]]
) -> tuple[Scene, tuple[str, ...], tuple[str, ...]]:
    """The scene of two datasets.

    Up to 40 people, everybody is a block. Beyond, 40 blocks are shared out among those who are in both datasets, in the
    first and in the second only, one after another where most people come on a block, but eight at least to each where
    there are so many. People are dealt into the blocks of their kind, those of the rarest emotions first and in a
    seeded order among equals. Everybody comes into the block, of those with room, that then holds the smallest share of
    any of their cells (a cell is an emotion in a dataset), and of equal ones into the emptiest: people who share a rare
    emotion part as far as there are blocks, so that a block that is left out does not take an emotion with it.

    Args:
        emotions: E.
        emotion: index of the emotion of each clip, of the first and of the second dataset.
        people: the person of each clip. Equal names are one person: name people of datasets that share nobody apart.

    Returns:
        The scene, the names of the people (sorted, in the order of their indices), and the names of the blocks: the
        person's, or "block 01" and so on.

    Raises:
        ValueError: a dataset without clips, as many names as clips missing, or an emotion out of range.

    Example:
        >>> scene, people, blocks = scene_of(2, (np.array([0, 1]), np.array([1, 0])), (["b", "a"], ["b", "b"]))
        >>> people, scene.person.tolist(), scene.cell.tolist(), scene.stratum.tolist()
        (('a', 'b'), [1, 0, 1, 1], [0, 1, 3, 2], [1, 0])
    """
    for labels, who in zip(emotion, people, strict=True):
        if not len(labels) or len(labels) != len(who) or not 0 <= labels.min() <= labels.max() < emotions:
            raise ValueError(f"each clip of a dataset has a person and an emotion from 0 to {emotions - 1}")
    names = tuple(sorted({*people[0], *people[1]}))
    place = {name: index for index, name in enumerate(names)}
    first, second = set(people[0]), set(people[1])
    kind = np.array([2 if name not in first else 0 if name in second else 1 for name in names], np.int64)
    person = np.array([place[name] for side in people for name in side], np.int64)
    label = np.concatenate(emotion).astype(np.int64)
    domain = np.repeat([0, 1], [len(labels) for labels in emotion]).astype(np.int64)
    block_of, stratum = _blocks(kind, _counts(person, domain * emotions + label, len(names), 2 * emotions))
    scene = Scene(label, domain, person, block_of, stratum, emotions)
    each = len(stratum) == len(names)
    return scene, names, names if each else tuple(f"block {number:02d}" for number in range(1, len(stratum) + 1))


def permuted_emotions(scene: Scene, permutations: int, seed: int = 0) -> Numbers:
    """Labels of a world in which emotions do not matter: permuted among the clips of each person in each dataset.

    Args:
        scene: whose clips.
        permutations: R.
        seed: of numpy's PCG64.

    Returns:
        (R, n) index of every clip's emotion; each person keeps as many clips of every emotion in each dataset.

    Example:
        >>> scene, *_ = scene_of(2, (np.array([0, 1]), np.array([1, 0])), (["b", "b"], ["a", "b"]))
        >>> permuted_emotions(scene, 4).tolist()
        [[0, 1, 1, 0], [0, 1, 1, 0], [0, 1, 1, 0], [1, 0, 1, 0]]
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    emotion = np.tile(scene.emotion, (permutations, 1))
    theirs = scene.person * 2 + scene.domain
    for one in np.unique(theirs):
        clips = np.flatnonzero(theirs == one)
        emotion[:, clips] = generator.permuted(emotion[:, clips], axis=1)
    return emotion


def _counts(person: Numbers, cell: Numbers, people: int, cells: int) -> Numbers:
    """(P, 2E) clips of every person in every cell."""
    counts = np.zeros((people, cells), np.int64)
    np.add.at(counts, (person, cell), 1)
    return counts


def _blocks(kind: Numbers, counts: Numbers) -> tuple[Numbers, Numbers]:
    """Block of every person, and the kind of people that each block holds."""
    if len(kind) <= MOST_BLOCKS:
        return np.arange(len(kind)), kind
    generator = np.random.Generator(np.random.PCG64(0))
    shares = _shared_out(np.bincount(kind, minlength=3))
    block_of, start = np.empty(len(kind), np.int64), 0
    have = counts > 0
    sizes = have.sum(axis=0)
    rarest = np.where(have, sizes, len(kind)).min(axis=1)
    for stratum, blocks in enumerate(shares.tolist()):
        people = generator.permutation(np.flatnonzero(kind == stratum))
        people = people[np.argsort(rarest[people], kind="stable")]
        block_of[people] = start + _dealt(have[people], sizes, blocks)
        start += blocks
    return block_of, np.repeat(np.arange(3), shares)


def _dealt(have: NDArray[np.bool_], sizes: Numbers, blocks: int) -> Numbers:
    """(n,) block of even size for each person, in their order, see ``scene_of``.

    ``have`` (n, cells) says in which cells a person has clips, ``sizes`` (cells,) how many people have some.
    """
    each, over = divmod(len(have), max(blocks, 1))
    dealt, held = np.zeros(blocks, np.int64), np.zeros((blocks, len(sizes)), np.int64)
    block_of = np.empty(len(have), np.int64)
    for place, own in enumerate(have):
        share = ((held[:, own] + 1) / sizes[own]).max(axis=1)
        open_to = dealt < each + ((dealt > each).sum() < over)
        block = np.lexsort((dealt, np.where(open_to, share, np.inf)))[0]
        block_of[place] = block
        dealt[block] += 1
        held[block] += own
    return block_of


def _shared_out(people: Numbers) -> Numbers:
    """How many of the blocks each kind of people gets."""
    blocks = np.minimum(people, LEAST_BLOCKS)
    while blocks.sum() < MOST_BLOCKS:
        blocks[np.argmax(people / np.maximum(blocks, 1))] += 1
    return blocks
