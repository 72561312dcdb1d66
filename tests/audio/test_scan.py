"""Does a scan find every file that cannot be used, and look at no file twice?"""

import hashlib
import os
import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from emobench.audio import scan as module
from emobench.audio.scan import Fault, examine, scan
from emobench.domain.errors import EmobenchError


@pytest.fixture
def stamps(tmp_path):
    return tmp_path / "scans" / "stamps.json"


@pytest.fixture
def decoded(monkeypatch):
    """The paths that are really decoded, in any order."""
    paths = []
    monkeypatch.setattr(module, "examine", lambda path: (paths.append(path), examine(path))[1])
    return paths


def test_facts_are_those_of_the_file(sound, stamps, noise):
    """Samples, rate and channels are found, and the digest is that of the documented layout."""
    integers = (noise(3_000, 2) * 32_000).astype(np.int16)
    path = sound("a.wav", integers, 22_050)
    facts = scan([path], stamps)[path]
    layout = b"22050 2 int32\n" + (integers.astype("<i4") << 16).tobytes()
    assert facts.digest == hashlib.sha256(layout).hexdigest()
    assert (facts.samples, facts.rate, facts.channels) == (3_000, 22_050, 2)
    assert (facts.size, facts.mtime_ns) == (path.stat().st_size, path.stat().st_mtime_ns)
    assert facts == replace(examine(path), size=facts.size, mtime_ns=facts.mtime_ns)


def test_the_same_samples_have_one_digest(sound, noise):
    """WAV, FLAC and AIFF of the same PCM agree, in a wider format too; one other sample, rate or shape does not."""
    integers = (noise(3_000, 2) * 32_000).astype(np.int16)
    wide = integers.astype(np.int32) << 16
    paths = [sound(name, integers) for name in ("a.wav", "a.flac", "a.aiff")]
    paths += [sound("b.wav", wide, subtype="PCM_24"), sound("b.flac", wide, subtype="PCM_24")]
    assert len({examine(path).digest for path in paths}) == 1
    other = integers.copy()
    other[1_500, 1] += 1
    paths = [paths[0], sound("c.wav", other), sound("d.wav", integers, 8_000), sound("e.wav", integers.reshape(-1, 1))]
    assert len({examine(path).digest for path in paths}) == 4


def test_the_digest_does_not_depend_on_blocks(sound, noise, monkeypatch):
    """A file decoded in many blocks has the digest of the file decoded at once, so hours need no memory."""
    for name, options in {"a.wav": {}, "a.flac": {}, "b.wav": {"subtype": "FLOAT"}, "a.ogg": {}, "a.mp3": {}}.items():
        path = sound(name, noise(10_000, 2), **options)
        at_once = examine(path)
        monkeypatch.setattr(module, "BLOCK_SAMPLES", 1_000)
        in_blocks = examine(path)
        levels = {"rms": at_once.rms, "peak": at_once.peak}  # sums and MP3 differ in their last digits
        assert (in_blocks.rms, in_blocks.peak) == pytest.approx(tuple(levels.values()), rel=1e-5)
        assert replace(in_blocks, **levels) == at_once
        monkeypatch.undo()


@pytest.mark.parametrize("name", ["a.ogg", "a.mp3", "a.opus"])
def test_lossy_files_are_known_by_their_bytes(sound, noise, name):
    """The digest of a lossy file is that of its bytes: it is the same on machines whose decoders round differently."""
    path = sound(name, noise(10_000), format="OGG" if name == "a.opus" else None)
    assert examine(path).digest == hashlib.sha256(path.read_bytes()).hexdigest()


