"""What does openSMILE say of a clip? Its descriptors frame by frame, and their functionals over the whole clip."""

from collections.abc import Iterator

import numpy as np
import opensmile
import torch
from torch import Tensor, nn

from emobench import AudioBatch, FrameFeatures

# openSMILE hears 16 bits, and a sample at or above 1 would become the most negative of them.
LOUDEST = 32767 / 32768


class Descriptors(nn.Module):
    """A feature set of openSMILE: layer ``lld`` (100 frames a second) and layer ``functionals`` (one frame a clip).

    Every clip goes through alone, so batch mates cannot change it. Samples are limited to [-1, 32767/32768] and cut to
    16 bits, as openSMILE hears them; within that range numbers are those of ``Smile.process_signal``, to the bit.

    Args:
        feature_set: its name in `opensmile.FeatureSet`.
        sample_rate: hertz.
    """

    def __init__(self, feature_set: str, sample_rate: int) -> None:
        super().__init__()
        self.sample_rate = sample_rate
        levels = (opensmile.FeatureLevel.LowLevelDescriptors, opensmile.FeatureLevel.Functionals)
        self._extractors = [opensmile.Smile(opensmile.FeatureSet[feature_set], level) for level in levels]

    @property
    def names(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What openSMILE calls each number: of ``lld``, and of ``functionals``."""
        lld, functionals = (tuple(extractor.feature_names) for extractor in self._extractors)
        return lld, functionals

    def forward(self, audio: AudioBatch) -> FrameFeatures:
        """Layers ``lld`` (batch, frames, width) and ``functionals`` (batch, 1, width), float32."""
        said = [list(self._said(extractor, audio)) for extractor in self._extractors]
        device = audio.waveform.device
        return FrameFeatures(
            layers=tuple(nn.utils.rnn.pad_sequence(clips, batch_first=True).to(device) for clips in said),
            lengths=tuple(torch.tensor([len(clip) for clip in clips], device=device) for clips in said),
        )

    def _said(self, extractor: opensmile.Smile, audio: AudioBatch) -> Iterator[Tensor]:
        """What an extractor says of each clip: (frames, width)."""
        waveform = audio.waveform.detach().float().cpu().clamp(-1.0, LOUDEST).numpy()
        for clip, samples in zip(waveform, audio.lengths.tolist(), strict=True):
            (numbers,) = extractor(clip[:samples], self.sample_rate)  # of its one channel: (width, frames)
            yield torch.from_numpy(np.ascontiguousarray(numbers.T, dtype=np.float32))
