"""What happens when a file is damaged in any way? It has facts or a fault, and lossless audio never lies."""

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emobench.audio.decode import length_at, load_clip, read
from emobench.audio.loudness import SILENCE_RMS
from emobench.audio.scan import Fault, examine
from emobench.audio.segment import plan_clip
from emobench.domain.clip import Clip
from emobench.domain.errors import DataError
from emobench.domain.options import ReadingOptions
from emobench.domain.plan import AudioFacts
from emobench.testing import damaged_audio

FORMATS = {
    "a.wav": {}, "float.wav": {"subtype": "FLOAT"}, "a.flac": {}, "wide.flac": {"subtype": "PCM_24"},
    "a.ogg": {}, "a.mp3": {}, "a.aiff": {},
}  # fmt: skip
FLAC_HEADER_BYTES = 42
MUTATIONS = 12  # of each of 22 formats; benchmarks/malformed_audio.py does thousands, and catches crashes
fuzz = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module", params=FORMATS)
def original(request, tmp_path_factory):
    """A whole file (its bytes, its facts) and a path for damaged ones."""
    path = tmp_path_factory.mktemp("damage") / request.param
    steps = np.random.default_rng(0).standard_normal((6_000, 2))
    soundfile.write(path, 0.5 * np.sin(np.cumsum(0.05 * steps, axis=0)) + 0.01, 16_000, **FORMATS[request.param])
    facts = examine(path)
    assert isinstance(facts, AudioFacts)
    return path, path.read_bytes(), facts


def looked_at(path, data):
    """Facts or a fault, and facts are of samples that can be read."""
    path.write_bytes(data)
    found = examine(path)
    assert isinstance(found, (AudioFacts, Fault))
    if isinstance(found, AudioFacts):
        assert found.samples > 0
        samples, rate = read(path, 0, found.samples)
        assert (len(samples), rate) == (found.samples, found.rate)
        assert samples.any(), "damage never turns into silence"
    else:
        assert found.reason
        assert str(path.parent) not in found.reason
    return found


@fuzz
@given(st.floats(0, 1, exclude_max=True))
def test_a_truncated_file_is_a_fault(original, share):
    """A file that lost any number of bytes at its end is a fault, in every format."""
    path, data, _ = original
    assert isinstance(looked_at(path, data[: int(share * len(data))]), Fault)


@fuzz
@given(st.floats(0, 1, exclude_max=True), st.integers(0, 7))
def test_a_flipped_bit_is_no_crash(original, place, bit):
    """One flipped bit anywhere gives facts or a fault; in FLAC and Ogg audio it is never taken for audio."""
    path, data, facts = original
    damaged = bytearray(data)
    position = int(place * len(data))
    damaged[position] ^= 1 << bit
    found = looked_at(path, damaged)
    if path.suffix == ".ogg" or (path.suffix == ".flac" and position >= FLAC_HEADER_BYTES):
        assert isinstance(found, Fault) or found == facts


@fuzz
@given(st.integers(0, 120), st.integers(0, 255))
def test_a_damaged_header_is_no_crash(original, position, value):
    """Any byte in the header may have any value."""
    path, data, _ = original
    damaged = bytearray(data)
    damaged[position] = value
    looked_at(path, damaged)


@fuzz
@given(st.floats(0, 1), st.integers(1, 3_000), st.sampled_from(["zeros", "twice", "gone"]))
def test_a_hole_is_no_crash(original, place, size, kind):
    """Bytes that were overwritten, doubled or lost in the middle give facts or a fault."""
    path, data, facts = original
    position = int(place * len(data))
    lost = data[position : position + size]
    instead = {"zeros": bytes(len(lost)), "twice": lost * 2, "gone": b""}[kind]
    found = looked_at(path, data[:position] + instead + data[position + size :])
    if path.suffix in {".flac", ".ogg"} and position >= FLAC_HEADER_BYTES:
        assert isinstance(found, Fault) or found == facts


@fuzz
@given(st.binary(max_size=300), st.sampled_from([b"", b"RIFF", b"fLaC", b"OggS", b"ID3", b"\xff\xfb\x90", b"FORM"]))
def test_any_bytes_are_no_crash(tmp_path, tail, magic):
    """Bytes that only begin like audio are a fault, or audio."""
    (tmp_path / "any").write_bytes(magic + tail)
    assert isinstance(examine(tmp_path / "any"), (AudioFacts, Fault))


@pytest.fixture(scope="module")
def whole_files(tmp_path_factory):
    """Whole files of many formats: a folder, and their bytes by name."""
    folder = tmp_path_factory.mktemp("whole")
    return folder, damaged_audio.write_originals(folder)


def heard(path):
    """The clip of a file at 16 kHz as models get it, or a fault, or what the reader says against it."""
    found = examine(path)
    if isinstance(found, Fault):
        return found
    planned = plan_clip(Clip(id="clip", path=path, group="g", labels={}), found, 0.025)
    if isinstance(planned, Fault):
        return planned
    wave = load_clip(planned, 16_000, ReadingOptions())
    assert len(wave) == length_at(planned, 16_000)
    return wave


@pytest.mark.parametrize("name", damaged_audio.FORMATS)
def test_whole_files_are_heard(whole_files, name):
    """Every format that files are damaged in is read where it is whole: the damage is what makes a fault."""
    folder, _ = whole_files
    assert len(heard(folder / name)) in range(5_999, 6_500), "coders of blocks fill the last one"


@pytest.mark.parametrize("name", damaged_audio.FORMATS)
def test_mutated_files_have_facts_or_a_fault(whole_files, tmp_path, name):
    """Flips, truncations, lies and splices: sound or a reason without a path, never an exception or a silent zero."""
    _, originals = whole_files
    path = tmp_path / name
    for seed in range(MUTATIONS):
        kind, data = damaged_audio.damaged(name, originals[name], list(originals.values()), seed)
        path.write_bytes(data)
        try:
            found = heard(path)
        except DataError as problem:
            pytest.fail(f"seed {seed}, {kind}: the scan found nothing, and then the reader says {problem.found}")
        if isinstance(found, Fault):
            assert found.reason, kind
            assert str(tmp_path) not in found.reason, kind
        else:
            assert np.sqrt(np.mean(np.square(found, dtype=float))) >= SILENCE_RMS, kind


def test_mutations_do_not_change(whole_files):
    """The same seed damages in the same way, so that what was found once can be looked at again."""
    _, originals = whole_files
    others = list(originals.values())
    for name, data in originals.items():
        assert damaged_audio.damaged(name, data, others, 3) == damaged_audio.damaged(name, data, others, 3)
        assert len({damaged_audio.damaged(name, data, others, seed)[1] for seed in range(10)}) > 5
