"""How does a model with a fixed window become a backbone? Padded as its extractor pads, heard where the clip is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from emobench.backbones.layer_states import LayerStates
from emobench.backbones.underway import Pass
from emobench.catalog.contracts import AudioBatch, FrameFeatures


@dataclass(frozen=True)
class Grid:
    """Where the frames of a layer lie: frame k is centred on sample ``step * k + first``."""

    step: float
    first: float


def frames_inside(samples: Tensor, grid: Grid, frames: int) -> Tensor:
    """How many of ``frames`` are centred inside clips of ``samples`` (batch,), at least one."""
    return ((samples - grid.first) / grid.step).ceil().clamp(1, frames).long()


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
        pick: finds the state in what a block returns.
    """

    def __init__(
        self, model: nn.Module, *, inputs: nn.Module, encode: Callable[[Any, Tensor], Tensor], blocks: nn.ModuleList,
        in_time: Callable[[Tensor], Tensor], grids: tuple[Grid, ...], pick: Callable[[Any], Tensor] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(model, blocks, pick)
        self.inputs, self.grids, self._encode, self._in_time = inputs, grids, encode, in_time

    def forward(self, audio: AudioBatch) -> FrameFeatures:
        """Layers ``0`` to ``L``, each (batch, frames_l, width_l)."""
        heard = self.inputs(audio.waveform, audio.lengths)
        states, last = self.states(Pass(audio.lengths), lambda: self._encode(self.model, heard))
        layers = [self._in_time(state) for state in states] + ([] if last is None else [last])
        lengths = [
            frames_inside(audio.lengths, grid, layer.shape[1]) for grid, layer in zip(self.grids, layers, strict=False)
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
