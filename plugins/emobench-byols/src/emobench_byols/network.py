"""What does BYOL-S compute? Log-mel frames, three convolution blocks, two linear layers; exact in padded batches.

A clip must not feel the clips it is batched with. Everything here that looks across time is therefore told where each
clip ends: the spectrogram reflects a clip at its own last sample, convolutions see zeros beyond its last frame.
"""

import torch
from torch import Tensor, nn
from torchaudio.functional import melscale_fbanks

from emobench import AudioBatch, Entered, FrameFeatures

SAMPLE_RATE, WINDOW, HOP, MELS, LOW_HZ, HIGH_HZ = 16_000, 1024, 160, 64, 60.0, 7800.0
CHANNELS, WIDTH, BLOCKS = 64, 512, 3
POOLED_MELS = MELS // 2**BLOCKS


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
        layers, lengths = self._convolved(audio)
        above = self._linear(layers[-1])
        return FrameFeatures(layers=(*layers, *above), lengths=(*lengths, *lengths[-1:] * len(above)))

    def enter(self, audio: AudioBatch) -> Entered:
        """What enters the linear layers: ``block3``, beside the means over time of the layers below it."""
        (*below, state), (*frames_below, frames) = self._convolved(audio)
        means = [_mean(layer, valid) for layer, valid in zip(below, frames_below, strict=True)]
        return Entered(state, audio.lengths, frames=frames, below=tuple(means))

    def resume(self, entered: Entered) -> FrameFeatures:
        """All layers, without spectrogram and convolutions; ``block1`` and ``block2`` as one frame, their mean."""
        frames = self._frames(entered.samples)
        for _ in range(BLOCKS):
            frames = _halved(frames)
        layers = (entered.state, *self._linear(entered.state))
        one = torch.ones_like(frames)
        return FrameFeatures(
            layers=(*(mean[:, None] for mean in entered.below), *layers),
            lengths=(*(one for _ in entered.below), *(frames for _ in layers)),
        )

    def _convolved(self, audio: AudioBatch) -> tuple[list[Tensor], list[Tensor]]:
        """Layers ``block1`` to ``block3`` and their valid frames."""
        hidden, frames = self.log_mel(audio)
        layers, lengths = [], []
        for block in (self.features[0:4], self.features[4:8], self.features[8:12]):
            hidden, frames = block(_zero_beyond(hidden, frames)), _halved(frames)
            layers.append(hidden.permute(0, 3, 2, 1).flatten(start_dim=2))  # mel outer, channel inner
            lengths.append(frames)
        return layers, lengths

    def _linear(self, state: Tensor) -> tuple[Tensor, Tensor]:
        """Layers ``fc1`` and ``fc2``, frame by frame."""
        first = self.fc[0:2](state)
        return first, self.fc[2:5](first)

    def log_mel(self, audio: AudioBatch) -> tuple[Tensor, Tensor]:
        """Standardised log-mel energies (batch, 1, mels, frames), and how many frames are valid: (batch,)."""
        waveform = _reflected(audio, WINDOW // 2)
        spectrum = torch.stft(waveform, WINDOW, HOP, window=self.window, center=False, return_complex=True)
        energies = self.filters.T @ spectrum.abs().square()
        log_mel = (energies + torch.finfo(torch.float32).eps).log()
        return ((log_mel - self.mean) / self.sd)[:, None], self._frames(audio.lengths)

    @staticmethod
    def _frames(samples: Tensor) -> Tensor:
        """Valid frames of the spectrogram."""
        return 1 + torch.div(samples, HOP, rounding_mode="floor")


def _block(channels: int) -> tuple[nn.Module, ...]:
    """Convolution, norm, ReLU, and a pooling that halves mels and frames (an odd last one is dropped)."""
    return nn.Conv2d(channels, CHANNELS, 3, padding=1), nn.BatchNorm2d(CHANNELS), nn.ReLU(), nn.MaxPool2d(2)


def _halved(frames: Tensor) -> Tensor:
    return torch.div(frames, 2, rounding_mode="floor")


def _mean(layer: Tensor, frames: Tensor) -> Tensor:
    """Mean of ``layer`` (batch, frames, width) over each clip's valid frames: (batch, width)."""
    inside = torch.arange(layer.shape[1], device=frames.device) < frames[:, None]
    return layer.masked_fill(~inside[..., None], 0.0).sum(dim=1) / frames[:, None]


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
