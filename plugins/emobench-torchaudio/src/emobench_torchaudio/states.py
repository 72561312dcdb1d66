"""How does a model of torchaudio give all its layers? In a pass of our own through its modules, exact in any batch.

torchaudio's own pass cannot be taken: its group norm and its normalisation of waveforms run over the padding of a
batch, its WavLM refuses clips of different lengths, and its list of layers begins after the first block and ends before
the last norm.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from emobench import AudioBatch, Entered, FrameFeatures

FAR = -10_000.0  # what torchaudio adds to attention on padding; its exponential is 0


class BundleStates(nn.Module):
    """A wav2vec 2.0, HuBERT, WavLM or XLS-R encoder of torchaudio that gives all its layers.

    Layer 0 enters the first block (after the positional convolution), layers between are what blocks give, layer L is
    the encoder's output, after its last norm where it has one. Layerdrop is off in every mode.

    Args:
        model: of `torchaudio.models.wav2vec2_model` or `wavlm_model`, without ``aux``.
        normalise: give each clip zero mean and unit variance first, as bundles with ``_normalize_waveform`` want it.
        masks: whether attention takes a mask (all but WavLM, whose attention takes the padding instead).
    """

    model: Any  # nn.Module knows its submodules only as Tensor | Module

    def __init__(self, model: nn.Module, *, normalise: bool, masks: bool) -> None:
        super().__init__()
        self.model, self.normalise, self.masks = model, normalise, masks
        self.kept = len(self._transformer.layers) + 1
        self.whole = self.kept

    @property
    def _transformer(self) -> Any:
        return self.model.encoder.transformer

    def keep_layers(self, count: int) -> None:
        """From now on give layers ``0`` to ``count - 1`` only, and neither hold nor compute the blocks above them."""
        self.kept = count
        del self._transformer.layers[max(1, count - 1) :]

    def forward(self, audio: AudioBatch) -> FrameFeatures:
        """Layers ``0`` to ``L``, each (batch, frames, width)."""
        return self.resume(self.enter(audio))

    def enter(self, audio: AudioBatch) -> Entered:
        """What enters the first block, after the positional convolution: (batch, frames, width)."""
        waveform = self._normalised(audio) if self.normalise else audio.waveform
        convolved = self._convolved(waveform, audio.lengths)
        frames = self._frames(audio.lengths)
        projected = self.model.encoder.feature_projection(convolved)
        beyond = _beyond(frames, projected.shape[1])
        heard = projected.masked_fill(beyond[..., None], 0.0)
        state: Tensor = self._transformer._preprocess(heard)  # noqa: SLF001 - torchaudio has no public name for it
        return Entered(state, audio.lengths, frames=frames)

    def resume(self, entered: Entered) -> FrameFeatures:
        """Layers ``0`` to ``L``, as forward gives them; no convolution is computed."""
        state, frames = entered.state, self._frames(entered.samples)
        layers, bias, masked = [state], None, self._masked(frames, state)
        for block in self._transformer.layers[: self.kept - 1]:
            state, bias = block(state, position_bias=bias, **masked)
            layers.append(state)
        if self.kept == self.whole and not self._transformer.layer_norm_first:
            layers[-1] = self._transformer.layer_norm(state)
        return FrameFeatures(layers=tuple(layers), lengths=tuple(frames for _ in layers))

    def _normalised(self, audio: AudioBatch) -> Tensor:
        """Zero mean and unit variance over the valid samples of each clip, 0 beyond; (batch, samples)."""
        normalised = torch.zeros_like(audio.waveform)
        for row, samples in enumerate(audio.lengths.tolist()):
            normalised[row, :samples] = F.layer_norm(audio.waveform[row, :samples], (samples,))
        return normalised

    def _convolved(self, waveform: Tensor, samples: Tensor) -> Tensor:
        """What the convolutions make of a waveform: (batch, frames, channels)."""
        hidden = waveform[:, None]
        for layer in self.model.feature_extractor.conv_layers:
            samples = torch.div(samples - layer.kernel_size, layer.stride, rounding_mode="floor") + 1
            hidden = layer.conv(hidden)
            if isinstance(layer.layer_norm, nn.GroupNorm):
                hidden = _each_alone(layer.layer_norm, hidden, samples)
            elif layer.layer_norm is not None:
                hidden = layer.layer_norm(hidden)
            hidden = F.gelu(hidden)
        return hidden.transpose(1, 2)

    def _frames(self, samples: Tensor) -> Tensor:
        """How many frames the convolutions make of so many samples."""
        for layer in self.model.feature_extractor.conv_layers:
            samples = torch.div(samples - layer.kernel_size, layer.stride, rounding_mode="floor") + 1
        return samples

    def _masked(self, frames: Tensor, state: Tensor) -> dict[str, Tensor]:
        """How a block is told where the clips end; nothing where all fill the batch."""
        beyond = _beyond(frames, state.shape[1])
        if not bool(beyond.any()):
            return {}
        far = beyond.to(state.dtype if self.masks else torch.float32) * FAR  # WavLM adds it to its positions' bias
        if not self.masks:
            return {"key_padding_mask": far}
        return {"attention_mask": far[:, None, None, :].expand(-1, 1, state.shape[1], -1)}


def _beyond(frames: Tensor, longest: int) -> Tensor:
    """(batch, frames) bool, true where a frame lies beyond its clip."""
    return torch.arange(longest, device=frames.device) >= frames[:, None]


def _each_alone(norm: nn.Module, hidden: Tensor, frames: Tensor) -> Tensor:
    """A norm over time (batch, channels, time) of each clip's own frames, 0 beyond."""
    if bool((frames == hidden.shape[2]).all()):
        normalised: Tensor = norm(hidden)
        return normalised
    rows = [norm(hidden[row : row + 1, :, :own]) for row, own in enumerate(frames.tolist())]
    return torch.cat([F.pad(row, (0, hidden.shape[2] - row.shape[2])) for row in rows])
