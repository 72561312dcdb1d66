"""Does a backbone bear every sound that a corpus may hold? The laws of silence, level and length."""

import torch
from torch import Tensor

from emobench.audio.pieces import longest_samples
from emobench.testing.backbone.shape_laws import TOLERANCE
from emobench.testing.backbone.subject import BackboneTrial
from emobench.testing.laws import Answer, Law, broken, kept, unasked
from emobench.testing.sounds import (
    batch_of,
    batches,
    distance,
    frames,
    frames_in,
    heard,
    means,
    noise,
    shortest_samples,
)  # fmt: skip

FAINT = 1e-4  # 80 dB below full scale
SAME_LEVEL = 2e-3  # of the size of pooled features: what normalising leaves of a factor of two
QUIET = 0.04


def silence(trial: BackboneTrial) -> Answer:
    """Digital silence gives numbers, alone and beside sound."""
    short, long = trial.waves[0], trial.waves[-1]
    for waves in ([torch.zeros_like(long)], [torch.zeros_like(short), long]):
        problem = _unlike_numbers(trial, waves)
        if problem:
            return broken(f"silence gives {problem}")
    return kept("finite in all layers")


def finite(trial: BackboneTrial) -> Answer:
    """Ordinary, full-scale, faint and constant sounds give numbers in all layers."""
    draw = torch.Generator().manual_seed(5)
    samples = len(trial.waves[-1])
    sounds = {
        "noise": trial.waves[-1],
        "full-scale noise": torch.randn(samples, generator=draw).clamp(-1, 1),
        "faint noise": noise(samples, FAINT, draw),
        "a constant": torch.full((samples,), 0.5),
    }
    for name, wave in sounds.items():
        problem = _unlike_numbers(trial, [wave])
        if problem:
            return broken(f"{name} gives {problem}")
    return kept(", ".join(sounds))


def shortest_clip(trial: BackboneTrial) -> Answer:
    """A clip of min_seconds gives numbers, and a valid frame in every layer, alone and beside a longer one."""
    wave = noise(shortest_samples(trial.card), 0.1, torch.Generator().manual_seed(6))
    for audio in [*batches(trial.card, [wave, trial.waves[-1]]), batch_of([wave])]:
        features = heard(trial.module, audio)
        for card, layer, valid in zip(trial.card.layers, features.layers, features.lengths, strict=True):
            if not 1 <= int(valid[0]) <= layer.shape[1]:
                return broken(f"{len(wave)} samples: {int(valid[0])} valid frames in layer '{card.name}'")
        if not all(layer.isfinite().all() for clip in frames_in(features) for layer in clip):
            return broken(f"{len(wave)} samples give NaN or infinity")
    return kept(f"{len(wave)} samples have a frame in every layer")


def longest_clip(trial: BackboneTrial) -> Answer:
    """A clip as long as window_seconds or longest_seconds says goes through in one piece, with all its frames."""
    samples = longest_samples(trial.card)
    if samples is None:
        return unasked("the card names no longest input")
    features = heard(trial.module, batch_of([noise(samples, 0.1, torch.Generator().manual_seed(7))]))
    for card, layer, valid in zip(trial.card.layers, features.layers, features.lengths, strict=True):
        frames_said = card.hz * samples / trial.card.sample_rate if card.hz else 1
        if not 1 <= int(valid[0]) <= layer.shape[1] or abs(int(valid[0]) - frames_said) > TOLERANCE:
            return broken(
                f"{samples} samples: {int(valid[0])} valid frames in layer '{card.name}', not {frames_said:.0f}"
            )
    return kept(f"{samples} samples in one piece")


def sees_level(trial: BackboneTrial) -> Answer:
    """Twice the amplitude changes the features of exactly those models whose card says that they see level."""
    wave = noise(len(trial.waves[-1]), QUIET, torch.Generator().manual_seed(8))
    quiet, loud = means(frames(trial.module, trial.card, [wave, 2 * wave]))
    gap = max(distance(b, a) for a, b in zip(quiet, loud, strict=True))
    if gap <= SAME_LEVEL and trial.card.sees_level and not _many_changed(quiet, loud):
        return broken(f"features differ by {gap:.1g} only: the card has to say sees_level=False")
    if gap > SAME_LEVEL and not trial.card.sees_level:
        return broken(f"features differ by {gap:.1g}: the card has to say sees_level=True")
    return kept(f"{'sees' if trial.card.sees_level else 'does not see'} level: {gap:.1g}")


def _many_changed(quiet: tuple[Tensor, ...], loud: tuple[Tensor, ...]) -> bool:
    """Whether a tenth of a layer changed, each number beside its own size: where units differ, one size rules all."""
    pairs = zip(quiet, loud, strict=True)
    return any(float(((b - a).abs() / a.abs().clamp(min=1e-12)).quantile(0.9)) > SAME_LEVEL for a, b in pairs)


def _unlike_numbers(trial: BackboneTrial, waves: list[Tensor]) -> str:
    for clip in frames(trial.module, trial.card, waves):
        for card, layer in zip(trial.card.layers, clip, strict=True):
            if not bool(layer.isfinite().all()):
                return f"NaN or infinity in layer '{card.name}'"
    return ""


SOUND_LAWS: tuple[Law[BackboneTrial], ...] = (silence, finite, shortest_clip, longest_clip, sees_level)
