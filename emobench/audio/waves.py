"""What do clips sound like to a model, without holding them all? Waves that are decoded when they are asked for."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar, overload

import torch
from torch import Tensor

from emobench.audio.decode import length_at, load_clip
from emobench.audio.pieces import bounds_of_pieces, longest_samples, pieces_of
from emobench.domain.cards import BackboneCard
from emobench.domain.options import ReadingOptions
from emobench.domain.plan import PlannedClip

Item = TypeVar("Item")


@dataclass(frozen=True)
class Lazily(Sequence[Item], Generic[Item]):
    """``size`` items; each is made by ``make(position)`` when it is asked for, and not kept."""

    size: int
    make: Callable[[int], Item]

    def __len__(self) -> int:
        return self.size

    @overload
    def __getitem__(self, place: int) -> Item: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Item]: ...

    def __getitem__(self, place: int | slice) -> Item | Sequence[Item]:
        places = range(self.size)[place]  # raises IndexError as every sequence does
        return self.make(places) if isinstance(places, int) else chosen(self, places)


def chosen(items: Sequence[Item], places: Sequence[int]) -> Sequence[Item]:
    """The items at these positions, in this order: a view, nothing is copied or made."""
    return Lazily(len(places), lambda place: items[places[place]])


def lengths_of_pieces(planned: PlannedClip, card: BackboneCard) -> tuple[int, ...]:
    """How long the pieces are (samples) that `pieces_of` cuts a clip into; nothing is decoded."""
    shortest = math.ceil(card.min_seconds * card.sample_rate - 1e-6)  # as pieces_of pads
    samples = max(shortest, length_at(planned, card.sample_rate))
    return tuple(last - first for first, last in bounds_of_pieces(samples, longest_samples(card)))


def waves_of(clips: Sequence[PlannedClip], card: BackboneCard, reading: ReadingOptions) -> Sequence[Tensor]:
    """The pieces of all clips, one clip after the other, (samples,) float32 each, at the card's rate.

    A clip is decoded when one of its pieces is asked for; the pieces of the last one only are kept. Asking may raise
    DataError: the file cannot be read, or is not the one that was scanned.
    """
    counts = [len(lengths_of_pieces(planned, card)) for planned in clips]
    spots = [(clip, number) for clip, count in enumerate(counts) for number in range(count)]

    @lru_cache(maxsize=1)
    def cut(clip: int) -> list[Tensor]:
        return [torch.from_numpy(piece) for piece in pieces_of(load_clip(clips[clip], card.sample_rate, reading), card)]

    def wave(place: int) -> Tensor:
        clip, number = spots[place]
        return cut(clip)[number]

    return Lazily(len(spots), wave)
