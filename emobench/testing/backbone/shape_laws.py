"""Does a backbone give the shapes that its card promises? The laws of layers, widths, lengths and modes."""

import contextlib
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from emobench.catalog.contracts import AudioBatch, FrameFeatures
from emobench.domain.cards import BackboneCard
from emobench.testing.backbone.subject import BackboneTrial
from emobench.testing.laws import Answer, Law, broken, kept
from emobench.testing.sounds import batch_of, clips, heard, lengths, noise

TOLERANCE = 3  # frames: what the edges of windows and paddings take or give


def hears(trial: BackboneTrial) -> Answer:
    """A batch of clips goes through and comes out as FrameFeatures."""
    features = trial.features
    parts = [*features.layers, *features.lengths]
    if not parts or not all(isinstance(part, Tensor) for part in parts):
        return broken("FrameFeatures holds something else than tensors, or nothing")
    return kept(f"{len(features.layers)} layers of {_seconds(trial)} s")


def layers_of_card(trial: BackboneTrial) -> Answer:
    """As many layers as the card names, each (batch, frames, width) with its width, and lengths (batch,) for each."""
    problem = misshapen(trial.card, trial.features, trial.audio)
    return broken(problem) if problem else kept(f"{len(trial.card.layers)} layers, widths {_widths(trial.card)}")


def train_mode_shapes(trial: BackboneTrial) -> Answer:
    """In train mode the module gives the same layers: nothing that training needs is dropped."""
    with in_train_mode(trial.module), torch.random.fork_rng(devices=[]):
        for seed in range(3):
            torch.manual_seed(seed)
            problem = misshapen(trial.card, heard(trial.module, trial.audio), trial.audio)
            if problem:
                return broken(f"in train mode: {problem}")
    return kept("the same layers in three passes")


def frame_lengths(trial: BackboneTrial) -> Answer:
    """Every clip has its valid frames: at least one, no more than there are, at the card's rate, and never fewer for
    a longer clip.
    """
    most: dict[int, list[int]] = {}
    for samples in sorted(set(lengths(trial.card))):
        wave = noise(samples, 0.1, torch.Generator().manual_seed(samples))
        features = heard(trial.module, batch_of([wave, wave]))
        for number, (card, layer, valid) in enumerate(
            zip(trial.card.layers, features.layers, features.lengths, strict=True)
        ):
            found, seconds = int(valid[0]), samples / trial.card.sample_rate
            where = f"layer '{card.name}', {seconds:.2f} s:"
            if int(valid[1]) != found:
                return broken(f"{where} {found} and {int(valid[1])} frames for the same clip twice")
            if not 1 <= found <= layer.shape[1]:
                return broken(f"{where} {found} valid frames of {layer.shape[1]}")
            if card.hz == 0 and found != 1:
                return broken(f"{where} {found} frames; the card says one a clip (hz = 0)")
            window = card.hz * trial.card.min_seconds  # frames that are missing where whole windows have to fit in
            if card.hz and not -TOLERANCE - window <= found - seconds * card.hz <= TOLERANCE:
                return broken(f"{where} {found} frames; {card.hz:g} a second on the card are {seconds * card.hz:.0f}")
            most.setdefault(number, []).append(found)
            if most[number] != sorted(most[number]):
                return broken(f"{where} {found} frames; a shorter clip has {max(most[number])}")
    return kept(f"layer 0: {', '.join(map(str, most[0]))} frames")


def same_shapes_each_call(trial: BackboneTrial) -> Answer:
    """The same batch has the same shapes each time, whatever went through the module between."""
    first = _shapes(heard(trial.module, trial.audio))
    for seed in (1, 2):
        heard(trial.module, batch_of(clips(trial.card, seed)[:1]))
        again = _shapes(heard(trial.module, trial.audio))
        if again != first:
            return broken(f"first {first}, later {again}")
    return kept(f"layer 0: {first[0]}")


def misshapen(card: BackboneCard, features: FrameFeatures, audio: AudioBatch) -> str:
    """What of the shapes is not as the card and the batch want it; empty where all is."""
    given = [int(layer.shape[-1]) if layer.ndim else 0 for layer in features.layers]
    if given != [layer.width for layer in card.layers]:
        return f"widths {given}, and {_widths(card)} on the card"
    if len(features.lengths) != len(features.layers):
        return f"{len(features.layers)} layers, and lengths for {len(features.lengths)}"
    rows = len(audio.lengths)
    for said, layer, valid in zip(card.layers, features.layers, features.lengths, strict=True):
        if layer.ndim != 3 or layer.shape[0] != rows:
            return f"layer '{said.name}' is {tuple(layer.shape)}, not (batch, frames, width) of {rows} clips"
        if tuple(valid.shape) != (rows,):
            return f"the lengths of layer '{said.name}' are {tuple(valid.shape)}, not ({rows},)"
    return ""


@contextlib.contextmanager
def in_train_mode(module: nn.Module) -> Iterator[None]:
    """Train mode while inside; afterwards every part is in its mode again, with the buffers that it had."""
    modes = [(part, part.training) for part in module.modules()]
    buffers = [(buffer, buffer.detach().clone()) for buffer in module.buffers()]
    module.train()
    try:
        yield
    finally:
        for part, mode in modes:
            part.training = mode
        with torch.no_grad():
            for buffer, values in buffers:
                buffer.copy_(values)


def _shapes(features: FrameFeatures) -> list[tuple[int, ...]]:
    return [tuple(layer.shape) for layer in features.layers]


def _widths(card: BackboneCard) -> list[int]:
    return [layer.width for layer in card.layers]


def _seconds(trial: BackboneTrial) -> str:
    return ", ".join(f"{samples / trial.card.sample_rate:.2f}" for samples in trial.audio.lengths.tolist())


SHAPE_LAWS: tuple[Law[BackboneTrial], ...] = (
    layers_of_card,
    train_mode_shapes,
    frame_lengths,
    same_shapes_each_call,
)
