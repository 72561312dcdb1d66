"""Does a clip lie where its annotation says?"""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobench.audio.scan import Fault
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
