"""What do the tests of features share? Clips of awkward lengths, and threads that are given back."""

import numpy as np
import pytest
import soundfile
import torch

from emobench.audio.scan import examine
from emobench.audio.segment import plan_clip
from emobench.domain.clip import Clip

LENGTHS = (1_000, 400, 3_199, 2_400, 7_199, 1_000, 2_401, 30)


@pytest.fixture(scope="session")
def planned(tmp_path_factory):
    """Clips of noise of LENGTHS samples at 16 kHz, the last below the shortest input."""
    folder, rng, clips = tmp_path_factory.mktemp("clips"), np.random.default_rng(5), []
    for number, length in enumerate(LENGTHS):
        path = folder / f"clip-{number}.wav"
        soundfile.write(path, rng.uniform(-0.5, 0.5, length), 16_000, subtype="FLOAT")
        clips.append(plan_clip(Clip(id=f"clip-{number}", path=path, group="g", labels={}), examine(path)))
    return clips


@pytest.fixture(autouse=True)
def threads():
    """Sets torch's threads; afterwards they are what they were."""
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)
