"""What do the tests of datasets share? The synthetic pair, generated once, and what a naive ear hears in it."""

from dataclasses import dataclass

import numpy as np
import pytest
import soundfile

from emobench.datasets import synthetic

FRAME, HOP, FFT, BANDS = 400, 160, 512, 64


@dataclass(frozen=True)
class Heard:
    """One dataset as arrays, one row a clip: log-mel summary (128), level in dB and seconds (2), and the labels."""

    clips: list
    logmel: np.ndarray
    level_seconds: np.ndarray
    emotion: np.ndarray
    group: np.ndarray


@pytest.fixture(scope="session")
def synthetic_roots(generated_pair):
    """The folders of the generated pair, by domain."""
    return {
        card.domain: generated_pair / f"{card.name}-v{card.version}" for card in (synthetic.SPEECH, synthetic.MUSIC)
    }


@pytest.fixture(scope="session")
def heard(synthetic_roots):
    """The generated pair as arrays, by domain."""
    return {domain: _hear(synthetic.clips(root)) for domain, root in synthetic_roots.items()}


def _hear(clips):
    sounds = [soundfile.read(clip.path)[0] for clip in clips]
    spectra = [logmel(sound) for sound in sounds]
    return Heard(
        clips=clips,
        logmel=np.array([np.r_[frames.mean(0), np.abs(np.diff(frames, axis=0)).mean(0)] for frames in spectra]),
        level_seconds=np.array([(10 * np.log10(np.mean(sound**2)), sound.size / 16_000) for sound in sounds]),
        emotion=np.array([clip.labels["emotion"] for clip in clips]),
        group=np.array([clip.group for clip in clips]),
    )


def logmel(sound):
    """(frames, 64) natural log of mel energies: 25 ms Hann frames every 10 ms at 16 kHz."""
    frames = np.lib.stride_tricks.sliding_window_view(sound, FRAME)[::HOP] * np.hanning(FRAME)
    return np.log(np.abs(np.fft.rfft(frames, FFT)) ** 2 @ _mel_bank().T + 1e-8)


def _mel_bank():
    edges = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + 8_000 / 700), BANDS + 2) / 2595) - 1)
    hz = np.fft.rfftfreq(FFT, 1 / 16_000)
    low, centre, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    return np.maximum(0, np.minimum((hz - low) / (centre - low), (high - hz) / (high - centre)))
