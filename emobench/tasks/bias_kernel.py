"""How far apart are the emotions of two datasets, by a kernel whose units are people? Also without each block of them.

Squared MMDs are unbiased over people and may be below 0, features being placed as they are. Alignment to the mean and
scale of B people makes them too small by about 1/B; the values without each block tell by how much, see
``emobench.metrics.jackknife.jackknife_bias``: where all people are of one kind (both datasets have them all, say), B D
- (B - 1) mean D_b is free of that. Everything is nan where features do not vary, and where a cell (an emotion in a
dataset) has fewer than two people.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emobench.metrics.feature_sets import Array
from emobench.metrics.people_kernel import (
    kernel_matrix,
    mean_kernels,
    mean_kernels_of_labels,
    people_pairs,
    same_person,
)
from emobench.tasks.bias_scene import Numbers, Scene
from emobench.tasks.geometries import Placed

NO_CLIPS = -1.0  # what is retrieved for an emotion of which a person has no clip in the dataset


@dataclass(frozen=True, eq=False)
class KernelPart:
    """Kernel distances without k blocks, nobody being one.

    Attributes:
        mmd: (k, E, E) squared MMD of emotion e in the first dataset and f in the second, from different people.
        signal: (k, E) the same of halves: first dataset of some people, second dataset of others.
        floor: (k, E) of halves within a dataset; the mean of both datasets.
        retrieved: (2, P, E) for the people of these blocks, in queries from the first or second dataset: which emotion
            of the others in the other dataset is nearest to theirs; -1 without clips, nan where that is not defined.
    """

    mmd: Array
    signal: Array
    floor: Array
    retrieved: Array


def kernel_part(scene: Scene, placed: Placed, bandwidth: float) -> KernelPart:
    """Kernel distances without each of the blocks of a placement.

    Args:
        scene: whose clips.
        placed: their features, and the blocks.
        bandwidth: of the kernel; 0 where features do not vary.
    """
    size, emotions = len(placed.without), scene.emotions
    retrieved = np.full((2, len(scene.block_of), emotions), np.nan)
    means, same = np.full((size, 2 * emotions, 2 * emotions), np.nan), np.full((size, 2 * emotions), np.nan)
    if bandwidth > 0:
        people = scene.person, scene.cell, scene.block_of
        pairs = people_pairs(placed.features, *people, cells=2 * emotions, bandwidth=bandwidth)
        means = np.stack([mean_kernels(pairs, block) for block in placed.without])
        same = np.stack([same_person(pairs, block) for block in placed.without])
    for place, block in enumerate(placed.without):
        if block is not None:
            theirs = np.flatnonzero(scene.block_of == block)
            retrieved[:, theirs] = _retrieved(scene, placed.features, block, np.diagonal(means[place]), bandwidth)
    signal, floor = signal_and_floor(scene, means, same)
    return KernelPart(distances(means), signal, floor, retrieved)


def joined(parts: Sequence[KernelPart]) -> dict[str, Array]:
    """The arrays of all parts, blocks in their order; each person is retrieved for in one of them."""
    return {
        "mmd": np.concatenate([part.mmd for part in parts]),
        "mmd_signal": np.concatenate([part.signal for part in parts]),
        "mmd_floor": np.concatenate([part.floor for part in parts]),
        "retrieved": np.fmax.reduce([part.retrieved for part in parts]),
    }


def null_distances(scene: Scene, features: Array, bandwidth: float, emotion: Numbers) -> Array:
    """Squared MMD of the same emotion in both datasets, under other labels.

    Args:
        scene: whose clips.
        features: (n, d) as they were placed under the true labels.
        bandwidth: of the kernel; 0 where features do not vary.
        emotion: (R, n) labels.

    Returns:
        (R, E).
    """
    if not bandwidth > 0:
        return np.full((len(emotion), scene.emotions), np.nan)
    cells = scene.domain * scene.emotions + emotion
    means = mean_kernels_of_labels(features, scene.person, cells, 2 * scene.emotions, bandwidth)
    return np.diagonal(distances(means), axis1=-2, axis2=-1).copy()


def distances(means: Array) -> Array:
    """Squared MMDs from mean kernels: D[e, f] = C[e, e] + C[E + f, E + f] - 2 C[e, E + f].

    Args:
        means: (..., 2E, 2E) mean kernels between different people, of the first dataset's emotions and then the
            second's.

    Returns:
        (..., E, E), may be below 0.

    Source:
        Gretton et al. 2012, https://jmlr.org/papers/v13/gretton12a.html (lemma 6), with people as the units

    Example:
        >>> distances(np.array([[0.9, 0.5], [0.5, 0.7]])).round(6).tolist()
        [[0.6]]
    """
    emotions = means.shape[-1] // 2
    own = np.diagonal(means, axis1=-2, axis2=-1)
    apart: Array = own[..., :emotions, None] + own[..., None, emotions:] - 2 * means[..., :emotions, emotions:]
    return apart


def signal_and_floor(scene: Scene, means: Array, same: Array) -> tuple[Array, Array]:
    """Squared MMDs of halves of the people, averaged over ways to halve them, with equally many clips in each.

    It is exactly that average where everybody has equally many clips of every emotion, and each dataset an even number
    of people; elsewhere it stands for m people in a half with c clips each. Either way signal - floor is the diagonal
    of ``distances``.

    The U-statistic of one half takes clips as units: with m people of c clips each, a pair of its clips is one person's
    in (c - 1) of (m c - 1) cases. So W = ((c - 1) S + c (m - 1) C) / (m c - 1) stands for a cell's mean kernel, with S
    that of two clips of one person; m and c are those with everybody, also where a block is left out. A cell in which
    nobody has two clips has c = 1.

    Args:
        scene: whose people and clips give m and c of each dataset.
        means: (..., 2E, 2E) mean kernels C between different people.
        same: (..., 2E) mean kernels S within people; nan where nobody has two clips.

    Returns:
        signal: (..., E) first dataset of one half and second of the other; floor: (..., E) two halves of one dataset,
        the mean of both. nan where a half is one clip.
    """
    emotions = scene.emotions
    own = np.diagonal(means, axis1=-2, axis2=-1)
    across = np.diagonal(means[..., :emotions, emotions:], axis1=-2, axis2=-1)
    people = np.array([len(np.unique(scene.person[scene.domain == side])) // 2 for side in (0, 1)])
    clips = np.bincount(scene.cell, minlength=2 * emotions).min() // 2
    m = np.repeat(people, emotions).astype(np.float64)
    c = np.where(np.isnan(same), 1.0, np.maximum(1.0, clips / np.maximum(m, 1)))
    halves = ((c - 1) * np.nan_to_num(same) + c * (m - 1) * own) / np.where(m * c > 1, m * c - 1, np.nan)
    both = halves[..., :emotions] + halves[..., emotions:]
    return both - 2 * across, both - own[..., :emotions] - own[..., emotions:]


def _retrieved(scene: Scene, features: Array, block: int, own: Array, bandwidth: float) -> Array:
    """(2, people of the block, E) the emotion of the rest whose clips are nearest, see ``KernelPart``.

    Nearest in squared MMD, of which the query's own mean kernel is left away: it is the same for all emotions.
    """
    emotions, theirs = scene.emotions, scene.block_of == block
    near = _nearness(scene, features, theirs, bandwidth) if np.isfinite(own).any() else np.nan
    far = own - 2 * near + np.zeros((theirs.sum(), 2 * emotions, 1))
    counts = scene.counts[theirs]
    found = np.empty((2, theirs.sum(), emotions))
    for side, (query, sought) in enumerate(
        [(slice(emotions), slice(emotions, None)), (slice(emotions, None), slice(emotions))]
    ):
        choices = far[:, query, sought]
        nearest = np.where(np.isnan(choices).any(-1), np.nan, np.argmin(choices, axis=-1))
        found[side] = np.where(counts[:, query] > 0, nearest, NO_CLIPS)
    return found


def _nearness(scene: Scene, features: Array, theirs: NDArray[np.bool_], bandwidth: float) -> Array:
    """(people of the block, 2E, 2E) mean kernel of a person's clips in a cell and the others' in another; nan for none.

    All others who have clips in a cell count the same.
    """
    cells = 2 * scene.emotions
    counts = scene.counts
    inside = theirs[scene.person]
    local = np.cumsum(theirs) - 1
    left = _member(local[scene.person[inside]] * cells + scene.cell[inside], int(theirs.sum()) * cells)
    right = _member(scene.cell[~inside], cells) / counts[scene.person[~inside], scene.cell[~inside]][:, None]
    kernel = kernel_matrix(features[inside], features[~inside], bandwidth)
    sums = (left.T @ (kernel @ right)).reshape(-1, cells, cells)
    pairs = counts[theirs][:, :, None] * (counts[~theirs] > 0).sum(0)
    near: Array = np.divide(sums, pairs, out=np.full(sums.shape, np.nan), where=pairs > 0)
    return near


def _member(group: Numbers, groups: int) -> Array:
    """(n, groups) 1 where a row is of a group."""
    member = np.zeros((len(group), groups))
    member[np.arange(len(group)), group] = 1
    return member
