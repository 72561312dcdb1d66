"""How is a clip cut into log-mel frames that no padding can reach?"""

import torch
from torch import Tensor, nn
from torchaudio.transforms import MelSpectrogram

from emobench.catalog.contracts import AudioBatch, FrameFeatures


class LogMelFrames(nn.Module):
    """Log-mel energies, alone (static) and beside their change from frame to frame (dynamic).

    Frames start at sample 0 and are not centred, so a valid frame holds samples of its own clip only:
    ``1 + (samples - window) // hop`` frames a clip, the same in any batch. Mel scale after Davis & Mermelstein (1980),
    https://doi.org/10.1109/TASSP.1980.1163420.

    Args:
        sample_rate: hertz.
        mels: number of mel bands, from 0 Hz to half the sample rate.
        window: samples in a (Hann) window.
        hop: samples from one frame to the next.
        floor: power added before the natural logarithm.
    """

    def __init__(self, *, sample_rate: int, mels: int, window: int, hop: int, floor: float) -> None:
        super().__init__()
        self.window, self.hop, self.floor = window, hop, floor
        self.mel = MelSpectrogram(sample_rate, n_fft=window, hop_length=hop, n_mels=mels, power=2.0, center=False)

    def forward(self, audio: AudioBatch) -> FrameFeatures:
        """Layers ``static`` (batch, frames, mels) and ``dynamic`` (batch, frames, 2 * mels), natural log of power."""
        static = (self.mel(audio.waveform) + self.floor).log().transpose(1, 2)
        frames = torch.div(audio.lengths - self.window, self.hop, rounding_mode="floor") + 1
        return FrameFeatures(layers=(static, _with_change(static)), lengths=(frames, frames))


def _with_change(static: Tensor) -> Tensor:
    """Each frame (batch, frames, width) beside its absolute difference from the frame before; 0 for the first."""
    change = static.diff(dim=1, prepend=static[:, :1]).abs()
    return torch.cat([static, change], dim=2)
