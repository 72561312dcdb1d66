"""What was measured between two datasets, emotion by emotion? Distances in every layer, and who and what stands behind.

Names of arrays are ``<geometry>.<quantity>``; nan is undefined. With B blocks of people, P people, E emotions and R
permutations of labels, a clip view holds of each geometry:

=========================  ==============  =============================================================================
quantity                   shape           what
=========================  ==============  =============================================================================
bandwidth                  ()              of the kernel
mmd                        (1+B, E, E)     squared MMD of emotion e in the first and f in the second dataset, people as
                                           units; index 0 leaves nobody out, index 1 + b block b
mmd_signal, mmd_floor      (1+B, E)        its parts of one emotion; their difference is the diagonal of ``mmd``
null                       (R, E)          the diagonal under permuted labels
retrieved                  (2, P, E)       the emotion retrieved for a person's emotion, queries from dataset 0 or 1; -1
                                           where the person has no such clips
fad, fad_equal             (E, E)          squared Frechet distance of all clips, and of equally many
fad_left_out               (B, E)          the diagonal of ``fad`` without a block
fad_signal, fad_floor      (1+B, E)        Frechet distances of halves of the people
=========================  ==============  =============================================================================

A frame view holds ``fad`` (E, E), and ``fad_inf``, ``fad_inf_r2``, ``fad_inf_unreplaced``, ``fad_inf_unreplaced_r2``
(E,).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emobench.domain.cards import Attribute

Array = NDArray[np.float64]
Counts = NDArray[np.int64]
CLIPS, FRAMES = "clips", "frames"
GEOMETRIES = RAW, ALIGNED = "raw", "aligned"


@dataclass(frozen=True, eq=False)
class EmotionDistances:
    """Everything that was measured for one backbone on one pair; arrays are rounded to float32 and cannot be written.

    What a table holds is therefore what was scored.

    Attributes:
        datasets: the names of the first (speech) and the second (music).
        attribute: the shared emotions, in the order of every axis E.
        layers: names, in order.
        widths: how many numbers a clip has in each layer.
        people: names, in the order of every axis P; people whom both datasets have bear one name.
        blocks: names of the parts of the people that are left out in turn.
        block_of: (P,) the block of every person.
        stratum: (B,) where the people of a block are found: 0 in both datasets, 1 in the first only, 2 in the second.
        clips_of: (2, P, E) how many clips of an emotion a person has in each dataset.
        arrays: layer -> name -> array, of the clip view.
        frames: the same of the frame view; empty without it.
    """

    datasets: tuple[str, str]
    attribute: Attribute
    layers: tuple[str, ...]
    widths: tuple[int, ...]
    people: tuple[str, ...]
    blocks: tuple[str, ...]
    block_of: Counts
    stratum: Counts
    clips_of: Counts
    arrays: Mapping[str, Mapping[str, Array]]
    frames: Mapping[str, Mapping[str, Array]]

    def __post_init__(self) -> None:
        for name in ("block_of", "stratum", "clips_of"):
            object.__setattr__(self, name, _kept(getattr(self, name), np.int64))
        for name in ("arrays", "frames"):
            by_layer: Mapping[str, Mapping[str, Array]] = getattr(self, name)
            object.__setattr__(self, name, {layer: _rounded(arrays) for layer, arrays in by_layer.items()})

    @property
    def clips(self) -> Counts:
        """(2, E) how many clips of an emotion each dataset has."""
        counts: Counts = self.clips_of.sum(axis=1)
        return counts

    @property
    def movable(self) -> Array:
        """(2,) share of the clips of each dataset whose label a permutation inside people can change."""
        several = (self.clips_of > 0).sum(axis=2, keepdims=True) > 1
        share: Array = (self.clips_of * several).sum(axis=(1, 2)) / self.clips_of.sum(axis=(1, 2))
        return share

    @property
    def views(self) -> Mapping[str, Mapping[str, Mapping[str, Array]]]:
        """View -> layer -> name -> array."""
        return {CLIPS: self.arrays, FRAMES: self.frames}


def _rounded(arrays: Mapping[str, Array]) -> dict[str, Array]:
    """Numbers that float32 can hold, as float64."""
    return {name: _kept(np.asarray(values, np.float32), np.float64) for name, values in arrays.items()}


def _kept(values: Any, kind: type[np.generic]) -> NDArray[Any]:
    """A copy of this kind that nobody can write."""
    array = np.array(values, dtype=kind)
    array.flags.writeable = False
    return array
