"""Is the synthetic pair complete, well formed, and the same whenever and wherever it is made?"""

import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
import soundfile

from emobench.datasets import synthetic
from emobench.datasets.cues import EMOTIONS, PATTERNS, Cues, arousal_valence
from emobench.domain.errors import DataError

MADE_BY = {"speech": (synthetic.speech_takes, synthetic.spoken), "music": (synthetic.music_takes, synthetic.played)}
CARDS = {"speech": synthetic.SPEECH, "music": synthetic.MUSIC}
domains = pytest.mark.parametrize("domain", ["speech", "music"])


@domains
def test_it_is_balanced(domain, heard):
    """240 clips: 5 of each of 6 emotions by each of 8 people, as the card says."""
    clips, card = heard[domain].clips, CARDS[domain]
    assert len({clip.id for clip in clips}) == len(clips) == card.expected_clips == 240
    assert set(Counter((clip.group, clip.labels["emotion"]) for clip in clips).values()) == {5}
    assert len({clip.group for clip in clips}) == 8
    assert card.attribute("emotion").classes == EMOTIONS


def test_the_two_datasets_share_nobody(heard):
    """Speakers and songs are different people, so that a transfer never meets somebody twice."""
    assert CARDS["speech"].people != CARDS["music"].people
    assert not {clip.group for clip in heard["speech"].clips} & {clip.group for clip in heard["music"].clips}


@domains
def test_labels_are_in_range(domain, heard):
    """Arousal and valence stay within the card's ends, and differ from clip to clip of one emotion."""
    for name in ("arousal", "valence"):
        values = np.array([clip.labels[name] for clip in heard[domain].clips])
        attribute = CARDS[domain].attribute(name)
        assert attribute.low <= values.min() < values.max() <= attribute.high
        assert len(set(values[heard[domain].emotion == "happy"])) > 20


def test_every_speaker_says_both_sentences_in_every_emotion(heard):
    """Sentences go A, B, A, B, A, so that a probe can be asked about a sentence that it never heard."""
    said = Counter((clip.group, clip.labels["emotion"], clip.transcript) for clip in heard["speech"].clips)
    assert Counter(said.values()) == {3: 48, 2: 48}
    assert {clip.sex for clip in heard["speech"].clips} == {"female", "male"}
    assert {(clip.sex, clip.transcript) for clip in heard["music"].clips} == {(None, None)}


@domains
def test_the_audio_can_be_used_as_it_is(domain, heard):
    """Mono 16-bit FLAC at 16 kHz, 1.5 to 3 seconds, neither silent nor clipped."""
    for clip in heard[domain].clips:
        info = soundfile.info(clip.path)
        sound, _ = soundfile.read(clip.path)
        assert (info.samplerate, info.channels, info.format, info.subtype) == (16_000, 1, "FLAC", "PCM_16")
        assert 1.5 <= info.duration <= 3.0
        assert 0.02 < np.abs(sound).max() < 0.95


@domains
def test_a_clip_does_not_depend_on_the_others(domain, heard):
    """A take made alone is sample for sample the one in the folder."""
    takes, sound_of = MADE_BY[domain]
    for take, clip in list(zip(takes(), heard[domain].clips, strict=True))[::60]:
        sound, cues = sound_of(take)
        written, _ = soundfile.read(clip.path)
        np.testing.assert_allclose(written, sound, rtol=0, atol=1 / 32_768)
        assert (clip.id, clip.labels["arousal"]) == (take.id, arousal_valence(take.emotion, cues)[0])


@domains
def test_another_process_makes_the_same_samples(domain):
    """Nothing depends on the process: not on hash seeds, not on global random states."""
    takes, sound_of = MADE_BY[domain]
    script = (
        "import hashlib, itertools, numpy as np; from emobench.datasets import synthetic as s; np.random.seed(1); "
        f"takes = list(s.{takes.__name__}())[7:240:80]; "
        f"print(hashlib.sha256(b''.join(s.{sound_of.__name__}(take)[0].tobytes() for take in takes)).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", script], env={"PYTHONHASHSEED": seed}, check=True, capture_output=True, text=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


def test_a_golden_clip_has_not_moved(heard):
    """Whoever changes the synthesis must raise the cards' version: lengths and levels of two clips, to a thousandth."""
    found = {
        clip.id: row
        for domain in heard.values()
        for clip, row in zip(domain.clips, domain.level_seconds.tolist(), strict=True)
    }
    assert found["speech-s03-angry-2"] == pytest.approx([-29.82066, 2.15319], rel=1e-3)
    assert found["music-m03-angry-2"] == pytest.approx([-28.85751, 2.49406], rel=1e-3)


def test_a_folder_that_was_interrupted_is_refused(tmp_path, synthetic_roots):
    """Without its index, or with a clip gone, a folder is not read, and the message says how to get it back."""
    with pytest.raises(DataError, match=r"no clips\.csv") as nothing:
        synthetic.clips(tmp_path)
    (tmp_path / "clips.csv").write_bytes((synthetic_roots["music"] / "clips.csv").read_bytes())
    with pytest.raises(DataError, match="240 of 240 files are missing") as lost:
        synthetic.clips(tmp_path)
    assert all("generates it again" in caught.value.remedy for caught in (nothing, lost))


def test_the_table_keeps_its_scale():
    """Cues lie within -1 and 1, and neutral is the zero that they are relative to."""
    assert PATTERNS["neutral"] == Cues(*[0.0] * len(Cues._fields))
    assert all(abs(value) <= 1 for pattern in PATTERNS.values() for value in pattern)
    assert tuple(PATTERNS) == EMOTIONS


def test_listing_stays_light():
    """Importing the built-in datasets loads neither numpy nor scipy nor soundfile nor torch."""
    script = (
        "import sys, emobench.datasets.ravdess, emobench.datasets.synthetic; "
        "print(sorted({'numpy', 'scipy', 'soundfile', 'torch'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert ran.stdout.strip() == "[]"
