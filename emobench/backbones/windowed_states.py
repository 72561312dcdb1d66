"""How does a model with a fixed window become a backbone? Padded as its extractor pads, heard where the clip is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from emobench.backbones.layer_states import LayerStates
from emobench.backbones.underway import Pass, skip
from emobench.catalog.contracts import AudioBatch, Entered, FrameFeatures


@dataclass(frozen=True)
class Grid:
    """Where the frames of a layer lie: frame k is centred on sample ``step * k + first``."""

    step: float
    first: float


def frames_inside(samples: Tensor, grid: Grid, frames: int) -> Tensor:
    """How many of ``frames`` are centred inside clips of ``samples`` (batch,), at least one."""
    return ((samples - grid.first) / grid.step).ceil().clamp(1, frames).long()


@dataclass(frozen=True)
class FrontEnd:
    """What lies between what an encoder hears and its first block.

    Attributes:
        unheard: (what enters the first block) -> what stands for the spectrogram when the front end is skipped.
        parts: the modules that are then skipped, each with what stands for its output (see `underway.skip`).
    """

    unheard: Callable[[Tensor], Tensor]
    parts: Mapping[nn.Module, Callable[[Tensor], Tensor] | None]


class WindowedStates(LayerStates):
    """An encoder that always hears a whole window and gives all its layers.

    Each clip (at most a window: the core cuts longer ones) is padded as the model's own extractor does; of every layer
    the frames that are centred inside the clip are valid. Batch mates have windows of their own and cannot meet.

    Args:
        model: the encoder of transformers.
        inputs: (waveform, lengths) -> what the encoder hears.
        encode: runs the encoder on it and gives the last layer (batch, frames, width).
        blocks: the blocks of the encoder, in order.
        in_time: puts a block's state into (batch, frames, width).
        grids: where the frames of each layer lie.
        front_end: what need not be computed again once it is known what enters the first block.
        pick: finds the state in what a block returns.
    """

    def __init__(
        self, model: nn.Module, *, inputs: nn.Module, encode: Callable[[Any, Tensor], Tensor], blocks: nn.ModuleList,
        in_time: Callable[[Tensor], Tensor], grids: tuple[Grid, ...], front_end: FrontEnd,
        pick: Callable[[Any], Tensor] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(model, blocks, pick)
        self.inputs, self.grids, self._encode, self._in_time = inputs, grids, encode, in_time
        self._unheard = front_end.unheard
        for part, stand_in in front_end.parts.items():
            skip(part, stand_in)

    def forward(self, audio: AudioBatch) -> FrameFeatures:
        """Layers ``0`` to ``L``, each (batch, frames_l, width_l)."""
        return self._layers(Pass(audio.lengths), self.inputs(audio.waveform, audio.lengths))

    def enter(self, audio: AudioBatch) -> Entered:
        """What enters the first block: (batch, all frames or patches of a window, width)."""
        heard = self.inputs(audio.waveform, audio.lengths)
        return Entered(self.entry(Pass(audio.lengths), lambda: self._encode(self.model, heard)), audio.lengths)

    def resume(self, entered: Entered) -> FrameFeatures:
        """Layers ``0`` to ``L``, as forward gives them; neither spectrogram nor convolution is computed."""
        return self._layers(Pass(entered.samples, resumed=entered.state), self._unheard(entered.state))

    def _layers(self, batch: Pass, heard: Tensor) -> FrameFeatures:
        """All layers that the pass leaves behind, each with the frames that are centred inside its clips."""
        states, last = self.states(batch, lambda: self._encode(self.model, heard))
        layers = [self._in_time(state) for state in states] + ([] if last is None else [last])
        lengths = [
            frames_inside(batch.samples, grid, layer.shape[1]) for grid, layer in zip(self.grids, layers, strict=False)
        ]
        return FrameFeatures(layers=tuple(layers), lengths=tuple(lengths))


def last_hidden_state(model: Any, heard: Tensor) -> Tensor:
    """What most encoders of transformers give at the end."""
    last: Tensor = model(heard).last_hidden_state
    return last


def as_it_is(states: Tensor) -> Tensor:
    """States that are frames already (batch, frames, width)."""
    return states


def mean_over_bands(states: Tensor, bands: int) -> Tensor:
    """States of (batch, bands * frames, width), band by band, as (batch, frames, width)."""
    square: Tensor = states.unflatten(1, (bands, -1))
    return square.mean(dim=1)
