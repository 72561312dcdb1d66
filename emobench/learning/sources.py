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
    """Clips in a fixed order. What goes through a module are their pieces, taken by position; most clips are one."""

    @property
    def samples(self) -> Sequence[int]:
        """How long each clip is, all its pieces together.

        It decides which clips share a batch, and is the same for all sources of the same clips.
        """
        ...

    @property
    def equal_length(self) -> bool:
        """Clips of different lengths must not go through the module together (``batches`` of the card)."""
        ...

    @property
    def pieces(self) -> Sequence[Sequence[int]] | None:
        """Clip -> positions of its pieces; None where every clip is one piece, at its own position."""
        ...

    def lengths(self, places: Sequence[int]) -> Sequence[int]:
        """How many samples the pieces at these positions have."""
        ...

    def batch(self, places: Sequence[int]) -> Heard:
        """The pieces at these positions, padded with zeros to the longest of them."""
        ...


@dataclass(frozen=True)
class Waveforms:
    """Waveforms, for modules that do not resume, or whose front end learns.

    Attributes:
        waves: (samples,) float32 each, at the card's sample rate: clips, or pieces where there are ``pieces``.
        pieces: clip -> positions of its pieces in ``waves``, at least one; None: every clip is one piece.

    Raises:
        ValueError: a clip without a piece.
    """

    waves: Sequence[Tensor]
    equal_length: bool = False
    pieces: Sequence[Sequence[int]] | None = None

    def __post_init__(self) -> None:
        if self.pieces is not None:
            _require_pieces(self.pieces, len(self.pieces))

    @property
    def samples(self) -> Sequence[int]:
        """How long each clip is, all its pieces together."""
        if self.pieces is None:
            return [len(wave) for wave in self.waves]
        return [sum(self.lengths(places)) for places in self.pieces]

    def lengths(self, places: Sequence[int]) -> Sequence[int]:
        """How many samples the pieces at these positions have."""
        return [len(self.waves[place]) for place in places]

    def batch(self, places: Sequence[int]) -> AudioBatch:
        """The pieces at these positions: (batch, longest) float32."""
        chosen = [self.waves[place] for place in places]
        return AudioBatch(pad_sequence(chosen, batch_first=True), torch.tensor([len(wave) for wave in chosen]))


@dataclass(frozen=True)
class Prefixes:
    """What entered the first block, clip by clip, or piece by piece where there are ``pieces``.

    Attributes:
        rows: one piece each: ``state`` (1, frames, width) without padding. Any sequence: rows may lie on disk.
        samples: how long each clip is, all its pieces together.
        pieces: clip -> positions of its pieces in ``rows``, at least one; None: every clip is one piece.

    Raises:
        ValueError: a clip without a piece, or not as many clips as ``samples``.
    """

    rows: Sequence[Entered]
    samples: Sequence[int]
    equal_length: bool = False
    pieces: Sequence[Sequence[int]] | None = None

    def __post_init__(self) -> None:
        if self.pieces is not None:
            _require_pieces(self.pieces, len(self.samples))

    def lengths(self, places: Sequence[int]) -> Sequence[int]:
        """How many samples the pieces at these positions have."""
        if self.pieces is None:
            return [self.samples[place] for place in places]
        return [int(self.rows[place].samples[0]) for place in places]

    def batch(self, places: Sequence[int]) -> Entered:
        """The pieces at these positions, as one: (batch, frames of the longest, width)."""
        rows = [self.rows[place] for place in places]
        below = zip(*(row.below for row in rows), strict=True)
        return Entered(
            state=pad_sequence([row.state[0] for row in rows], batch_first=True),
            samples=torch.cat([row.samples for row in rows]),
            frames=torch.tensor([row.state.shape[1] for row in rows]),
            below=tuple(torch.cat(layers) for layers in below),
        )


def _require_pieces(pieces: Sequence[Sequence[int]], clips: int) -> None:
    if len(pieces) != clips or not all(pieces):
        raise ValueError(f"{clips} clips need a list of pieces each, and none of them empty")


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
    """Positions in ``places`` (of pieces) that go through the module together: all, or those of one length each."""
    if not source.equal_length:
        return [list(range(len(places)))]
    by_length: dict[int, list[int]] = {}
    for position, samples in enumerate(source.lengths(places)):
        by_length.setdefault(samples, []).append(position)
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