def test_what_cannot_be_used_is_a_fault(tmp_path, sound, stamps, noise):
    """Missing, empty, undecodable, silent-without-samples, non-finite and special files each have their reason."""
    (tmp_path / "empty.wav").touch()
    (tmp_path / "text.wav").write_text("this is no audio, whatever its name is")
    (tmp_path / "text.raw").write_bytes(bytes(1_000))
    (tmp_path / "folder.wav").mkdir()
    (tmp_path / "loop.wav").symlink_to(tmp_path / "loop.wav")
    (tmp_path / "dangling.wav").symlink_to(tmp_path / "missing.wav")
    (tmp_path / "device.wav").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "pipe.wav")
    sound("none.wav", np.zeros(0))
    sound("nan.wav", np.full(10, np.nan), subtype="FLOAT")
    cut = sound("cut.flac", noise(10_000))
    cut.write_bytes(cut.read_bytes()[:-500])
    expected = {
        "missing.wav": "does not exist", "empty.wav": "is empty", "text.wav": "cannot be decoded",
        "text.raw": "cannot be decoded", "folder.wav": "is a folder", "pipe.wav": "is not a regular file",
        "loop.wav": "Too many levels of symbolic links", "dangling.wav": "does not exist",
        "device.wav": "is not a regular file", "none.wav": "holds no samples", "nan.wav": "not numbers",
        "cut.flac": "cannot be decoded",
    }  # fmt: skip
    found = scan([tmp_path / name for name in expected], stamps)
    for name, words in expected.items():
        fault = found[tmp_path / name]
        assert isinstance(fault, Fault), name
        assert words in fault.reason
        assert str(tmp_path) not in fault.reason, "reasons stand in records, which hold no paths"
        assert examine(tmp_path / name) == fault, "no way into a file is without the checks, and none waits for a pipe"


@pytest.mark.parametrize(
    "name", [b"two  spaces.wav", b'it\'s "quoted".wav', b"two\nlines.wav", b"\xc3\xa4.wav", b"\xff.wav"]
)
def test_any_name_will_do(tmp_path, sound, stamps, noise, decoded, name):
    """Spaces, quotes, line ends, letters of any script and bytes that are no UTF-8: good files are used and stamped."""
    path = tmp_path / os.fsdecode(name)
    sound("a.wav", noise(500)).rename(path)
    first = scan([path], stamps)[path]
    assert first.samples == 500
    assert scan([path], stamps)[path] == first
    assert len(decoded) == 1


def test_a_header_is_held_to_its_word(sound, noise, monkeypatch):
    """Where frames cannot be walked, fewer samples than the header says are a truncation."""
    path = sound("a.mp3", noise(20_000))
    path.write_bytes(path.read_bytes()[:-1_000])
    monkeypatch.setattr(module, "walk", lambda _: None)
    assert "its header promises 20000 samples" in examine(path).reason


def test_an_impossible_rate_is_a_fault(sound, noise):
    """A header that was damaged to claim 1 Hz is not resampled to hours of audio."""
    path = sound("a.wav", noise(100))
    data = bytearray(path.read_bytes())
    data[24:28] = (1).to_bytes(4, "little")
    path.write_bytes(data)
    assert examine(path) == Fault("has an impossible sample rate (1 Hz)")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_forbidden_file_is_a_fault(sound, noise):
    """A file without read permission is a fault and no crash."""
    path = sound("a.wav", noise(100))
    path.chmod(0)
    assert examine(path) == Fault("cannot be read (Permission denied)")


def test_the_second_scan_decodes_nothing(sound, stamps, noise, decoded):
    """Stamped files are not decoded again, wherever the same stamps are used, and the facts are the same."""
    paths = [sound(f"{index}.wav", noise(500, seed=index)) for index in range(5)]
    first = scan(paths, stamps)
    assert sorted(decoded) == sorted(paths)
    assert scan(reversed(paths), stamps) == first
    assert len(decoded) == 5


