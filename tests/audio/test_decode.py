"""Does a model hear what is in the file?"""

import os

import numpy as np
import pytest
import soundfile
import soxr
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from emobench.audio import decode as module
from emobench.audio.decode import EQUAL_RMS, at_equal_level, length_at, load_clip, read
from emobench.audio.scan import examine, scan
from emobench.audio.segment import plan_clip
from emobench.domain.clip import Clip
from emobench.domain.errors import DataError
from emobench.domain.options import ReadingOptions
from emobench.domain.plan import PlannedClip

AS_IS, EQUAL = ReadingOptions(), ReadingOptions(level="equal")
FORMATS = [
    ("a.wav", {"subtype": "PCM_U8"}, 1 / 100),
    ("a.wav", {"subtype": "PCM_16"}, 1e-4),
    ("a.wav", {"subtype": "PCM_24"}, 1e-6),
    ("a.wav", {"subtype": "PCM_32"}, 1e-7),
    ("a.wav", {"subtype": "FLOAT"}, 1e-7),
    ("a.wav", {"subtype": "DOUBLE"}, 1e-7),
    ("a.flac", {"subtype": "PCM_S8"}, 1 / 100),
    ("a.flac", {"subtype": "PCM_16"}, 1e-4),
    ("a.flac", {"subtype": "PCM_24"}, 1e-6),
    ("a.ogg", {"compression_level": 0.0}, 0.2),
    ("a.mp3", {"compression_level": 0.0}, 0.2),
]


@pytest.mark.parametrize("written_as", FORMATS)
@pytest.mark.parametrize("channels", [1, 2])
def test_every_format_gives_its_samples(sound, noise, written_as, channels):
    """Whatever the format and sample width, reading gives the written samples at full scale 1, float32."""
    name, options, tolerance = written_as
    written = noise(9_000, channels)
    samples, rate = read(sound(name, written, **options))
    assert samples.dtype == np.float32
    assert rate == 16_000
    assert samples.shape == written.shape
    np.testing.assert_allclose(samples, written, atol=tolerance)


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000])
@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.mp3"])
def test_every_rate_arrives_at_the_models(sound, planned, name, rate):
    """A tone keeps its pitch, its level and its duration at the model's rate, whatever the file's rate is."""
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)
    wave = load_clip(planned(sound(name, tone, rate)), 16_000, AS_IS)
    assert wave.shape == (16_000,)
    spectrum = np.abs(np.fft.rfft(wave)) / 8_000
    assert int(spectrum.argmax()) == 440
    assert spectrum[440] == pytest.approx(0.5, rel=0.03)


def test_resampling_keeps_what_fits_and_drops_the_rest(sound, planned):
    """A tone just below the model's Nyquist frequency keeps its level; one above it does not come back as another."""
    seconds = np.arange(48_000) / 48_000
    for hz, amplitude in ((7_200, 0.5), (9_000, 0.0), (12_000, 0.0)):
        tone = 0.5 * np.sin(2 * np.pi * hz * seconds)
        wave = load_clip(planned(sound("a.wav", tone, 48_000, subtype="FLOAT")), 16_000, AS_IS)[1_000:-1_000]
        assert np.sqrt(2 * np.mean(wave**2)) == pytest.approx(amplitude, abs=1e-3)


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.mp3", "a.opus"])
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bounds=st.tuples(st.integers(0, 40_000), st.integers(0, 40_000)).map(sorted))
@example(bounds=[39_500, 40_000])
@example(bounds=[39_990, 39_999])
def test_a_part_is_the_same_as_in_the_whole(tmp_path, noise, name, bounds):
    """Reading from sample a to b gives the samples a to b of the whole file, also near its end."""
    path, (first, last) = tmp_path / name, bounds
    if not path.exists():
        soundfile.write(path, noise(40_000), 16_000, format="OGG" if name == "a.opus" else None)
    whole, _ = read(path)
    part, _ = read(path, first, last)
    np.testing.assert_allclose(part, whole[first:last], atol=1e-6)


def test_stereo_is_the_mean_of_its_channels(sound, planned, noise):
    """Mono is the mean of the channels: not the left one, not their sum."""
    stereo = noise(4_000, 2).astype(np.float32)
    wave = load_clip(planned(sound("a.wav", stereo, subtype="FLOAT")), 16_000, AS_IS)
    np.testing.assert_allclose(wave, (stereo[:, 0] + stereo[:, 1]) / 2, atol=1e-7)


def test_a_clip_is_the_segment_of_its_file(sound, planned, noise):
    """A clip with bounds is cut from the file before anything else happens to it."""
    written = noise(16_000).astype(np.float32)
    clip = planned(sound("a.wav", written, subtype="FLOAT"), start_seconds=0.25, end_seconds=0.5)
    np.testing.assert_array_equal(load_clip(clip, 16_000, AS_IS), written[4_000:8_000, 0])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    samples=st.integers(1, 3_000),
    rates=st.tuples(*[st.sampled_from([8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000])] * 2),
)
def test_a_clip_is_as_long_as_planned(tmp_path, samples, rates):
    """The length that batches are planned with is the length that is loaded, and the one that soxr gives."""
    found, wanted = rates
    path = tmp_path / "a.wav"
    soundfile.write(path, np.full(samples, 0.5), found)
    clip = PlannedClip(Clip(id="a", path=path, group="g", labels={}), examine(path), 0, samples)
    assert len(load_clip(clip, wanted, AS_IS)) == length_at(clip, wanted)
    resampled = len(soxr.resample(np.zeros(samples, np.float32), found, wanted))
    assert max(1, resampled) == length_at(clip, wanted)


