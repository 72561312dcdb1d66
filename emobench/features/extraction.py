"""How does a shard of clips pass through a backbone, once, all layers at a time?"""

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
import torch
from torch import Tensor

from emobench.catalog.contracts import AudioBatch, ClipFeatures, FrameFeatures
from emobench.domain.errors import EmobenchError
from emobench.domain.plan import PlannedClip
from emobench.features.checks import check_finite, check_shapes
from emobench.features.frames import evenly_spaced, joined, widths_of
from emobench.features.pooling import mean_over_time
from emobench.features.turns import Ear, Heard, exact_arithmetic, longest_first, through

__all__ = ["Ear", "Heard", "exact_arithmetic", "extract", "listen"]


def extract(
    ear: Ear, groups: Sequence[Sequence[PlannedClip]], advance: Callable[[int], None]
) -> list[np.ndarray[Any, np.dtype[np.float32]]]:
    """Features of clips, group by group: per layer (clips, numbers of a clip) float32, in their order.

    The numbers of a clip are its mean over time, or ``ear.frames`` frames one after the other (`evenly_spaced`).

    Raises:
        EmobenchError: shapes that differ from the card, NaN, a clip without a frame; memory is too small, with the
            budget that fits.
        DataError: audio that cannot be read any more.
    """
    ends, widths = list(accumulate(map(len, groups))), widths_of(ear.plan.card, ear.frames)
    layers = [np.empty((ends[-1], width), dtype=np.float32) for width in widths]

    def take(place: int, found: Tensor) -> None:
        for layer, values in zip(layers, found.split(widths, dim=1), strict=True):
            layer[ends[place] - len(found) : ends[place]] = values.numpy()
        advance(len(groups[place]))

    longest_first(ear, groups, listen, take)
    return layers


def listen(ear: Ear, heard: Heard) -> Tensor:
    """Features of clips on the CPU: (clips, numbers of a clip in all layers) float32, the layers side by side.

    Raises:
        EmobenchError: shapes that differ from the card, NaN, a clip without a frame.
    """
    card = ear.plan.card
    if ear.frames:
        means, found = _means_and_frames(ear, heard)
    else:
        means = found = _means(ear, heard)
    # A mean is a number only where every valid frame is one; the NaN of frames that a clip lacks are not in it.
    for layer, values in enumerate(means.split(widths_of(card, 0), dim=1)):
        check_finite(card, layer, values, heard.clips)
    return found


def _said(ear: Ear, heard: Heard) -> Iterator[FrameFeatures]:
    """What the model says, batch by batch, held against its card."""
    names, start = heard.names(), 0
    for batch in heard.batches:
        features = _forward(ear, batch)
        part = names[start : start + len(batch.lengths)]
        check_shapes(ear.plan.card, features, part)
        yield features
        start += len(part)


def _means(ear: Ear, heard: Heard) -> Tensor:
    """Means over time (clips, sum of widths)."""
    means, frames = [], []
    for features in _said(ear, heard):
        means.append(_side_by_side(mean_over_time(features)))
        frames.append(torch.stack([lengths.cpu() for lengths in features.lengths], dim=1))
    pooled = torch.cat(means)
    return pooled if heard.whole else _averaged(pooled, torch.cat(frames), heard.pieces, widths_of(ear.plan.card, 0))


def _means_and_frames(ear: Ear, heard: Heard) -> tuple[Tensor, Tensor]:
    """Means over time (clips, sum of widths), and evenly spaced frames (clips, frames * sum of widths)."""
    said = _said(ear, heard)
    means, frames = [], []
    for features in said if heard.whole else joined(said, heard.pieces):
        means.append(_side_by_side(mean_over_time(features)))
        frames.append(_side_by_side(evenly_spaced(features, ear.frames)))
    return torch.cat(means), torch.cat(frames)


def _side_by_side(features: ClipFeatures) -> Tensor:
    return torch.cat(features.layers, dim=1).cpu()


def _averaged(means: Tensor, frames: Tensor, pieces: Sequence[int], widths: Sequence[int]) -> Tensor:
    """Means of pieces (pieces, sum of widths) as means of clips, each piece with the weight of its valid frames."""
    weights = frames.float().repeat_interleave(torch.tensor(widths), dim=1)
    totals = [part.sum(dim=0) for part in (means * weights).split(list(pieces))]
    counts = [part.sum(dim=0) for part in weights.split(list(pieces))]
    return torch.stack(totals) / torch.stack(counts)


def _forward(ear: Ear, batch: AudioBatch) -> FrameFeatures:
    """What the model says about a batch."""
    features = through(ear, batch, ear.module)
    if not isinstance(features, FrameFeatures):
        what = f"backbone '{ear.plan.card.name}' has to return FrameFeatures."
        raise EmobenchError(what, found=f"found: {type(features).__name__}")
    return _first_layers(features, len(ear.plan.card.layers)) if ear.plan.cut else features


def _first_layers(features: FrameFeatures, count: int) -> FrameFeatures:
    return FrameFeatures(features.layers[:count], features.lengths[:count])
