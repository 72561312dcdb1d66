"""How does a speech encoder of transformers become a backbone? All its hidden states, exact in padded batches."""

import warnings
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from transformers import AutoModel

from emobench.backbones.checkpoint import load_checkpoint
from emobench.backbones.masked_norm import mask_group_norm, over_valid_frames
from emobench.backbones.published_layout import PublishedEncoder
from emobench.catalog.contracts import AudioBatch, FrameFeatures, WeightFiles
from emobench.domain.cards import BackboneCard
from emobench.domain.errors import DataError, EmobenchError

if TYPE_CHECKING:
    from transformers import PreTrainedConfig, PreTrainedModel

# Parts that would let padding, or another number of frames, into a clip.
INEXACT = ("add_adapter", "conv_pos_batch_norm")


class HiddenStates(nn.Module):
    """A wav2vec 2.0, HuBERT or WavLM encoder that gives all its layers.

    Layer 0 enters the first transformer block (after the positional convolution), layer L is ``last_hidden_state``:
    transformers 5 takes ``hidden_states[-1]`` before the final layer norm of stable-layer-norm models, published
    layerwise numbers are from after it. Layerdrop and SpecAugment are off in every mode.

    Args:
        model: the encoder; `from_config` and `from_pretrained` build one that is ready to be wrapped.
        normalise: give each clip zero mean and unit variance first (``do_normalize`` of its preprocessor).
    """

    model: Any  # its class depends on the family, and nn.Module knows submodules only as Tensor | Module

    def __init__(self, model: "PreTrainedModel", *, normalise: bool) -> None:
        super().__init__()
        self.model, self.normalise = model, normalise
        mask_group_norm(self.model.feature_extractor)

    @classmethod
    def from_config(cls, config: "PreTrainedConfig", *, normalise: bool) -> "HiddenStates":
        """An encoder with random weights from torch's generator, float32, in eval mode.

        Raises:
            DataError: the architecture has a part that would make features depend on their batch.
        """
        inexact = [name for name in INEXACT if getattr(config, name, False)]
        if inexact:
            raise DataError(
                f"this {config.model_type} has parts that HiddenStates cannot keep exact in padded batches.",
                found=f"found: {', '.join(inexact)} switched on",
                remedy="write a backbone of its own, or use a checkpoint without them.",
            )
        settled = deepcopy(config)
        settled.layerdrop, settled.apply_spec_augment = 0.0, False
        return cls(AutoModel.from_config(settled, dtype=torch.float32), normalise=normalise).eval()

    @classmethod
    def from_pretrained(cls, card: BackboneCard, files: WeightFiles) -> "HiddenStates":
        """The published encoder: ``config.json``, ``preprocessor_config.json``, and its weights.

        Raises:
            DataError: a file is missing or damaged, a weight is missing, unexpected or of another shape, or the card
                says something else than the files.
        """
        published = PublishedEncoder.read(files)
        published.require_agreement(card)
        backbone = cls.from_config(published.config, normalise=published.normalise)
        load_checkpoint(backbone.model, published.weights, rename=published.rename)
        return backbone

    def forward(self, audio: AudioBatch) -> FrameFeatures:
        """Layers ``0`` to ``L``, each (batch, frames, width).

        Raises:
            EmobenchError: the model gave another number of hidden states than it has blocks.
        """
        valid = torch.arange(audio.waveform.shape[1], device=audio.waveform.device) < audio.lengths[:, None]
        waveform = _standardised(audio.waveform, valid) if self.normalise else audio.waveform
        with over_valid_frames(self.model.feature_extractor, audio.lengths), warnings.catch_warnings():
            # WavLM gives torch a boolean padding mask beside a float position bias; torch converts it and complains.
            warnings.filterwarnings("ignore", message="Support for mismatched key_padding_mask")
            states = self.model(waveform, attention_mask=valid.long(), output_hidden_states=True)
        layers = (*states.hidden_states[:-1], states.last_hidden_state)
        expected = self.model.config.num_hidden_layers + 1
        if len(layers) != expected:
            raise EmobenchError(
                f"{type(self.model).__name__} gave {len(layers)} hidden states instead of {expected}.",
                remedy="load it with layerdrop 0.0, as HiddenStates.from_pretrained does.",
            )
        frames = self.model._get_feat_extract_output_lengths(audio.lengths)  # noqa: SLF001 - its own arithmetic
        return FrameFeatures(layers=layers, lengths=(frames,) * expected)


def _standardised(waveform: Tensor, valid: Tensor) -> Tensor:
    """Zero mean and unit variance over the valid samples of each clip, 0 beyond; (batch, samples).

    As Wav2Vec2FeatureExtractor does, population variance and 1e-7 included: silence stays 0.
    """
    samples = valid.sum(dim=1, keepdim=True)
    centred = (waveform - waveform.sum(dim=1, keepdim=True) / samples) * valid
    variance = centred.square().sum(dim=1, keepdim=True) / samples
    return centred / (variance + 1e-7).sqrt()
