"""Is a file that was cut short found out, in every container, wherever it was cut?"""

import struct

import numpy as np
import pytest
import soundfile

from emobench.audio import promises as module
from emobench.audio.promises import broken_promise

FORMATS = {
    "a.wav": {}, "a.rf64": {"format": "RF64"}, "a.aiff": {}, "a.ogg": {}, "a.flac": {},
    "a.opus": {"format": "OGG", "subtype": "OPUS"},
}  # fmt: skip


@pytest.fixture(params=FORMATS)
def whole(request, sound, noise):
    return sound(request.param, noise(5_000, 2), **FORMATS[request.param])


def test_a_whole_file_keeps_its_promise(whole):
    """No whole file is accused."""
    assert broken_promise(whole) is None


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5, 0.9, 0.999])
def test_a_file_that_was_cut_breaks_it(whole, share):
    """Cut anywhere behind its header, a file is found out without decoding; only FLAC needs decoding."""
    data = whole.read_bytes()
    whole.write_bytes(data[: max(120, int(share * len(data)))])
    reason = broken_promise(whole)
    assert (reason is None) == (whole.suffix == ".flac")
    assert reason is None or "truncated" in reason


def test_a_flipped_bit_in_an_ogg_page_is_found(sound, noise):
    """Every page of an Ogg file is held against its checksum, so one flipped bit is found wherever it is."""
    path = sound("a.ogg", noise(5_000))
    data = path.read_bytes()
    for position in range(4, len(data), 97):
        damaged = bytearray(data)
        damaged[position] ^= 1 << position % 8
        path.write_bytes(damaged)
        assert broken_promise(path) is not None, position


def test_an_ogg_that_was_cut_between_pages_is_found(sound, noise):
    """A stream whose pages are all whole but whose last one is missing has not ended."""
    path = sound("a.ogg", noise(5_000))
    data = path.read_bytes()
    path.write_bytes(data[: data.rindex(b"OggS")])
    assert broken_promise(path) == "is truncated: its stream does not end"


@pytest.mark.parametrize("size", [0xFFFFFFFF, 0x7FFFFFFF, 0x7FFFF000 - 36])
def test_a_wav_from_a_pipe_promises_nothing(sound, noise, size):
    """Writers to a pipe put a huge length into the header: that is no truncation."""
    path = sound("a.wav", noise(1_000))
    data = bytearray(path.read_bytes())
    data[40:44] = struct.pack("<I", size)
    path.write_bytes(data)
    assert broken_promise(path) is None
    assert soundfile.info(path).frames == 1_000


def test_chunks_before_the_audio_are_skipped(sound, noise):
    """Notes in front of the audio, of odd length and so padded, do not hide it."""
    path = sound("a.wav", noise(1_000))
    data = path.read_bytes()
    path.write_bytes(data[:36] + b"note" + struct.pack("<I", 3) + b"abc\0" + data[36:])
    assert broken_promise(path) is None
    path.write_bytes(path.read_bytes()[:-10])
    assert broken_promise(path) == "is truncated: its header promises 2000 bytes of audio, 1990 are there"


def test_a_header_without_audio_is_found(sound):
    """A WAV that ends before its audio begins is no empty clip."""
    path = sound("a.wav", np.zeros(10))
    path.write_bytes(path.read_bytes()[:36])
    assert broken_promise(path) == "has a header and no audio"


def test_a_flac_without_a_length_is_explained(sound, noise):
    """A FLAC that was written to a pipe says what to do, because libsndfile's words for it do not."""
    path = sound("a.flac", noise(1_000))
    data = bytearray(path.read_bytes())
    data[21] &= 0xF0
    data[22:26] = bytes(4)
    path.write_bytes(data)
    assert "encode it again" in broken_promise(path)


@pytest.mark.parametrize("content", [b"", b"R", b"text that is no audio", b"\xff\xfb\x90\x44"])
def test_other_files_are_left_to_the_decoder(tmp_path, content):
    """What is in no known container promises nothing here."""
    (tmp_path / "file").write_bytes(content)
    assert broken_promise(tmp_path / "file") is None


def test_a_row_of_empty_chunks_is_not_walked_for_ever(tmp_path, monkeypatch):
    """A large file whose chunks are all empty is given up, whatever its size is."""
    monkeypatch.setattr(module, "MOST_CHUNKS", 100)
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF\xff\xff\xff\x7fWAVE" + bytes(8 * 99) + b"data\2\0\0\0ab")
    assert broken_promise(path) is None
    path.write_bytes(b"RIFF\xff\xff\xff\x7fWAVE" + bytes(8 * 100) + b"data\2\0\0\0ab")
    assert broken_promise(path) == "has a header and no audio"
