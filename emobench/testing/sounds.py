"""What does a backbone hear when it is tried? Noise, in lengths and batches that its card allows."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from emobench.audio.pieces import longest_samples
from emobench.catalog.contracts import AudioBatch, FrameFeatures
from emobench.domain.cards import BackboneCard
from emobench.features.turns import exact_arithmetic

SECONDS = (0.25, 0.9, 2.05)
Frames = list[tuple[Tensor, ...]]  # clip by clip: per layer (valid frames, width)


def shortest_samples(card: BackboneCard) -> int:
    """The shortest clip that a model gets: shorter ones are padded with zeros up to it."""
    return math.ceil(card.min_seconds * card.sample_rate - 1e-6)


def lengths(card: BackboneCard) -> tuple[int, ...]:
    """Samples of three clips, from short to long, well above the shortest input and within what goes through at once.

    Where the card asks for equal lengths in a batch, two clips of each of two lengths.
    """
    room = longest_samples(card) or math.inf
    floor = max(1.0, 1.5 * card.min_seconds / SECONDS[0])
    found = [round(min(room, seconds * floor * card.sample_rate)) for seconds in SECONDS]
    return tuple(found) if card.batches == "padded" else (found[0], found[0], found[2], found[2])


def clips(card: BackboneCard, seed: int = 0) -> list[Tensor]:
    """Noise, (samples,) float32 each, every clip with its own level, none of it near full scale."""
    draw = torch.Generator().manual_seed(seed)
    return [noise(n, 1 / (6 + 12 * place), draw) for place, n in enumerate(lengths(card))]


def noise(samples: int, level: float, draw: torch.Generator) -> Tensor:
    """White noise of one level, below 0.9 everywhere: (samples,)."""
    return (torch.randn(samples, generator=draw) * level).clamp(-0.9, 0.9)


def batch_of(waves: Sequence[Tensor]) -> AudioBatch:
    """Clips beside each other, zero beyond their ends."""
    return AudioBatch(nn.utils.rnn.pad_sequence(list(waves), batch_first=True), torch.tensor([len(w) for w in waves]))


def batches(card: BackboneCard, waves: Sequence[Tensor]) -> list[AudioBatch]:
    """Clips as the core would batch them: all together, or those of one length where the card says so."""
    if card.batches == "padded":
        return [batch_of(waves)]
    runs: list[list[Tensor]] = []
    for wave in waves:
        if runs and len(runs[-1][-1]) == len(wave):
            runs[-1].append(wave)
        else:
            runs.append([wave])
    return [batch_of(run) for run in runs]


def copied(audio: AudioBatch) -> AudioBatch:
    """The same batch in memory of its own."""
    return AudioBatch(audio.waveform.clone(), audio.lengths.clone())


def heard(module: nn.Module, audio: AudioBatch) -> FrameFeatures:
    """What a module says of a copy of a batch: no gradients, exact arithmetic. Raises TypeError for anything else."""
    with exact_arithmetic(), torch.no_grad():
        features: Any = module(copied(audio))
    if not isinstance(features, FrameFeatures):
        raise TypeError(f"it gives {type(features).__name__} where FrameFeatures(layers, lengths) is wanted")
    return features


def frames_in(features: FrameFeatures) -> Frames:
    """The valid frames of every clip, and only they."""
    rows = range(len(features.lengths[0]))
    pairs = list(zip(features.layers, features.lengths, strict=True))
    return [tuple(layer[row, : max(0, int(valid[row]))] for layer, valid in pairs) for row in rows]


def frames(module: nn.Module, card: BackboneCard, waves: Sequence[Tensor]) -> Frames:
    """The valid frames of clips that go through in batches as the card allows them."""
    return [clip for audio in batches(card, waves) for clip in frames_in(heard(module, audio))]


def means(found: Frames) -> Frames:
    """Means over time: clip by clip, per layer (width,)."""
    return [tuple(layer.float().mean(dim=0) for layer in clip) for clip in found]


def distance(one: Tensor, two: Tensor) -> float:
    """How far apart two tensors are, as a part of the second's size; infinite where shapes differ or one has NaN."""
    if one.shape != two.shape:
        return math.inf
    gap, size = float((one.double() - two.double()).norm()), float(two.double().norm())
    if math.isnan(gap) or math.isnan(size):
        return math.inf
    return gap / size if size else (math.inf if gap else 0.0)


def farthest(one: Frames, two: Frames) -> tuple[float, str]:
    """The largest `distance` of all clips and layers, and which it is of."""
    found = [
        (distance(a, b), f"clip {number}, layer {layer}")
        for number, (first, second) in enumerate(zip(one, two, strict=True))
        for layer, (a, b) in enumerate(zip(first, second, strict=True))
    ]
    return max(found, default=(0.0, "nothing"))