@settings(max_examples=50)
@given(gain=st.floats(1e-3, 10), seed=st.integers(0, 1_000))
def test_equal_level_removes_level(gain, seed):
    """At equal level, a clip and the same clip louder or softer are the same, at -25 dBFS."""
    wave = np.random.default_rng(seed).standard_normal(1_000).astype(np.float32)
    levelled = at_equal_level(wave * np.float32(gain))
    assert levelled.dtype == np.float32
    assert 20 * np.log10(np.sqrt(np.mean(levelled.astype(float) ** 2))) == pytest.approx(-25, abs=1e-3)
    np.testing.assert_allclose(levelled, at_equal_level(wave), rtol=1e-4, atol=1e-6)


def test_level_is_left_alone_unless_asked(sound, planned, noise):
    """As it is means as it is; equal level is that of the whole clip."""
    clip = planned(sound("a.wav", noise(4_000)))
    plain, equal = load_clip(clip, 16_000, AS_IS), load_clip(clip, 16_000, EQUAL)
    np.testing.assert_allclose(equal, plain * (EQUAL_RMS / np.sqrt(np.mean(plain**2))), rtol=1e-4)


@pytest.mark.parametrize("value", [0.0, 1e-7])
def test_silence_stays_silence(value):
    """What lies below one step of 16 bits is not made loud, and divides by nothing."""
    silence = np.full(1_000, value, np.float32)
    np.testing.assert_array_equal(at_equal_level(silence), silence)


@pytest.mark.parametrize("channels", [1, 2])
def test_a_silent_clip_is_never_loaded(sound, noise, channels):
    """A clip without sound, or whose channels cancel each other, is an error that names it, not a row of zeros."""
    written = noise(4_000)
    written[1_000:2_000] = 0
    path = sound("a.wav", written if channels == 1 else np.hstack([written, -written]), subtype="FLOAT")
    bounds = (1_000, 2_000) if channels == 1 else (0, 4_000)
    clip = PlannedClip(Clip(id="the clip", path=path, group="g", labels={}), examine(path), *bounds)
    with pytest.raises(DataError, match="'the clip' is silent") as caught:
        load_clip(clip, 8_000, AS_IS)
    assert caught.value.exit_code == 3
    assert caught.value.remedy


@pytest.mark.parametrize("content", [b"", b"no audio", b"RIFF\x10\0\0\0WAVEfmt ", None])
def test_what_cannot_be_decoded_is_explained(tmp_path, content):
    """A missing or undecodable file ends with exit code 3, its name, the cause, and what to do."""
    if content is not None:
        (tmp_path / "broken.wav").write_bytes(content)
    with pytest.raises(DataError, match=r"broken\.wav") as caught:
        read(tmp_path / "broken.wav")
    assert caught.value.exit_code == 3
    assert caught.value.found.startswith("it ")
    assert "on_bad_audio" in caught.value.remedy


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers_are_refused(sound, value):
    """NaN and infinity never reach a model."""
    samples = np.zeros(100)
    samples[50] = value
    with pytest.raises(DataError, match="cannot be used") as caught:
        read(sound("a.wav", samples, subtype="FLOAT"))
    assert "not numbers" in caught.value.found


def test_a_file_that_changed_since_its_scan_is_refused(sound, planned, noise):
    """A file that was replaced by a shorter one, or one of another rate, is named and not used."""
    clip = planned(sound("a.wav", noise(1_000)))
    sound("a.wav", noise(900))
    with pytest.raises(DataError) as shorter:
        load_clip(clip, 16_000, AS_IS)
    assert "has 900 samples" in shorter.value.found
    sound("a.wav", noise(1_000), 8_000)
    with pytest.raises(DataError) as slower:
        load_clip(clip, 16_000, AS_IS)
    assert "8000 Hz now" in slower.value.found


@pytest.mark.parametrize("change", ["content", "mtime", "shorter", "while reading"])
def test_a_scanned_file_must_not_change(tmp_path, sound, noise, monkeypatch, change):
    """Another size or mtime than the scan saw is refused, also of the same length and rate, with what to do."""
    path = sound("a.wav", noise(1_000))
    os.utime(path, (1, 1))
    clip = plan_clip(Clip(id="a", path=path, group="g", labels={}), scan([path], tmp_path / "stamps.json")[path])
    load_clip(clip, 16_000, AS_IS)
    if change == "content":
        sound("a.wav", noise(1_000, seed=1))
    elif change == "shorter":
        sound("a.wav", noise(900))
    elif change == "mtime":
        os.utime(path, (2, 2))
    else:
        true = module.read
        monkeypatch.setattr(module, "read", lambda *some: (os.utime(path, (2, 2)), true(*some))[1])
    with pytest.raises(DataError, match=r"a\.wav' changed since it was scanned") as caught:
        load_clip(clip, 16_000, AS_IS)
    assert caught.value.exit_code == 3
    assert "same command again" in caught.value.remedy


def test_links_are_followed(tmp_path, sound, noise):
    """A file that is reached by a link is the file behind it: it is not taken for a changed one."""
    (tmp_path / "link.wav").symlink_to(sound("a.wav", noise(1_000)))
    facts = scan([tmp_path / "link.wav"], tmp_path / "stamps.json")[tmp_path / "link.wav"]
    clip = plan_clip(Clip(id="a", path=tmp_path / "link.wav", group="g", labels={}), facts)
    assert len(load_clip(clip, 16_000, AS_IS)) == 1_000
