"""How does a speech encoder of transformers become a backbone? All its hidden states, exact in padded batches."""

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from transformers import AutoModel

from emobench.backbones.architecture import NATIVE, architecture
from emobench.backbones.checkpoint import load_checkpoint, weightless
from emobench.backbones.convolutions import padding_leaks
from emobench.backbones.layer_states import LayerStates, blocks_of
from emobench.backbones.masked_norm import mask_group_norm, mask_positional_stack
from emobench.backbones.published_weights import UNUSED, encoder_names, weight_files
from emobench.backbones.underway import Pass, skip
from emobench.catalog.contracts import AudioBatch, Entered, FrameFeatures, WeightFiles
from emobench.catalog.families import Settings, settings_of
from emobench.domain.cards import BackboneCard
from emobench.domain.errors import DataError, EmobenchError

if TYPE_CHECKING:
    from transformers import PreTrainedConfig, PreTrainedModel


KNOWN = ("hubert", "wav2vec2", "wavlm", "data2vec-audio", "unispeech-sat", "sew", *NATIVE)


class HiddenStates(LayerStates):
    """A wav2vec 2.0, HuBERT, WavLM, data2vec or UniSpeech-SAT encoder that gives all its layers.

    Layer 0 enters the first transformer block (after the positional convolution), layer L is ``last_hidden_state``, as
    in all published layerwise numbers. Layerdrop and SpecAugment are off in every mode.

    Args:
        model: the encoder; `from_config`, `from_settings` and `from_pretrained` build one that is ready to be wrapped.
        normalise: give each clip zero mean and unit variance first (``do_normalize`` of its preprocessor).
    """

    def __init__(self, model: "PreTrainedModel", *, normalise: bool) -> None:
        super().__init__(model, blocks_of(model))
        self.normalise, self.pads = normalise, not padding_leaks(model.config.to_dict())
        mask_group_norm(self.model.feature_extractor)
        mask_positional_stack(self.model.encoder)
        skip(self.model.encoder.pos_conv_embed)

    @classmethod
    def from_config(cls, config: "PreTrainedConfig", *, normalise: bool) -> "HiddenStates":
        """An encoder with random weights from torch's generator, float32, in eval mode."""
        settled = architecture({**config.to_dict(), "model_type": config.model_type})
        return cls(AutoModel.from_config(settled, dtype=torch.float32), normalise=normalise).eval()

    @classmethod
    def from_settings(cls, settings: Settings) -> "HiddenStates":
        """The encoder that a repository's settings describe, with random weights from torch's generator.

        Raises:
            DataError: it is of another kind of model.
        """
        found = settings.config.get("model_type")
        if found not in KNOWN:
            raise DataError(
                "HiddenStates does not know this family of models.",
                found=f"found model_type {found!r} in config.json; known: {', '.join(KNOWN)}",
                remedy="Use --backbone hf:ORG/REPO, or write a backbone of its own.",
            )
        config = architecture(settings.config)
        return cls.from_config(config, normalise=bool(settings.preprocessor.get("do_normalize", True)))

    @classmethod
    def from_pretrained(cls, card: BackboneCard, files: WeightFiles) -> "HiddenStates":
        """The published encoder: ``config.json``, ``preprocessor_config.json``, and its weights.

        Raises:
            DataError: a file is missing or damaged, a weight is missing, unexpected or of another shape, or the card
                says something else than the files.
        """
        settings = settings_of(files)
        with weightless():
            backbone = cls.from_settings(settings)
        _require_agreement(card, backbone)
        names = encoder_names(str(settings.config.get("model_type")))
        load_checkpoint(backbone.model, weight_files(files), rename=names, unused=UNUSED)
        return backbone

    def forward(self, audio: AudioBatch) -> FrameFeatures:
        """Layers ``0`` to ``L``, each (batch, frames, width).

        Raises:
            EmobenchError: the model gave another number of hidden states than it has blocks, or clips of different
                lengths came to a model whose padding cannot be kept out of a clip.
        """
        return self._layers(*self._from_audio(audio))

    def enter(self, audio: AudioBatch) -> Entered:
        """What enters the first block, after the positional convolution: (batch, frames, width)."""
        batch, run = self._from_audio(audio)
        state, frames = self.entry(batch, run), self._frames(audio.lengths)
        squeezed = state.shape[1] < int(frames.max())
        return Entered(state, audio.lengths, frames=None if squeezed else frames)

    def resume(self, entered: Entered) -> FrameFeatures:
        """Layers ``0`` to ``L``, as forward gives them; no convolution is computed.

        Raises:
            EmobenchError: as forward.
        """
        frames, state = self._frames(entered.samples), entered.state
        padded = bool((entered.samples < entered.samples.max()).any())
        self._require_one_length(padded)
        longest = state.shape[1] if self.pads else int(frames.max())
        inside = torch.arange(longest, device=frames.device) < frames[:, None]

        def run() -> Tensor:
            # Stands for what the positional convolution hears; the encoder writes into it.
            unheard = state.new_zeros(len(state), longest, state.shape[2])
            last: Tensor = self.model.encoder(unheard, attention_mask=inside if padded else None).last_hidden_state
            return last

        return self._layers(Pass(entered.samples, inside, resumed=state), run)

    def _from_audio(self, audio: AudioBatch) -> tuple[Pass, Callable[[], Tensor]]:
        """The pass of a batch, and what sends it through the whole model."""
        padded = bool((audio.lengths < audio.waveform.shape[1]).any())
        self._require_one_length(padded)
        valid = torch.arange(audio.waveform.shape[1], device=audio.waveform.device) < audio.lengths[:, None]
        waveform = _standardised(audio.waveform, valid) if self.normalise else audio.waveform
        frames, longest = self._frames(audio.lengths), int(self._frames(audio.waveform.shape[1]))
        inside = torch.arange(longest, device=frames.device) < frames[:, None]
        mask = valid.long() if padded else None
        return Pass(audio.lengths, inside), lambda: self.model(waveform, attention_mask=mask).last_hidden_state

    def _layers(self, batch: Pass, run: Callable[[], Tensor]) -> FrameFeatures:
        """All layers that the pass leaves behind, each with its clips' frames."""
        # WavLM gives torch a boolean padding mask beside a float position bias; torch converts it and complains. Not in
        # catch_warnings, which would mix up the filters of the threads that pass through here.
        warnings.filterwarnings("ignore", message="Support for mismatched key_padding_mask")
        layers, last = self.states(batch, run)
        layers += [] if last is None else [last]
        assert batch.valid is not None
        frames, longest = batch.valid.sum(dim=1), batch.valid.shape[1]
        # A squeezed layer has frames of its own; its clips are all as long as the batch.
        own = [frames if layer.shape[1] == longest else torch.full_like(frames, layer.shape[1]) for layer in layers]
        return FrameFeatures(layers=tuple(layers), lengths=tuple(own))

    def _require_one_length(self, padded: bool) -> None:
        if padded and not self.pads:
            what = f"{type(self.model).__name__} takes batches of one length only: padding would change its features."
            raise EmobenchError(what, remedy="Its card has to say batches='equal_length'.")

    def _frames(self, samples: Tensor | int) -> Any:
        """How many frames the front end makes of so many samples; its own arithmetic."""
        return self.model._get_feat_extract_output_lengths(samples)  # noqa: SLF001 - has no public name


