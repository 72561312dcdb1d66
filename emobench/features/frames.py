"""Which frames stand for a clip? Up to so many, evenly spaced over all that it has."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import torch
from torch import Tensor

from emobench.catalog.contracts import ClipFeatures, FrameFeatures
from emobench.domain.cards import BackboneCard


def widths_of(card: BackboneCard, frames: int) -> list[int]:
    """How many numbers a clip has in each layer: ``frames`` times the layer's width, or once where ``frames`` is 0."""
    return [layer.width * max(1, frames) for layer in card.layers]


def evenly_spaced(features: FrameFeatures, most: int) -> ClipFeatures:
    """Up to ``most`` frames of every clip and layer, one after the other: per layer (batch, most * width_l), float32.

    Of L valid frames k = min(most, L) are taken; the i-th is at floor((i + 1/2) L / k), in the middle of the i-th of k
    equal stretches. What a clip lacks is NaN, at the end; frames beyond its length are ignored whatever they hold.

    Args:
        features: every clip has a valid frame.
        most: how many frames at most, above 0.

    Example:
        >>> count = torch.arange(9.0).reshape(1, 9, 1)  # the 9 frames of a clip, each its own number
        >>> evenly_spaced(FrameFeatures((count,), (torch.tensor([9]),)), 4).layers[0].tolist()
        [[1.0, 3.0, 5.0, 7.0]]
        >>> evenly_spaced(FrameFeatures((count,), (torch.tensor([3]),)), 4).layers[0].tolist()
        [[0.0, 1.0, 2.0, nan]]
    """
    chosen = []
    for layer, lengths in zip(features.layers, features.lengths, strict=True):
        valid = lengths.to(layer.device)[:, None]
        place, count = torch.arange(most, device=layer.device)[None, :], valid.clamp(max=most)
        frame = ((2 * place + 1) * valid // (2 * count)).clamp(max=layer.shape[1] - 1)
        row = torch.arange(len(layer), device=layer.device)[:, None]
        taken = torch.where((place < count)[..., None], layer[row, frame].float(), torch.nan)
        chosen.append(taken.flatten(1))
    return ClipFeatures(tuple(chosen))


def joined(said: Iterable[FrameFeatures], pieces: Sequence[int]) -> Iterator[FrameFeatures]:
    """Clips that were heard in pieces, one by one: the valid frames of all pieces in order, as (1, frames, width_l).

    Batches are asked for as they are needed; no more is held than one of them and the clip that is not complete.

    Args:
        said: what a model says about the pieces of all clips in order, batch by batch.
        pieces: how many pieces each clip has.
    """
    rows = (row for features in said for row in _rows(features))
    for count in pieces:
        layers = tuple(torch.cat(own)[None] for own in zip(*islice(rows, count), strict=True))
        yield FrameFeatures(layers, tuple(torch.tensor([layer.shape[1]]) for layer in layers))


def _rows(features: FrameFeatures) -> Iterator[tuple[Tensor, ...]]:
    """The valid frames of every piece of a batch, on the CPU: per layer (frames, width_l)."""
    layers, lengths = [layer.cpu() for layer in features.layers], [own.tolist() for own in features.lengths]
    for row, valid in enumerate(zip(*lengths, strict=True)):
        yield tuple(layer[row, :count] for layer, count in zip(layers, valid, strict=True))
