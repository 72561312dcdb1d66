"""Where do the clips of a training come from? Waveforms, or what entered the first block, computed once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from emobench.catalog.contracts import AudioBatch, Entered, Resumes
from emobench.learning.modes import set_modes

Heard = AudioBatch | Entered  # what a module is sent


class Source(Protocol):
    """Clips in a fixed order, from which batches are taken by position."""

    @property
    def samples(self) -> Sequence[int]:
        """How long each clip is; what decides which clips share a batch, the same for all sources of the same clips."""
        ...

    @property
    def equal_length(self) -> bool:
        """Clips of different lengths must not go through the module together (``batches`` of the card)."""
        ...

    def batch(self, places: Sequence[int]) -> Heard:
        """The clips at these positions, padded with zeros to the longest of them."""
        ...


@dataclass(frozen=True)
class Waveforms:
    """Whole clips, for modules that do not resume, or whose front end learns.

    Attributes:
        waves: (samples,) float32 each, at the card's sample rate.
    """

    waves: Sequence[Tensor]
    equal_length: bool = False

    @property
    def samples(self) -> Sequence[int]:
        """How long each clip is."""
        return [len(wave) for wave in self.waves]

    def batch(self, places: Sequence[int]) -> AudioBatch:
        """The clips at these positions: (batch, longest) float32."""
        chosen = [self.waves[place] for place in places]
        return AudioBatch(pad_sequence(chosen, batch_first=True), torch.tensor([len(wave) for wave in chosen]))


@dataclass(frozen=True)
class Prefixes:
    """What entered the first block, clip by clip.

    Attributes:
        rows: one clip each: ``state`` (1, frames, width) without padding. Any sequence: rows may lie on disk.
        samples: how long each clip is.
    """

    rows: Sequence[Entered]
    samples: Sequence[int]
    equal_length: bool = False

    def batch(self, places: Sequence[int]) -> Entered:
        """The clips at these positions, as one: (batch, frames of the longest, width)."""
        rows = [self.rows[place] for place in places]
        below = zip(*(row.below for row in rows), strict=True)
        return Entered(
            state=pad_sequence([row.state[0] for row in rows], batch_first=True),
            samples=torch.cat([row.samples for row in rows]),
            frames=torch.tensor([row.state.shape[1] for row in rows]),
            below=tuple(torch.cat(layers) for layers in below),
        )


def rows_of(entered: Entered) -> list[Entered]:
    """Cut what entered together into clips: each ``state`` (1, frames, width) is a copy without padding, on the CPU."""
    found = []
    for row in range(len(entered.samples)):
        frames = entered.state.shape[1] if entered.frames is None else int(entered.frames[row])
        found.append(
            Entered(
                state=entered.state[row : row + 1, :frames].detach().cpu().clone(),
                samples=entered.samples[row : row + 1].cpu().clone(),
                below=tuple(layer[row : row + 1].detach().cpu().clone() for layer in entered.below),
            )
        )
    return found


def goes_on_from_its_entry(module: nn.Module, clip: Tensor) -> bool:
    """True where the module resumes and nothing below its first block may learn, so that its entry can be kept.

    Args:
        module: on the CPU or an accelerator, with its trainable weights marked.
        clip: (samples,) float32, any clip that the module can hear.
    """
    if not isinstance(module, Resumes):
        return False
    before = {name for name, part in module.named_modules() if part.training}
    device = device_of(module)
    module.eval()
    with torch.enable_grad():
        entered = module.enter(AudioBatch(clip[None].to(device), torch.tensor([len(clip)], device=device)))
    set_modes(module, before)
    return not entered.state.requires_grad


def runs(source: Source, places: Sequence[int]) -> list[list[int]]:
    """Positions in ``places`` that go through the module together: all of them, or those of one length each."""
    if not source.equal_length:
        return [list(range(len(places)))]
    by_length: dict[int, list[int]] = {}
    samples = source.samples
    for position, place in enumerate(places):
        by_length.setdefault(samples[place], []).append(position)
    return [by_length[samples] for samples in sorted(by_length)]


def on_device(batch: Heard, device: torch.device) -> Heard:
    """The same clips on ``device``."""
    if isinstance(batch, AudioBatch):
        return AudioBatch(batch.waveform.to(device), batch.lengths.to(device))
    frames = None if batch.frames is None else batch.frames.to(device)
    below = tuple(layer.to(device) for layer in batch.below)
    return replace(batch, state=batch.state.to(device), samples=batch.samples.to(device), frames=frames, below=below)


def device_of(module: nn.Module) -> torch.device:
    """Where a module's weights are; the CPU for one without weights."""
    return next((weight.device for weight in module.parameters()), torch.device("cpu"))
