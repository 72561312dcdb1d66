"""What does BYOL-S compute? Log-mel frames, three convolution blocks, two linear layers; exact in padded batches.

A clip must not feel the clips it is batched with. Everything here that looks across time is therefore told where each
clip ends: the spectrogram reflects a clip at its own last sample, convolutions see zeros beyond its last frame.
"""

import torch
from torch import Tensor, nn
from torchaudio.functional import melscale_fbanks

from emobench import AudioBatch, FrameFeatures

SAMPLE_RATE, WINDOW, HOP, MELS, LOW_HZ, HIGH_HZ = 16_000, 1024, 160, 64, 60.0, 7800.0
CHANNELS, WIDTH = 64, 512
POOLED_MELS = MELS // 2**3


class ByolS(nn.Module):
    """The encoder of BYOL-A (Niizumi et al. 2021, https://arxiv.org/abs/2103.06695), d = 512.

    Trained on the speech of AudioSet it is BYOL-S (Scheidwasser-Clow et al. 2021, https://arxiv.org/abs/2110.03414).
    Names and shapes of its weights are those of the published checkpoint.

    Args:
        mean: of log-mel energies, subtracted before the network.
        sd: of log-mel energies, divided by.
    """

    window: Tensor  # (WINDOW,)
    filters: Tensor  # (WINDOW // 2 + 1, MELS)

    def __init__(self, *, mean: float, sd: float) -> None:
        super().__init__()
        self.mean, self.sd = mean, sd
        filters = melscale_fbanks(WINDOW // 2 + 1, LOW_HZ, HIGH_HZ, MELS, SAMPLE_RATE)
        self.register_buffer("window", torch.hann_window(WINDOW), persistent=False)
        self.register_buffer("filters", filters, persistent=False)
        self.features = nn.Sequential(*_block(1), *_block(CHANNELS), *_block(CHANNELS))
        self.fc = nn.Sequential(
            nn.Linear(CHANNELS * POOLED_MELS, WIDTH), nn.ReLU(), nn.Dropout(0.3), nn.Linear(WIDTH, WIDTH), nn.ReLU()
        )

    def forward(self, audio: AudioBatch) -> FrameFeatures:
        """Layers ``block1``, ``block2``, ``block3``, ``fc1``, ``fc2``, each (batch, frames, width)."""
        hidden, frames = self.log_mel(audio)
        layers, lengths = [], []
        for block in (self.features[0:4], self.features[4:8], self.features[8:12]):
            hidden = block(_zero_beyond(hidden, frames))
            frames = torch.div(frames, 2, rounding_mode="floor")
            layers.append(hidden.permute(0, 3, 2, 1).flatten(start_dim=2))  # mel outer, channel inner
            lengths.append(frames)
        for linear in (self.fc[0:2], self.fc[2:5]):
            layers.append(linear(layers[-1]))
            lengths.append(frames)
        return FrameFeatures(layers=tuple(layers), lengths=tuple(lengths))

    def log_mel(self, audio: AudioBatch) -> tuple[Tensor, Tensor]:
        """Standardised log-mel energies (batch, 1, mels, frames), and how many frames are valid: (batch,)."""
        waveform = _reflected(audio, WINDOW // 2)
        spectrum = torch.stft(waveform, WINDOW, HOP, window=self.window, center=False, return_complex=True)
        energies = self.filters.T @ spectrum.abs().square()
        log_mel = (energies + torch.finfo(torch.float32).eps).log()
        frames = 1 + torch.div(audio.lengths, HOP, rounding_mode="floor")
        return ((log_mel - self.mean) / self.sd)[:, None], frames


def _block(channels: int) -> tuple[nn.Module, ...]:
    """Convolution, norm, ReLU, and a pooling that halves mels and frames (an odd last one is dropped)."""
    return nn.Conv2d(channels, CHANNELS, 3, padding=1), nn.BatchNorm2d(CHANNELS), nn.ReLU(), nn.MaxPool2d(2)


def _reflected(audio: AudioBatch, margin: int) -> Tensor:
    """Each clip (batch, samples) between ``margin`` samples of its own mirror image: (batch, samples + 2 * margin)."""
    samples = audio.waveform.shape[1]
    position = torch.arange(-margin, samples + margin, device=audio.waveform.device).abs()
    last = audio.lengths[:, None] - 1
    mirrored = torch.where(position <= last, position, 2 * last - position)
    return audio.waveform.gather(1, mirrored.clamp(0, samples - 1))


def _zero_beyond(hidden: Tensor, frames: Tensor) -> Tensor:
    """``hidden`` (batch, channels, mels, time) with zeros after each clip's valid frames."""
    beyond = torch.arange(hidden.shape[3], device=hidden.device) >= frames[:, None]
    return hidden.masked_fill(beyond[:, None, None, :], 0.0)
