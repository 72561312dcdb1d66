"""Is the log-mel spectrogram what a page of numpy says it is?"""

import numpy as np
import pytest
import torch

from emobench.backbones import logmel
from emobench.catalog.contracts import WeightFiles


def hz_to_mel(hz):
    """Hertz on the mel scale of O'Shaughnessy (1987)."""
    return 2595 * np.log10(1 + hz / 700)


def naive(clip):
    """64 log-mel energies per 25 ms, every 10 ms, from sample 0: (frames, 64)."""
    frequencies = np.arange(201) * 40.0
    edges = 700 * (10 ** (np.linspace(0, hz_to_mel(8000), 66) / 2595) - 1)
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)
    frames = []
    for start in range(0, len(clip) - 399, 160):
        power = np.abs(np.fft.rfft(clip[start : start + 400] * hann)) ** 2
        bands = [
            power @ np.clip(np.minimum((frequencies - low) / (mid - low), (high - frequencies) / (high - mid)), 0, None)
            for low, mid, high in zip(edges, edges[1:], edges[2:], strict=False)
        ]
        frames.append(np.log(np.array(bands) + 1e-6))
    return np.array(frames)


@pytest.fixture(scope="module")
def backbone():
    """The backbone as the core loads it."""
    return logmel.load(logmel.CARD, WeightFiles())


def test_static_layer_agrees_with_numpy(backbone, batch_of, clips):
    """Every valid frame is the naive one, and there are as many."""
    features = backbone(batch_of(*clips))
    for row, clip in enumerate(clips):
        found = features.layers[0][row, : features.lengths[0][row]]
        np.testing.assert_allclose(found.numpy(), naive(clip.double().numpy()), rtol=1e-4, atol=1e-4)


def test_dynamic_layer_sets_the_change_beside_the_frame(backbone, batch_of, clips):
    """Its right half is the absolute difference from the frame before, and zero in the first frame."""
    static, dynamic = (layer[0] for layer in backbone(batch_of(clips[2])).layers)
    torch.testing.assert_close(dynamic[:, :64], static)
    torch.testing.assert_close(dynamic[1:, 64:], (static[1:] - static[:-1]).abs())
    assert (dynamic[0, 64:] == 0).all()


def test_a_tone_is_loudest_in_its_band(backbone, batch_of):
    """A sine of 1 kHz peaks in the band whose centre is nearest to it."""
    tone = torch.sin(2 * torch.pi * 1000 * torch.arange(16_000) / 16_000)
    centres = np.linspace(0, hz_to_mel(8000), 66)[1:-1]
    nearest = int(np.abs(centres - hz_to_mel(1000)).argmin())
    assert backbone(batch_of(tone)).layers[0][0].mean(dim=0).argmax() == nearest


def test_every_band_has_a_frequency_in_it(backbone):
    """No mel filter falls between two bins of the spectrum and stays at the floor for ever."""
    assert (backbone.mel.mel_scale.fb.sum(dim=0) > 0).all()
