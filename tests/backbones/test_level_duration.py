"""Are the seven numbers of level and duration what a page of numpy says they are?"""

import numpy as np
import pytest
import torch

from emobench.backbones import level_duration
from emobench.catalog.contracts import WeightFiles


def naive(clip):
    """The seven numbers of one clip (samples,)."""
    frames = [clip[start : start + 320] for start in range(0, len(clip) - 319, 320)]
    levels = np.array([max(-80.0, 20 * np.log10(max(np.sqrt(np.mean(frame**2)), 1e-9))) for frame in frames])
    return [
        levels.mean(),
        levels.std(),
        levels.max(),
        np.percentile(levels, 10),
        np.percentile(levels, 90),
        np.mean(levels > levels.max() - 30),
        np.log(len(clip) / 16_000),
    ]


@pytest.fixture(scope="module")
def numbers():
    """Maps an AudioBatch to the seven numbers of each clip, (batch, 7)."""
    backbone = level_duration.load(level_duration.CARD, WeightFiles())
    return lambda audio: backbone(audio).layers[0][:, 0]


def test_agrees_with_numpy(numbers, batch_of, clips):
    """Clips of noise, some with a silent half, give the naive numbers out of one padded batch."""
    fading = clips[3] * torch.linspace(1, 0, len(clips[3])) ** 4
    gap = torch.cat([clips[2], torch.zeros(8_000)])
    batch = [*clips, fading, gap]
    expected = [naive(clip.double().numpy()) for clip in batch]
    np.testing.assert_allclose(numbers(batch_of(*batch)).numpy(), expected, rtol=1e-4, atol=1e-4)


def test_silence_lies_on_the_floor(numbers, batch_of):
    """One second of zeros is -80 dB everywhere, does not vary, and is all as active as its loudest frame."""
    found = numbers(batch_of(torch.zeros(16_000)))[0]
    torch.testing.assert_close(found, torch.tensor([-80.0, 0, -80, -80, -80, 1, 0]))


def test_full_scale_square_wave_is_zero_decibel(numbers, batch_of):
    """Levels are relative to full scale."""
    found = numbers(batch_of(torch.tensor([1.0, -1.0]).repeat(8_000)))[0]
    torch.testing.assert_close(found, torch.tensor([0.0, 0, 0, 0, 0, 1, 0]), atol=1e-5, rtol=0)


def test_gain_moves_levels_only(numbers, batch_of, clips):
    """Ten times the amplitude is 20 dB more in the four levels and nothing in spread, activity and duration."""
    quiet, loud = numbers(batch_of(clips[3], 10 * clips[3]))
    torch.testing.assert_close(loud - quiet, torch.tensor([20.0, 0, 20, 20, 20, 0, 0]), atol=1e-3, rtol=0)


def test_a_frame_cut_off_is_not_looked_at(numbers, batch_of, clips):
    """Samples after the last whole frame change the duration, not the levels."""
    whole, longer = numbers(batch_of(clips[3][:3_200], torch.cat([clips[3][:3_200], torch.ones(319)])))
    torch.testing.assert_close(whole[:6], longer[:6])
    assert longer[6] > whole[6]
