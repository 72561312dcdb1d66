"""Does a clip lie where its annotation says?"""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from emobench.audio.scan import Fault, examine
from emobench.audio.segment import plan_clip
from emobench.domain.clip import Clip
from emobench.domain.plan import AudioFacts, PlannedClip

FACTS = AudioFacts(digest="d", samples=16_000, rate=16_000, channels=1)


def clip(start=0.0, end=None):
    return Clip(id="c", path=Path("c.wav"), group="g", labels={}, start_seconds=start, end_seconds=end)


def test_a_clip_without_bounds_is_the_file():
    """No bounds mean the first to the last sample."""
    planned = plan_clip(clip(), FACTS)
    assert (planned.first, planned.last) == (0, 16_000)
    assert planned.seconds == 1.0


@pytest.mark.parametrize(
    ("start", "end", "first", "last"),
    [(0.25, 0.5, 4_000, 8_000), (0.5 / 16_000, None, 1, 16_000), (0.0, 1.4 / 16_000, 0, 1), (0.0, 1.01, 0, 16_000)],
)
def test_bounds_are_the_nearest_samples(start, end, first, last):
    """Bounds round to the nearest sample, halves upwards, and an end just behind the file is the file's end."""
    planned = plan_clip(clip(start, end), FACTS)
    assert (planned.first, planned.last) == (first, last)


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (0.0, 1.02, "ends at 1.020 s, and its file ends at 1.000 s"),
        (1.0, None, "starts at 1.000 s of 1.000 s"),
        (2.0, None, "starts at 2.000 s of 1.000 s"),
        (0.5, 0.5, "holds no samples"),
        (0.5, 0.4, "holds no samples"),
    ],
)
def test_a_clip_outside_its_file_is_a_fault(start, end, words):
    """A segment that is not in the file, or holds nothing, is a fault with the numbers."""
    assert words in plan_clip(clip(start, end), FACTS).reason


def test_a_clip_that_would_be_mostly_padding_is_a_fault():
    """A clip below half of the model's shortest input is a fault with both numbers; from exactly half on it is not."""
    fault = plan_clip(clip(0.0, 0.012), FACTS, min_seconds=0.025)
    assert fault.reason == "lasts 0.0120 s, and the model needs 0.0125 s at the least"
    assert isinstance(plan_clip(clip(0.0, 0.0125), FACTS, min_seconds=0.025), PlannedClip)
    assert isinstance(plan_clip(clip(0.0, 1 / 16_000), FACTS), PlannedClip)


def test_the_fault_of_a_file_is_that_of_its_clips():
    """Clips of a file that cannot be used cannot be used, for the same reason."""
    assert plan_clip(clip(), Fault("is empty (0 bytes)")) == Fault("is empty (0 bytes)")


@given(st.lists(st.floats(0, 1), min_size=2, max_size=8))
def test_neighbours_meet_without_gap_or_overlap(times):
    """Segments that share a bound in seconds share it in samples."""
    cuts = sorted(times)
    planned = [plan_clip(clip(start, end), FACTS) for start, end in pairwise(cuts) if end > 0]
    kept = [plan for plan in planned if isinstance(plan, PlannedClip)]
    for left, right in pairwise(kept):
        assert left.last == right.first


@pytest.mark.parametrize(("facts", "reason"), [
    ({"rms": 0.9e-5}, "is silent"), ({"constant": True}, "is constant: all of its samples are equal"),
    ({"rate": 1_000, "samples": 3_600_500}, "is longer than an hour (1.0 h): cut it into clips with start and end"),
])  # fmt: skip
def test_files_without_sound_and_of_hours_are_no_clips(facts, reason):
    """Silence, a constant, and more than an hour: each is a fault of the clip with its reason."""
    whole = Clip(id="a", path=Path("a.wav"), group="g", labels={})
    assert plan_clip(whole, replace(FACTS, **facts)) == Fault(reason)


def test_a_clip_of_a_file_of_hours_may_be_used():
    """A file may be as long as it likes, when its clips are not, and a clip may last an hour."""
    hours = replace(FACTS, rate=1_000, samples=10_000_000)
    part = Clip(id="a", path=Path("a.wav"), group="g", labels={}, start_seconds=5_000, end_seconds=8_600)
    assert plan_clip(part, hours).seconds == 3_600


def test_silence_is_looked_at_before_it_is_believed(tmp_path):
    """Where a scan saw silent stretches the part is decoded: with a sound at its edge it is used, without it is not."""
    wave = np.zeros(16_000)
    wave[8_000:8_003] = 0.5
    soundfile.write(tmp_path / "a.wav", wave, 16_000)
    facts = examine(tmp_path / "a.wav")
    clip = Clip(id="a", path=tmp_path / "a.wav", group="g", labels={}, start_seconds=0.1, end_seconds=0.5)
    assert plan_clip(clip, facts) == Fault("is silent from 0.100 s to 0.500 s")
    longer = clip.model_copy(update={"end_seconds": 0.501})
    assert plan_clip(longer, facts).last == 8_016
    (tmp_path / "a.wav").unlink()
    assert plan_clip(clip, facts) == Fault("does not exist")
