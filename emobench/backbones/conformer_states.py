"""How does w2v-BERT become a backbone? All its layers, over filter banks, exact in padded batches."""

from typing import TYPE_CHECKING

import torch
from torch import nn

from emobench.backbones.layer_states import LayerStates, blocks_of
from emobench.backbones.underway import Pass
from emobench.catalog.contracts import AudioBatch, FrameFeatures

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

    def __init__(self, model: "PreTrainedModel", *, inputs: nn.Module) -> None:
        super().__init__(model, blocks_of(model))
        self.inputs = inputs

    def forward(self, audio: AudioBatch) -> FrameFeatures:
        """Layers ``0`` to ``L``, each (batch, frames, width)."""
        banks, frames = self.inputs(audio.waveform, audio.lengths)
        inside = torch.arange(banks.shape[1], device=frames.device) < frames[:, None]
        layers, last = self.states(
            Pass(audio.lengths, inside),
            lambda: self.model(banks, attention_mask=inside.long()).last_hidden_state,
        )
        layers += [] if last is None else [last]
        return FrameFeatures(layers=tuple(layers), lengths=(frames,) * self.kept)
