"""Is the length of an MP3 file known, whatever its header says?"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobench.audio.mp3 import frame_at, walk
from emobench.audio.scan import Fault, examine
from emobench.domain.plan import AudioFacts

CONSTANT = {"bitrate_mode": "CONSTANT", "compression_level": 0.5}
VARIABLE = {"bitrate_mode": "VARIABLE", "compression_level": 0.5}
ID3 = b"ID3\x04\0\0\0\0\x07\x68" + bytes(1_000)


def without_length(path):
    """Drop the Xing or Info frame that says how many frames follow."""
    data = path.read_bytes()
    path.write_bytes(data[frame_at(data[:4]).size :])
    return path


def loud_then_quiet(samples):
    """The first bitrate is higher than all that follow."""
    wave = np.random.default_rng(0).uniform(-0.5, 0.5, samples)
    wave[samples // 4 :] *= 1e-3
    return wave


@pytest.mark.parametrize("rate", [8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("mode", [CONSTANT, VARIABLE])
def test_frames_are_counted_as_the_header_counts_them(sound, noise, rate, channels, mode):
    """For every rate, channel count and bitrate mode, the walk ends at the end with as many frames as promised."""
    found = walk(sound("a.mp3", noise(20_000, channels), rate, **mode))
    assert found.fault is None
    assert found.frames == found.promised
    assert 20_000 <= found.samples <= 20_000 + 4 * 1152
    assert found.missing(20_000) is None


def test_a_constant_bitrate_needs_no_length(sound):
    """Without a length in the header, a file of constant bitrate is whole and decoded to its last frame."""
    path = without_length(sound("a.mp3", loud_then_quiet(60_000), **CONSTANT))
    facts = examine(path)
    assert isinstance(facts, AudioFacts)
    assert facts.samples == walk(path).samples


def test_a_varying_bitrate_without_a_length_is_not_cut_short(sound):
    """Where libsndfile would stop early without a word, the file is refused and the reason says how to mend it."""
    path = without_length(sound("a.mp3", loud_then_quiet(200_000), **VARIABLE))
    facts = examine(path)
    assert isinstance(facts, Fault)
    assert "would be cut short" in facts.reason
    assert "ffmpeg" in facts.reason


@pytest.mark.parametrize(
    ("front", "back"),
    [(ID3, b""), (ID3 * 2, b""), (ID3 + bytes(500), b""), (b"", b"TAG" + bytes(125)), (b"", b"APETAGEX" + bytes(99))],
)
def test_tags_are_no_audio(sound, noise, front, back):
    """Tags before and after the frames, and padding behind them, change neither frames nor samples."""
    path = sound("a.mp3", noise(20_000))
    plain, samples = walk(path), examine(path).samples
    path.write_bytes(front + path.read_bytes() + back)
    assert walk(path) == plain
    assert examine(path).samples == samples


@pytest.mark.parametrize("share", [0.2, 0.5, 0.95])
@pytest.mark.parametrize("promised", [True, False])
def test_a_file_that_was_cut_is_found(sound, noise, share, promised):
    """Cut in the middle of a frame, a file is truncated, whether or not its header says how long it was."""
    path = sound("a.mp3", noise(60_000), **CONSTANT)
    data = (path if promised else without_length(path)).read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    facts = examine(path)
    assert isinstance(facts, Fault)
    assert "truncated" in facts.reason


def test_a_hole_in_the_middle_is_found(sound, noise):
    """Frames that were overwritten are missed even where no length is promised."""
    path = without_length(sound("a.mp3", noise(60_000), **CONSTANT))
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3_000] = b"\x55" * 3_000
    path.write_bytes(data)
    assert "damaged" in walk(path).missing(60_000)


@given(st.binary(max_size=6))
def test_any_bytes_are_a_frame_header_or_none(header):
    """A header gives a frame of positive size and 576 or 1152 samples, or nothing."""
    frame = frame_at(header[:4])
    assert frame is None or (frame.size > 4 and frame.samples in {576, 1152})


@pytest.mark.parametrize("content", [b"", b"\xff\xfb", b"text", ID3])
def test_a_file_without_frames_is_none(tmp_path, content):
    """What has no frame has no walk."""
    (tmp_path / "a.mp3").write_bytes(content)
    assert walk(tmp_path / "a.mp3") is None
