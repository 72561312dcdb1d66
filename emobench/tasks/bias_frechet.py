"""How far apart are the emotions of two datasets, if each is taken for a Gaussian? Also those of equally many clips.

A Frechet distance is too large, the more so the fewer the clips. That of all clips is the usual one, and emotions with
fewer clips look farther apart by it; distances of equally many clips may be compared. ``signal`` and ``floor`` are of
equally many clips of half the people each. Their difference, the excess, is 0 in the mean where the datasets do not
differ. It is no estimate of the distance where they do: if a half has fewer clips than the vectors have numbers, what
covariances add to it is far too small (N(0, I) against N(0, 4 I) with 768 numbers and 44 clips a half: 768 apart, an
excess of about 150), and the more so the wider the vectors. So layers and models of different widths are not to be
compared by it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emobench.metrics.feature_sets import Array
from emobench.metrics.frechet import Gaussian, frechet_between, gaussian_of
from emobench.metrics.frechet_subsets import frechet_of_subsets
from emobench.tasks.bias_scene import Integers, Scene
from emobench.tasks.geometries import Placed

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class FrechetPart:
    """Squared Frechet distances of the same emotion in both datasets, without k blocks, nobody being one.

    Attributes:
        all_clips: (k, E).
        signal: (k, E) first dataset of some people and second of others, the mean over half-splits.
        floor: (k, E) of two halves within a dataset, the mean of both datasets and over half-splits.
    """

    all_clips: Array
    signal: Array
    floor: Array


def frechet_part(scene: Scene, placed: Placed, sets: Mask) -> FrechetPart:
    """Distances of the same emotion without each of the blocks of a placement.

    Args:
        scene: whose clips.
        placed: their features, and the blocks; from the halves only the clips of a block are taken away.
        sets: (K, 2, n) the clips of both halves in K splits.

    Returns:
        The distances; nan where a set has fewer than two clips.
    """
    kept = np.stack([scene.block_of[scene.person] != (-1 if b is None else b) for b in placed.without])
    halves = (sets & kept[:, None, None]).reshape(-1, 2, len(scene.person))
    each = [_same_emotion(scene, placed.features, emotion, kept, halves) for emotion in range(scene.emotions)]
    return FrechetPart(*(np.stack(part, axis=1) for part in zip(*each, strict=True)))


def joined(parts: Sequence[FrechetPart]) -> dict[str, Array]:
    """The arrays of all parts, blocks in their order, nobody first."""
    return {
        "fad_left_out": np.concatenate([part.all_clips for part in parts])[1:],
        "fad_signal": np.concatenate([part.signal for part in parts]),
        "fad_floor": np.concatenate([part.floor for part in parts]),
    }


def frechet_cells(features: Array, cell: Integers, emotions: int, drawn: Mask | None = None) -> Array:
    """Squared Frechet distance of every emotion in the first dataset and every one in the second.

    Args:
        features: (n, d), clips or frames.
        cell: (n,) emotion of a row of the first dataset, E + emotion of one of the second.
        emotions: E.
        drawn: (draws, n) the rows to take; distances are averaged over the draws. Without it all rows.

    Returns:
        (E, E); nan where a cell has fewer than two rows.

    Example:
        >>> frechet_cells(np.array([[0.0], [2.0], [3.0], [5.0]]), np.array([0, 0, 1, 1]), emotions=1).round(6).tolist()
        [[9.0]]
    """
    draws = np.ones((1, len(cell)), np.bool_) if drawn is None else drawn
    found = np.empty((len(draws), emotions, emotions))
    for draw, rows in enumerate(draws):
        fitted = [fitted_or_none(features[rows & (cell == one)]) for one in range(2 * emotions)]
        found[draw] = [[_between(one, other) for other in fitted[emotions:]] for one in fitted[:emotions]]
    mean: Array = found.mean(axis=0)
    return mean


def fitted_or_none(rows: Array) -> Gaussian | None:
    """The Gaussian of a set of rows, None of fewer than two."""
    return gaussian_of(rows) if len(rows) > 1 else None


def _between(one: Gaussian | None, other: Gaussian | None) -> float:
    return np.nan if one is None or other is None else frechet_between(one, other).value


def _same_emotion(scene: Scene, features: Array, emotion: int, kept: Mask, halves: Mask) -> tuple[Array, Array, Array]:
    """(k,) distances of all clips, signals and floors of one emotion; halves are (k K, 2, n)."""
    first, second = (np.flatnonzero(scene.cell == emotion + side * scene.emotions) for side in (0, 1))
    here, there = features[first], features[second]
    half, other = halves[:, 0], halves[:, 1]
    across = _of_subsets(
        (here, np.concatenate([kept, half, other])[:, first]), (there, np.concatenate([kept, other, half])[:, second])
    )
    within = [
        _of_subsets((rows, half[:, own]), (rows, other[:, own])) for rows, own in ((here, first), (there, second))
    ]
    blocks = len(kept)
    signal = across[blocks:].reshape(2, blocks, -1).mean(axis=(0, 2))
    return across[:blocks], signal, np.reshape(within, (2, blocks, -1)).mean(axis=(0, 2))


def _of_subsets(first: tuple[Array, Mask], second: tuple[Array, Mask]) -> Array:
    """(k,) distances of subsets of two sets; nan where one has fewer than two rows."""
    (rows, taken), (others, their) = first, second
    enough = (taken.sum(1) > 1) & (their.sum(1) > 1)
    found = np.full(len(taken), np.nan)
    if enough.any():
        found[enough] = frechet_of_subsets(rows, others, taken[enough], their[enough])
    return found
