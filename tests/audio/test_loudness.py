"""Does a scan find out how loud a file is, where it is silent, and how much of it is clipped?"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench.audio import scan as module
from emobench.audio.loudness import CELL, FULL_SCALE, Meter, mostly_silent
from emobench.audio.scan import Fault, examine

FORMATS = [
    ("a.wav", {}), ("a.wav", {"subtype": "PCM_U8"}), ("a.wav", {"subtype": "PCM_24"}), ("a.wav", {"subtype": "FLOAT"}),
    ("a.flac", {}),
]  # fmt: skip


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(("name", "options"), FORMATS)
def test_peak_and_rms_are_those_of_the_samples(sound, noise, name, options, channels):
    """Whatever the width of the samples, full scale is 1, and all samples of all channels count."""
    written = noise(5_000, channels)
    facts = examine(sound(name, written, **options))
    assert facts.peak == pytest.approx(np.abs(written).max(), abs=0.01)
    assert facts.rms == pytest.approx(np.sqrt(np.mean(written**2)), abs=0.01)
    assert (facts.clipped, facts.constant, facts.silences) == (0, False, ())
    assert facts.format == name.split(".")[1].upper()


def naively_clipped(samples):
    """Samples in runs of three or more equal ones at full scale, channel by channel."""
    total = 0
    for channel in samples.T:
        start = 0
        for place in range(1, len(channel) + 1):
            if place == len(channel) or channel[place] != channel[start]:
                loud = abs(channel[start]) >= FULL_SCALE
                total += place - start if loud and place - start >= 3 else 0
                start = place
    return total


@settings(max_examples=200)
@given(
    samples=st.lists(st.sampled_from([0.2, 1.0, -1.0, 0.99, 0.98]), min_size=1, max_size=60),
    channels=st.integers(1, 3),
    cuts=st.sets(st.integers(1, 59)),
)
def test_clipped_samples_are_counted(samples, channels, cuts):
    """Runs are counted as a plain loop counts them, also across blocks and channels, and loud single peaks are not."""
    whole = np.array(samples * channels).reshape(-1, channels)
    meter = Meter(channels, 1.0)
    for part in np.split(whole, sorted(cut for cut in cuts if cut < len(whole))):
        meter.add(part)
    assert meter.clipped == naively_clipped(whole)


def test_a_clipped_recording_is_seen(sound, noise):
    """Too loud noise that is cut off at full scale of 16 bits is clipped, the same noise below it is not."""
    loud = np.clip(3 * noise(5_000), -1, 1)
    facts = examine(sound("a.wav", loud))
    assert facts.clipped == naively_clipped(np.round(loud * 32_768).clip(-32_768, 32_767) / 32_768)
    assert facts.clipped > 500
    assert examine(sound("b.wav", 0.3 * loud)).clipped == 0


@pytest.mark.parametrize("values", [(0.3,), (0.3, -0.1), (0.0, 0.0)])
def test_constant_files_are_seen(sound, values):
    """A file is constant when each of its channels is, whatever their values are, and one other sample ends it."""
    samples = np.tile(values, (3_000, 1))
    assert examine(sound("a.wav", samples)).constant
    samples[2_999, -1] += 0.1
    assert not examine(sound("b.wav", samples)).constant


def test_silent_stretches_are_found(sound, noise, monkeypatch):
    """Stretches without sound are told to the cell, also across blocks; short ones are left out."""
    written = noise(20_000)
    written[2 * CELL : 7 * CELL + 100] = 0
    written[10 * CELL : 11 * CELL] = 0
    written[17 * CELL :] = 1e-7
    path = sound("a.wav", written, subtype="FLOAT")
    expected = ((2 * CELL, 7 * CELL), (17 * CELL, 20_000))
    assert examine(path).silences == expected
    monkeypatch.setattr(module, "BLOCK_SAMPLES", CELL)
    assert examine(path).silences == expected


def test_what_a_model_hears_decides(sound, noise):
    """Channels that cancel each other are silence, as models hear their mean; the level is that of the channels."""
    wave = noise(5_000)
    facts = examine(sound("a.wav", np.hstack([wave, -wave]), subtype="FLOAT"))
    assert facts.silences == ((0, 5_000),)
    assert facts.rms > 0.3


@pytest.mark.parametrize(("first", "last", "may_be"), [
    (2_000, 9_000, True), (1_000, 9_000, True), (0, 9_000, True), (0, 12_000, False), (9_100, 9_200, False),
])  # fmt: skip
def test_clips_in_silent_stretches_are_looked_at(first, last, may_be):
    """What lies in silence but for its edges is decoded to be sure, other clips are not."""
    assert mostly_silent([(2_000, 9_000)], first, last) is may_be


@pytest.mark.parametrize("value", [1e30, 3e38])
def test_numbers_far_beyond_full_scale_are_a_fault(sound, value):
    """A damaged exponent gives finite numbers that no model should hear: a fault, without a warning of overflow."""
    samples = np.linspace(-0.5, 0.5, 1_000)
    samples[500] = value
    found = examine(sound("a.wav", samples, subtype="DOUBLE"))
    assert isinstance(found, Fault)
    assert "far beyond full scale" in found.reason
