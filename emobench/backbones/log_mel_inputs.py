"""What do Whisper, AST, CLAP and w2v-BERT hear? Log-mel spectrograms with their own parameters, as their extractors do.

The extractors of transformers work clip by clip in numpy; these work on the device, on batches, and let gradients
through. Tests hold them against the extractors.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchaudio.compliance.kaldi import fbank
from transformers.audio_utils import mel_filter_bank

SPECTRUM_FLOOR = 1e-10
KALDI_FLOOR = torch.finfo(torch.float32).eps
PRE_EMPHASIS = 0.97


def full_precision(waveform: Tensor) -> torch.autocast:
    """Spectra span many orders of magnitude: they are computed in float32 whatever the model runs in."""
    return torch.autocast(waveform.device.type, enabled=False)


class MelPower(nn.Module):
    """Mel energies of centred Hann windows, edges reflected; Slaney's mel scale and area norm, as librosa has them.

    Args:
        rate: hertz.
        n_fft: samples in a window.
        hop: samples from one frame to the next.
        mels: number of bands, from ``low`` to ``high`` Hz.
    """

    filters: Tensor
    window: Tensor

    def __init__(self, *, rate: int, n_fft: int, hop: int, mels: int, low: float, high: float) -> None:
        super().__init__()
        self.n_fft, self.hop = n_fft, hop
        bank = mel_filter_bank(1 + n_fft // 2, mels, low, high, rate, norm="slaney", mel_scale="slaney")
        self.register_buffer("filters", torch.from_numpy(bank).float().T.contiguous(), persistent=False)
        self.register_buffer("window", torch.hann_window(n_fft), persistent=False)

    def forward(self, waveform: Tensor) -> Tensor:
        """(batch, samples) -> (batch, mels, 1 + samples // hop), power, at least 1e-10."""
        spectrum = torch.stft(waveform, self.n_fft, self.hop, window=self.window, return_complex=True)
        power = spectrum.real.square() + spectrum.imag.square()
        return (self.filters @ power).clamp_min(SPECTRUM_FLOOR)


class WhisperInput(nn.Module):
    """Whisper's log-mel spectrogram (Radford et al. 2022, https://arxiv.org/abs/2212.04356).

    Base-10 logarithm, nothing more than 8 below the window's loudest band, scaled to about -1 to 1.
    """

    def __init__(self, *, rate: int, n_fft: int, hop: int, mels: int, window_samples: int) -> None:
        super().__init__()
        self.window_samples = window_samples
        self.mel = MelPower(rate=rate, n_fft=n_fft, hop=hop, mels=mels, low=0.0, high=8000.0)

    def forward(self, waveform: Tensor, lengths: Tensor) -> Tensor:  # noqa: ARG002 - beyond its length a clip is 0
        """(batch, samples), at most a window -> (batch, mels, frames of a window)."""
        with full_precision(waveform):
            padded = F.pad(waveform.float(), (0, self.window_samples - waveform.shape[1]))
            log: Tensor = self.mel(padded)[:, :, :-1].log10()
            log = torch.maximum(log, log.amax(dim=(1, 2), keepdim=True) - 8.0)
            return (log + 4.0) / 4.0


class ClapInput(nn.Module):
    """CLAP's mel spectrogram in decibels (Wu et al. 2023, https://arxiv.org/abs/2211.06687).

    A clip shorter than the window is repeated as often as it fits whole, and zeros fill the rest (``repeatpad``).
    """

    def __init__(
        self, *, rate: int, n_fft: int, hop: int, mels: int, low: float, high: float, window_samples: int
    ) -> None:
        super().__init__()
        self.window_samples = window_samples
        self.mel = MelPower(rate=rate, n_fft=n_fft, hop=hop, mels=mels, low=low, high=high)

    def forward(self, waveform: Tensor, lengths: Tensor) -> Tensor:
        """(batch, samples), at most a window -> (batch, 1, frames, mels)."""
        with full_precision(waveform):
            rows = zip(waveform.float(), lengths.tolist(), strict=True)
            filled = torch.stack([self._repeated(row[:samples]) for row, samples in rows])
            decibels: Tensor = 10.0 * self.mel(filled).log10()
            return decibels.transpose(1, 2)[:, None]

    def _repeated(self, clip: Tensor) -> Tensor:
        whole = clip.repeat(self.window_samples // len(clip))
        return F.pad(whole, (0, self.window_samples - len(whole)))


class AstInput(nn.Module):
    """AST's Kaldi filter bank (Gong et al. 2021, https://arxiv.org/abs/2104.01778), zeros up to a fixed length.

    Args:
        rate: hertz.
        mels: number of bands.
        frames: frames of 10 ms in a window.
        mean: subtracted, or None where the extractor does not normalise.
        scale: then divided by.
    """

    def __init__(self, *, rate: int, mels: int, frames: int, mean: float | None, scale: float) -> None:
        super().__init__()
        self.rate, self.mels, self.frames, self.mean, self.scale = rate, mels, frames, mean, scale

    def forward(self, waveform: Tensor, lengths: Tensor) -> Tensor:
        """(batch, samples), at most a window -> (batch, frames, mels)."""
        with full_precision(waveform):
            rows = zip(waveform.float(), lengths.tolist(), strict=True)
            banks = torch.stack([self._padded(row[None, :samples]) for row, samples in rows])
            return banks if self.mean is None else (banks - self.mean) / self.scale

    def _padded(self, clip: Tensor) -> Tensor:
        bank: Tensor = fbank(clip, sample_frequency=self.rate, window_type="hanning", num_mel_bins=self.mels)
        return F.pad(bank[: self.frames], (0, 0, 0, max(0, self.frames - len(bank))))


class KaldiInput(nn.Module):
    """The filter bank of w2v-BERT 2.0 (Barrault et al. 2023, https://arxiv.org/abs/2312.05187).

    Kaldi's frames of 25 ms every 10 ms, in double precision as the extractor computes: normalising enlarges what
    rounding does to a quiet band (torchaudio's float32 filters are off by 1e-5). Each band of each clip has zero mean
    and unit variance (n - 1) over its frames; ``stride`` frames stand side by side.
    """

    filters: Tensor
    window: Tensor

    def __init__(self, *, rate: int, mels: int, stride: int) -> None:
        super().__init__()
        self.frame, self.hop, self.stride = rate // 40, rate // 100, stride
        self.n_fft = 2 ** (self.frame - 1).bit_length()
        bins, high = 1 + self.n_fft // 2, rate // 2
        bank = mel_filter_bank(bins, mels, 20, high, rate, mel_scale="kaldi", triangularize_in_mel_space=True)
        self.register_buffer("filters", torch.from_numpy(bank), persistent=False)
        shape = torch.hann_window(self.frame, periodic=False, dtype=torch.float64) ** 0.85  # Povey's
        self.register_buffer("window", shape, persistent=False)

    def forward(self, waveform: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """(batch, samples) -> (batch, frames, stride * mels) and the frames of each clip (batch,)."""
        with full_precision(waveform):
            rows = zip(waveform, lengths.tolist(), strict=True)
            banks = [self._stacked(row[:samples].double()) for row, samples in rows]
        frames = torch.tensor([len(bank) for bank in banks], device=waveform.device)
        return nn.utils.rnn.pad_sequence(banks, batch_first=True), frames

    def frames(self, samples: Tensor) -> Tensor:
        """How many frames clips of so many samples have, (batch,) int64."""
        whole = torch.div(samples - self.frame, self.hop, rounding_mode="floor") + 1
        return torch.div(whole, self.stride, rounding_mode="floor")

    def _stacked(self, clip: Tensor) -> Tensor:
        variance, mean = torch.var_mean(bank := self._log_mel(clip), dim=0, correction=1)
        normed = ((bank - mean) / (variance + 1e-7).sqrt()).float()
        whole = len(normed) // self.stride
        return normed[: whole * self.stride].reshape(whole, -1)

    def _log_mel(self, clip: Tensor) -> Tensor:
        """(samples,) -> (frames, mels), natural logarithm."""
        frames = (clip * 2**15).unfold(0, self.frame, self.hop)
        frames = frames - frames.mean(dim=1, keepdim=True)
        before = torch.cat([frames[:, :1], frames[:, :-1]], dim=1)
        spectrum = torch.fft.rfft((frames - PRE_EMPHASIS * before) * self.window, n=self.n_fft)
        power = spectrum.real.square() + spectrum.imag.square()
        energies: Tensor = power @ self.filters
        return energies.clamp_min(KALDI_FLOOR).log()