def _require_agreement(card: BackboneCard, backbone: HiddenStates) -> None:
    """Refuse a card that promises other layers, another view of loudness, or padding where the files allow none."""
    config = backbone.model.config
    claims: dict[str, tuple[object, object]] = {
        "layers": (len(card.layers), backbone.depth),
        "width": (card.layers[0].width, config.hidden_size),
    }
    if backbone.normalise or config.conv_bias:  # in between, a norm hears the scale of very quiet clips only
        claims["sees_level"] = (card.sees_level, not backbone.normalise)
    if not backbone.pads:
        claims["batches"] = (card.batches, "equal_length")
    wrong = [f"{field}: card {said}, files {found}" for field, (said, found) in claims.items() if said != found]
    if wrong:
        raise DataError(
            f"the card of {card.name} does not describe the files it was given.",
            found="\n".join(wrong),
            remedy="Correct the card, or give the checkpoint it means with --weights.",
        )


def _standardised(waveform: Tensor, valid: Tensor) -> Tensor:
    """Zero mean and unit variance over the valid samples of each clip, 0 beyond; (batch, samples).

    As Wav2Vec2FeatureExtractor does, population variance and 1e-7 included: silence stays 0.
    """
    samples = valid.sum(dim=1, keepdim=True)
    centred = (waveform - waveform.sum(dim=1, keepdim=True) / samples) * valid
    variance = centred.square().sum(dim=1, keepdim=True) / samples
    return centred / (variance + 1e-7).sqrt()