def test_a_changed_file_is_scanned_again_and_only_it(sound, stamps, noise, decoded):
    """A file of another size or mtime is decoded anew."""
    paths = [sound(f"{index}.wav", noise(500, seed=index)) for index in range(3)]
    before = scan(paths, stamps)
    decoded.clear()
    sound("1.wav", noise(400))
    os.utime(paths[2], (1, 1))
    after = scan(paths, stamps)
    assert sorted(decoded) == paths[1:]
    assert before[paths[0]] == after[paths[0]]
    assert before[paths[2]] == replace(after[paths[2]], mtime_ns=before[paths[2]].mtime_ns)
    assert after[paths[1]].samples == 400


def test_faults_are_looked_at_again(tmp_path, sound, stamps, noise, decoded):
    """A fault is not remembered: a file that was mended is used by the next run."""
    path = tmp_path / "a.wav"
    path.write_text("broken")
    assert isinstance(scan([path], stamps)[path], Fault)
    scan([path], stamps)
    assert len(decoded) == 2
    sound("a.wav", noise(300))
    assert scan([path], stamps)[path].samples == 300


def test_another_decoder_scans_again(sound, stamps, noise, decoded, monkeypatch):
    """Facts found by another version of libsndfile are not trusted: lossy formats may decode differently."""
    path = sound("a.ogg", noise(2_000))
    scan([path], stamps)
    monkeypatch.setattr(module.soundfile, "__libsndfile_version__", "9.9.9")
    scan([path], stamps)
    assert len(decoded) == 2


def test_progress_counts_what_is_decoded(sound, stamps, noise):
    """Progress counts each file that has to be decoded, once, up to all of them; stamped files are no progress."""
    paths = [sound(f"{index}.wav", noise(500, seed=index)) for index in range(4)]
    seen = []
    scan([*paths, *paths], stamps, lambda *counts: seen.append(counts))
    scan(paths, stamps, lambda *counts: seen.append(counts))
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


@pytest.mark.parametrize("workers", [2, None])
def test_several_files_are_decoded_at_once(sound, stamps, noise, monkeypatch, workers):
    """Two files that wait for each other are both decoded: by two workers, and by as many as a machine has cores."""
    both = threading.Barrier(2, timeout=10)
    monkeypatch.setattr(module, "examine", lambda path: (both.wait(), examine(path))[1])
    monkeypatch.setattr(module.os, "cpu_count", lambda: 2)
    paths = [sound(f"{index}.wav", noise(500, seed=index)) for index in range(2)]
    assert [fact.samples for fact in scan(paths, stamps, workers=workers).values()] == [500, 500]


def test_an_interrupted_scan_keeps_what_it_found(sound, stamps, noise, decoded, monkeypatch):
    """Ctrl-C in the middle loses nothing that was found, and no thread goes on."""
    paths = [sound(f"{index:02}.wav", noise(500, seed=index)) for index in range(12)]
    quick = module.examine
    monkeypatch.setattr(module, "examine", lambda path: (time.sleep(0.02), quick(path))[1])

    def interrupt(done, total):
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scan(paths, stamps, interrupt, workers=1)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("scan")]
    assert 3 <= len(decoded) < 12
    decoded.clear()
    scan(paths, stamps)
    assert len(decoded) == 9


def test_stamps_that_cannot_be_written_are_an_error(tmp_path, sound, noise):
    """A scan that cannot be kept says so, once, with what to do."""
    (tmp_path / "file").touch()
    with pytest.raises(EmobenchError, match="cannot be written"):
        scan([sound("a.wav", noise(300))], tmp_path / "file" / "stamps.json")


@pytest.mark.shared
def test_real_recordings_are_whole(shared_data, stamps, decoded):
    """One actor's recordings of RAVDESS scan without a fault, at one rate, all different, and only once."""
    paths = sorted((shared_data / "ravdess" / "Audio_Speech_Actors_01-24" / "Actor_01").glob("*.flac"))
    facts = scan(paths, stamps)
    assert len(paths) == 60
    assert {fact.rate for fact in facts.values()} == {16_000}
    assert len({fact.digest for fact in facts.values()}) == 60
    assert scan(paths, stamps) == facts
    assert len(decoded) == 60
