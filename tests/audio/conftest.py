"""Sounds to write, and clips that point to them."""

import numpy as np
import pytest
import soundfile

from emobench.audio.scan import examine
from emobench.audio.segment import plan_clip
from emobench.domain.clip import Clip
from emobench.domain.plan import PlannedClip


def noise(samples, channels=1, seed=0):
    """Coloured noise (samples, channels), never zero, within -0.9 and 0.9."""
    steps = np.random.default_rng(seed).standard_normal((samples, channels))
    return 0.6 * np.sin(np.cumsum(0.1 * steps, axis=0)) + 0.2


@pytest.fixture
def sound(tmp_path):
    """Write samples (samples, channels) to a file and give its path."""

    def write(name, samples, rate=16_000, **options):
        soundfile.write(tmp_path / name, samples, rate, **options)
        return tmp_path / name

    return write


@pytest.fixture
def planned():
    """Scan a file and plan a clip in it."""

    def plan(path, start_seconds=0.0, end_seconds=None):
        clip = Clip(id=path.name, path=path, group="g", labels={}, start_seconds=start_seconds, end_seconds=end_seconds)
        result = plan_clip(clip, examine(path))
        assert isinstance(result, PlannedClip), result
        return result

    return plan


@pytest.fixture(name="noise")
def _noise():
    return noise
