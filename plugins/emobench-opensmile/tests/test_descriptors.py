"""Does a backbone say what openSMILE says, of each clip as if it were alone?"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import opensmile
import pytest
import torch
from emobench_opensmile.plugin import COMPARE, EGEMAPS, FEATURE_SETS

LEVELS = (opensmile.FeatureLevel.LowLevelDescriptors, opensmile.FeatureLevel.Functionals)


def assert_same(features, others):
    """Two features agree to the bit, layer by layer, in their valid frames."""
    for layer, frames, other, expected in zip(
        features.layers, features.lengths, others.layers, others.lengths, strict=True
    ):
        assert frames.tolist() == expected.tolist()
        for row, valid in enumerate(frames):
            assert torch.equal(layer[row, :valid], other[row, :valid])


def test_says_what_opensmile_says(card, backbone, batch_of, clips):
    """Every number of every clip, out of one padded batch, is that of openSMILE's own table for the clip alone."""
    features = backbone(batch_of(*clips))
    for layer, frames, level in zip(features.layers, features.lengths, LEVELS, strict=True):
        extractor = opensmile.Smile(opensmile.FeatureSet[FEATURE_SETS[card.name]], level)
        for row, clip in enumerate(clips):
            table = extractor.process_signal(clip.numpy(), card.sample_rate)
            assert np.array_equal(layer[row, : frames[row]].numpy(), table.to_numpy())


def test_batch_mates_change_nothing(backbone, batch_of, clips):
    """A clip's numbers are the same to the bit alone and beside longer clips, whatever lies beyond its end."""
    crowded = batch_of(*clips)
    crowded.waveform[0, len(clips[0]) :] = 0.5
    together = backbone(crowded)
    for row, clip in enumerate(clips):
        alone = backbone(batch_of(clip))
        for layer, frames, expected in zip(together.layers, together.lengths, alone.layers, strict=True):
            assert torch.equal(layer[row, : frames[row]], expected[0])


def test_energy_is_the_naive_one(loaded, batch_of, clips):
    """ComParE's RMS energy is that of 20 ms of 16-bit samples, every 10 ms, averaged over three neighbours."""
    compare, clip = loaded[COMPARE.name], clips[3]
    found = compare(batch_of(clip)).layers[0][0, :, compare.names[0].index("pcm_RMSenergy_sma")]
    heard = np.trunc(clip.double().numpy() * 32768) / 32768
    energy = [np.sqrt(np.mean(heard[start : start + 320] ** 2)) for start in range(0, len(clip) - 319, 160)]
    smooth = [np.mean([energy[max(i - 1, 0)], energy[i], energy[i + 1]]) for i in range(len(found))]
    np.testing.assert_allclose(found.numpy(), smooth, rtol=0, atol=1e-5)


def test_pitch_is_the_pitch(loaded, batch_of):
    """The mean pitch of a voice-like tone of 200 Hz is its distance from 27.5 Hz in semitones."""
    egemaps, time = loaded[EGEMAPS.name], torch.arange(24_000) / EGEMAPS.sample_rate
    tone = sum(torch.sin(2 * torch.pi * 200 * k * time) / k for k in range(1, 12)) * 0.1
    said = dict(zip(egemaps.names[1], egemaps(batch_of(tone)).layers[1][0, 0].tolist(), strict=True))
    assert said["F0semitoneFrom27.5Hz_sma3nz_amean"] == pytest.approx(12 * np.log2(200 / 27.5), abs=0.1)


def test_gives_the_layers_of_its_card(card, backbone, batch_of, clips):
    """Widths are the card's and those of the names; 100 frames a second of ``lld``, and one frame of functionals."""
    features = backbone(batch_of(*clips))
    for layer, known, names in zip(features.layers, card.layers, backbone.names, strict=True):
        assert layer.shape[2] == known.width == len(names)
        assert layer.dtype == torch.float32
    seconds = [len(clip) / card.sample_rate for clip in clips]
    assert all(abs(n - s * 100) < 6 for n, s in zip(features.lengths[0].tolist(), seconds, strict=True))
    assert features.lengths[1].tolist() == [1] * len(clips)


def test_shortest_clip_is_as_short_as_it_can_be(card, backbone, batch_of):
    """A clip of ``min_seconds`` has numbers; openSMILE says nothing of one sample less, and warns."""
    shortest = torch.linspace(-0.1, 0.1, round(card.min_seconds * card.sample_rate))
    assert all(layer.isfinite().all() for layer in backbone(batch_of(shortest)).layers)
    with pytest.warns(UserWarning, match="too short"):
        assert not backbone(batch_of(shortest[1:])).layers[0].isfinite().any()


@pytest.mark.parametrize("level", [0.0, 1e-6, 1.0, 50.0], ids=["silence", "below 16 bits", "full scale", "beyond it"])
def test_any_level_is_finite(backbone, batch_of, level):
    """Silence, a level that 16 bits do not know, and clipping have finite numbers in every layer."""
    generator = torch.Generator().manual_seed(1)
    features = backbone(batch_of(torch.randn(8_000, generator=generator) * level))
    assert all(layer.isfinite().all() for layer in features.layers)


def test_full_scale_is_no_negative_sample(backbone, batch_of):
    """A sample at or above 1 is the loudest of 16 bits, and does not come out as the most negative one."""
    wave = torch.sin(2 * torch.pi * 200 * torch.arange(8_000) / 16_000)
    assert_same(backbone(batch_of(wave * 1.5)), backbone(batch_of((wave * 1.5).clamp(-1, 32767 / 32768))))


def test_sees_level(card, backbone, batch_of, clips):
    """The same clip at a tenth of its level has other numbers, as the card says."""
    loud, soft = (backbone(batch_of(clips[1] * gain)) for gain in (1.0, 0.1))
    assert card.sees_level
    assert not torch.allclose(loud.layers[1], soft.layers[1])


def test_threads_change_no_bit(card, backbone, batch_of, clips):
    """Batches that go through at once, in threads of their own, have the numbers they have one after the other."""
    batches = [batch_of(clip) for clip in clips] * 3
    with ThreadPoolExecutor(4) as threads:
        at_once = list(threads.map(backbone, batches))
    assert card.reentrant
    for found, expected in zip(at_once, map(backbone, batches), strict=True):
        assert_same(found, expected)


def test_leaves_no_file_behind(backbone, batch_of, clips, tmp_path, monkeypatch, capfd):
    """No log is written into the working folder by openSMILE, and nothing to the terminal."""
    monkeypatch.chdir(tmp_path)
    backbone(batch_of(clips[1]))
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")
