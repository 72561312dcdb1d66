"""How does w2v-BERT become a backbone? All its layers, over filter banks, exact in padded batches."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from emobench.backbones.layer_states import LayerStates, blocks_of
from emobench.backbones.log_mel_inputs import KaldiInput
from emobench.backbones.underway import Pass
from emobench.catalog.contracts import AudioBatch, Entered, FrameFeatures

if TYPE_CHECKING:
    from transformers import PreTrainedModel


class ConformerStates(LayerStates):
    """A w2v-BERT encoder that gives all its layers; layer L is ``last_hidden_state``.

    Its attention is masked, and its convolutions look back only and are given zeros for padded frames, so batch mates
    stay out of a clip.

    Args:
        model: the encoder of transformers, without an adapter behind it.
        inputs: (waveform, lengths) -> filter banks and the frames of each clip.
    """

    inputs: KaldiInput

    def __init__(self, model: "PreTrainedModel", *, inputs: KaldiInput) -> None:
        super().__init__(model, blocks_of(model))
        self.inputs = inputs

    def forward(self, audio: AudioBatch) -> FrameFeatures:
        """Layers ``0`` to ``L``, each (batch, frames, width)."""
        banks, frames = self.inputs(audio.waveform, audio.lengths)
        batch = Pass(audio.lengths, _inside(frames, banks.shape[1]))
        return self._layers(batch, frames, lambda: self._through(self.model, banks, batch))

    def enter(self, audio: AudioBatch) -> Entered:
        """What enters the first block: (batch, frames, width)."""
        banks, frames = self.inputs(audio.waveform, audio.lengths)
        batch = Pass(audio.lengths, _inside(frames, banks.shape[1]))
        state = self.entry(batch, lambda: self._through(self.model, banks, batch))
        return Entered(state, audio.lengths, frames=frames)

    def resume(self, entered: Entered) -> FrameFeatures:
        """Layers ``0`` to ``L``, as forward gives them; no filter bank is computed and none projected."""
        frames = self.inputs.frames(entered.samples)
        batch = Pass(entered.samples, _inside(frames, entered.state.shape[1]), resumed=entered.state)
        return self._layers(batch, frames, lambda: self._through(self.model.encoder, entered.state, batch))

    def _layers(self, batch: Pass, frames: Tensor, run: Callable[[], Tensor]) -> FrameFeatures:
        layers, last = self.states(batch, run)
        layers += [] if last is None else [last]
        return FrameFeatures(layers=tuple(layers), lengths=(frames,) * self.kept)

    @staticmethod
    def _through(part: Any, heard: Tensor, batch: Pass) -> Tensor:
        assert batch.valid is not None
        last: Tensor = part(heard, attention_mask=batch.valid.long()).last_hidden_state
        return last


def _inside(frames: Tensor, longest: int) -> Tensor:
    """(batch, longest) bool, true where a frame lies inside its clip."""
    return torch.arange(longest, device=frames.device) < frames[:, None]
