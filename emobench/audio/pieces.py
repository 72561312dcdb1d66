"""How is a clip that is too long, or too short, made to fit a model?

Too long: the fewest pieces of equal length (to one sample) that the model takes, side by side, none overlapping, so
that no piece is a sliver; the clip's features are the average over the valid frames of all its pieces. Too short: zeros
at the end, which count as part of the clip.
"""

import math

import numpy as np

from emobench.audio.decode import Samples
from emobench.domain.cards import BackboneCard


def bounds_of_pieces(samples: int, longest: int | None) -> list[tuple[int, int]]:
    """First and last (excluded) sample of every piece of a clip; one piece where it is short enough.

    Raises:
        ValueError: a length that is not positive.
    """
    if samples < 1 or (longest is not None and longest < 1):
        raise ValueError("lengths must be positive")
    count = 1 if longest is None else -(-samples // longest)
    return [(piece * samples // count, (piece + 1) * samples // count) for piece in range(count)]


def pieces_of(wave: Samples, card: BackboneCard) -> list[Samples]:
    """A clip (samples,) at the card's rate, as the model gets it: padded to its shortest input, cut at its longest."""
    shortest = math.ceil(card.min_seconds * card.sample_rate - 1e-6)  # 400 / 24,000 s are 400 samples
    padded = np.pad(wave, (0, max(0, shortest - len(wave))))
    return [padded[first:last] for first, last in bounds_of_pieces(len(padded), longest_samples(card))]


def longest_samples(card: BackboneCard) -> int | None:
    """The most samples that go through a model in one piece."""
    return None if card.piece_seconds is None else round(card.piece_seconds * card.sample_rate)


def samples_heard(samples: int, card: BackboneCard) -> int:
    """How many samples a clip costs a model: its own, or whole windows where the window is fixed."""
    if card.window_seconds is None:
        return samples
    window = round(card.window_seconds * card.sample_rate)
    return -(-samples // window) * window
